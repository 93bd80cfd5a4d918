"""Every family of forward processes: definitions, inverses, and one common coordinate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.base import clone

from skdiffts import DiffusionResidualSampler
from skdiffts.scores import GaussianMixtureScore
from skdiffts.sde import COU, CVP, OU, VE, VP, LinearSDE, SubVP

STEP = 1e-5


def falling(t):
    return -0.5 * (0.1 + 19.9 * t)


def root_of_rate(t):
    return np.sqrt(0.1 + 19.9 * t)


FAMILIES = [
    OU(),
    OU(theta=0.7, mu=1.5, sigma=2.0),
    VE(),
    VE(perturbed=True),
    VP(),
    VP(schedule="geometric"),
    SubVP(),
    SubVP(schedule="cosine"),
    COU(),
    COU(mu=-0.5),
    CVP(),
    CVP(schedule="exponential"),
    LinearSDE(drift=falling, noise=root_of_rate),
    OU(theta=1.5, sigma=2.0, horizon=3.0),
    COU(theta=0.8, mu=0.3, horizon=2.0),
    LinearSDE(drift=np.negative, noise=np.cosh, horizon=2.0),
]


@pytest.fixture(
    params=FAMILIES, ids=[f"{type(sde).__name__}-{i}" for i, sde in enumerate(FAMILIES)]
)
def sde(request):
    return request.param


def derivative(function, t):
    return (function(t + STEP) - function(t - STEP)) / (2.0 * STEP)


@pytest.mark.parametrize("t", [0.05, 0.3, 0.7, 0.95])
def test_moments_obey_the_equation(sde, t):
    f, g2 = sde.drift_coef(t), sde.g2(t)
    assert_allclose(derivative(sde.scale, t), f * sde.scale(t), rtol=1e-6, atol=1e-9)
    variance = sde.std(t) ** 2
    slope = derivative(lambda u: sde.std(u) ** 2, t)
    assert_allclose(slope, 2.0 * f * variance + g2, rtol=1e-5, atol=1e-9)


def test_clean_at_zero(sde):
    start = sde.sigma_min if getattr(sde, "perturbed", False) else 0.0
    assert_allclose([sde.scale(0.0), sde.std(0.0)], [1.0, start], atol=1e-12)


@given(st.floats(1e-6, 1.0))
def test_time_inverts_log_snr(t):
    for sde in FAMILIES:
        back = sde.time(sde.log_snr(t))
        # Where the ratio saturates (COU, CVP) its rounding is magnified.
        ratio2 = np.exp(-2.0 * sde.log_snr(t))
        slope = sde.g2(t) / np.square(sde.scale(t))
        assert_allclose(back, t, rtol=1e-8, atol=1e-13 + 4e-16 * ratio2 / slope)


def test_log_snr_falls_and_is_the_ratio(sde):
    t = np.geomspace(1e-6, 1.0, 200)
    level = sde.log_snr(t)
    assert (np.diff(level) < 0.0).all()
    assert_allclose(level, np.log(sde.scale(t) / sde.std(t)), rtol=1e-7, atol=1e-7)


def test_vectorised_like_scalars(sde):
    t = np.array([0.1, 0.5, 0.9])
    for name in ("drift_coef", "g2", "scale", "std", "log_snr"):
        method = getattr(sde, name)
        assert_allclose(method(t), [method(u) for u in t], rtol=1e-14)
    levels = sde.log_snr(t)
    assert_allclose(sde.time(levels), [sde.time(level) for level in levels])


def test_linear_process_with_the_coefficients_of_vp_is_vp():
    t = np.linspace(0.001, 1.0, 50)
    ours, closed = LinearSDE(drift=falling, noise=root_of_rate), VP()
    assert_allclose(ours.scale(t), closed.scale(t), rtol=1e-12)
    assert_allclose(ours.std(t), closed.std(t), rtol=1e-12)
    assert_allclose(ours.log_snr(t), closed.log_snr(t), rtol=1e-10, atol=1e-12)


def test_contractive_processes_saturate():
    assert CVP().std(1.0) / CVP().scale(1.0) <= 1.0
    assert COU(theta=2.0, sigma=10.0).std(1.0) / COU().scale(1.0) < 5.0


@pytest.mark.parametrize("sde", [VE(sigma_min=2.0, sigma_max=1.0), VP(beta_min=30.0)])
def test_limits_in_the_wrong_order_are_refused(sde):
    with pytest.raises(ValueError, match="pass"):
        DiffusionResidualSampler(sde).fit(np.random.RandomState(0).randn(20, 2))


def test_clone_and_pickle(sde, through_pickle):
    assert repr(clone(sde)) == repr(sde)
    assert_allclose(through_pickle(sde).std(0.5), sde.std(0.5))


@pytest.fixture(scope="module")
def oracle():
    """Rows of a mixture and the score model that knows it, white already."""
    rng = np.random.RandomState(0)
    signs = np.where(rng.uniform(size=4000) < 0.5, -1.0, 1.0)[:, np.newaxis]
    rows = signs * np.array([0.9, 0.0]) + rng.randn(4000, 2) * np.sqrt([0.19, 1.0])
    model = GaussianMixtureScore(
        weights=[0.5, 0.5],
        means=[[-0.9, 0.0], [0.9, 0.0]],
        covariances=[np.diag([0.19, 1.0])] * 2,
    )
    return rows, model


def test_every_family_draws_the_mixture(sde, oracle):
    """Second and fourth moments within five standard errors of 4,000 draws."""
    rows, model = oracle
    sampler = DiffusionResidualSampler(sde, score_model=model, early_stopping=False)
    draws = sampler.fit(rows).sample(4000, random_state=1)
    assert_allclose(draws.std(axis=0), rows.std(axis=0), atol=0.06)
    real, drawn = (
        np.mean((x - x.mean(axis=0)) ** 4, axis=0) / x.var(axis=0) ** 2
        for x in (rows, draws)
    )
    assert_allclose(drawn, real, atol=5 * np.sqrt(24 / 4000))


def test_density_does_not_depend_on_the_family(oracle):
    rows, model = oracle
    densities = [
        DiffusionResidualSampler(sde, score_model=model, early_stopping=False)
        .fit(rows)
        .score_samples(rows[:50])
        for sde in (OU(), VE(sigma_max=20.0), VP(), SubVP(), COU())
    ]
    for density in densities[1:]:
        assert_allclose(density, densities[0], atol=0.02)


def test_linear_process_has_the_signs_of_its_names():
    """seeds_audit.md, D10: dX = -alpha X dt + sqrt(beta) dB with alpha = 1, beta = 2."""
    sde = LinearSDE(drift=lambda t: -1.0, noise=lambda t: np.sqrt(2.0))
    assert_allclose(sde.scale(1.0), np.exp(-1.0))
    assert_allclose(sde.g2(0.5), 2.0)
    assert_allclose(sde.std(1.0) ** 2, 1.0 - np.exp(-2.0))
    assert_allclose(sde.drift_coef(0.5), -1.0)
