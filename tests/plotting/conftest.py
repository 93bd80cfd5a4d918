"""Figures are closed, and estimators are fitted in a moment."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from skdiffts import (
    DiffusionResidualSampler,
    GenerativeTimeSeries,
    KernelDriftVolEstimator,
)
from skdiffts.datasets import make_var_mixture
from skdiffts.scores import ScoreNetwork


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def X():
    return 10.0 + 3.0 * make_var_mixture(150, 2, random_state=0)[0]


@pytest.fixture(scope="session")
def generator(X):
    """Fitted generator behind a scaler: do not change it."""
    sampler = DiffusionResidualSampler(
        score_model=ScoreNetwork(width=8, depth=1, base="gaussian"),
        max_iter=150,
        early_stopping=False,
        random_state=0,
    )
    return GenerativeTimeSeries(
        KernelDriftVolEstimator(n_neighbors="all", shrinkage=0.5, conditioning=None),
        sampler,
        preprocessor=StandardScaler(),
    ).fit(X)


@pytest.fixture
def paths():
    return np.random.RandomState(1).standard_normal((40, 30, 2)).cumsum(axis=1)
