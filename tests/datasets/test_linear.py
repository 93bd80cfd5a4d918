"""The vector autoregression: exact second moments, clearly non-Gaussian innovations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.spatial.distance import pdist

from skdiffts.datasets import LinearTransitionLaw, StandardNormal, make_var_mixture


@given(
    d=st.integers(1, 12),
    k=st.integers(1, 6),
    radius=st.floats(0, 0.97),
    seed=st.integers(0, 2**31),
)
def test_random_distribution(d, k, radius, seed):
    X, distribution = make_var_mixture(
        2, d, n_components=k, spectral_radius=radius, random_state=seed
    )
    A, sigma, gamma = (
        distribution.transition_matrix,
        distribution.innovation_covariance,
        distribution.stationary_covariance,
    )
    assert X.shape == (2, d)
    assert_allclose(np.abs(np.linalg.eigvals(A)).max(), radius, atol=1e-9)
    assert_allclose(np.trace(sigma) / d, 1.0)
    tolerance = 1e-9 * np.abs(gamma).max()
    assert_allclose(gamma, A @ gamma @ A.T + sigma, atol=tolerance)
    assert_allclose(distribution.lag1_autocovariance, A @ gamma, atol=tolerance)
    # The distribution's own arithmetic equals the autoregression's.
    assert_allclose(X[:1] + distribution.drift(X[:1]), X[:1] @ A.T, atol=1e-9)
    assert_allclose(distribution.covariance(X)[1], sigma)


@pytest.mark.parametrize("d", [1, 2, 20])
def test_components_are_separated(d):
    distribution = make_var_mixture(2, d, n_components=3, random_state=0)[1]
    L = np.linalg.cholesky(distribution.innovation_covariance)
    means = distribution.innovation.means @ L.T
    spread = np.mean(
        [np.trace(L @ S @ L.T) / d for S in distribution.innovation.covariances]
    )
    assert pdist(means).min() > 4 * np.sqrt(spread)


@pytest.mark.parametrize("seed", range(5))
def test_innovations_are_not_gaussian(seed):
    distribution = make_var_mixture(2, random_state=seed)[1]
    eps = distribution.sample_residuals(2000, random_state=0)
    gain = distribution.innovation.log_density(eps) - StandardNormal(20).log_density(
        eps
    )
    # Nats per transition lost by the best Gaussian distribution.
    assert gain.mean() > 2
    assert np.diag(distribution.innovation_covariance).min() > 0.2
    assert np.diag(distribution.innovation_covariance).max() < 5


def test_one_component_is_gaussian():
    X, distribution = make_var_mixture(50, 4, n_components=1, random_state=0)
    eps = distribution.residuals(X)
    assert_allclose(
        distribution.innovation.log_density(eps), StandardNormal(4).log_density(eps)
    )


@pytest.mark.statistical
def test_second_moments_of_a_long_simulation():
    _, distribution = make_var_mixture(2, 5, random_state=0)
    path = distribution.sample(1, 100_000, random_state=1)[0]
    gamma = distribution.stationary_covariance
    # Moments of N rows have a relative error of about sqrt(2 / N_eff), under 0.01 here.
    size = np.linalg.norm(gamma)
    lag1 = path[1:].T @ path[:-1] / (len(path) - 1)
    assert np.linalg.norm(path.T @ path / len(path) - gamma) < 0.04 * size
    assert np.linalg.norm(lag1 - distribution.lag1_autocovariance) < 0.04 * size
    assert np.abs(path.mean(axis=0)).max() < 0.1


@pytest.mark.statistical
@pytest.mark.parametrize("radius", [0.6, 0.95])
def test_row_zero_is_stationary(radius):
    _, distribution = make_var_mixture(2, 3, spectral_radius=radius, random_state=0)
    first = distribution.sample(5000, 1, random_state=1)[:, 0]
    gamma = distribution.stationary_covariance
    # Five standard errors, sqrt(2 / 5000) each.
    error = np.linalg.norm(first.T @ first / 5000 - gamma)
    assert error < 0.1 * np.linalg.norm(gamma)


def test_burn_in_grows_towards_a_unit_root():
    distribution = make_var_mixture(2, 1, spectral_radius=0.999, random_state=0)[1]
    first = distribution.sample(500, 1, random_state=0)[:, 0]
    # A burn-in of 1000 would leave the variance at 0.86 of the truth.
    ratio = np.mean(first**2) / distribution.stationary_covariance[0, 0]
    assert 0.75 < ratio < 1.25
    assert distribution._default_burn_in() > 20_000


@pytest.mark.parametrize("radius", [1.0, 1.1])
def test_no_stationary_distribution(radius):
    distribution = LinearTransitionLaw(
        transition_matrix=np.array([[radius]]),
        innovation_covariance=np.eye(1),
        innovation=StandardNormal(1),
    )
    assert distribution.stationary_covariance is None
    assert distribution.lag1_autocovariance is None
    assert distribution.sample(2, 5, random_state=0)[0, 0, 0] == 0.0


def test_time_step_leaves_the_recursion_alone():
    daily, yearly = (
        LinearTransitionLaw(
            dt=dt,
            transition_matrix=np.array([[0.5]]),
            innovation_covariance=np.array([[2.0]]),
            innovation=StandardNormal(1),
        )
        for dt in (1.0, 1 / 252)
    )
    X = daily.sample(1, 30, random_state=0)[0]
    assert_allclose(yearly.sample(1, 30, random_state=0)[0], X, atol=1e-10)
    assert_allclose(yearly.score(X), daily.score(X))
    assert_allclose(yearly.covariance(X[:1]), 252 * daily.covariance(X[:1]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_rows": 0}, "n_rows"),
        ({"n_features": 0}, "n_features"),
        ({"n_components": 0}, "n_components"),
        ({"spectral_radius": 1.0}, "spectral_radius"),
        ({"spectral_radius": -0.1}, "spectral_radius"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_var_mixture(**arguments)
