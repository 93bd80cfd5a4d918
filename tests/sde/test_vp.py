"""The variance preserving process: closed forms against their definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from skdiffts.sde import VP, BaseSDE

SCHEDULES = ["linear", "cosine", "exponential", "geometric"]
DIFFERENCE = 1e-5


@st.composite
def processes(draw):
    beta_min = draw(st.floats(1e-3, 5.0))
    beta_max = beta_min * draw(st.floats(1.0, 200.0))
    return VP(
        beta_min=beta_min,
        beta_max=beta_max,
        schedule=draw(st.sampled_from(SCHEDULES)),
    )


def times(smallest=1e-8):
    """Diffusion times, with as many near 0 as near 1."""
    return st.floats(np.log(smallest), 0.0).map(np.exp)


def derivative(function, t):
    """Central difference, and how far from zero it is by rounding alone."""
    rise = function(t + DIFFERENCE) - function(t - DIFFERENCE)
    return rise / (2.0 * DIFFERENCE)


@pytest.fixture(params=SCHEDULES)
def sde(request):
    return VP(schedule=request.param)


@given(processes(), times(), times())
def test_variance_is_preserved(sde, t, u):
    r, s = sorted([t, u])
    assert_allclose(sde.scale(r) ** 2 + sde.std(r) ** 2, 1.0, rtol=0, atol=1e-12)
    assert 0.0 < sde.std(r) ** 2 <= sde.std(s) ** 2 <= 1.0


@given(processes(), st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3))
def test_alpha_is_the_integral_of_beta(sde, triple):
    r, s, u = sorted(triple)
    nodes, weights = np.polynomial.legendre.leggauss(40)

    def integral(start, end):
        t = start + (end - start) * (nodes + 1.0) / 2.0
        return weights @ sde.beta(t) * (end - start) / 2.0

    alpha = sde.integrated_beta
    size = sde.beta_max
    assert integral(r, s) >= 0.0
    assert_allclose(integral(r, s) + integral(s, u), integral(r, u), atol=1e-12 * size)
    assert_allclose(alpha(u) - alpha(r), integral(r, u), rtol=0, atol=1e-12 * size)


def test_alpha_starts_at_zero(sde):
    assert sde.integrated_beta(0.0) == 0.0
    assert (sde.scale(0.0), sde.std(0.0)) == (1.0, 0.0)


@given(processes(), st.floats(0.01, 0.99))
def test_alpha_grows_at_rate_beta(sde, t):
    slope = derivative(sde.integrated_beta, t)
    assert_allclose(slope, sde.beta(t), rtol=1e-6)


@given(processes(), st.floats(0.01, 0.99))
def test_moments_obey_the_equation_of_the_process(sde, t):
    f, g2, m, s2 = sde.drift_coef(t), sde.g2(t), sde.scale(t), sde.std(t) ** 2
    size = 1e-6 * sde.beta_max
    assert g2 >= 0.0
    assert_allclose(derivative(sde.scale, t), f * m, rtol=0, atol=size)
    variance = derivative(lambda u: sde.std(u) ** 2, t)
    assert_allclose(variance, 2.0 * f * s2 + g2, rtol=0, atol=size)


@given(processes(), times())
def test_time_inverts_log_snr(sde, t):
    log_snr = sde.log_snr(t)
    # A time is known as well as alpha is, whose rounding is relative to alpha, and to t
    # where the cosine cancels.
    spread = 1e-15 * (sde.integrated_beta(t) + sde.beta_max * t) / sde.beta(t)
    # Beyond alpha = 700 nothing of x_0 is left to tell two times apart.
    assert_allclose(sde.time(log_snr), t, rtol=1e-12, atol=1e-14 + 50.0 * spread)


@given(processes(), st.floats(0.0, 1.0))
def test_log_snr_inverts_time(sde, share):
    low, high = sde.log_snr(1.0), sde.log_snr(1e-8)
    log_snr = low + share * (high - low)
    t = sde.time(log_snr)
    assert 0.0 <= t <= 1.0
    # The root of the cosine schedule is known to 1e-15, not to relative precision.
    assert_allclose(sde.log_snr(t), log_snr, rtol=1e-9, atol=1e-6)


@given(processes(), times(1e-6))
def test_log_snr_is_that_of_scale_and_std(sde, t):
    assert_allclose(sde.log_snr(t), BaseSDE.log_snr(sde, t), rtol=1e-9, atol=1e-9)
    assert_allclose(np.exp(-sde.log_snr(t)), sde.std(t) / sde.scale(t), rtol=1e-8)


def test_levels_out_of_reach_are_clipped(sde):
    assert sde.time(sde.log_snr(1.0) - 1.0) == 1.0
    assert 0.0 <= sde.time(400.0) < 1e-12


def test_short_times_lose_no_digits(sde):
    """sqrt(1 - exp(-alpha)) would be off by 1e-5 at t = 1e-10."""
    t = 1e-10
    assert_allclose(sde.std(t), np.sqrt(sde.integrated_beta(t)), rtol=1e-8)
    assert_allclose(sde.time(sde.log_snr(t)), t, rtol=1e-4)


def test_arrays_agree_with_numbers(sde):
    t = np.linspace(0.1, 1.0, 7)
    log_snr = sde.log_snr(t)
    for function, values in [
        (sde.beta, t),
        (sde.integrated_beta, t),
        (sde.drift_coef, t),
        (sde.g2, t),
        (sde.scale, t),
        (sde.std, t),
        (sde.log_snr, t),
        (sde.time, log_snr),
    ]:
        each = [function(value) for value in values]
        assert function(values).shape == t.shape
        assert all(np.ndim(value) == 0 for value in each)
        assert_allclose(function(values), each, rtol=1e-14)


def test_the_process_is_that_of_its_rate(sde):
    t = np.linspace(0.0, 1.0, 9)
    assert_array_equal(sde.drift_coef(t), -0.5 * sde.beta(t))
    assert_array_equal(sde.g2(t), sde.beta(t))


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_rate_runs_between_its_limits(schedule):
    sde = VP(beta_min=0.5, beta_max=8.0, schedule=schedule)
    beta = sde.beta(np.linspace(0.0, 1.0, 101))
    beta = beta[::-1] if schedule == "geometric" else beta
    assert_allclose(beta[[0, -1]], [0.5, 8.0])
    assert (np.diff(beta) > 0.0).all()
    middle = 2.0 if schedule in ("exponential", "geometric") else 4.25
    assert_allclose(beta[50], middle)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_alpha_of_the_straight_schedules(schedule):
    assert_allclose(VP(schedule=schedule).integrated_beta(1.0), (0.1 + 20.0) / 2.0)


@pytest.mark.parametrize("schedule", ["exponential", "geometric"])
@pytest.mark.parametrize("limits", [(0.1, 20.0), (1.0, 2.0), (0.001, 50.0)])
def test_alpha_of_the_geometric_schedules(schedule, limits):
    low, high = limits
    sde = VP(beta_min=low, beta_max=high, schedule=schedule)
    assert_allclose(sde.integrated_beta(1.0), (high - low) / np.log(high / low))


def test_geometric_default_leaves_signal():
    assert_allclose(VP(schedule="geometric").integrated_beta(1.0), 3.76, atol=0.005)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_constant_rate_is_the_same_in_every_schedule(schedule):
    sde = VP(beta_min=3.0, beta_max=3.0, schedule=schedule)
    t = np.linspace(1e-6, 1.0, 9)
    assert_allclose(sde.beta(t), 3.0)
    assert_allclose(sde.integrated_beta(t), 3.0 * t)
    assert_allclose(sde.time(sde.log_snr(t)), t, rtol=1e-8)


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"beta_min": 3.0, "beta_max": 2.0}, "beta_min=3.0 exceeds beta_max=2.0"),
        ({"beta_min": 0.0}, "beta_min"),
        ({"beta_max": -1.0}, "beta_max"),
        ({"beta_max": "large"}, "beta_max"),
        ({"schedule": "sigmoid"}, "schedule"),
    ],
)
def test_wrong_parameters_are_named(params, match):
    with pytest.raises(ValueError, match=match):
        VP(**params)._validate_params()


def test_parameters_are_keyword_only():
    with pytest.raises(TypeError):
        VP(0.1)


def test_clone_pickle_and_repr_keep_the_parameters(through_pickle):
    sde = VP(beta_min=0.2, schedule="cosine")
    for copy in (clone(sde), through_pickle(sde), eval(repr(sde))):
        assert copy is not sde
        assert copy.get_params() == sde.get_params()
        assert copy.scale(0.3) == sde.scale(0.3)
