"""Distances of conditioning vectors."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from skdiffts.conditioning import EWVolatility, State


def test_a_weight_of_zero_ignores_a_column(kernel_regression, make_var):
    X = make_var(12, 80, d=2)
    noise = np.random.RandomState(0).standard_normal((80, 1))
    alone = kernel_regression(10, degree=0, shrinkage=0.0).fit(X)
    beside = kernel_regression(10, degree=0, shrinkage=0.0, metric=[1.0, 1.0, 0.0]).fit(
        np.hstack([X, noise])
    )
    drift = beside.coefficients(np.hstack([X, 0.1 * noise]))[0]
    assert_allclose(drift[:, :2], alone.coefficients(X)[0], rtol=1e-6)


def test_whitened_distances_have_no_coordinates(kernel_regression, make_var):
    X = make_var(13, 80)
    turn = np.array([[2.0, 1.0], [-0.5, 30.0]])
    for metric, same in (("whitened", True), ("standardized", False)):
        estimator = kernel_regression(10, shrinkage=0.3, metric=metric)
        plain = clone(estimator).fit(X).coefficients(X)[0] @ turn
        turned = clone(estimator).fit(X @ turn).coefficients(X @ turn)[0]
        agree = np.allclose(turned, plain, rtol=1e-5, atol=1e-6)
        assert agree == same


@pytest.mark.parametrize("metric", [[1.0], [1.0, -1.0], [0.0, 0.0], [np.nan, 1.0]])
def test_wrong_weights_are_named(kernel_regression, make_var, metric):
    with pytest.raises(ValueError, match="metric="):
        kernel_regression(5, metric=metric).fit(make_var(14, 30))


def test_metric_and_conditioning_in_a_grid(kernel_regression, make_var):
    grid = {
        "metric": ["whitened", [1.0, 0.0]],
        "conditioning": [State(), EWVolatility()],
        "scale": [None, EWVolatility(halflife=3.0)],
    }
    search = GridSearchCV(
        kernel_regression(10), grid, cv=TimeSeriesSplit(2), error_score="raise"
    )
    search.fit(make_var(15, 60))
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert len(set(search.cv_results_["mean_test_score"])) == 8
