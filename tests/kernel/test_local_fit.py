"""Local fits against weighted least squares, one query at a time."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts.kernel._local_fit import LocalFit
from skdiffts.kernel._regression import Regression

N, D, Q = 50, 2, 3


def make_regression(degree, importance=None, dt=None, ridge=0.0):
    """Transitions with correlated vectors, in units far from one."""
    random = np.random.RandomState(0)
    states = random.standard_normal((N, Q)) @ random.standard_normal((Q, Q)) + 7.0
    dt = np.ones(N) if dt is None else dt
    increments = 1e3 * random.standard_normal((N, D)) * np.sqrt(dt)[:, np.newaxis]
    transitions = SimpleNamespace(
        states=states,
        increments=increments,
        dt=dt,
        importance=np.ones(N) if importance is None else importance,
    )
    return Regression.fit(transitions, degree, ridge), transitions


def make_queries(n_neighbors=20):
    """Queries, and random neighbours with random weights."""
    random = np.random.RandomState(1)
    queries = random.standard_normal((6, Q)) + 7.0
    indices = np.stack([random.permutation(N)[:n_neighbors] for _ in queries])
    weights = random.uniform(0.1, 1.0, size=indices.shape)
    return queries, indices, weights / weights.sum(axis=1, keepdims=True)


def least_squares(transitions, query, indices, weights, degree):
    """Coefficients, and weighted mean of the squared residuals, per unit time."""
    root_dt = np.sqrt(transitions.dt[indices])[:, np.newaxis]
    lines = np.hstack(
        [np.ones((len(indices), 1)), transitions.states[indices] - query]
    )[:, : 1 + degree * Q]
    design, response = lines * root_dt, transitions.increments[indices] / root_dt
    root = np.sqrt(weights)[:, np.newaxis]
    beta = np.linalg.lstsq(root * design, root * response, rcond=None)[0]
    rest = root * (response - design @ beta)
    return beta, rest.T @ rest


@pytest.mark.parametrize("irregular", [False, True])
@pytest.mark.parametrize("degree", [0, 1])
def test_weighted_least_squares(degree, irregular):
    dt = np.random.RandomState(2).uniform(0.5, 2.0, N) if irregular else None
    regression, transitions = make_regression(degree, dt=dt)
    queries, indices, weights = make_queries()
    fit = LocalFit.solve(regression, regression.moments(queries, indices, weights))
    drift = regression.unscale_drift(fit.drift())
    factor = regression.unscale_factor(fit.factor)
    for i, query in enumerate(queries):
        beta, squares = least_squares(
            transitions, query, indices[i], weights[i], degree
        )
        assert_allclose(drift[i], beta[0], rtol=1e-6)
        assert_allclose(factor[i] @ factor[i].T, squares, rtol=1e-6)
        # Slopes refer to the vectors in their own units.
        slope = fit.slope()[i] @ regression.whitening.T[: degree * Q]
        unit = regression.unscale_drift(np.ones(D))[:, np.newaxis]
        expected = beta[1:].T if degree else np.zeros((D, Q))
        assert_allclose(slope * unit, expected, rtol=1e-6, atol=1e-6)


def test_the_global_fit_is_the_fit_to_all():
    regression, transitions = make_regression(1)
    query, everyone = transitions.states.mean(axis=0), np.arange(N)
    beta, squares = least_squares(transitions, query, everyone, np.full(N, 1.0 / N), 1)
    line = regression.global_line(np.zeros((1, Q)))
    assert_allclose(regression.unscale_drift(line)[0], beta[0], rtol=1e-6)
    factor = regression.unscale_factor(regression.global_factor(np.eye(D), 0.0))
    assert_allclose(factor @ factor.T, squares, rtol=1e-6)


@pytest.mark.parametrize("shrinkage", [0.0, 0.3, 1.0])
def test_covariance_is_blended_with_the_pooled_one(shrinkage):
    regression, _ = make_regression(1, ridge=0.05)
    queries, indices, weights = make_queries()
    moments = regression.moments(queries, indices, weights)
    alone = LocalFit.solve(regression, moments)
    pooled = np.array([[2.0, 0.5], [0.5, 1.0]])
    fit = LocalFit.solve(regression, moments, pooled, shrinkage)
    blend = (1.0 - shrinkage) * alone.covariance() + shrinkage * pooled
    assert_allclose(fit.covariance(), blend, rtol=1e-8)
    for name in ("drift", "slope", "leverage", "anchored_drift"):
        assert_allclose(getattr(fit, name)(), getattr(alone, name)(), rtol=1e-12)


def test_slope_and_drift_are_shrunk_alike():
    """The shrunk slope is the derivative of the local part of the shrunk drift."""
    regression, _ = make_regression(1, ridge=0.05)
    queries, indices, weights = make_queries()
    fit = LocalFit.solve(regression, regression.moments(queries, indices, weights))
    limit = np.median(fit.leverage())
    overall = regression.global_line.slope
    share = np.minimum(1.0, np.sqrt(limit / fit.leverage()))
    expected = overall + share[:, np.newaxis, np.newaxis] * (fit.slope() - overall)
    assert_allclose(fit.shrunk_slope(limit), expected, rtol=1e-12)
    gap = fit.drift() - fit.anchored_drift()
    shrunk = fit.anchored_drift() + share[:, np.newaxis] * gap
    assert_allclose(fit.shrunk_drift(limit), shrunk, rtol=1e-12)
    assert_array_equal(fit.shrunk_drift(np.inf), fit.anchored_drift() + gap)


def test_a_fit_writes_into_none_of_its_inputs():
    regression, transitions = make_regression(1, ridge=0.05)
    queries, indices, weights = make_queries()
    moments = regression.moments(queries, indices, weights)
    inputs = [*vars(transitions).values(), regression.table, regression.line_moments]
    inputs += [queries, indices, weights, moments, np.eye(D)]
    before = [array.copy() for array in inputs]
    for array in inputs:
        array.setflags(write=False)
    Regression.fit(transitions, 1, 0.05)
    regression.moments(queries, indices, weights)
    fit = LocalFit.solve(regression, moments, inputs[-1], 0.5)
    fit.shrunk_drift(1.0), fit.shrunk_slope(1.0), fit.covariance()
    for array, copy in zip(inputs, before, strict=True):
        assert_array_equal(array, copy)


def test_importance_weighs_beside_the_kernel():
    random = np.random.RandomState(3)
    importance = random.uniform(0.1, 2.0, N)
    regression, transitions = make_regression(1, importance / importance.mean())
    queries, indices, weights = make_queries()
    total = regression.weigh(indices, weights)
    assert_allclose(total.sum(axis=1), 1.0)
    fit = LocalFit.solve(regression, regression.moments(queries, indices, total))
    both = weights * importance[indices]
    both /= both.sum(axis=1, keepdims=True)
    for i, query in enumerate(queries):
        beta, _ = least_squares(transitions, query, indices[i], both[i], 1)
        assert_allclose(regression.unscale_drift(fit.drift())[i], beta[0], rtol=1e-6)
