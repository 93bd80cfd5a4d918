"""Scales that increments are divided by, and stability at the long-run scale."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.base import clone

from skdiffts import KernelDriftVolEstimator
from skdiffts.conditioning import (
    EWCovariance,
    EWVolatility,
)
from skdiffts.datasets import load_seattle_weather
from skdiffts.kernel import Tabulated
from skdiffts.kernel._additive_drift import NoAdditiveDrift
from skdiffts.kernel._extrapolation import spectral_radius

EXACT = {"ridge": 0.0, "shrinkage": 0.0}


@given(seed=st.integers(0, 2**31), halflife=st.floats(1.0, 50.0))
@settings(max_examples=10)
def test_scale_is_a_regression_of_scaled_increments(
    kernel_regression, make_var, seed, halflife
):
    """The drift over the volatility is least squares on scaled increments."""
    X = make_var(seed, 60)
    scale = EWVolatility(halflife=halflife, pooling=0.3)
    estimator = kernel_regression("all", scale=scale, **EXACT).fit(X)
    volatility = estimator.model_.rules.scale(estimator.history(X)).volatility
    F = np.hstack([np.ones((59, 1)), X[:-1]])
    y = np.diff(X, axis=0) / volatility[:-1]
    beta = np.linalg.lstsq(F, y, rcond=None)[0]
    drift, covariance = estimator.coefficients(X)
    assert_allclose(drift[:-1], volatility[:-1] * (F @ beta), atol=1e-7)
    r = y - F @ beta
    expected = volatility[:, :, np.newaxis] * (r.T @ r / 59)
    assert_allclose(covariance, expected * volatility[:, np.newaxis], rtol=1e-6)


def test_scale_has_no_units(kernel_regression, make_var):
    X = make_var(5, 80)
    units = np.array([1e-3, 1e4])
    estimator = kernel_regression("all", scale=EWVolatility())
    plain = clone(estimator).fit(X).loo_residuals_
    assert_allclose(clone(estimator).fit(X * units).loo_residuals_, plain, rtol=1e-6)


def test_simulated_volatility_is_stationary(kernel_regression):
    """Fitted to what the model describes; its own variance is the training one.

    Training is 40 paths of 500 rows. The variance of the paths after 1 row and after
    2,000 rows is compared; eight such fits, other seeds, agreed to 3 %.
    """
    random = np.random.RandomState(0)
    w, X = np.ones(40), np.zeros((40, 500, 1))
    for i in range(1, 500):
        increments = np.sqrt(0.3 + 0.7 * w) * random.standard_normal(40)
        X[:, i, 0] = X[:, i - 1, 0] + increments
        w = 0.9 * w + 0.1 * increments**2
    scale = EWVolatility(halflife=np.log(0.5) / np.log(0.9))
    estimator = kernel_regression(
        "all", degree=0, conditioning=EWVolatility(), scale=scale
    ).fit(X)
    noise = random.standard_normal((400, 2000, 1))
    paths = estimator.simulate(noise, estimator.start_history(np.zeros((400, 1))))
    late = np.diff(paths[:, 1000:], axis=1).var()
    assert_allclose(late, np.diff(X, axis=1).var(), rtol=0.08)


@pytest.mark.parametrize("evaluation", [None, Tabulated()], ids=str)
@pytest.mark.parametrize("n_neighbors", [20, "all"])
def test_a_high_volatility_does_not_turn_the_way_back_into_a_leap(
    kernel_regression, n_neighbors, evaluation
):
    """The line outside the envelope is followed at the long-run scale.

    Multiplied by five times that, it would overshoot by more than it comes from.
    """
    random = np.random.RandomState(0)
    X = random.standard_t(3, size=(300, 2))  # the way back is the whole way
    estimator = kernel_regression(
        n_neighbors, scale=EWVolatility(halflife=3.0), evaluation=evaluation
    ).fit(X)
    assert estimator.spectral_radius_ < 0.8  # that of the volatility
    far = estimator.start_history(np.array([[1e3, 2e3], [-2e3, 1e3]]))
    for size in (1.0, 25.0):
        memory = replace(far, scale=np.full((2, 2), size))
        drift, _ = estimator.model_.evaluate(memory)
        assert_allclose(drift, -far.states, rtol=0.3)
    noise = estimator.loo_residuals_[random.randint(299, size=(20, 1000))]
    paths = estimator.simulate(noise, estimator.start_history(X[:20]))
    assert np.abs(paths).max() < 100.0 * np.abs(X).max()


def test_stability_is_judged_at_the_long_run_scale(kernel_regression, make_var):
    X = make_var(5, 80)
    estimator = kernel_regression("all", scale=EWVolatility(halflife=1.0)).fit(X)
    rules, history = estimator.model_.rules, estimator.history(X[:-1])
    smoother = estimator.model_.local_model.smoother
    line = smoother.drift_along(smoother.regression.global_line)
    found = SimpleNamespace(history=history, additive_drift=NoAdditiveDrift())
    radius = spectral_radius(rules, found, line, 1.0)
    assert_allclose(radius, estimator.spectral_radius_, rtol=1e-6)
    found.history = replace(history, scale=25.0 * history.scale)
    again = spectral_radius(rules, found, line, 1.0)
    assert_allclose(again, radius, rtol=1e-6)


@pytest.mark.parametrize("scale", [EWVolatility(), EWCovariance()], ids=str)
def test_stability_does_not_depend_on_how_the_scale_moves(scale):
    """The weather with moving correlations once counted as unstable, at 1.002."""
    X = load_seattle_weather()
    options = {"scale": scale, "conditioning": None, "additive_drift": True}
    estimator = KernelDriftVolEstimator(100, **options).fit(X)
    regression = estimator.model_.local_model.smoother.regression
    slope = regression.continuation.slope @ regression.whitening.T
    slope *= regression.increment_scale[:, np.newaxis]
    long_run = estimator.model_.rules.scale(estimator.history(X)).long_run
    long_run = np.diag(long_run) if long_run.ndim == 1 else long_run
    step = np.eye(4) + np.diag(estimator.model_.additive_drift.slope) + long_run @ slope
    radius = np.abs(np.linalg.eigvals(step)).max()
    assert_allclose(estimator.spectral_radius_, radius, rtol=1e-6)
    assert estimator.model_.local_model.is_stable
