"""Gaussian distances, the exact rate of the divergence, gamma(t) and the stationary prior."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts import DiffusionResidualSampler
from skdiffts.process import StationaryPrior
from skdiffts.scores import EmpiricalScore, GaussianMixtureScore
from skdiffts.sde import COU, CVP, OU, VE, VP, SubVP
from skdiffts.solvers import EulerMaruyama, ExponentialMultistep
from skdiffts.theory import (
    bounds,
    free_w2_bound,
    gaussian_kl,
    gaussian_w2,
    kl_bound,
    kl_rate,
    paper_tv_as_printed,
    paper_tv_bound,
    tv_bound,
)


def test_gaussian_distances_on_the_line(distances):
    one, other = (0.3, 2.0), (-1.0, 0.5)
    given = ([one[0]], [[one[1]]], [other[0]], [[other[1]]])
    assert_allclose(gaussian_kl(*given), distances["kl"](one, other), rtol=1e-12)
    assert_allclose(gaussian_w2(*given), distances["w2"](one, other), rtol=1e-12)


def test_gaussian_distances_do_not_depend_on_the_axes():
    rng = np.random.RandomState(0)
    rotation, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    a, b = np.diag([1.0, 2.0, 3.0]), np.diag([0.5, 4.0, 1.0])
    mean = rng.standard_normal(3)
    plain = mean, a, np.zeros(3), b
    turned = (
        rotation @ mean,
        rotation @ a @ rotation.T,
        np.zeros(3),
        rotation @ b @ rotation.T,
    )
    for distance in (gaussian_kl, gaussian_w2):
        assert_allclose(distance(*turned), distance(*plain), rtol=1e-9)
    gap = np.square(np.sqrt(np.diag(a)) - np.sqrt(np.diag(b))).sum()
    assert_allclose(gaussian_w2(*plain), np.sqrt(mean @ mean + gap), rtol=1e-9)


def test_gaussians_that_do_not_fit():
    with pytest.raises(ValueError, match="positive definite"):
        gaussian_kl([0.0], [[-1.0]], [0.0], [[1.0]])
    with pytest.raises(ValueError, match="square matrix"):
        gaussian_w2([0.0, 0.0], [[1.0]], [0.0], [[1.0]])
    with pytest.raises(ValueError, match="one dimension"):
        gaussian_w2([0.0], [[1.0]], [0.0, 0.0], np.eye(2))


@pytest.mark.parametrize("sde", [OU(), VE(), VP(), SubVP(), COU(), CVP()], ids=repr)
def test_rate_of_the_divergence(sde):
    """002, proposition 4.1: against finite differences of the closed form."""
    t, h = 0.3, 1e-4
    distributions = (0.5, 0.6), (-0.2, 1.5)

    def moments(distribution, t):
        m, s = sde.scale(t), sde.std(t)
        return m * distribution[0], m**2 * distribution[1] + s**2

    def divergence(t):
        (a, v), (b, w) = (moments(distribution, t) for distribution in distributions)
        return gaussian_kl([a], [[v]], [b], [[w]])

    scores = []
    for distribution in distributions:
        mean, variance = moments(distribution, t)
        scores.append(lambda X, t, mean=mean, v=variance: (mean - X) / v)
    # Two points of this mean and variance give the mean of a quadratic exactly.
    mean, variance = moments(distributions[0], t)
    X = mean + np.sqrt(variance) * np.array([[-1.0], [1.0]])
    rate = kl_rate(sde, *scores, X, t)
    slope = (divergence(t + h) - divergence(t - h)) / (2.0 * h)
    assert rate.total < 0.0
    assert_allclose(rate.total, slope, rtol=1e-4)


def test_strength_of_the_noise_may_depend_on_time():
    """seeds_audit.md, D8: 002, theorem 2.10 and proposition 4.3."""
    sde = OU(sigma=2.0)
    for bound, extra in ((kl_bound, {"prior_kl": 0.0}), (tv_bound, {"prior_tv": 0.0})):
        constant = bound(sde, 0.1, gamma=2.0, **extra).score
        assert_allclose(
            bound(sde, 0.1, gamma=lambda t: 2.0 + 0.0 * t, **extra).score, constant
        )
    rising = kl_bound(sde, 0.1, prior_kl=0.0, gamma=lambda t: 0.5 + t).score
    t = (np.arange(20_000) + 0.5) / 20_000
    gamma = 0.5 + t
    expected = np.mean((1.0 + gamma**2) ** 2 / (8.0 * gamma**2) * 4.0 * 0.01)
    assert_allclose(rising, expected, rtol=1e-6)
    w2 = free_w2_bound(sde, 0.1, prior_w2=0.0, slope=0.0, gamma=lambda t: 1.0 + 0.0 * t)
    assert w2 == free_w2_bound(sde, 0.1, prior_w2=0.0, slope=0.0, gamma=1.0)
    with pytest.raises(ValueError, match="gamma=-1 at some time is negative"):
        kl_bound(sde, 0.1, prior_kl=0.0, gamma=lambda t: 0.0 * t - 1.0)
    assert kl_bound(sde, 0.1, prior_kl=0.0, gamma=lambda t: 0.0 * t).score == np.inf


@pytest.mark.parametrize("make", [EulerMaruyama, ExponentialMultistep])
def test_solvers_take_a_function_of_time(make):
    sde, ends = VP(), (float(VP().log_snr(1.0)), 5.3)
    rising = make(gamma=lambda t: 2.0 * t, n_steps=200, grid="logsnr")
    # Every member of the family has the same distribution.
    assert_allclose(rising.gaussian_std(sde, ends), 1.0, rtol=0.02)
    same = make(gamma=lambda t: 0.7, n_steps=40).gaussian_std(sde, ends, 0.3)
    assert_allclose(same, make(gamma=0.7, n_steps=40).gaussian_std(sde, ends, 0.3))
    flow = make(gamma=lambda t: 0.0, n_steps=40, grid="logsnr")
    assert_allclose(flow.gaussian_std(sde, ends), 1.0, rtol=0.02)


def test_bounds_of_a_sampler_with_gamma_of_time(moved, gaussian):
    process = replace(moved.process(), solver=EulerMaruyama(gamma=lambda t: 1.0 + t))
    result = bounds(process, gaussian[0], n_draws=64, random_state=0)
    plain = bounds(moved, gaussian[0], n_draws=64, random_state=0)
    assert result.kullback_leibler.score > plain.kullback_leibler.score


@pytest.mark.parametrize(
    "sde",
    [
        OU(theta=0.5, sigma=1.0),
        OU(theta=0.5, sigma=1.0, mu=[3.0]),
        VP(beta_max=2.0),
        VP(schedule="geometric"),
        SubVP(schedule="geometric"),
    ],
    ids=repr,
)
def test_stationary_prior(sde):
    """seeds_audit.md, D5: x_1 has the variance 1 of the limit, not .632 or .650."""
    X = np.random.RandomState(0).standard_normal((100, 1))
    sampler = DiffusionResidualSampler(
        sde, score_model=EmpiricalScore(), early_stopping=False
    ).fit(X)
    prior = StationaryPrior(sampler.process().sde, 1)
    process = replace(sampler.process(), prior=prior)
    _, y = process.begin((50_000, 1), 0)
    x = sde.center + sde.scale(1.0) * (y - sde.center)
    assert_allclose(x.var(), 1.0, rtol=0.03)
    assert abs(x.mean() - np.mean(sde.center)) < 0.02
    assert process.sample(5, np.random.RandomState(0)).shape == (5, 1)


def test_bounds_of_the_stationary_prior_belong_to_a_sampler(mixture):
    """For N(0, I) as prior the measured initial term is the published quantity."""
    X = np.random.RandomState(0).standard_normal((200, 2))
    model = GaussianMixtureScore(
        weights=[1.0], means=[[0.0, 0.0]], covariances=[np.eye(2)]
    )
    sde = VP(schedule="geometric")
    sampler = DiffusionResidualSampler(
        sde, score_model=model, early_stopping=False
    ).fit(X)
    process = replace(sampler.process(), prior=StationaryPrior(sde, 2))
    whitening = process.whitening
    distribution = mixture(
        [1.0], [whitening.mean], [0.49 * whitening.inverse.T @ whitening.inverse]
    )
    result = bounds(process, distribution, n_draws=64, random_state=0)
    m2 = float(sde.scale(1.0)) ** 2
    variance = (0.49 * m2 + 1.0 - m2) * np.eye(2)
    expected = gaussian_kl(np.zeros(2), variance, np.zeros(2), np.eye(2))
    assert_allclose(result.kullback_leibler.initial, expected, rtol=1e-6)


def test_no_stationary_prior_without_a_limit():
    for sde in (VE(), COU(), CVP()):
        with pytest.raises(ValueError, match="no stationary distribution"):
            StationaryPrior(sde, 2)


def test_published_numbers_can_be_had():
    """seeds_audit.md, D12: (9) is .727, (44) .545, and what can be proved .565."""
    rate = -np.log(2.0 * 0.38600 / 2.7)  # E|x_0|^2 = 2.7, and (42) is .386
    sde = VP(beta_min=rate, beta_max=rate)
    printed = [
        paper_tv_as_printed(sde, 0.15, second_moment=2.7, equation=n) for n in (9, 44)
    ]
    assert_allclose(printed, [0.727, 0.545], atol=6e-4)
    proved = paper_tv_bound(sde, 0.15, second_moment=2.7, n_features=3)
    assert_allclose(proved.total, 0.565, atol=6e-4)
    assert proved.initial > printed[1] - 0.15 * np.sqrt(0.5)  # (44) is below
    with pytest.raises(ValueError, match="pass 9 or 44"):
        paper_tv_as_printed(sde, 0.1, second_moment=1.0, equation=10)
