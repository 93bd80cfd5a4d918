"""Series whose history is known."""

import numpy as np
import pytest
from scipy.signal import lfilter
from sklearn.base import BaseEstimator

from skdiffts._paths import check_paths
from skdiffts.selection import select_history


@pytest.fixture(scope="session")
def read():
    """Paths of any container."""

    def check(X):
        return check_paths(BaseEstimator(), X, reset=True)

    return check


@pytest.fixture(scope="session")
def select(read):
    """Selected history of any container, with a time step of one."""

    def search(X, **options):
        paths = read(X)
        return select_history(paths, np.ones(len(paths.ends)), **options)

    return search


@pytest.fixture(scope="session")
def make_autoregression():
    """Independent autoregressions of first order."""

    def make(coefficient, n=1000, d=2, seed=0):
        noise = np.random.RandomState(seed).standard_normal((n + 50, d))
        return lfilter([1.0], [1.0, -coefficient], noise, axis=0)[50:]

    return make
