"""Weights, drifts and covariances of a few rows, by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

# States 0, 1, 3, 7 with increments 1, 2, 4, -3.
BY_HAND = [[0.0], [1.0], [3.0], [7.0], [4.0]]


@pytest.mark.parametrize("dt", [1.0, 0.5])
def test_drift_and_covariance_by_hand(kernel_regression, dt):
    """Epanechnikov weights with k = 3 at z = 0.

    Distances 0, 1, 3, 7 give h = 3 and weights 1, 1 - 1/9, 0, 0, that is 9/17 and 8/17;
    the mean of the increments 1 and 2 is 25/17 and their variance 72/289. Four
    neighbours would have h = 7.
    """
    estimator = kernel_regression(
        3, kernel="epanechnikov", degree=0, shrinkage=0.0, dt=dt
    ).fit(BY_HAND)
    drift, covariance = estimator.coefficients([[0.0]])
    assert_allclose(drift, [[25 / 17 / dt]], rtol=1e-12)
    assert_allclose(covariance, [[[72 / 289 / dt]]], rtol=1e-7)
    _, factor = estimator.factor([[0.0]])
    assert_allclose(factor, [[[np.sqrt(72 / 289 / dt)]]], rtol=1e-7)
    residual = (1.0 - 25 / 17) / np.sqrt(72 / 289)
    assert_allclose(estimator.transform([[0.0], [1.0]])[1], residual, rtol=1e-7)


@pytest.mark.parametrize(
    ("kernel", "weights"),
    [
        ("epanechnikov", [1, 8 / 9, 0, 0]),
        ("tricube", [1, (26 / 27) ** 3, 0, 0]),
        ("uniform", [1, 1, 1, 0]),
        ("gaussian", np.exp(-0.5 * np.array([0, 1, 9, 49]) / 9)),
    ],
)
def test_weights_by_hand(kernel_regression, kernel, weights):
    increments = np.array([1.0, 2.0, 4.0, -3.0])
    mean = np.average(increments, weights=weights)
    variance = np.average((increments - mean) ** 2, weights=weights)
    drift, covariance = (
        kernel_regression(3, kernel=kernel, degree=0, shrinkage=0.0)
        .fit(BY_HAND)
        .coefficients([[0.0]])
    )
    assert_allclose(drift, [[mean]], rtol=1e-12)
    assert_allclose(covariance, [[[variance]]], rtol=1e-7)


def test_local_line_by_hand(kernel_regression):
    """Two states with equal weight: the line through them has no residual.

    At z = 0.5 the uniform kernel weighs states 0 and 1 alike, with increments 1 and 2:
    the line is 1 + z, and the drift 1.5.
    """
    estimator = kernel_regression(
        2, kernel="uniform", degree=1, shrinkage=0.0, ridge=0.0
    ).fit(BY_HAND)
    drift, covariance = estimator.coefficients([[0.5]])
    assert_allclose(drift, [[1.5]], rtol=1e-7)
    assert_allclose(covariance, 0.0, atol=1e-7)
    assert_allclose(estimator.coefficients([[0.25]])[0], [[1.25]], rtol=1e-7)
