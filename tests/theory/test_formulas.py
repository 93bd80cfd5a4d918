"""Special cases, minimisers, monotony, zero and the checks of the assumptions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import norm

from skdiffts.sde import COU, CVP, OU, VE, VP, LinearSDE, SubVP
from skdiffts.theory import (
    ancestral_kl_bound,
    cvp_log_concave_w2_bound,
    fisher_divergence,
    free_w2_bound,
    kl_bound,
    linear_tv_bound,
    paper_tv_bound,
    paper_w2_bound,
    tv_bound,
    tv_from_kl,
    vp_log_concave_w2_bound,
    vp_prior_kl,
    vp_prior_w2,
    vp_tv_bound,
    w2_bound,
)

SCHEDULES = ["linear", "cosine", "exponential", "geometric"]
errors = st.floats(1e-3, 5.0)
distances = st.floats(1e-3, 2.0)
moments = {"second_moment": 2.5, "n_features": 3}


def profile(t):
    """Some error that is neither constant nor monotone."""
    return 0.2 + 0.1 * np.sin(9.0 * t)


def test_integrals(family):
    """Against adaptive quadrature, with an error that grows like 1 / s(t)."""

    def integrand(t):
        return family.g2(t) * np.square(profile(t) / family.std(t))

    bound = kl_bound(
        family, lambda t: profile(t) / family.std(t), prior_kl=0.3, start=1e-3
    )
    expected, _ = quad(integrand, 1e-3, 1.0, epsrel=1e-10, limit=500)
    assert_allclose(bound.score, 0.5 * expected, rtol=1e-8)
    assert_allclose(bound.total, 0.3 + bound.score, rtol=1e-12)


@pytest.mark.parametrize("lam", [0.05, 1.0])
@pytest.mark.parametrize("gamma", [0.0, 1.0, 1.5])
def test_wasserstein_solves_its_differential_equation(family, gamma, lam):
    """Against the nested integrals, one adaptive quadrature inside another."""
    b = 0.5 * (1.0 + gamma**2)

    def rate(t, lam):
        return -2.0 * family.drift_coef(t) + 2.0 * b * family.g2(t) * (lam - np.cos(t))

    def exponent(t, lam):
        return quad(rate, 0.1, t, args=(lam,), epsrel=1e-10)[0]

    def source(t):
        weight = b * family.g2(t) * profile(t) ** 2 / (2.0 * lam)
        return weight * np.exp(exponent(t, lam))

    def free_source(t):
        return b * family.g2(t) * profile(t) * np.exp(0.5 * exponent(t, 0.0))

    setting = {
        "prior_w2": 0.7,
        "slope": lambda t: -np.cos(t),
        "gamma": gamma,
        "start": 0.1,
    }
    bound = w2_bound(family, profile, lam=lam, **setting)
    initial = 0.7 * np.exp(0.5 * exponent(1.0, lam))
    assert_allclose(bound.initial, initial, rtol=1e-7)
    score = np.sqrt(quad(source, 0.1, 1.0, epsrel=1e-9)[0])
    assert_allclose(bound.score, score, rtol=1e-7)
    assert_allclose(bound.total, np.hypot(initial, score), rtol=1e-7)
    free = free_w2_bound(family, profile, **setting)
    assert_allclose(free.initial, 0.7 * np.exp(0.5 * exponent(1.0, 0.0)), rtol=1e-7)
    score = quad(free_source, 0.1, 1.0, epsrel=1e-9)[0]
    assert_allclose(free.total, free.initial + score, rtol=1e-7)


def test_gamma_one_is_girsanov(family):
    """The half, and total variation by Pinsker's inequality on the score term."""
    kl = kl_bound(family, profile, prior_kl=0.0)
    assert kl.gamma == 1.0
    tv = tv_bound(family, profile, prior_tv=0.25)
    assert_allclose(tv.score, np.sqrt(0.5 * kl.score), rtol=1e-12)
    assert tv.total == tv.initial + tv.score
    assert tv.initial == 0.25


@given(gamma=st.floats(0.05, 20.0))
def test_gamma_one_is_best(gamma):
    best = kl_bound(VP(), profile, prior_kl=0.1)
    other = kl_bound(VP(), profile, prior_kl=0.1, gamma=gamma)
    factor = (1.0 + gamma**2) ** 2 / (8.0 * gamma**2)
    assert_allclose(other.score, 2.0 * factor * best.score, rtol=1e-12)
    assert best.total <= other.total * (1.0 + 1e-12)


