"""Autoregression with ARCH covariance: closed forms against their recursions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from skdiffts.datasets import ArchTransitionLaw, make_var_arch


@given(
    d=st.integers(1, 12),
    phi=st.floats(-0.9, 0.9),
    share=st.floats(0, 0.95),
    seed=st.integers(0, 2**31),
)
def test_random_distribution(d, phi, share, seed):
    alpha = share * (1 - phi**2)
    X, distribution = make_var_arch(
        2, d, autoregression=phi, arch=alpha, random_state=seed
    )
    gamma, C = distribution.stationary_covariance, distribution.floor
    assert_allclose(np.diag(C), np.ones(d))
    # The mean of a(x) over the stationary distribution is C + alpha Gamma.
    assert_allclose(phi**2 * gamma + C + alpha * gamma, gamma, rtol=1e-9, atol=1e-9)
    assert_allclose(distribution.lag1_autocovariance, phi * gamma)
    assert_allclose(X[:1] + distribution.drift(X[:1]), phi * X[:1], atol=1e-9)
    assert_allclose(distribution.covariance(X)[1], C + alpha * np.outer(X[1], X[1]))


def test_fourth_moment_is_a_fixed_point():
    distribution = ArchTransitionLaw(
        autoregression=0.4, arch=0.3, floor=2.0 * np.eye(1)
    )
    m2 = distribution.stationary_covariance[0, 0]
    m4 = (distribution.excess_kurtosis + 3) * m2**2
    # One step from moments m2, m4: E(phi x + sqrt(a) e)^4 with a = 2 + 0.3 x^2.
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    weights = weights / weights.sum()
    a2 = 4 + 2 * 2 * 0.3 * m2 + 0.09 * m4
    xa = 2 * m2 + 0.3 * m4
    next_m4 = (
        0.4**4 * m4 + 6 * 0.4**2 * xa * (weights @ nodes**2) + a2 * (weights @ nodes**4)
    )
    assert_allclose(next_m4, m4)


def test_squares_follow_their_regression():
    distribution = ArchTransitionLaw(autoregression=0.3, arch=0.4, floor=np.eye(3))
    x = np.array([[1.0, -2.0, 0.5]])
    mean = x + distribution.drift(x)
    squares = mean**2 + np.diagonal(distribution.covariance(x), axis1=1, axis2=2)
    assert_allclose(squares, 1 + 0.49 * x**2)
    assert_allclose(
        distribution.autocorrelation_of_squares([0, 1, 3]), [1, 0.49, 0.49**3]
    )


@pytest.mark.statistical
def test_stationary_draws():
    _, distribution = make_var_arch(1, 3, arch=0.2, random_state=0)
    x = distribution.sample(20_000, 2, x0=np.zeros(3), burn_in=60, random_state=0)
    for row, expected in (
        (0, distribution.stationary_covariance),
        (1, distribution.lag1_autocovariance),
    ):
        products = x[:, row, :, None] * x[:, 0, None, :]
        # Independent draws with finite fourth moments: 5 standard errors of 18 means.
        error = products.std(axis=0) / np.sqrt(len(x))
        assert np.abs((products.mean(axis=0) - expected) / error).max() < 5


def test_infinite_moments():
    distribution = ArchTransitionLaw(autoregression=0.0, arch=0.6, floor=np.eye(1))
    assert distribution.stationary_covariance is not None
    assert distribution.excess_kurtosis is None
    with pytest.raises(ValueError, match=r"arch=0\.6 makes the fourth moment"):
        distribution.autocorrelation_of_squares([1])
    distribution = ArchTransitionLaw(autoregression=0.0, arch=1.5, floor=np.eye(1))
    assert distribution.stationary_covariance is None
    assert distribution.lag1_autocovariance is None
    assert distribution.excess_kurtosis is None


def test_burn_in_forgets_the_start():
    distribution = ArchTransitionLaw(autoregression=0.9995, arch=0.0, floor=np.eye(1))
    assert distribution._default_burn_in() > 20_000


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: make_var_arch(autoregression=0.8, arch=0.36), "infinite variance"),
        (lambda: make_var_arch(arch=-0.1), "arch"),
        (lambda: make_var_arch(n_features=0), "n_features"),
        (
            lambda: ArchTransitionLaw(autoregression=0.1, arch=-0.1, floor=np.eye(1)),
            r"arch=-0\.1 gives no covariance",
        ),
        (
            lambda: ArchTransitionLaw(autoregression=0.1, arch=0.1, floor=np.ones(2)),
            r"floor has shape \(2,\)",
        ),
        (
            lambda: ArchTransitionLaw(
                autoregression=0.1, arch=0.1, floor=np.eye(1)
            ).autocorrelation_of_squares([-1]),
            "integers from 0",
        ),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
