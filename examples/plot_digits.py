"""
Handwritten digits: columns that are pixels, and a network that knows it
========================================================================

The 1,797 digits that ship with scikit-learn are rows of 64 columns. A table of that kind
is what ``DiffusionResidualSampler`` is made for; ``UNetScore``, a small convolutional
network, uses that the columns form an image. With the contractive process COU and draws
by predictor and corrector this is the experiment of a report on score-based equations
(section 6 there, on larger images), in about a minute and a half on one core.
"""

# %%
# Data
# ----
# Grey levels are whole numbers from 0 to 16. Uniform noise of one level turns their
# probabilities into a density, whose mean over the noise bounds the log-probability of
# the whole numbers from below: log-likelihoods of digits can be compared as bits a pixel.

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

from skdiffts import DiffusionResidualSampler
from skdiffts.metrics import nearest_neighbor_ratio
from skdiffts.process import FlowDensity
from skdiffts.scores import ScoreNetwork, UNetScore
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
    LogisticRegression(C=100.0, max_iter=1000),
).fit(X, y)
print(
    f"classifier right on held-out digits: {classifier.score(held_out, y_held_out):.2f}"
)


def show(axes, rows, title):
    """Draw rows of 64 numbers side by side."""
    for ax, row in zip(axes, rows, strict=True):
        ax.imshow(row.reshape(8, 8), cmap="gray_r", vmin=0, vmax=17)
        ax.set_xticks([])
        ax.set_yticks([])
    axes[0].set_ylabel(title, rotation=0, ha="right", va="center", fontsize=9)


def judge(name, rows, log_likelihood):
    """Print bits a pixel, memorisation, and what a classifier sees in the rows."""
    bits = -log_likelihood / (64.0 * np.log(2.0))
    ratio = nearest_neighbor_ratio(rows, X, held_out)
    chances = classifier.predict_proba(rows)
    sure = (chances.max(axis=1) > 0.9).mean()
    rarest = np.bincount(chances.argmax(axis=1), minlength=10).min() / len(rows)
    print(f"{name:36}{bits:12.3f}{ratio:14.3f}{sure:11.2f}{rarest:9.3f}")


# %%
# Fit
# ---
# Three forward processes with the default network, COU with the U-Net as well, and
# scikit-learn's mixture with its best number of components. The whitening only scales the
# columns, so that column 10 is still the pixel beside column 9. A network of your own is
# given as a function that takes the number of columns and makes it.

options = {
    "max_iter": 300,
    "random_state": 0,
    # Exact divergence takes 64 derivatives; noise of the estimate averages out.
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
    "COU, U-Net": DiffusionResidualSampler(COU(), score_model=UNetScore(), **options),
}
# Convolutions see each pixel's neighbourhood: many small batches and large steps.
models["COU, U-Net"].set_params(max_iter=1200, batch_size=64, learning_rate=8e-3)
print(f"{'':36}{'bits/pixel':>12}{'memorisation':>14}{'sure > .9':>11}{'rarest':>9}")
figure, axes = plt.subplots(len(models) + 1, 12, figsize=(9, 5.4))
show(axes[0], held_out[:12], "data")
for row, (name, model) in zip(axes[1:], models.items(), strict=True):
    if isinstance(model, GaussianMixture):
        draws = model.sample(240)[0]
    else:
        draws = model.fit(X).sample(240, random_state=0)
    judge(name, draws, model.score(held_out[:100]))
    show(row, np.random.RandomState(0).permutation(draws)[:12], name)
judge("held-out digits", held_out, np.nan)
figure.subplots_adjust(left=0.16, right=0.99, bottom=0.01, top=0.99)
figure.savefig(BUILD / "digits_models.png", dpi=110)

# %%
# Bits a pixel and memorisation (one: as far from the training rows as fresh digits are;
# zero: copies) belong together: copies of training rows look best of all. A classifier
# that is sure of fewer draws than of held-out digits has found some that are none;
# "rarest" is the share of the rarest digit.
#
# Solvers
# -------
# The U-Net with four solvers and 20 evaluations a draw, from the same seed.

figure, axes = plt.subplots(4, 12, figsize=(9, 3.3))
for row, (name, solver) in zip(
    axes,
    {
        "Euler-Maruyama": EulerMaruyama(n_steps=19),
        "predictor-corrector": PredictorCorrector(n_steps=9),
        "default": ExponentialMultistep(n_steps=19),
        "default, flow": ExponentialMultistep(n_steps=18, gamma=0.0),
    }.items(),
    strict=True,
):
    model = models["COU, U-Net"].set_params(solver=solver)
    draws = model.sample(240, random_state=0)
    judge(f"{name}, 20 evaluations", draws, np.nan)
    show(row, draws[:12], name)
figure.subplots_adjust(left=0.19, right=0.99, bottom=0.01, top=0.99)
figure.savefig(BUILD / "digits_solvers.png", dpi=110)

# %%
# From noise to digits
# --------------------
# Predictor and corrector with 50 steps of each: the same rows at falling diffusion times.
# The noise of COU is far wider than the data, so that each time has grey levels of its own.

model = models["COU, U-Net"].set_params(solver=PredictorCorrector())
judge("predictor-corrector, 100 evaluations", model.sample(240, random_state=0), np.nan)
times = [1.0, 0.1, 0.02, 0.01, 0.005, 0.002, 0.0005, 0.0]
times, trajectory = model.sample_at_times(12, times=times, random_state=0)
figure, axes = plt.subplots(len(times), 12, figsize=(9, 6.2))
for row, t, rows in zip(axes, times, trajectory, strict=True):
    low, high = np.quantile(rows, [0.01, 0.99])
    show(row, 17.0 * (rows - low) / (high - low), f"t = {t:g}")
figure.subplots_adjust(left=0.12, right=0.99, bottom=0.01, top=0.99)
figure.savefig(BUILD / "digits_trajectories.png", dpi=110)
plt.show()