def test_flow_has_no_divergence_bound():
    assert kl_bound(VP(), 0.1, prior_kl=0.0, gamma=0.0).total == np.inf
    assert tv_bound(VP(), 0.1, prior_tv=0.0, gamma=0.0).total == np.inf
    assert kl_bound(VP(), 0.0, prior_kl=0.5, gamma=0.0).total == 0.5
    assert tv_from_kl(np.inf) == 1.0


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_variance_preserving_corollaries(schedule):
    sde = VP(beta_max=8.0, schedule=schedule)
    alpha = quad(sde.beta, 0.0, 1.0)[0]
    m2 = np.exp(-alpha)
    kl = 0.5 * (m2 * 2.5 - 3 * (m2 + np.log(1.0 - m2)))
    assert_allclose(vp_prior_kl(sde, **moments), kl, rtol=1e-9)
    distance = np.sqrt(m2 * 2.5 + 3 * (1.0 - np.sqrt(1.0 - m2)) ** 2)
    assert_allclose(vp_prior_w2(sde, **moments), distance, rtol=1e-9)
    general = linear_tv_bound(sde, 0.3, prior_tv=tv_from_kl(kl))
    corollary = vp_tv_bound(sde, 0.3, **moments)
    assert_allclose(corollary.total, general.total, rtol=1e-9)
    assert_allclose(corollary.score, 0.3 * np.sqrt(8.0 / 2.0), rtol=1e-9)
    paper = paper_tv_bound(sde, 0.3, **moments)
    girsanov = tv_bound(sde, 0.3, prior_tv=tv_from_kl(kl))
    assert_allclose(paper.total, girsanov.total, rtol=1e-9)
    assert_allclose(paper.score, 0.15 * np.sqrt(alpha), rtol=1e-9)


def closed_form(sde, error, lipschitz, lam):
    """Theorem 1 of the source paper in closed form."""
    alpha = -2.0 * np.log(sde.scale(1.0))
    c = 1.0 + 2.0 * lipschitz + 2.0 * lam
    initial = np.exp(c * alpha) * vp_prior_w2(sde, **moments) ** 2
    score = error**2 / (2.0 * lam) * np.expm1(c * alpha) / c
    return np.sqrt(initial + score)


@given(error=errors, lipschitz=st.floats(0.0, 3.0), lam=st.floats(1e-3, 5.0))
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_paper_theorem_1(schedule, error, lipschitz, lam):
    sde = VP(beta_max=4.0, schedule=schedule)
    setting = {**moments, "lipschitz": lipschitz}
    bound = paper_w2_bound(sde, error, lam=lam, **setting)
    assert_allclose(bound.total, closed_form(sde, error, lipschitz, lam), rtol=1e-8)
    assert bound.lam == lam
    best = paper_w2_bound(sde, error, **setting)
    search = np.geomspace(best.lam / 30.0, best.lam * 30.0, 2001)
    values = closed_form(sde, error, lipschitz, search)
    assert_allclose(best.total, values.min(), rtol=1e-5)
    assert best.total <= values.min() * (1.0 + 1e-8)


@given(error=errors, prior=distances, slope=st.floats(-3.0, 1.0))
def test_lambda_is_the_minimiser(family, error, prior, slope):
    setting = {"prior_w2": prior, "slope": slope, "start": 0.01}
    best = w2_bound(family, error, **setting)
    for share in (0.5, 0.99, 1.01, 2.0):
        other = w2_bound(family, error, lam=share * best.lam, **setting)
        assert other.total >= best.total * (1.0 - 1e-9)


@pytest.mark.parametrize("kappa", [0.7, 1.0, 4.0])
def test_vp_corollary_is_the_general_bound_for_a_constant_slope(kappa):
    setting = {
        "prior_w2": float(VP().scale(1.0) * np.sqrt(2.0)),
        "slope": -min(1, kappa),
    }
    for lam in (None, 0.1):
        corollary = vp_log_concave_w2_bound(
            VP(), 0.1, kappa=kappa, second_moment=2.0, lam=lam
        )
        general = w2_bound(VP(), 0.1, lam=lam, **setting)
        assert_allclose(corollary.total, general.total, rtol=1e-7)
        assert_allclose(corollary.lam, general.lam, rtol=1e-4)
        assert_allclose(corollary.score, general.score, rtol=1e-3)
    assert_allclose(corollary.initial, general.initial, rtol=1e-7)
    assert_allclose(corollary.score, general.score, rtol=1e-7)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_cvp_corollary_is_the_general_bound_term_by_term(schedule):
    """Its first term takes the exact concavity, the second leaves it out."""
    sde, kappa, lam = CVP(schedule=schedule), 2.0, 0.02

    def concavity(t):
        return kappa / (np.square(sde.scale(t)) + kappa * np.square(sde.std(t)))

    corollary = cvp_log_concave_w2_bound(
        sde, 0.1, kappa=kappa, second_moment=2.0, lam=lam
    )
    prior_w2 = float(sde.scale(1.0) * np.sqrt(2.0))
    setting = {"prior_w2": prior_w2, "lam": lam}
    first = w2_bound(sde, 0.1, slope=lambda t: -concavity(t), **setting)
    second = w2_bound(sde, 0.1, slope=0.0, **setting)
    assert_allclose(corollary.initial, first.initial, rtol=1e-7)
    assert_allclose(corollary.score, second.score, rtol=1e-7)
    total = np.hypot(corollary.initial, corollary.score)
    assert_allclose(corollary.total, total, rtol=1e-12)


