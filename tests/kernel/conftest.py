"""Random walks and autoregressions, and estimators of which one part is changed."""

from copy import copy
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from skdiffts import KernelDriftVolEstimator
from skdiffts.conditioning import (
    CalendarFeatures,
    ConditioningUnion,
    EWVolatility,
    LaggedIncrements,
    LaggedStates,
    State,
)


@pytest.fixture(scope="session")
def kernel_regression():
    """The regression alone: no additive drift before it, and a fixed penalty."""
    return partial(
        KernelDriftVolEstimator, additive_drift=False, ridge=1e-3, conditioning=None
    )


@pytest.fixture(scope="session")
def make_walk():
    """Random walk, or a stack of them, of the shape that follows the seed."""

    def make(seed, *shape):
        steps = np.random.RandomState(seed).standard_normal(shape)
        return steps.cumsum(axis=-2)

    return make


@pytest.fixture(scope="session")
def make_grid_walk(make_walk):
    """Random walk on a grid of 2^-20, so that translations are exact."""

    def make(seed, n, d):
        return np.round(make_walk(seed, n, d) * 2**20) / 2**20

    return make


@pytest.fixture(scope="session")
def make_var():
    """Stable second-order autoregression."""

    def make(seed, n, d=2):
        random = np.random.RandomState(seed)
        X = np.zeros((n + 50, d))
        for i in range(2, len(X)):
            X[i] = 0.5 * X[i - 1] + 0.2 * X[i - 2] + random.standard_normal(d)
        return X[50:]

    return make


@pytest.fixture(scope="session")
def make_var1():
    """Stationary VAR(1) with correlated Gaussian innovations."""

    def make(seed, n, d=2):
        random = np.random.RandomState(seed)
        A, L = 0.7 * np.eye(d) + 0.2 / d, np.tril(np.ones((d, d)))
        A[0, -1] = -0.2
        X = np.zeros((n + 50, d))
        for i in range(1, len(X)):
            X[i] = A @ X[i - 1] + L @ random.standard_normal(d)
        return X[50:]

    return make


@pytest.fixture(scope="session")
def conditionings():
    """Conditioning strategies by name."""
    union = ConditioningUnion(
        parts=[
            ("state", State()),
            ("lags", LaggedIncrements(n_lags=2)),
            ("volatility", EWVolatility(halflife=5.0)),
            ("season", CalendarFeatures(periods=[12.0])),
        ]
    )
    return {
        "lags": LaggedStates(n_lags=3),
        "increments": LaggedIncrements(),
        "volatility": EWVolatility(pooling=1.0),
        "season": CalendarFeatures(periods=[12.0]),
        "union": union,
    }


@pytest.fixture(scope="session")
def with_model():
    """Copy of a fitted estimator whose local model has other fields."""

    def change(estimator, **fields):
        dynamics = estimator.model_
        changed = copy(estimator)
        model = replace(dynamics.local_model, **fields)
        changed.model_ = replace(dynamics, local_model=model)
        return changed

    return change
