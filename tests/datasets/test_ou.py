"""The Ornstein-Uhlenbeck process: its rows are exact at every time step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.linalg import expm, logm

from skdiffts.datasets import make_ou


def reversion_matrix(distribution):
    return -logm(distribution.transition_matrix).real / distribution.dt


@given(
    d=st.integers(1, 10),
    rate=st.floats(0.01, 20),
    noise=st.floats(0.01, 100),
    steps=st.floats(1e-3, 1.0),
    seed=st.integers(0, 2**31),
)
def test_random_distribution(d, rate, noise, steps, seed):
    dt = steps / rate
    _, distribution = make_ou(
        1, d, dt=dt, mean_reversion=rate, noise=noise, random_state=seed
    )
    theta, gamma = reversion_matrix(distribution), distribution.stationary_covariance
    # Lyapunov's equation of the continuous process, which knows nothing of dt.
    size = noise**2
    assert_allclose(theta @ gamma + gamma @ theta.T, size * np.eye(d), atol=1e-8 * size)
    symmetric = np.linalg.eigvalsh((theta + theta.T) / 2)
    expected = np.linspace(0.5, 1.5, d) if d > 1 else np.ones(1)
    assert_allclose(symmetric, rate * expected, rtol=1e-6)
    assert_allclose(
        distribution.lag1_autocovariance, expm(-theta * dt) @ gamma, atol=1e-8 * size
    )


def test_one_feature_in_closed_form():
    distribution = make_ou(1, 1, dt=0.3, mean_reversion=2.0, noise=0.5, random_state=0)[
        1
    ]
    decay = np.exp(-0.6)
    assert_allclose(distribution.transition_matrix, [[decay]])
    assert_allclose(distribution.stationary_covariance, [[0.25 / 4]])
    assert_allclose(distribution.innovation_covariance, [[0.25 * (1 - decay**2) / 4]])


def test_two_short_steps_are_a_long_one():
    short = make_ou(1, 4, dt=0.2, random_state=3)[1]
    long = make_ou(1, 4, dt=0.4, random_state=3)[1]
    A, sigma = short.transition_matrix, short.innovation_covariance
    assert_allclose(long.transition_matrix, A @ A, atol=1e-12)
    assert_allclose(long.innovation_covariance, sigma + A @ sigma @ A.T, atol=1e-12)


def test_coefficients_tend_to_those_of_the_process():
    distribution = make_ou(
        1, 3, dt=1e-6, mean_reversion=2.0, noise=0.7, random_state=0
    )[1]
    x = np.array([[1.0, -2.0, 0.5]])
    assert_allclose(
        distribution.drift(x), -x @ reversion_matrix(distribution).T, rtol=1e-4
    )
    assert_allclose(distribution.covariance(x)[0], 0.49 * np.eye(3), atol=1e-5)


@pytest.mark.statistical
def test_path_starts_in_stationarity():
    x = np.array(
        [make_ou(1, 1, dt=1e-4, random_state=seed)[0].item() for seed in range(500)]
    )
    # Variance 1/2; five standard errors of a mean square of 500 normal draws.
    assert abs(np.mean(x**2) / 0.5 - 1) < 5 * np.sqrt(2 / 500)


def test_process_is_not_reversible():
    distribution = make_ou(1, 3, random_state=0)[1]
    lag1 = distribution.lag1_autocovariance
    assert np.abs(lag1 - lag1.T).max() > 0.01


@pytest.mark.parametrize(
    "arguments", [{"dt": 0.0}, {"mean_reversion": 0.0}, {"noise": -1.0}, {"n_rows": 0}]
)
def test_errors(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        make_ou(**arguments)
