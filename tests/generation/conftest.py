"""Random walks, and generators that fit in a blink."""

import numpy as np
import pytest
from sklearn.neighbors import KernelDensity

from skdiffts import (
    DiffusionResidualSampler,
    GenerativeTimeSeries,
    KernelDriftVolEstimator,
)
from skdiffts.scores import ScoreNetwork


@pytest.fixture(scope="session")
def walk():
    """Mean-reverting path, or a panel of such, from a seed."""

    def make(seed=0, n_rows=60, d=2, n_paths=None):
        rng = np.random.RandomState(seed)
        noise = rng.standard_normal((n_paths or 1, n_rows, d))
        X = np.zeros_like(noise)
        X[:, 0] = 2.0 * noise[:, 0]
        for i in range(1, n_rows):
            previous = X[:, i - 1]
            spread = 0.3 + 0.2 * np.tanh(previous) ** 2
            X[:, i] = 0.9 * previous + spread * noise[:, i]
        return X if n_paths else X[0]

    return make


@pytest.fixture(scope="session")
def quick():
    """Generator with fixed residual distribution and bandwidth."""

    def make(n_neighbors=15, *, sampler=None, dt=1.0, **params):
        return GenerativeTimeSeries(
            KernelDriftVolEstimator(
                n_neighbors, dt=dt, shrinkage=0.3, conditioning=None
            ),
            KernelDensity(bandwidth=0.3) if sampler is None else sampler,
            **params,
        )

    return make


@pytest.fixture(scope="session")
def small_sampler():
    """Diffusion sampler that trains in a few hundredths of a second."""

    def make(**params):
        return DiffusionResidualSampler(
            **{
                "score_model": ScoreNetwork(width=8, depth=1, base="gaussian"),
                "max_iter": 20,
                "learning_rate": 3e-3,
                "early_stopping": False,
                "random_state": 0,
            }
            | params
        )

    return make


@pytest.fixture(scope="session")
def samplers(small_sampler):
    return {
        "kernel density": KernelDensity(bandwidth=0.3),
        "diffusion": small_sampler(),
    }


@pytest.fixture(params=["kernel density", "diffusion"])
def sampler(request, samplers):
    return samplers[request.param]


@pytest.fixture(scope="session")
def fitted(quick, walk):
    """Fitted generator: do not change it."""
    return quick().fit(walk())
