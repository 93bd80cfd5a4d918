"""Terminal distributions, limits and horizons of the forward processes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from skdiffts.sde import COU, CVP, OU, VE, VP, LinearSDE, SubVP

SHORT = {"beta_min": 0.1, "beta_max": 3.0}
FAMILIES = [
    OU(mu=0.4),
    OU(theta=0.3, horizon=2.5),
    VE(sigma_max=4.0),
    VE(sigma_min=0.5, sigma_max=4.0, perturbed=True),
    VP(**SHORT),
    VP(**SHORT, schedule="geometric"),
    SubVP(**SHORT),
    COU(),
    COU(theta=0.5, mu=-1.0, horizon=3.0),
    CVP(**SHORT),
    LinearSDE(drift=np.sin, noise=np.cosh, horizon=1.7),
]
times = st.floats(1e-3, 1.0)
rates = st.floats(0.1, 5.0)
horizons = st.floats(0.1, 10.0)


@pytest.mark.parametrize("sde", FAMILIES, ids=repr)
def test_terminal_distribution_solves_the_equation(sde):
    """Mean and variance by an adaptive solver, from the coefficients alone."""
    start = 0.5 if getattr(sde, "perturbed", False) else 0.0

    def slope(t, moments):
        mean, variance = moments
        f = sde.drift_coef(t)
        return f * (mean - sde.center), 2.0 * f * variance + sde.g2(t)

    run = solve_ivp(slope, (0.0, 1.0), (2.0, start**2), rtol=1e-10, atol=1e-12)
    mean, variance = run.y[:, -1]
    end = sde.terminal_distribution()
    assert_allclose(end.center + end.scale * (2.0 - end.center), mean, rtol=1e-7)
    assert_allclose(end.std**2, variance, rtol=1e-7)
    assert end.limit_std == sde.limit_std


@pytest.mark.parametrize(
    ("sde", "expected"),
    [
        (OU(theta=2.0, sigma=3.0, horizon=50.0), 1.5),
        (VP(beta_max=200.0), 1.0),
        (SubVP(beta_max=200.0), 1.0),
        (VP(beta_max=2000.0, schedule="geometric"), 1.0),
    ],
    ids=repr,
)
def test_run_on_a_process_reaches_its_limit(sde, expected):
    end = sde.terminal_distribution()
    assert end.limit_std == expected
    assert_allclose(end.std, expected, rtol=1e-12)
    assert end.scale < 1e-20


@pytest.mark.parametrize("sde", [OU(theta=0.7, mu=2.0), VP(), VP(schedule="cosine")])
def test_stationary_limits_stay(sde):
    """2 f v + g^2 = 0 for the variance v of the limit."""
    t = np.linspace(0.0, 1.0, 11)
    flow = 2.0 * sde.drift_coef(t) * sde.limit_std**2 + sde.g2(t)
    assert_allclose(flow, 0.0, atol=1e-12)


@pytest.mark.parametrize("sde", [VE(), COU(), CVP(), FAMILIES[-1]], ids=repr)
def test_other_processes_have_no_limit(sde):
    assert sde.terminal_distribution().limit_std is None


def agree(first, second, t):
    for name in ("drift_coef", "g2", "scale", "std", "log_snr"):
        assert_allclose(getattr(first, name)(t), getattr(second, name)(t), rtol=1e-9)
    level = second.log_snr(t)
    # Where the ratio saturates (COU) its rounding is magnified.
    rounding = 4e-16 * np.exp(-2.0 * level) * second.scale(t) ** 2 / second.g2(t)
    assert_allclose(first.time(level), second.time(level), rtol=1e-9, atol=rounding)


@pytest.mark.parametrize("family", [OU, COU])
@given(times, rates, rates, horizons)
def test_horizon_is_a_unit_of_time(family, t, theta, sigma, horizon):
    theta = min(theta, 10.0 / horizon)  # beyond, what is left of x_0 is rounding
    first = family(theta=theta, mu=0.5, sigma=sigma, horizon=horizon)
    second = family(
        theta=theta * horizon, mu=0.5, sigma=sigma * np.sqrt(horizon), horizon=1.0
    )
    agree(first, second, t)


@pytest.mark.parametrize("family", [OU, COU])
def test_distribution_at_a_time_does_not_depend_on_the_horizon(family):
    short, long = family(horizon=0.5), family(horizon=2.0)
    t = np.array([0.2, 1.0])
    assert_allclose(long.std(t * 0.25), short.std(t), rtol=1e-12)
    assert_allclose(long.scale(t * 0.25), short.scale(t), rtol=1e-12)


@given(times, rates, st.floats(0.2, 2.0))
def test_linear_process_to_a_horizon(t, theta, horizon):
    """The coefficients are functions of process time; here OU's, sped up."""
    ours = LinearSDE(
        drift=lambda tau: -theta * np.exp(tau),
        noise=lambda tau: np.exp(0.5 * tau),
        horizon=horizon,
    )
    clock = np.expm1(horizon * t)  # the integral of exp(tau)
    assert_allclose(ours.scale(t), np.exp(-theta * clock), rtol=1e-9)
    variance = -np.expm1(-2.0 * theta * clock) / (2.0 * theta)
    assert_allclose(ours.std(t) ** 2, variance, rtol=1e-6)


@pytest.mark.parametrize("family", [OU, COU, LinearSDE])
def test_horizon_must_be_positive(family):
    given = {"drift": np.sin, "noise": np.cos} if family is LinearSDE else {}
    with pytest.raises(ValueError, match="horizon"):
        family(**given, horizon=0.0)._validate_params()
