"""Likelihood and log-Jacobian against the coefficients, over drawn paths."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import trapezoid
from sklearn.base import clone

from tests.kernel.strategies import (
    conditioned,
    estimators,
    panels,
    powers_of_two,
    time_steps,
    walks,
)


@given(
    walks(max_d=1),
    conditioned(),
    time_steps,
    st.integers(0, 10),
)
def test_transition_density_integrates_to_one(X, estimator, dt, row):
    estimator.set_params(dt=dt).fit(X)
    x = X[row]
    drift, covariance = estimator.coefficients([x])
    mean, std = x + drift[0] * dt, np.sqrt(covariance[0, 0] * dt)
    ends = mean + std * np.linspace(-9.0, 9.0, 401)
    pairs = np.stack([np.full_like(ends, x[0]), ends], axis=1)[..., np.newaxis]
    density = np.exp(estimator.score_samples(pairs))
    assert trapezoid(density, ends) == pytest.approx(1.0, abs=1e-4)


@given(walks(), estimators(), powers_of_two)
def test_change_of_variables(X, estimator, c):
    scores = clone(estimator).fit(X).score_samples(X)
    scaled = estimator.fit(c * X).score_samples(c * X)
    assert np.isnan(scaled[0])
    expected = scores[1:] - X.shape[1] * np.log(c)
    assert_allclose(scaled[1:], expected, rtol=1e-6, atol=1e-6)


@given(walks(min_d=2), conditioned())
def test_log_likelihood_is_that_of_the_coefficients(X, estimator):
    """Against the density of the increments, without residuals and Jacobian."""
    estimator.fit(X)
    drift, covariance = (part[:-1] for part in estimator.coefficients(X))
    dt = estimator.dt
    error = np.diff(X, axis=0) - drift * dt
    mahalanobis = np.einsum(
        "ki,kij,kj->k", error, np.linalg.inv(covariance * dt), error
    )
    _, log_det = np.linalg.slogdet(2.0 * np.pi * covariance * dt)
    scores = estimator.score_samples(X)
    assert_allclose(scores[1:], -0.5 * (mahalanobis + log_det), rtol=1e-6, atol=1e-6)


@given(panels(), conditioned())
def test_score_is_the_mean_of_the_score_samples(panel, estimator):
    estimator.fit(panel)
    rows = [estimator.score_samples(path) for path in panel]
    for scores in rows:
        assert_array_equal(np.isnan(scores), np.arange(len(scores)) == 0)
    totals = [np.nansum(scores) for scores in rows]
    assert_allclose(estimator.score_samples(panel), totals, rtol=1e-9, atol=1e-9)
    mean = np.nanmean(np.concatenate(rows))
    assert estimator.score(panel) == pytest.approx(mean, rel=1e-9, abs=1e-9)
    first = np.nanmean(rows[0])
    assert estimator.score(panel[0]) == pytest.approx(first, rel=1e-9, abs=1e-9)


@given(panels(), conditioned())
def test_whiten_gives_residuals_and_jacobian(panel, estimator):
    estimator.fit(panel)
    residuals, log_jacobian = estimator.whiten(panel)
    assert_array_equal(residuals, np.concatenate(estimator.transform(panel)))
    rows = np.concatenate(panel)
    _, factor = estimator.factor(rows)
    first = np.isnan(residuals[:, 0])
    d = rows.shape[1]
    log_det = np.linalg.slogdet(factor)[1] + 0.5 * d * np.log(estimator.dt)
    starts = np.flatnonzero(~first) - 1
    assert_allclose(log_jacobian[~first], -log_det[starts], rtol=1e-6, atol=1e-6)
    assert_array_equal(np.isnan(log_jacobian), first)
