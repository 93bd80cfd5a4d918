"""Every bound holds, for Gaussian data and models, where both sides are exact."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from skdiffts.sde import CVP, VE, VP
from skdiffts.theory import (
    ancestral_kl_bound,
    cvp_log_concave_w2_bound,
    free_w2_bound,
    kl_bound,
    linear_tv_bound,
    paper_tv_bound,
    paper_w2_bound,
    tv_bound,
    tv_from_kl,
    vp_log_concave_w2_bound,
    vp_tv_bound,
    w2_bound,
)

means = st.floats(-2.0, 2.0)
variances = st.floats(0.05, 4.0)
# Data and model; the prior is to be as wrong as these two at t = 1, or more.
distributions = st.fixed_dictionaries(
    {
        "mean": means,
        "var": variances,
        "model_mean": means,
        "model_var": variances,
        "prior_mean": means,
    }
)
gammas = st.floats(0.2, 3.0)
starts = st.floats(1e-4, 0.3)
prior_scales = st.floats(0.3, 3.0)


def case(oracle, sde, distribution, prior_scale, gamma):
    noise = np.square(sde.std(1.0) / sde.scale(1.0))
    return oracle(
        sde,
        **distribution,
        prior_var=prior_scale * (distribution["var"] + noise),
        gamma=gamma,
    )


def holds(exact, bound):
    # Both are known to rounding; an equality must not fail by it.
    return exact <= bound * (1.0 + 1e-7) + 1e-12


@given(distribution=distributions, scale=prior_scales, gamma=gammas, start=starts)
def test_kullback_leibler(family, oracle, distances, distribution, scale, gamma, start):
    o = case(oracle, family, distribution, scale, gamma)
    bound = kl_bound(
        family,
        o.error,
        prior_kl=distances["kl"](o.true_distribution(1.0), o.prior()),
        gamma=gamma,
        start=start,
    )
    exact = distances["kl"](o.true_distribution(start), o.model_distribution(start))
    assert holds(exact, bound.total)
    assert holds(
        distances["tv"](o.true_distribution(start), o.model_distribution(start)),
        bound.total_variation,
    )


@given(distribution=distributions, scale=prior_scales, gamma=gammas, start=starts)
def test_total_variation(family, oracle, distances, distribution, scale, gamma, start):
    o = case(oracle, family, distribution, scale, gamma)
    prior_tv = distances["tv"](o.true_distribution(1.0), o.prior())
    exact = distances["tv"](o.true_distribution(start), o.model_distribution(start))
    bound = tv_bound(family, o.error, prior_tv=prior_tv, gamma=gamma, start=start)
    assert holds(exact, bound.total)


@given(distribution=distributions, scale=prior_scales)
def test_total_variation_by_the_largest_error(
    family, oracle, distances, distribution, scale
):
    o = case(oracle, family, distribution, scale, 1.0)
    prior_tv = distances["tv"](o.true_distribution(1.0), o.prior())
    exact = distances["tv"](o.true_distribution(1e-12), o.model_distribution(1e-12))
    largest = o.largest_error(o.error)
    bound = linear_tv_bound(family, largest, prior_tv=prior_tv)
    assert holds(exact, bound.total)
    sharper = tv_bound(family, largest, prior_tv=prior_tv)
    assert np.sqrt(2.0) * sharper.score <= bound.score * (1.0 + 1e-9)


@given(
    distribution=distributions,
    scale=prior_scales,
    gamma=st.floats(0.0, 2.0),
    start=starts,
    lam=st.floats(1e-3, 10.0),
)
def test_wasserstein(family, oracle, distances, distribution, scale, gamma, start, lam):
    o = case(oracle, family, distribution, scale, gamma)
    setting = {
        "prior_w2": distances["w2"](o.true_distribution(1.0), o.prior()),
        "slope": o.slope,
        "gamma": gamma,
        "start": start,
    }
    exact = distances["w2"](o.true_distribution(start), o.model_distribution(start))
    given_lam = w2_bound(family, o.error, lam=lam, **setting)
    best_lam = w2_bound(family, o.error, **setting)
    free = free_w2_bound(family, o.error, **setting)
    assert holds(exact, free.total)
    assert holds(free.total, best_lam.total)
    assert holds(best_lam.total, given_lam.total)


@given(
    mean=means,
    shift=means,
    var=variances,
    gamma=st.floats(0.0, 2.0),
    start=starts,
)
def test_free_bound_is_exact_for_a_shift(
    family, oracle, distances, mean, shift, var, gamma, start
):
    """Drift and error are the same at every point: no step of the proof gives way."""
    noise = np.square(family.std(1.0) / family.scale(1.0))
    o = oracle(family, mean, var, mean + shift, var, mean, var + noise, gamma)
    bound = free_w2_bound(
        family, o.error, prior_w2=0.0, slope=o.slope, gamma=gamma, start=start
    )
    exact = distances["w2"](o.true_distribution(start), o.model_distribution(start))
    assert_allclose(bound.total, exact, rtol=1e-6, atol=1e-9)


@given(shift=means, prior_shift=means, start=starts)
def test_free_bound_is_exact_for_a_wrong_start(
    oracle, distances, shift, prior_shift, start
):
    """Both errors push the same way, so that they add."""
    sde = VP(schedule="geometric")
    shift, prior_shift = abs(shift), abs(prior_shift)
    noise = np.square(sde.std(1.0) / sde.scale(1.0))
    o = oracle(sde, 0.0, 1.0, shift, 1.0, prior_shift, 1.0 + noise)
    bound = free_w2_bound(
        sde,
        o.error,
        prior_w2=distances["w2"](o.true_distribution(1.0), o.prior()),
        slope=o.slope,
        start=start,
    )
    exact = distances["w2"](o.true_distribution(start), o.model_distribution(start))
    assert_allclose(bound.total, exact, rtol=1e-6, atol=1e-9)


@given(
    distribution=distributions,
    schedule=st.sampled_from(["linear", "cosine", "geometric"]),
)
def test_source_paper(oracle, distances, distribution, schedule):
    sde = VP(beta_min=0.1, beta_max=6.0, schedule=schedule)
    m = float(sde.scale(1.0))
    o = oracle(sde, **{**distribution, "prior_mean": 0.0}, prior_var=1.0 / m**2)
    setting = {
        "second_moment": distribution["mean"] ** 2 + distribution["var"],
        "n_features": 1,
    }
    largest = o.largest_error(o.error)
    pair = o.true_distribution(1e-12), o.model_distribution(1e-12)
    for function in (paper_tv_bound, vp_tv_bound):
        bound = function(sde, largest, **setting)
        assert holds(distances["tv"](*pair), bound.total)
    bound = paper_w2_bound(
        sde, largest, lipschitz=o.largest_error(lambda t: -o.slope(t)), **setting
    )
    assert holds(distances["w2"](*pair), bound.total)


@given(
    distribution=distributions, var=st.floats(0.05, 1.9), share=st.floats(0.05, 0.95)
)
@pytest.mark.parametrize(
    ("sde", "function"),
    [
        (VP(), vp_log_concave_w2_bound),
        (VP(schedule="geometric"), vp_log_concave_w2_bound),
        (CVP(beta_min=0.5, beta_max=2.0), cvp_log_concave_w2_bound),
        (CVP(schedule="geometric"), cvp_log_concave_w2_bound),
    ],
    ids=lambda value: getattr(value, "__name__", repr(value)),
)
def test_log_concave(oracle, distances, sde, function, distribution, var, share):
    distribution = {**distribution, "var": var, "prior_mean": 0.0}
    o = oracle(sde, **distribution, prior_var=np.square(sde.std(1.0) / sde.scale(1.0)))
    setting = {"kappa": 1.0 / var, "second_moment": distribution["mean"] ** 2 + var}
    exact = distances["w2"](o.true_distribution(1e-12), o.model_distribution(1e-12))
    largest = o.largest_error(o.error_of_model)
    best = function(sde, largest, **setting)
    assert holds(exact, best.total)
    # Any lambda of the range gives a bound; the best is found in it.
    alpha = 2.0 * abs(np.log(sde.scale(1.0)))
    upper = min(1.0, 1.0 / var) - 0.5
    if isinstance(sde, CVP):
        upper = min(0.5, np.log1p((1.0 - np.exp(-alpha)) / var) / alpha)
    assert 0.0 <= best.lam < upper
    assert (best.lam == 0.0) == (largest == 0.0)
    assert holds(best.total, function(sde, largest, lam=share * upper, **setting).total)
    with pytest.raises(ValueError, match="contract"):
        function(sde, largest, lam=1.01 * upper, **setting)


@given(
    distribution=distributions,
    scale=prior_scales,
    n_steps=st.integers(1, 60),
    low=st.floats(-4.0, -1.0),
    high=st.floats(0.0, 3.0),
)
def test_ancestral_steps(distances, distribution, scale, n_steps, low, high):
    """Distribution after finitely many steps, by recursion for mean and variance."""
    levels = np.linspace(low, high, n_steps + 1)
    bound, exact, path = ancestral(distances, distribution, scale, levels)
    assert holds(exact, bound.total)
    # Given both ends of a step, data and model take the same bridge: nothing is lost.
    assert_allclose(bound.total, path, rtol=1e-6, atol=1e-12)


def test_discretization_is_of_first_order(distances):
    distribution = {
        "mean": 0.5,
        "var": 0.3,
        "model_mean": 0.5,
        "model_var": 0.3,
        "prior_mean": 0,
    }
    terms = []
    for n_steps in (100, 200, 400):
        levels = np.linspace(-3.0, 2.0, n_steps + 1)
        bound, _, _ = ancestral(distances, distribution, 1.0, levels)
        terms.append(bound.discretization)
        assert bound.score == 0.0
    assert_allclose(np.log2(np.divide(terms[:-1], terms[1:])), 1.0, atol=0.05)


def ancestral(distances, distribution, scale, levels):
    """Bound, exact divergence at the end and exact divergence of the whole chains."""
    noises = np.exp(-2.0 * levels)
    mu, v, mu_model, v_model = (
        distribution[name] for name in ("mean", "var", "model_mean", "model_var")
    )
    mean, var = distribution["prior_mean"], scale * (v + noises[0])
    errors = []
    path = prior_kl = distances["kl"]((mu, v + noises[0]), (mean, var))
    for now, then in itertools.pairwise(noises):
        # Denoised value a y + b of model and of data.
        a, b = v_model / (v_model + now), now * mu_model / (v_model + now)
        slope, offset = a - v / (v + now), b - now * mu / (v + now)
        errors.append((slope * mu + offset) ** 2 + slope**2 * (v + now))
        keep, spread = then / now, then * (1.0 - then / now)
        posterior = spread + (1.0 - keep) ** 2 * v * now / (v + now)
        gap = (1.0 - keep) ** 2 * errors[-1]
        ratio = posterior / spread
        path += 0.5 * (ratio - 1.0 - np.log(ratio) + gap / spread)
        factor = keep + (1.0 - keep) * a
        mean, var = factor * mean + (1.0 - keep) * b, factor**2 * var + spread
    bound = ancestral_kl_bound(
        levels,
        errors,
        lambda level: v * np.exp(-2.0 * level) / (v + np.exp(-2.0 * level)),
        prior_kl=prior_kl,
    )
    exact = distances["kl"]((mu, v + noises[-1]), (mean, var))
    return bound, exact, path


@given(divergence=st.floats(0.0, 1e3))
def test_total_variation_from_divergence(divergence):
    value = tv_from_kl(divergence)
    assert 0.0 <= value <= 1.0
    assert value <= np.sqrt(0.5 * divergence)
    if divergence < 1.0:
        assert_allclose(value, np.sqrt(0.5 * divergence), rtol=1e-12)


def test_a_start_that_nothing_moves(distances):
    """Without drift, error or slope the initial term is all there is."""
    assert w2_bound(VE(), 0.0, prior_w2=2.0, slope=0.0).total == pytest.approx(2.0)
