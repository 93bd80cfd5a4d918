"""A small variational autoencoder of windows, after TimeVAE."""

import numpy as np


class WindowVae:
    """Convolutional variational autoencoder of windows of 24 rows.

    The base form of A. Desai, C. Freeman, Z. Wang and I. Beaver, TimeVAE, 2021,
    arXiv:2111.08095, section 3: two convolutions of stride two each way, eight latent
    numbers, squared error and Kullback-Leibler divergence. Windows cannot be joined.
    """

    window, n_latent, n_steps, batch_size = 24, 8, 1500, 64

    def fit(self, train, seed):
        import torch
        from torch import nn

        windows = np.concatenate(
            [
                np.lib.stride_tricks.sliding_window_view(
                    np.asarray(path, dtype=np.float32), self.window, axis=0
                )
                for path in train
            ]
        )  # (n, d, window), as convolutions want it
        self.low = windows.min(axis=(0, 2), keepdims=True)
        self.span = np.ptp(windows, axis=(0, 2), keepdims=True) + 1e-6
        data = torch.as_tensor((windows - self.low) / self.span)
        d, short = data.shape[1], self.window // 4
        with torch.random.fork_rng():
            torch.manual_seed(seed)  # layers draw from the global generator
            encoder = nn.Sequential(
                nn.Conv1d(d, 50, 3, stride=2, padding=1),
                nn.ReLU(),
                nn.Conv1d(50, 100, 3, stride=2, padding=1),
                nn.ReLU(),
                nn.Flatten(),
                nn.Linear(100 * short, 2 * self.n_latent),
            )
            self.decoder = nn.Sequential(
                nn.Linear(self.n_latent, 100 * short),
                nn.ReLU(),
                nn.Unflatten(1, (100, short)),
                nn.ConvTranspose1d(100, 50, 4, stride=2, padding=1),
                nn.ReLU(),
                nn.ConvTranspose1d(50, d, 4, stride=2, padding=1),
            )
        rng = torch.Generator().manual_seed(seed)
        weights = [*encoder.parameters(), *self.decoder.parameters()]
        optimizer = torch.optim.Adam(weights, lr=1e-3)
        for _ in range(self.n_steps):
            batch = data[torch.randint(len(data), (self.batch_size,), generator=rng)]
            mean, log_var = encoder(batch).chunk(2, dim=1)
            noise = torch.randn(mean.shape, generator=rng)
            back = self.decoder(mean + noise * torch.exp(0.5 * log_var))
            error = 3.0 * (back - batch).square().sum(dim=(1, 2))
            divergence = 0.5 * (mean**2 + log_var.exp() - 1.0 - log_var).sum(dim=1)
            optimizer.zero_grad()
            (error + divergence).mean().backward()
            optimizer.step()
        return self

    def sample(self, n_paths, length, seed):
        import torch

        if length != self.window:
            raise ValueError(
                f"length={length} differs from the windows, {self.window}."
            )
        rng = torch.Generator().manual_seed(seed)
        with torch.inference_mode():
            windows = self.decoder(torch.randn(n_paths, self.n_latent, generator=rng))
        rows = windows.double().numpy() * self.span + self.low
        return rows.transpose(0, 2, 1)
