"""Weights that fall with the age of a transition."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts.kernel._leave_one_out import LeaveOneOut

EXACT = {"ridge": 0.0, "shrinkage": 0.0}


def test_recency_by_hand(kernel_regression):
    """A weighted mean: increments 1, 2, 4 with weights 1/4, 1/2, 1."""
    X = np.array([[0.0], [1.0], [3.0], [7.0]])
    estimator = kernel_regression("all", degree=0, recency_halflife=1.0, **EXACT).fit(X)
    drift, covariance = estimator.coefficients([[100.0]])
    mean = (1.0 / 4 + 2.0 / 2 + 4.0) / 1.75
    assert_allclose(drift, [[mean]])
    squares = (np.array([1.0, 2.0, 4.0]) - mean) ** 2
    assert_allclose(covariance[0, 0, 0], squares @ [0.25, 0.5, 1.0] / 1.75, rtol=1e-8)


@pytest.mark.parametrize("n_neighbors", [12, "all"])
def test_leaving_out_weighted_transitions(kernel_regression, make_var, n_neighbors):
    """Leave-one-out residuals come from a fit without the transition."""
    X = make_var(10, 31)
    options = {"recency_halflife": 10.0, **EXACT, "metric": "euclidean"}
    estimator = kernel_regression(n_neighbors, **options).fit(X)
    smoother = estimator.model_.local_model.smoother
    rows = np.arange(30)
    left_out = LeaveOneOut.fit(smoother, rows, [n_neighbors])
    [pooled] = left_out.pooled
    [covariances] = left_out.map_covariances(lambda _i, _rows, values: values)
    weights = 0.5 ** ((29.0 - rows) / 10.0)
    states, increments = X[:-1], np.diff(X, axis=0)
    unit = smoother.regression.increment_scale
    for i in range(30):
        others = rows != i
        w = weights[others]
        if n_neighbors != "all":
            distances = np.linalg.norm(states[others] - states[i], axis=1)
            h = np.sort(distances)[n_neighbors - 1]
            w = w * np.maximum(1.0 - (distances / h) ** 2, 0.0)
        F = np.hstack([np.ones((29, 1)), states[others] - states[i]])
        root = np.sqrt(w)[:, np.newaxis]
        y = increments[others]
        beta = np.linalg.lstsq(root * F, root * y, rcond=None)[0]
        r = y - F @ beta
        expected = (w[:, np.newaxis] * r).T @ r / w.sum()
        assert_allclose(
            covariances[i] * np.outer(unit, unit), expected, rtol=1e-6, atol=1e-9
        )
        if n_neighbors == "all":
            error = (increments[i] - beta[0]) / unit
            assert_allclose(pooled.residuals[i], error, rtol=1e-6, atol=1e-8)


def test_never_forgetting_is_no_recency(kernel_regression, make_var):
    X = make_var(11, 60)
    plain = kernel_regression(10).fit(X).loo_residuals_
    slow = kernel_regression(10, recency_halflife=1e12).fit(X).loo_residuals_
    assert_allclose(slow, plain, rtol=1e-6)
