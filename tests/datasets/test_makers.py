"""Promises of every maker: path and distribution agree, the seed decides."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import multivariate_normal

from skdiffts.datasets import (
    make_double_well,
    make_lorenz_sde,
    make_ou,
    make_stochastic_volatility,
    make_var_arch,
)

MAKERS = {
    "coupled wells": lambda n_rows, random_state: make_double_well(
        n_rows, 4, random_state=random_state
    ),
    "lorenz": lambda n_rows, random_state: make_lorenz_sde(
        n_rows, random_state=random_state
    ),
    "ou": lambda n_rows, random_state: make_ou(n_rows, 3, random_state=random_state),
    "stochastic volatility": lambda n_rows, random_state: make_stochastic_volatility(
        n_rows, 2, random_state=random_state
    ),
    "arch": lambda n_rows, random_state: make_var_arch(
        n_rows, 3, random_state=random_state
    ),
}


@pytest.fixture(params=MAKERS)
def maker(request):
    return MAKERS[request.param]


def test_density_and_residuals_against_a_loop(maker):
    X, distribution = maker(12, 1)
    residuals, log_p = distribution.residuals(X), distribution.score_samples(X)
    assert np.isnan(log_p[0])
    for j in range(len(X) - 1):
        state = X[j : j + 1]
        mean = X[j] + distribution.drift(state)[0] * distribution.dt
        covariance = distribution.covariance(state)[0] * distribution.dt
        eps = np.linalg.solve(np.linalg.cholesky(covariance), X[j + 1] - mean)
        assert_allclose(residuals[j], eps, atol=1e-9)
        expected = multivariate_normal(mean, covariance).logpdf(X[j + 1])
        assert_allclose(log_p[j + 1], expected, rtol=1e-8)


def test_coefficients_do_not_depend_on_the_other_states(maker):
    X, distribution = maker(6, 0)
    d = distribution.n_features
    assert X.shape == (6, d)
    assert distribution.drift(X).shape == (6, d)
    assert distribution.covariance(X).shape == (6, d, d)
    for j in range(6):
        assert_allclose(
            distribution.drift(X)[j], distribution.drift(X[j : j + 1])[0], atol=1e-12
        )
        assert_allclose(
            distribution.covariance(X)[j], distribution.covariance(X[j : j + 1])[0]
        )


@pytest.mark.statistical
def test_residuals_of_a_path_are_white(maker):
    X, distribution = maker(4000, 2)
    eps = distribution.residuals(X)
    n, d = eps.shape
    # All innovations are standard normal: 5.5 standard errors, 1e-6 by all entries.
    assert np.abs(eps.mean(axis=0)).max() < 5.5 / np.sqrt(n)
    off = np.abs(eps.T @ eps / n - np.eye(d))
    assert off.max() < 5.5 * np.sqrt(2 / n)
    lagged = eps[1:].T @ eps[:-1] / (n - 1)
    assert np.abs(lagged).max() < 5.5 / np.sqrt(n)


def test_seed_decides_everything(maker):
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    X, distribution = maker(20, 5)
    again, same = maker(20, 5)
    assert_array_equal(X, again)
    assert_array_equal(distribution.sample(random_state=1), same.sample(random_state=1))
    assert not np.allclose(X, maker(20, 6)[0])
    assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_pickle(maker, through_pickle):
    X, distribution = maker(20, 0)
    copy = through_pickle(distribution)
    assert_array_equal(
        copy.sample(2, 9, random_state=0), distribution.sample(2, 9, random_state=0)
    )
    assert copy.score(X) == distribution.score(X)