@given(kappa=st.floats(0.55, 5.0), error=errors, share=st.floats(0.05, 0.95))
@pytest.mark.parametrize(
    ("sde", "corollary"),
    [(VP(), vp_log_concave_w2_bound), (CVP(), cvp_log_concave_w2_bound)],
    ids=lambda value: getattr(value, "__name__", repr(value)),
)
def test_log_concave_corollaries_are_never_below_the_general_bound(
    sde, corollary, kappa, error, share
):
    """The exact constant k(t) of the noised data in place of what bounds it."""

    def concavity(t):
        return kappa / (np.square(sde.scale(t)) + kappa * np.square(sde.std(t)))

    best = corollary(sde, error, kappa=kappa, second_moment=2.0)
    lam = min(2.0 * share, 1.0) * best.lam
    published = corollary(sde, error, kappa=kappa, second_moment=2.0, lam=lam)
    general = w2_bound(
        sde,
        error,
        prior_w2=float(sde.scale(1.0) * np.sqrt(2.0)),
        slope=lambda t: -concavity(t),
        lam=lam,
    )
    assert general.total <= published.total * (1.0 + 1e-8)


def test_a_process_is_judged_by_its_coefficients():
    """Not by its class: a user's own process with the same numbers will do."""
    own = LinearSDE(
        drift=lambda t: -0.5 * (0.1 + 5.9 * t), noise=lambda t: np.sqrt(0.1 + 5.9 * t)
    )
    sde = VP(beta_min=0.1, beta_max=6.0)
    for function in (paper_tv_bound, vp_tv_bound):
        expected = function(sde, 0.2, **moments)
        assert_allclose(function(own, 0.2, **moments).total, expected.total)
    setting = {"prior_w2": 0.1, "slope": -0.4, "start": 0.01}
    expected = w2_bound(sde, profile, **setting).total
    assert_allclose(w2_bound(own, profile, **setting).total, expected)
    white = OU(theta=0.5, sigma=1.0)
    assert paper_tv_bound(white, 0.2, **moments).score == pytest.approx(0.1)


# Each as a function of score error, initial mismatch and one more input.
MONOTONE = {
    "kl": lambda e, p, x: kl_bound(VP(), e, prior_kl=p, gamma=1.0 + x).total,
    "tv": lambda e, p, x: tv_bound(VP(), e, prior_tv=p / 4.0, gamma=1.0 + x).total,
    "linear tv": lambda e, p, x: (
        linear_tv_bound(VP(beta_max=1.0 + x), e, prior_tv=p / 4.0).total
    ),
    "vp tv": lambda e, p, x: (
        vp_tv_bound(VP(), e, second_moment=p, n_features=1 + int(5 * x)).total
    ),
    "paper tv": lambda e, p, x: (
        paper_tv_bound(VP(), e, second_moment=p, n_features=1 + int(5 * x)).total
    ),
    "w2": lambda e, p, x: w2_bound(VP(), e, prior_w2=p, slope=x - 1.0).total,
    "free w2": lambda e, p, x: free_w2_bound(VP(), e, prior_w2=p, slope=x - 1.0).total,
    "paper w2": lambda e, p, x: (
        paper_w2_bound(VP(), e, second_moment=p, n_features=2, lipschitz=x).total
    ),
    "vp": lambda e, p, x: (
        vp_log_concave_w2_bound(VP(), e, kappa=3.0 - x, second_moment=p).total
    ),
    "cvp": lambda e, p, x: (
        cvp_log_concave_w2_bound(CVP(), e, kappa=3.0 - x, second_moment=p).total
    ),
    "ancestral": lambda e, p, x: (
        ancestral_kl_bound(
            np.linspace(-2.0, 2.0, 9),
            [e] * 8,
            lambda u: (1.0 + x) * -u + 9.0,
            prior_kl=p,
        ).total
    ),
}


