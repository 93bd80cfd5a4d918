"""Stochastic volatility: the state is Markov, its moments are in closed form."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import norm

from skdiffts.datasets import StochasticVolatilityLaw, make_stochastic_volatility


def one_series(**parameters):
    return StochasticVolatilityLaw(
        **{
            "persistence": 0.9,
            "vol_of_vol": 0.3,
            "leverage": -0.6,
            "mean_log_variance": 0.5,
            "correlation": np.eye(1),
        }
        | parameters
    )


def expectation(function, mean, std):
    """Mean of a function of a normal variable, by quadrature."""
    return quad(lambda h: function(h) * norm.pdf(h, mean, std), -12, 12)[0]


def test_transition_is_that_of_the_formula():
    _, distribution = make_stochastic_volatility(
        1, 2, persistence=0.8, vol_of_vol=0.4, leverage=-0.3, volatility=2.0
    )
    m = np.log(4.0)
    state = np.array([[0.7, -0.2, 1.0, 2.0]])
    mean = state + distribution.drift(state)
    assert_allclose(mean, [[0, 0, m + 0.8 * (1 - m), m + 0.8 * (2 - m)]], atol=1e-12)
    vol = np.exp([0.5, 1.0])
    C = np.array([[1, 0.5], [0.5, 1]])
    a = distribution.covariance(state)[0]
    assert_allclose(a[:2, :2], C * np.outer(vol, vol))
    assert_allclose(a[2:, 2:], 0.16 * C)
    assert_allclose(a[:2, 2:], -0.3 * 0.4 * C * vol[:, None])


def test_moments_by_quadrature():
    distribution = one_series()
    s = np.sqrt(0.09 / (1 - 0.81))
    variance = expectation(np.exp, 0.5, s)
    fourth = 3 * expectation(lambda h: np.exp(2 * h), 0.5, s)
    across = -0.6 * 0.3 * expectation(lambda h: np.exp(h / 2), 0.5, s)
    assert_allclose(
        distribution.stationary_covariance,
        [[variance, across], [across, s**2]],
        rtol=1e-6,
    )
    assert_allclose(distribution.excess_kurtosis, fourth / variance**2 - 3, rtol=1e-6)


@pytest.mark.parametrize("lag", [1, 2, 7])
def test_autocorrelation_of_squares_by_quadrature(lag):
    distribution = one_series(vol_of_vol=0.5)
    phi, eta, rho = 0.9, 0.5, -0.6
    s = eta / np.sqrt(1 - phi**2)
    # E[r_i^2 r_{i + lag}^2]: the log-variance after r_i is 0.5 + phi x + eta v, of
    # which r_{i + lag} sees the part phi^(lag - 1), and u = rho v + noise.
    later = 1.0 - phi ** (2 * (lag - 1))

    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    x, v = s * nodes[:, None], nodes
    after = 0.5 + phi ** (lag - 1) * (phi * x + eta * v)
    u2 = rho**2 * v**2 + 1 - rho**2
    product = np.exp(0.5 + x) * u2 * np.exp(after + s**2 * later / 2)
    together = weights @ product @ weights
    variance = distribution.stationary_covariance[0, 0]
    fourth = (distribution.excess_kurtosis + 3) * variance**2
    expected = (together - variance**2) / (fourth - variance**2)
    assert_allclose(distribution.autocorrelation_of_squares([lag]), [expected])


def test_lag_one_is_the_recursion():
    _, distribution = make_stochastic_volatility(1, 3, random_state=0)
    gamma = distribution.stationary_covariance
    step = np.zeros((6, 6))
    step[3:, 3:] = 0.97 * np.eye(3)
    assert_allclose(distribution.lag1_autocovariance, step @ gamma, atol=1e-14)
    # The stationary covariance is a fixed point, with the mean covariance of a step.
    noise = gamma.copy()
    noise[3:, 3:] = 0.04 * (np.full((3, 3), 0.5) + 0.5 * np.eye(3))
    assert_allclose(step @ gamma @ step.T + noise, gamma, atol=1e-12)


@pytest.mark.statistical
def test_stationary_draws_have_these_moments():
    distribution = one_series(persistence=0.8, vol_of_vol=0.2, mean_log_variance=0.0)
    x = distribution.sample(20_000, 2, x0=np.zeros(2), burn_in=100, random_state=0)
    first, second = x[:, 0], x[:, 1]
    for expected, products in (
        (distribution.stationary_covariance, first[:, :, None] * first[:, None, :]),
        (distribution.lag1_autocovariance, second[:, :, None] * first[:, None, :]),
    ):
        # Independent draws: five standard errors of each of 8 means.
        error = products.std(axis=0) / np.sqrt(len(x))
        assert np.abs((products.mean(axis=0) - expected) / error).max() < 5


def test_burn_in_forgets_the_start():
    distribution = one_series(persistence=0.999, vol_of_vol=0.01)
    assert distribution._default_burn_in() > 20_000
    assert one_series(persistence=0.0)._default_burn_in() == 1000


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"persistence": 1.0}, r"persistence=1\.0"),
        ({"leverage": -1.0}, r"leverage=-1\.0"),
        ({"leverage": 1.0}, r"leverage=1\.0"),
        ({"vol_of_vol": 0.0}, r"vol_of_vol=0\.0"),
        ({"correlation": np.eye(2)[:1]}, r"correlation has shape \(1, 2\)"),
    ],
)
def test_errors_of_the_distribution(parameters, message):
    with pytest.raises(ValueError, match=message):
        one_series(**parameters)


def test_lag_zero_is_an_error():
    with pytest.raises(ValueError, match="integers from 1"):
        one_series().autocorrelation_of_squares([0, 1])


@pytest.mark.parametrize(
    "arguments",
    [{"n_series": 0}, {"persistence": 1.0}, {"leverage": -1.0}, {"volatility": 0.0}],
)
def test_errors_of_the_maker(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        make_stochastic_volatility(**arguments)
