"""Conditioning on a history: VAR limit, densities and round trips."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import multivariate_normal

from skdiffts.conditioning import EWCovariance, EWVolatility, LaggedStates
from skdiffts.kernel import Tabulated

EXACT = {"ridge": 0.0, "shrinkage": 0.0}


def design(X, p):
    """Ones and the last p rows of every transition that has them."""
    n = len(X)
    lags = [X[p - 1 - i : n - 1 - i] for i in range(p)]
    return np.hstack([np.ones((n - p, 1)), *lags]), np.diff(X, axis=0)[p - 1 :]


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize("n_neighbors", ["all", 10_000])
def test_all_neighbors_are_a_var(kernel_regression, make_var, p, n_neighbors):
    """Equal weights and a line: least squares on p lags, bandwidth or not."""
    X = make_var(p, 120)
    n = len(X) - p
    estimator = kernel_regression(
        n_neighbors if n_neighbors == "all" else n,
        kernel="uniform",
        conditioning=LaggedStates(n_lags=p),
        **EXACT,
    ).fit(X)
    F, y = design(X, p)
    beta = np.linalg.lstsq(F, y, rcond=None)[0]
    drift, covariance = estimator.coefficients(X)
    assert np.isnan(drift[: p - 1]).all()
    # With a bandwidth, far rows are continued: there is the VAR as well.
    assert_allclose(drift[p - 1 : -1], F @ beta, atol=1e-7)
    r = y - F @ beta
    expected = np.broadcast_to(r.T @ r / n, covariance[p - 1 :].shape)
    assert_allclose(covariance[p - 1 :], expected, rtol=1e-6)


def test_spectral_radius_of_lags_is_that_of_the_companion(kernel_regression, make_var):
    X = make_var(0, 150, d=1)
    estimator = kernel_regression(
        "all", conditioning=LaggedStates(n_lags=2), **EXACT
    ).fit(X)
    F, y = design(X, 2)
    _, a, b = np.linalg.lstsq(F, y, rcond=None)[0][:, 0]
    companion = np.array([[1.0 + a, b], [1.0, 0.0]])
    expected = np.abs(np.linalg.eigvals(companion)).max()
    assert_allclose(estimator.spectral_radius_, expected, rtol=1e-6)


SCALES = [
    None,
    EWVolatility(halflife=4.0, pooling=0.5),
    EWCovariance(halflife=4.0, reversion=0.3),
]


@pytest.mark.parametrize("scale", SCALES, ids=repr)
@pytest.mark.parametrize(
    "name", ["lags", "increments", "volatility", "season", "union"]
)
def test_scores_are_gaussian_densities(
    conditionings, kernel_regression, make_var, name, scale
):
    X = make_var(1, 90)
    estimator = kernel_regression(
        20,
        conditioning=conditionings[name],
        scale=scale,
        dt=0.25,
    ).fit(X)
    drift, covariance = estimator.coefficients(X)
    scores = estimator.score_samples(X)
    known = np.arange(estimator.n_history_, len(X))
    assert_array_equal(np.isfinite(scores).nonzero()[0], known)
    for i in known:
        mean = X[i - 1] + 0.25 * drift[i - 1]
        distribution = multivariate_normal(mean, 0.25 * covariance[i - 1])
        assert_allclose(scores[i], distribution.logpdf(X[i]), rtol=1e-9)
    assert_allclose(estimator.score(X), scores[known].mean())


@pytest.mark.parametrize("evaluation", [None, Tabulated()], ids=str)
@pytest.mark.parametrize("scale", SCALES, ids=repr)
@pytest.mark.parametrize(
    "name", ["lags", "increments", "volatility", "season", "union"]
)
def test_residuals_simulate_to_the_paths(
    conditionings, kernel_regression, make_var, name, scale, evaluation
):
    panel = [make_var(2, 30), make_var(3, 12), make_var(4, 21)]
    estimator = kernel_regression(
        25,
        shrinkage=0.5,
        conditioning=conditionings[name],
        scale=scale,
        evaluation=evaluation,
    ).fit(panel)
    back = estimator.inverse_transform(estimator.transform(panel))
    for path, original in zip(back, panel, strict=True):
        assert_allclose(path, original, rtol=1e-6, atol=1e-6)
