"""The kernel stage of the source paper, beside its formulas written out."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts.conditioning import LaggedStates
from skdiffts.kernel import nadaraya_watson

KERNELS = {
    "epanechnikov": lambda u: np.maximum(0.0, 1.0 - u**2),
    "uniform": lambda u: (u <= 1.0).astype(float),
}


def equations(X, z, states, k, kernel, dt):
    """Equations (1) to (4) at one point, with dt in the covariance."""
    distance = np.sqrt(np.square(states - z).sum(axis=1))
    weights = KERNELS[kernel](distance / np.sort(distance)[k - 1])
    increments = np.diff(X, axis=0)[-len(states) :]
    drift = weights @ increments / (weights.sum() * dt)
    rest = (increments - drift * dt) / np.sqrt(dt)
    covariance = (weights[:, None] * rest).T @ rest / weights.sum()
    return drift, np.linalg.cholesky(covariance)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("dt", [1.0, 0.25])
def test_equations_of_the_source_paper(kernel, dt):
    rng = np.random.RandomState(0)
    X = 0.3 * rng.standard_normal((120, 2)).cumsum(axis=0) * [1.0, 30.0]
    estimator = nadaraya_watson(40, kernel=kernel, dt=dt).fit(X)
    residuals = estimator.transform(X)
    drifts, factors = estimator.factor(X)
    for i in (3, 50, 110):
        drift, factor = equations(X, X[i], X[:-1], 40, kernel, dt)
        assert_allclose(drifts[i], drift, rtol=1e-9, atol=1e-12)
        assert_allclose(factors[i], factor, rtol=1e-7, atol=1e-9)
        rest = (X[i + 1] - X[i] - drift * dt) / np.sqrt(dt)
        assert_allclose(residuals[i + 1], np.linalg.solve(factor, rest), rtol=1e-6)


def test_lagged_rows_of_remark_2():
    X = np.random.RandomState(1).standard_normal((100, 1)).cumsum(axis=0)
    estimator = nadaraya_watson(
        30, kernel="uniform", conditioning=LaggedStates(n_lags=2)
    ).fit(X)
    states = np.column_stack([X[1:-1, 0], X[:-2, 0]])
    drift, _ = equations(X, states[40], states, 30, "uniform", 1.0)
    assert_allclose(estimator.coefficients(X)[0][41], drift, rtol=1e-9)
