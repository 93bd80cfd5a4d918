"""
Handwritten digits: columns that are pixels, and a network that knows it
========================================================================

The 1,797 digits that ship with scikit-learn are rows of 64 columns. A table of that kind
is what ``DiffusionResidualSampler`` is made for; a small convolutional network, given as
a function that makes it, uses that the columns form an image.
"""

# %%
# Data
# ----
# Grey levels are whole numbers from 0 to 16. Uniform noise of one level turns their
# probabilities into a density, whose mean over the noise bounds the log-probability of
# the whole numbers from below: log-likelihoods of digits can be compared as bits a pixel.

import math
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from torch import nn

from skdiffts import DiffusionResidualSampler
from skdiffts.metrics import nearest_neighbor_ratio
from skdiffts.process import FlowDensity
from skdiffts.scores import ScoreNetwork
from skdiffts.sde import COU, CVP, VP
from skdiffts.solvers import EulerMaruyama, ExponentialMultistep, PredictorCorrector

BUILD = Path("build")
BUILD.mkdir(exist_ok=True)
torch.set_num_threads(1)
# The validation loss still falls a little at the last step: more steps are finer.
warnings.simplefilter("ignore", ConvergenceWarning)

images, labels = load_digits(return_X_y=True)
X = images + np.random.RandomState(0).uniform(size=images.shape)
X, held_out, y, y_held_out = train_test_split(X, labels, test_size=0.2, random_state=0)
classifier = make_pipeline(
    Nystroem(gamma=1e-3, n_components=300, random_state=0),
    LogisticRegression(max_iter=500),
).fit(X, y)


def show(axes, rows, title):
    """Draw rows of 64 numbers side by side."""
    for ax, row in zip(axes, rows, strict=True):
        ax.imshow(row.reshape(8, 8), cmap="gray_r", vmin=0, vmax=17)
        ax.set_xticks([])
        ax.set_yticks([])
    axes[0].set_ylabel(title, rotation=0, ha="right", va="center", fontsize=9)


def judge(name, rows, log_likelihood):
    """Print bits a pixel, memorisation, and how sure a classifier is of the digits."""
    bits = -log_likelihood / (64.0 * np.log(2.0))
    ratio = nearest_neighbor_ratio(rows, X, held_out)
    sure = (classifier.predict_proba(rows).max(axis=1) > 0.9).mean()
    print(f"{name:28}{bits:16.3f}{ratio:14.3f}{sure:12.2f}")


# %%
# A network for convolutions
# --------------------------
# A factory takes the number of columns and gives a module, whose call
# ``module(z, log_snr)`` returns the velocity of the probability flow. It works on
# standardised columns, so that column 10 is still the pixel beside column 9.


class Block(nn.Module):
    """Residual block of two convolutions, shifted and scaled by the noise level."""

    def __init__(self, n_in, n_out, n_level):
        super().__init__()
        self.level = nn.Linear(n_level, 2 * n_in)
        self.norm = nn.GroupNorm(4, n_in)
        self.first = nn.Conv2d(n_in, n_out, 3, padding=1)
        self.second = nn.Conv2d(n_out, n_out, 3, padding=1)
        self.skip = nn.Conv2d(n_in, n_out, 1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, image, level):
        """Add what two convolutions make of an image at a noise level."""
        scale, shift = self.level(level)[:, :, None, None].chunk(2, dim=1)
        hidden = nn.functional.silu(self.norm(image) * (1.0 + scale) + shift)
        hidden = nn.functional.silu(self.first(hidden))
        return self.skip(image) + self.second(hidden)


