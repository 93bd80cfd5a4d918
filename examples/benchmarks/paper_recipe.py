"""A plain recipe of a diffusion stage, written without the package.

The source paper's own is ``skdiffts.diffusion.published_sampler``: its schedule is geometric,
its loss unweighted, its network has an embedding of the time and dropout.

Four linear layers with GELU that take the standardised row and t and give the score; VP
with a linear schedule; Adam with step size 5e-3 on batches of 128 rows for 10,000
iterations; t uniform, weighting lambda = s^2; neither moving average nor early stopping.
"""

import itertools

import numpy as np
import torch
from torch import nn

from skdiffts.sde import VP

FIRST_TIME = 1e-3


class PaperNetwork(nn.Module):
    """Score network, whose call gives the velocity that skdiffts works with."""

    def __init__(self, d, width=128):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(d + 1, width),
            nn.GELU(),
            nn.Linear(width, width),
            nn.GELU(),
            nn.Linear(width, width),
            nn.GELU(),
            nn.Linear(width, d),
        )

    def score(self, x, t):
        return self.layers(torch.cat([x, t], dim=1))

    def forward(self, z, log_snr):
        """Velocity at z = x_t: (noise - sin z) / cos with noise = -s score."""
        t = torch.as_tensor(VP().time(log_snr.double().numpy()), dtype=z.dtype)
        angle = torch.atan(torch.exp(-log_snr))
        noise = -angle.sin() * self.score(z, t.expand(len(z), 1))
        return (noise - angle.sin() * z) / angle.cos()


class PaperRecipe:
    """Standardised rows, the training loop, Euler-Maruyama in 1000 uniform steps."""

    def __init__(self, n_iter=10_000, batch_size=128):
        self.n_iter, self.batch_size = n_iter, batch_size

    def fit(self, X, seed):
        self.mean, self.std = X.mean(axis=0), X.std(axis=0)
        rows = torch.as_tensor((X - self.mean) / self.std, dtype=torch.float32)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            self.network = PaperNetwork(X.shape[1])
            optimizer = torch.optim.Adam(self.network.parameters(), lr=5e-3)
            for _ in range(self.n_iter):
                x = rows[torch.randint(len(rows), (self.batch_size,))]
                t = FIRST_TIME + (1.0 - FIRST_TIME) * torch.rand(self.batch_size, 1)
                alpha = 0.1 * t + 9.95 * t**2
                scale, std = torch.exp(-0.5 * alpha), torch.sqrt(-torch.expm1(-alpha))
                noise = torch.randn_like(x)
                score = self.network.score(scale * x + std * noise, t)
                loss = (std * score + noise).square().sum(dim=1).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        self.network.eval()
        return self

    def sample(self, n, seed, n_steps=1000):
        rng = torch.Generator().manual_seed(seed)
        x = torch.randn(n, len(self.mean), generator=rng)
        times = torch.linspace(1.0, FIRST_TIME, n_steps + 1)
        with torch.inference_mode():
            for t, t_next in itertools.pairwise(times):
                beta, h = 0.1 + 19.9 * t, t - t_next
                score = self.network.score(x, t.expand(n, 1))
                x = x + h * beta * (0.5 * x + score)
                if t_next > times[-1]:
                    x = x + torch.sqrt(beta * h) * torch.randn(x.shape, generator=rng)
        return self.mean + self.std * x.numpy().astype(np.float64)
