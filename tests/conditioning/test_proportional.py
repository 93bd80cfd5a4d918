"""Volatility in proportion to the level: maps, histories, simulation and units."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts import KernelDriftVolEstimator
from skdiffts.conditioning import (
    Constant,
    HARVolatility,
    MovingCorrelation,
    ProportionalScale,
)


def prices(n=400, d=2, seed=0):
    rng = np.random.RandomState(seed)
    return 50.0 * np.exp(0.03 * rng.standard_t(5, size=(n, d)).cumsum(axis=0))


INNER = [
    None,
    HARVolatility(halflives=(5.0, 20.0)),
    MovingCorrelation(halflives=(30.0,), volatility=HARVolatility(halflives=(10.0,))),
]


def walk(inner, X):
    scale = ProportionalScale(volatility=inner)
    return KernelDriftVolEstimator(
        "all", conditioning=Constant(), scale=scale, additive_drift="linear"
    ).fit(X)


@pytest.mark.parametrize("inner", INNER)
def test_residuals_make_the_paths_again(inner):
    X = prices()
    estimator = walk(inner, X)
    again = estimator.inverse_transform(estimator.transform(X), x0=X[0])
    assert_allclose(again, X, rtol=1e-6)


@pytest.mark.parametrize("inner", INNER)
def test_units_of_the_series_make_no_difference(inner):
    X, unit = prices(), np.array([4.0, 0.5])
    first, other = walk(inner, X).whiten(X), walk(inner, unit * X).whiten(unit * X)
    assert_allclose(other[0][1:], first[0][1:], atol=1e-6)
    assert_allclose(other[1][1:], first[1][1:] - np.log(unit).sum(), atol=1e-6)


def test_series_with_negative_values_are_left_alone():
    X = prices()
    X[:, 1] = np.log(X[:, 1] / X[0, 1])
    _, factor = walk(None, X).factor(X[[0]] * np.array([[1.0], [2.0]])[:, :1])
    size = np.sqrt((factor**2).sum(axis=2))
    assert_allclose(size[1] / size[0], [2.0, 1.0])


@pytest.mark.statistical
def test_simulated_prices_stay_positive_and_keep_their_relative_spread():
    """Four hundred paths: a standard error of 4 % in each deviation."""
    X = prices(1500)
    estimator = walk(HARVolatility(halflives=(20.0,), margins=None), X)
    rng = np.random.RandomState(0)
    rows = rng.randint(len(estimator.loo_residuals_), size=(400, 250))
    history = estimator.history(X).take(np.full(400, len(X) - 1))
    paths = estimator.simulate(estimator.loo_residuals_[rows], history)
    assert (paths > 0.0).all()
    spread = np.log(paths[:, -1] / paths[:, 0]).std(axis=0)
    wanted = np.sqrt(250.0) * np.diff(np.log(X), axis=0).std(axis=0)
    assert_allclose(spread, wanted, rtol=0.15)


@pytest.mark.statistical
@pytest.mark.parametrize("inner", INNER)
def test_simulated_prices_move_as_much_as_the_training_ones(inner):
    """Shares of the level, in 40,000 steps; four standard errors of 400 training steps."""
    X = prices()
    estimator = walk(inner, X)
    rng = np.random.RandomState(1)
    rows = rng.randint(len(estimator.loo_residuals_), size=(400, 100))
    history = estimator.history(X).take(rng.randint(len(X), size=400))
    paths = estimator.simulate(estimator.loo_residuals_[rows], history)
    shares = np.diff(paths, axis=1) / paths[:, :-1]
    ratio = shares.std(axis=(0, 1)) / (np.diff(X, axis=0) / X[:-1]).std(axis=0)
    assert_allclose(ratio, 1.0, atol=0.25)