class UNet(nn.Module):
    """8x8, 4x4 and back, with a bridge between the two 8x8 stages."""

    def __init__(self, n_features, width=16, n_level=32):
        super().__init__()
        self.side = math.isqrt(n_features)
        self.register_buffer("frequencies", torch.arange(1, 9) * 0.5)
        self.level = nn.Sequential(nn.Linear(16, n_level), nn.SiLU())
        self.entry = nn.Conv2d(1, width, 3, padding=1)
        self.down = Block(width, width, n_level)
        self.middle = Block(width, 2 * width, n_level)
        self.bottom = Block(2 * width, 2 * width, n_level)
        self.up = Block(3 * width, width, n_level)
        self.exit = nn.Conv2d(width, 1, 3, padding=1)
        nn.init.zeros_(self.exit.weight)
        nn.init.zeros_(self.exit.bias)

    def forward(self, z, log_snr):
        """Velocity of flat images at a log signal-to-noise ratio."""
        phase = log_snr * self.frequencies
        level = self.level(torch.cat([phase.sin(), phase.cos()], dim=1))
        image = self.entry(z.view(-1, 1, self.side, self.side))
        fine = self.down(image, level)
        coarse = self.middle(nn.functional.avg_pool2d(fine, 2), level)
        coarse = self.bottom(coarse, level)
        back = nn.functional.interpolate(coarse, scale_factor=2)
        return self.exit(self.up(torch.cat([fine, back], dim=1), level)).flatten(1)


# %%
# Fit
# ---
# Three forward processes with the default network, one with the U-Net, and
# scikit-learn's mixture with its best number of components.

options = {
    "max_iter": 300,
    "random_state": 0,
    # Exact divergence takes 64 derivatives; the estimate's noise averages out over rows.
    "density": FlowDensity(divergence="hutchinson", n_steps=16),
}
network = ScoreNetwork(base="gaussian")
models = {
    "GaussianMixture": min(
        (GaussianMixture(k, reg_covar=0.1, random_state=0).fit(X) for k in (1, 5, 10)),
        key=lambda mixture: -mixture.score(held_out),
    ),
    "VP": DiffusionResidualSampler(VP(), score_model=network, **options),
    "COU": DiffusionResidualSampler(COU(), score_model=network, **options),
    "CVP": DiffusionResidualSampler(CVP(), score_model=network, **options),
    "VP, U-Net": DiffusionResidualSampler(VP(), score_model=UNet, **options),
}
print(f"{'':28}{'bits a pixel':>16}{'memorisation':>14}{'sure > .9':>12}")
figure, axes = plt.subplots(len(models) + 1, 12, figsize=(9, 4.8))
show(axes[0], held_out[:12], "data")
for row, (name, model) in zip(axes[1:], models.items(), strict=True):
    if isinstance(model, GaussianMixture):
        draws = model.sample(240)[0]
    else:
        draws = model.fit(X).sample(240, random_state=0)
    judge(name, draws, model.score(held_out[:100]))
    show(row, np.random.RandomState(0).permutation(draws)[:12], name)
judge("held-out digits", held_out, np.nan)
figure.subplots_adjust(left=0.16, right=0.99)
figure.savefig(BUILD / "digits_models.png", dpi=110)

# %%
# Bits a pixel and memorisation (one: as far from the training rows as fresh digits are;
# zero: copies) belong together: copies of training rows look best of all.
#
# Solvers
# -------
# The U-Net with three solvers and 20 evaluations a draw, from the same seed.

figure, axes = plt.subplots(4, 12, figsize=(9, 3.3))
for row, (name, solver) in zip(
    axes,
    {
        "Euler-Maruyama": EulerMaruyama(n_steps=19, grid="uniform"),
        "predictor-corrector": PredictorCorrector(n_steps=9),
        "default": ExponentialMultistep(n_steps=19),
        "default, flow": ExponentialMultistep(n_steps=18, gamma=0.0),
    }.items(),
    strict=True,
):
    model = models["VP, U-Net"].set_params(solver=solver)
    draws = model.sample(120, random_state=0)
    judge(f"{name}, 20 evaluations", draws, np.nan)
    show(row, draws[:12], name)
figure.subplots_adjust(left=0.19, right=0.99)
figure.savefig(BUILD / "digits_solvers.png", dpi=110)
plt.show()