@given(
    low=st.tuples(errors, distances, st.floats(0.0, 2.0)),
    high=st.tuples(errors, distances, st.floats(0.0, 2.0)),
)
@pytest.mark.parametrize("name", MONOTONE)
def test_worse_inputs_give_no_better_bound(name, low, high):
    bound = MONOTONE[name]
    low, high = np.minimum(low, high), np.maximum(low, high)
    base = bound(*low)
    for i in range(3):
        raised = low.copy()
        raised[i] = high[i]
        assert bound(*raised) >= base * (1.0 - 1e-9)


def test_nothing_wrong_nothing_to_bound(family):
    """No score error and the right prior: every bound is zero."""
    assert kl_bound(family, 0.0, prior_kl=0.0).total == 0.0
    assert tv_bound(family, 0.0, prior_tv=0.0).total == 0.0
    assert linear_tv_bound(family, 0.0, prior_tv=0.0).total == 0.0
    for slope in (-1.0, 0.0, 30.0):
        for lam in (None, 0.5):
            bound = w2_bound(family, 0.0, prior_w2=0.0, slope=slope, lam=lam)
            assert bound.total == 0.0
        assert free_w2_bound(family, 0.0, prior_w2=0.0, slope=slope).total == 0.0


def test_nothing_wrong_for_corollaries():
    none = {"score_error": 0.0, "second_moment": 0.0}
    for schedule in SCHEDULES:
        # A process that forgets everything, so that the prior is right.
        sde = VP(beta_min=90.0, beta_max=100.0, schedule=schedule)
        assert paper_tv_bound(sde, 0.0, **moments).total < 1e-10
        assert vp_tv_bound(sde, 0.0, **moments).total < 1e-10
        assert (
            vp_log_concave_w2_bound(sde, 0.0, kappa=1.0, second_moment=1.0).total
            < 1e-10
        )
    assert vp_log_concave_w2_bound(VP(), kappa=1.0, **none).total == 0.0
    assert cvp_log_concave_w2_bound(CVP(), kappa=1.0, **none).total == 0.0


def test_without_an_error_lambda_goes_to_zero():
    bound = w2_bound(VP(), 0.0, prior_w2=0.3, slope=-1.0)
    assert bound.lam == 0.0
    free = free_w2_bound(VP(), 0.0, prior_w2=0.3, slope=-1.0)
    assert_allclose(bound.total, free.total, rtol=1e-12)


def test_hopeless_constants_give_infinity():
    """And no warning: a Lipschitz constant of fine data is in the thousands."""
    bound = w2_bound(VP(), 0.1, prior_w2=0.1, slope=1e5)
    assert bound.total == np.inf
    assert 0.0 < bound.lam < np.inf
    assert free_w2_bound(VP(), 0.1, prior_w2=0.1, slope=1e5).total == np.inf


def test_fisher_divergence_of_gaussians():
    """Against E |A x + b|^2 in closed form, four standard errors (1 in 16,000)."""
    X = 0.5 + 2.0 * np.random.RandomState(0).standard_normal((20_000, 1))
    result = fisher_divergence(
        lambda X, t: -(X - 0.5) / 4.0, lambda X, t: -(X + t) / 2.0, X, 0.25
    )
    # The gap is (x + 1) / 4 here.
    exact = (1.5**2 + 4.0) / 16.0
    assert abs(result.total - exact) < 4.0 * result.standard_error
    assert_allclose(result.standard_error, 0.0, atol=0.01)


def test_bretagnolle_and_huber_hold():
    """Where Pinsker's inequality has long passed one."""
    shift = 4.0
    exact = 2.0 * norm.cdf(shift / 2.0) - 1.0
    assert exact <= tv_from_kl(0.5 * shift**2) < 1.0


