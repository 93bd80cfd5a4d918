"""Small series and quick generators for the packages of others."""

import numpy as np
import pytest
from sklearn.neighbors import KernelDensity

from skdiffts import (
    DiffusionResidualSampler,
    GenerativeTimeSeries,
    KernelDriftVolEstimator,
)


@pytest.fixture(scope="session")
def make_series():
    """Make a mean-reverting path of d columns."""

    def make(n=120, d=2, seed=0):
        noise = np.random.RandomState(seed).standard_normal((n, d))
        X = np.zeros((n, d))
        for i in range(1, n):
            X[i] = 0.6 * X[i - 1] + noise[i]
        return X

    return make


@pytest.fixture(scope="session")
def quick():
    """Make a generator with fixed bandwidth, of a table or of a short diffusion."""

    def make(sampler="table", n_neighbors=20):
        samplers = {
            "table": KernelDensity(bandwidth=0.3),
            "diffusion": DiffusionResidualSampler(
                max_iter=20, early_stopping=False, random_state=0
            ),
        }
        dynamics = KernelDriftVolEstimator(
            n_neighbors, shrinkage=0.5, conditioning=None
        )
        return GenerativeTimeSeries(dynamics, samplers[sampler])

    return make


@pytest.fixture(scope="session")
def patient_dask():
    """Let workers take minutes to answer: on a loaded machine they only start to import."""
    dask = pytest.importorskip("dask", reason="dask is not installed")
    pytest.importorskip("distributed", reason="dask is not installed")
    seconds = dict.fromkeys(("connect", "tcp"), "300s")
    with dask.config.set({"distributed.comm.timeouts": seconds}):
        yield
