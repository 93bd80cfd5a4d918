"""Series whose correlation switches."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def make_switching():
    """Two random walks whose increments are correlated by .9 and -.9 in turn."""

    def make(n, seed=0):
        rng = np.random.RandomState(seed)
        noise = rng.standard_normal((n, 2))
        sign = np.where(np.arange(n) // 250 % 2, -0.9, 0.9)
        noise[:, 1] = sign * noise[:, 0] + np.sqrt(1.0 - sign**2) * noise[:, 1]
        return noise.cumsum(axis=0)

    return make