BROKEN = [
    (lambda: kl_bound(VP(), -0.1, prior_kl=0.0), "score_error"),
    (lambda: kl_bound(VP(), lambda t: t - 0.5, prior_kl=0.0), "score_error"),
    (lambda: kl_bound(VP(), np.nan, prior_kl=0.0), "score_error is not finite"),
    (
        lambda: kl_bound(VP(), lambda t: np.where(t < 0.9, 1, np.inf), prior_kl=0),
        "not finite at t=",
    ),
    (lambda: kl_bound(VP(), 0.1, prior_kl=-1.0), "prior_kl"),
    (lambda: kl_bound(VP(), 0.1, prior_kl=np.inf), "prior_kl=inf is not finite"),
    (lambda: kl_bound(VP(), 0.1, prior_kl=0.0, gamma=-1.0), "gamma"),
    (lambda: kl_bound(VP(), 0.1, prior_kl=0.0, start=1.0), "start"),
    (lambda: kl_bound(VP(), 0.1, prior_kl=0.0, start=-0.1), "start"),
    (lambda: tv_bound(VP(), 0.1, prior_tv=1.1), "prior_tv=1.1 is above 1"),
    (lambda: linear_tv_bound(VP(), -0.1, prior_tv=0.1), "score_error"),
    (lambda: tv_from_kl(-1.0), "divergence"),
    (lambda: tv_from_kl(np.nan), "divergence"),
    (lambda: paper_tv_bound(SubVP(), 0.1, **moments), "variance preserving"),
    (lambda: paper_tv_bound(VE(), 0.1, **moments), "variance preserving"),
    (lambda: vp_tv_bound(CVP(), 0.1, **moments), "variance preserving"),
    (
        lambda: vp_prior_kl(OU(theta=0.5, mu=1.0, sigma=1.0), **moments),
        "variance preserving",
    ),
    (lambda: vp_prior_w2(COU(), **moments), "variance preserving"),
    (lambda: vp_prior_kl(VP(), second_moment=1.0, n_features=0), "n_features"),
    (lambda: vp_prior_kl(VP(), second_moment=-1.0, n_features=1), "second_moment"),
    (lambda: w2_bound(VP(), 0.1, prior_w2=-1.0, slope=0.0), "prior_w2"),
    (lambda: w2_bound(VP(), 0.1, prior_w2=0.0, slope=np.inf), "slope"),
    (lambda: w2_bound(VP(), 0.1, prior_w2=0.0, slope=0.0, lam=0.0), "lam"),
    (lambda: w2_bound(VP(), 0.1, prior_w2=0.0, slope=0.0, gamma=-1.0), "gamma"),
    (lambda: paper_w2_bound(VP(), 0.1, lipschitz=-1.0, **moments), "lipschitz"),
    (lambda: paper_w2_bound(VE(), 0.1, lipschitz=1.0, **moments), "variance"),
    (
        lambda: vp_log_concave_w2_bound(VP(), 0.1, kappa=0.5, second_moment=1.0),
        "kappa=0.5 is not above 1/2",
    ),
    (
        lambda: vp_log_concave_w2_bound(
            VP(), 0.1, kappa=1.0, second_moment=1.0, lam=0.5
        ),
        "lam=0.5 is not below 0.5",
    ),
    (
        lambda: cvp_log_concave_w2_bound(VP(), 0.1, kappa=1.0, second_moment=1.0),
        "CVP",
    ),
    (
        lambda: cvp_log_concave_w2_bound(CVP(), 0.1, kappa=0.0, second_moment=1.0),
        "kappa",
    ),
    (
        lambda: ancestral_kl_bound([0.0, 0.0], [0.1], np.negative, prior_kl=0.0),
        "levels",
    ),
    (
        lambda: ancestral_kl_bound([0.0, 1.0], [0.1, 0.1], np.negative, prior_kl=0),
        "denoised_error",
    ),
    (
        lambda: ancestral_kl_bound([0.0, 1.0], [-0.1], np.negative, prior_kl=0.0),
        "denoised_error",
    ),
    (
        lambda: ancestral_kl_bound([0.0, 1.0], [0.1], np.positive, prior_kl=0.0),
        "denoising_loss rises",
    ),
    (
        lambda: ancestral_kl_bound([0.0, 1.0], [0.1], lambda x: x * np.nan, prior_kl=0),
        "is not a number",
    ),
]


@pytest.mark.parametrize(("call", "match"), BROKEN, ids=range(len(BROKEN)))
def test_broken_assumptions_raise(call, match):
    with pytest.raises(ValueError, match=match):
        call()


def test_scores_of_another_shape_raise():
    X = np.zeros((3, 1))
    with pytest.raises(ValueError, match=r"other gives scores of shape \(3,\)"):
        fisher_divergence(lambda X, t: X, lambda X, t: X[:, 0], X, 0.5)


def test_wrong_kinds_raise():
    with pytest.raises(TypeError, match="score_function"):
        fisher_divergence(3, lambda X, t: X, np.zeros((2, 1)), 0.5)
    with pytest.raises(TypeError, match="prior_w2"):
        w2_bound(VP(), 0.1, prior_w2="far", slope=0.0)
