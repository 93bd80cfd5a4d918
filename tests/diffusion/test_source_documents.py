"""Options that the source documents ask for (seeds_audit.md, D4, D5, D9, D11)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.mixture import GaussianMixture

from skdiffts import DiffusionResidualSampler
from skdiffts.process import StationaryPrior, Whitening
from skdiffts.scores import EmpiricalScore, GaussianMixtureScore
from skdiffts.sde import COU, OU, VE, VP, SubVP
from skdiffts.solvers import ExponentialMultistep
from skdiffts.theory import bounds, gaussian_kl, vp_prior_kl


def exact(sde, X, **params):
    """Sampler with the score of its rows, without any training."""
    return DiffusionResidualSampler(
        sde, score_model=EmpiricalScore(), max_iter=1, early_stopping=False, **params
    ).fit(X)


@pytest.mark.parametrize(
    ("sde", "variance"),
    [
        (OU(theta=0.5, sigma=1.0), 1.0),
        (OU(theta=2.0, sigma=3.0, horizon=0.1), 2.25),
        (VP(beta_max=2.0), 1.0),
        (VP(schedule="geometric"), 1.0),
        (SubVP(schedule="geometric"), 1.0),
    ],
    ids=repr,
)
def test_stationary_prior_has_the_variance_of_the_limit(sde, variance, X):
    """D5: "standard" gave .632, .650, .977 and .954 where the documents have these."""
    process = exact(sde, X, prior="stationary").process()
    spread = float(sde.scale(1.0)) * process.prior.factor
    assert_allclose(spread @ spread.T, variance * np.eye(2), rtol=1e-12, atol=1e-12)
    drawn = process.begin((20_000, 2), 0)[1] * float(sde.scale(1.0))
    assert_allclose(drawn.var(axis=0), variance, rtol=0.05)


@pytest.mark.parametrize("sde", [VE(), COU()], ids=repr)
def test_processes_without_limit_have_no_stationary_prior(sde, X):
    with pytest.raises(ValueError, match="no stationary distribution"):
        exact(sde, X, prior="stationary")


def test_stationary_prior_starts_where_the_process_starts(X):
    """Where the horizon is far beyond any use, the reverse process starts before it."""
    sde = VP(beta_max=200.0)
    process = exact(sde, X, prior="stationary").process()
    level = process.log_snr_range[0]
    assert level > float(sde.log_snr(1.0))
    scale = float(sde.scale(sde.time(level)))
    assert_allclose(scale * process.prior.factor[0, 0], 1.0)
    assert_array_equal(StationaryPrior(sde, 2, level).factor, process.prior.factor)


def test_bounds_speak_of_the_sampler_with_the_stationary_prior():
    """Its mismatch is KL(p_1 | N(0, I)), which the published formula bounds."""
    rng = np.random.RandomState(0)
    X = rng.standard_normal((500, 2)) @ [[1.0, 0.0], [0.5, 2.0]] + [3.0, 0.0]
    whitening = Whitening(X)
    distribution = GaussianMixture(1, random_state=0).fit(X + 0.3)
    sde = VP(schedule="geometric")
    mean = whitening.transform(distribution.means_)[0]
    covariance = whitening.matrix.T @ distribution.covariances_[0] @ whitening.matrix
    sampler = DiffusionResidualSampler(
        sde,
        score_model=GaussianMixtureScore(
            weights=[1.0], means=[mean], covariances=[covariance]
        ),
        prior="stationary",
        early_stopping=False,
    ).fit(X)
    result = bounds(sampler, distribution, random_state=0)
    m, s = float(sde.scale(1.0)), float(sde.std(1.0))
    noised = m**2 * covariance + s**2 * np.eye(2)
    expected = gaussian_kl(m * mean, noised, np.zeros(2), np.eye(2))
    assert_allclose(result.kullback_leibler.initial, expected, rtol=1e-6)
    moment = np.trace(covariance) + mean @ mean
    published = vp_prior_kl(sde, second_moment=moment, n_features=2)
    assert expected <= published


@pytest.mark.parametrize("sde", [VP(), VE(), OU(), COU()], ids=repr)
def test_first_time_is_set_and_told(sde, X):
    """D9: epsilon, the cut of time, could neither be set nor read."""
    sampler = exact(sde, X, first_time=0.02)
    assert_allclose(sampler.first_time_, 0.02, rtol=1e-9)
    assert_allclose(sampler.process().log_snr_range[1], sde.log_snr(0.02), rtol=1e-9)
    free = exact(sde, X)
    narrowest = Whitening(X).narrowest
    assert_allclose(sde.log_snr(free.first_time_), -np.log(0.005 * narrowest))
    # Draws carry half of the noise that is left.
    gaps = [
        np.abs(one.sample(50, 0)[:, np.newaxis] - X).sum(axis=2).min(axis=1).mean()
        for one in (exact(sde, X, first_time=0.1), free)
    ]
    assert gaps[0] > 2.0 * gaps[1]


def test_perturbed_data_start_no_earlier_than_they_are():
    X = np.random.RandomState(0).standard_normal((60, 1))
    sde = VE(perturbed=True, sigma_min=0.3)
    sampler = exact(sde, X, first_time=1e-9)
    assert_allclose(sampler.process().log_snr_range[1], sde.log_snr(0.0))


@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, "auto"])
def test_wrong_first_times_are_named(value, X):
    with pytest.raises(ValueError, match="first_time"):
        exact(VP(), X, first_time=value)


def test_moments_are_left_alone_where_asked(tiny, X):
    """D4: the map was applied without a parameter."""
    options = {"max_iter": 150, "learning_rate": 3e-2}
    plain = tiny(match_moments=False, **options).fit(X)
    matched = tiny(**options).fit(X)
    own = Whitening(X)
    assert_array_equal(plain.process().whitening.matrix, own.matrix)
    assert_array_equal(plain.process().whitening.mean, own.mean)
    assert not np.allclose(matched.process().whitening.matrix, own.matrix)
    for one, other in zip(
        plain.module_.parameters(), matched.module_.parameters(), strict=True
    ):
        assert_array_equal(one.detach(), other.detach())


def test_trained_networks_are_never_taken_for_their_base(tiny, X):
    """Without matching as with it, the network gives the draws."""
    sampler = tiny(match_moments=False, max_iter=150, learning_rate=3e-2).fit(X)
    assert not sampler.process().closed_form


def test_another_solver_needs_no_fit(tiny):
    """D11: a fit for a step of no size changed draws by .124 without a new solver."""
    rng = np.random.RandomState(0)
    X = rng.standard_normal((300, 2)) * [1.0, 0.2]
    solver = ExponentialMultistep(gamma=0.0, n_steps=15)
    sampler = tiny(max_iter=60, match_moments=False).fit(X)
    draws = sampler.set_params(solver=solver).sample(500, random_state=0)
    again = sampler.set_params(warm_start=True, max_iter=1, learning_rate=1e-12)
    assert_allclose(again.fit(X).sample(500, random_state=0), draws, atol=1e-6)
