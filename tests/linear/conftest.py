"""Data of the tests of the linear core."""

import numpy as np
import pytest


@pytest.fixture
def make_transitions():
    """Columns, own columns, increments, steps and importance of a stable system."""

    def make(n=60, d=4, n_own=2, seed=0, even=False):
        rng = np.random.RandomState(seed)
        columns = rng.standard_normal((n, d))
        own = np.stack([columns, *rng.standard_normal((n_own - 1, n, d))], axis=2)
        dt = np.ones(n) if even else rng.uniform(0.5, 2.0, n)
        importance = np.ones(n) if even else rng.uniform(0.2, 2.0, n)
        slopes = 0.3 * rng.standard_normal((d, d)) - 0.5 * np.eye(d)
        noise = np.sqrt(dt)[:, np.newaxis] * rng.standard_normal((n, d))
        increments = (columns @ slopes + 0.2) * dt[:, np.newaxis] + noise
        return columns, own, increments, dt, importance

    return make


@pytest.fixture
def make_factor_rows():
    """Rows with one strong factor and t noise."""

    def make(n=120, d=12, degrees=5.0, seed=0):
        rng = np.random.RandomState(seed)
        factor = rng.standard_normal((n, 1))
        return factor * rng.uniform(0.5, 1.5, d) + rng.standard_t(degrees, (n, d))

    return make
