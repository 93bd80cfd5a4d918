"""All bounds of a fitted sampler at once, against closed forms."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.exceptions import NotFittedError
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

from skdiffts import DiffusionResidualSampler
from skdiffts.process import Whitening
from skdiffts.scores import ScoreNetwork
from skdiffts.sde import CVP, OU, VE, VP
from skdiffts.solvers import (
    EulerMaruyama,
    ExponentialMultistep,
    PredictorCorrector,
    ProbabilityFlow,
)
from skdiffts.theory import bounds, free_w2_bound, lipschitz_constant, score_error


@pytest.mark.parametrize("sde", [VP(), VP(schedule="geometric"), CVP(), VE()], ids=repr)
@pytest.mark.parametrize("prior", ["matched", "standard"])
@pytest.mark.parametrize("gamma", [0.5, 1.0])
def test_bounds_hold_for_a_gaussian(
    X, gaussian, sde, prior, gamma, exact_sampler, whitened
):
    """Gaussian model and data: linear reverse process, exact distribution."""
    solver = ExponentialMultistep(gamma=gamma)
    sampler = exact_sampler(X, gaussian[1], sde=sde, prior=prior, solver=solver)
    result = bounds(sampler, gaussian[0], n_levels=129, random_state=0)
    process = sampler.process()
    (mean,), (covariance,) = whitened(sampler, gaussian[0])
    (center,), _ = whitened(sampler, gaussian[1])
    values, vectors = np.linalg.eigh(covariance)
    first, last = (np.exp(-2.0 * level) for level in process.log_snr_range[::-1])
    # In the axes of the covariance each direction is an equation on its own.
    a = 1.0 + gamma**2
    shrink = (values + first) / (values + last)
    prior_mean = (process.prior.mean - center) @ vectors
    prior_cov = vectors.T @ process.prior.factor @ process.prior.factor.T @ vectors
    out_mean = prior_mean * shrink ** (a / 2.0) + (center - mean) @ vectors
    out_cov = prior_cov * np.sqrt(np.outer(shrink**a, shrink**a))
    noise = (values + first) - (values + first) ** a * (values + last) ** -(gamma**2)
    out_cov = out_cov + np.diag(noise)
    true_cov = np.diag(values + first)
    solved = np.linalg.solve(out_cov, true_cov)
    divergence = 0.5 * (
        np.trace(solved)
        - 2.0
        - np.linalg.slogdet(solved)[1]
        + out_mean @ np.linalg.solve(out_cov, out_mean)
    )
    # With equal covariances both sides are equal, but for the quadrature over levels.
    assert divergence <= result.kullback_leibler.total * (1.0 + 1e-5)
    assert divergence > 1e-4
    inverse = process.whitening.inverse
    moved_mean = vectors @ out_mean @ inverse
    distributions = [
        inverse.T @ vectors @ c @ vectors.T @ inverse for c in (out_cov, true_cov)
    ]
    root = np.linalg.cholesky(distributions[0])
    cross = np.sqrt(np.linalg.eigvalsh(root.T @ distributions[1] @ root)).sum()
    squared = (
        moved_mean @ moved_mean
        + np.trace(distributions[0] + distributions[1])
        - 2.0 * cross
    )
    exact = np.sqrt(squared)
    assert exact <= result.free_wasserstein.total
    assert result.free_wasserstein.total <= result.wasserstein.total * (1.0 + 1e-9)
    assert result.score_error.exact
    assert result.kullback_leibler.gamma == gamma


@pytest.mark.statistical
def test_draws_are_within_the_bounds(X, gaussian, bimodal, exact_sampler):
    """Mean of the draws: |difference of means| is at most W2; four standard errors."""
    sampler = exact_sampler(X, bimodal)
    result = bounds(sampler, gaussian[0], random_state=0)
    draws = sampler.sample(5000, random_state=0)
    error = 4.0 * np.linalg.norm(draws.std(axis=0)) / np.sqrt(len(draws))
    gap = np.linalg.norm(draws.mean(axis=0) - gaussian[0].means_[0])
    assert gap <= result.free_wasserstein.total + error
    spread = np.abs(draws.std(axis=0) - np.sqrt(np.diag(gaussian[0].covariances_[0])))
    assert spread.max() <= result.free_wasserstein.total + error


def test_nothing_wrong_nothing_to_bound(X, exact_sampler, mixture):
    """Model and prior of the reference: the first noise alone remains."""
    whitening = Whitening(X)
    inverse = whitening.inverse
    u = whitening.transform(X)
    covariance = inverse.T @ np.cov(u.T, bias=True) @ inverse
    distribution = mixture([1.0], [X.mean(axis=0)], [covariance])
    sampler = exact_sampler(X, distribution)
    first_noise = np.exp(-sampler.process().log_snr_range[1])
    result = bounds(sampler, distribution, random_state=0)
    assert result.total_variation.total < 1e-7
    assert result.kullback_leibler.total < 1e-12
    for bound in (result.wasserstein, result.free_wasserstein):
        assert_allclose(bound.total, bound.truncation, rtol=1e-6)
        expected = np.linalg.norm(inverse, 2) * first_noise * np.sqrt(2.0)
        assert_allclose(bound.truncation, expected, rtol=1e-6)


def test_units(X, bimodal, mixture):
    """Total variation and divergence have none; the distance has the units of X."""
    rescaled = mixture(
        bimodal.weights_, 100.0 * bimodal.means_, 1e4 * bimodal.covariances_
    )
    sampler = DiffusionResidualSampler(
        score_model=ScoreNetwork(width=8, depth=1, base="gaussian"),
        max_iter=5,
        early_stopping=False,
        random_state=0,
    )
    small = bounds(sampler.fit(X), bimodal, random_state=0)
    large = bounds(sampler.fit(100.0 * X), rescaled, random_state=0)
    assert_allclose(large.unit, 100.0 * small.unit, rtol=1e-9)
    for name in ("total_variation", "kullback_leibler"):
        values = getattr(large, name).total, getattr(small, name).total
        assert_allclose(*values, rtol=1e-3)
    for name in ("wasserstein_estimate", "free_wasserstein_estimate"):
        for term in ("value", "initial", "score", "truncation"):
            value = getattr(getattr(large, name), term)
            expected = 100.0 * getattr(getattr(small, name), term)
            assert_allclose(value, expected, rtol=1e-3)


def test_priors_of_noised_rows(X, bimodal, exact_sampler):
    """Coupled by chance: finite, and no smaller than for the matched prior."""
    rows = bounds(exact_sampler(X, bimodal, prior="empirical"), X, random_state=0)
    matched = bounds(exact_sampler(X, bimodal), X, random_state=0)
    assert rows.kullback_leibler.score == matched.kullback_leibler.score
    assert rows.kullback_leibler.initial > matched.kullback_leibler.initial
    u = rows.log_concavity.sde.center + Whitening(X).transform(X)
    squared = np.square(u[:, np.newaxis] - u).sum(axis=2).mean()
    noise2 = np.exp(-2.0 * rows.score_error.log_snr[0])
    assert_allclose(rows.kullback_leibler.initial, 0.5 * squared / noise2, rtol=1e-6)
    assert np.isfinite(rows.wasserstein.total)


def test_initial_term_of_rows_is_the_mean_over_rows(X, bimodal, exact_sampler):
    """Against a loop over the rows, for the matched prior."""
    result = bounds(exact_sampler(X, bimodal, sde=VP(beta_max=2.0)), X, random_state=0)
    u = Whitening(X).transform(X)
    noise2 = np.exp(-2.0 * result.score_error.log_snr[0])
    covariance = np.cov(u.T, bias=True) + noise2 * np.eye(2)
    terms = []
    for row in u - u.mean(axis=0):
        solved = np.linalg.solve(covariance, noise2 * np.eye(2))
        log_det = np.linalg.slogdet(solved)[1]
        energy = row @ np.linalg.solve(covariance, row)
        terms.append(0.5 * (np.trace(solved) - 2.0 - log_det + energy))
    assert_allclose(result.kullback_leibler.initial, np.mean(terms), rtol=1e-9)


@pytest.mark.statistical
@pytest.mark.parametrize("prior", ["matched", "standard", "empirical"])
def test_initial_term_of_a_mixture(X, bimodal, prior, exact_sampler, mixture, whitened):
    """Against a plain mean over more draws, four standard errors of either."""
    sampler = exact_sampler(X, bimodal, sde=VP(beta_max=2.0), prior=prior)
    result = bounds(sampler, bimodal, n_draws=8000, random_state=0)
    means, covariances = whitened(sampler, bimodal)
    noise2 = np.exp(-2.0 * result.score_error.log_snr[0])
    noised = mixture(bimodal.weights_, means, covariances + noise2 * np.eye(2))
    noised.random_state = 1
    y, _ = noised.sample(60_000)
    ratio = noised.score_samples(y) - sampler.process().prior.log_density(y)
    error = 4.0 * ratio.std() * (1.0 / np.sqrt(len(y)) + 1.0 / np.sqrt(8000))
    assert abs(result.kullback_leibler.initial - ratio.mean()) < error
    assert error < 0.5 * ratio.mean()


def test_wasserstein_from_its_parts(X, bimodal, exact_sampler):
    """By the public functions, for a model that is not log-concave."""
    sampler = exact_sampler(X, bimodal, sde=VP(beta_max=2.0))
    result = bounds(sampler, X, random_state=0)
    process = sampler.process()
    start = process.sde.time(process.log_snr_range[1])
    setting = {"slope": result.slope, "start": start}
    assert result.log_concavity.smallest < 0.0
    factor = result.unit / process.sde.scale(start)
    score = free_w2_bound(process.sde, result.score_error, prior_w2=0.0, **setting)
    assert_allclose(result.free_wasserstein.score, factor * score.total, rtol=1e-9)
    # The smaller of two bounds of the initial distance: each row on its own, or
    # Talagrand's inequality.
    u = process.whitening.transform(X)
    noise2 = np.exp(-2.0 * process.log_snr_range[0])
    values = np.linalg.eigvalsh(np.cov(u.T, bias=True) + noise2 * np.eye(2))
    shift = np.square(u - u.mean(axis=0)).sum(axis=1).mean()
    rows = np.sqrt(shift + np.square(np.sqrt(values) - np.sqrt(noise2)).sum())
    divergence = result.kullback_leibler.initial
    talagrand = np.sqrt(2.0 * values.max() * divergence)
    assert abs(rows / talagrand - 1.0) > 0.05
    distance = min(rows, talagrand) * process.sde.scale(1.0)
    initial = free_w2_bound(process.sde, 0.0, prior_w2=distance, **setting)
    assert_allclose(result.free_wasserstein.initial, factor * initial.total, rtol=1e-6)


def test_lambda_is_the_samplers(moved, X, exact_sampler, mixture):
    free = bounds(moved, X, random_state=0)
    assert free.wasserstein.lam > 0.0
    fixed = exact_sampler(X, mixture([1.0], [[5.0, -2.0]], [np.cov(X.T)]), lam=0.7)
    assert bounds(fixed, X, random_state=0).wasserstein.lam == 0.7
    assert free.free_wasserstein.lam is None


def test_solvers(X, bimodal, exact_sampler):
    flow = bounds(exact_sampler(X, bimodal, solver=ProbabilityFlow()), X)
    assert flow.kullback_leibler.total == np.inf
    assert flow.total_variation.total == np.inf
    assert np.isfinite(flow.wasserstein.total)
    euler = exact_sampler(X, bimodal, solver=EulerMaruyama(gamma=0.5))
    assert bounds(euler, X).kullback_leibler.gamma == 0.5
    corrected = exact_sampler(X, bimodal, solver=PredictorCorrector())
    with pytest.raises(ValueError, match="pass gamma"):
        bounds(corrected, X)
    assert bounds(corrected, X, gamma=1.0).kullback_leibler.gamma == 1.0


def test_process_with_a_center(X, gaussian, exact_sampler):
    """Coupled paths do not see where the process tends to."""
    results = [
        bounds(
            exact_sampler(X, gaussian[1], sde=OU(theta=5.0, mu=mu)),
            gaussian[0],
            random_state=0,
        )
        for mu in (0.0, 0.5)
    ]
    totals = [result.free_wasserstein.total for result in results]
    assert_allclose(totals[1], totals[0], rtol=1e-6)


def test_inputs_that_do_not_fit(moved, X, bimodal):
    with pytest.raises(TypeError, match="no diffusion process"):
        bounds(KernelDensity().fit(X), X)
    with pytest.raises(NotFittedError):
        bounds(DiffusionResidualSampler(), X)
    with pytest.raises(ValueError, match="features"):
        bounds(moved, X[:, :1])
    with pytest.raises(ValueError, match="has 1 features"):
        bounds(moved, GaussianMixture().fit(X[:, :1]))
    with pytest.raises(ValueError, match="at least 2"):
        score_error(moved, X[:1])
    with pytest.raises(NotFittedError):
        score_error(moved, GaussianMixture())
    with pytest.raises(ValueError, match="n_draws"):
        score_error(moved, X, n_draws=1)
    with pytest.raises(ValueError, match="n_iterations"):
        lipschitz_constant(moved, n_iterations=0)


def test_a_process_is_bounded_like_its_sampler(moved, gaussian, X):
    """Without a lambda of its own: the sampler's is None, too."""
    for reference in (gaussian[0], X, X.tolist()):
        ours = bounds(moved.process(), reference, random_state=0)
        theirs = bounds(moved, reference, random_state=0)
        for name in ("total_variation", "wasserstein", "kullback_leibler"):
            assert getattr(ours, name) == getattr(theirs, name)
    with pytest.raises(ValueError, match="features"):
        bounds(moved.process(), X[:, :1])


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_modes_of_the_caller_do_not_matter(moved, gaussian, mode):
    expected = bounds(moved, gaussian[0], random_state=0)
    constant = lipschitz_constant(moved, n_samples=2, random_state=0).largest
    with mode():
        found = bounds(moved, gaussian[0], random_state=0)
        assert (
            lipschitz_constant(moved, n_samples=2, random_state=0).largest == constant
        )
    assert found.wasserstein == expected.wasserstein
    assert found.total_variation == expected.total_variation
