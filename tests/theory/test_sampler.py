"""Inputs measured on a fitted sampler, and all bounds at once, against closed forms."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.integrate import trapezoid
from scipy.special import expit
from scipy.stats import multivariate_normal
from sklearn.exceptions import NotFittedError
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity

from skdiffts import DiffusionResidualSampler
from skdiffts.diffusion._whitening import Whitening
from skdiffts.scores import EmpiricalScore, GaussianMixtureScore, ScoreNetwork
from skdiffts.sde import CVP, OU, VE, VP
from skdiffts.solvers import (
    EulerMaruyama,
    ExponentialMultistep,
    PredictorCorrector,
    ProbabilityFlow,
)
from skdiffts.theory import (
    bounds,
    fisher_divergence,
    free_w2_bound,
    kl_bound,
    lipschitz_constant,
    log_concavity,
    neg_tv_bound,
    neg_w2_bound,
    score_error,
)
from skdiffts.theory._fitted import FittedProcess
from skdiffts.theory._reference import read_reference


@pytest.fixture(scope="module")
def X():
    rng = np.random.RandomState(0)
    return rng.standard_normal((200, 2)) @ [[3.0, 1.0], [0.0, 0.5]] + [5.0, -2.0]


def mixture(weights, means, covariances):
    """Scikit-learn's mixture with given parameters."""
    law = GaussianMixture(len(weights))
    law.weights_ = np.asarray(weights)
    law.means_ = np.asarray(means, dtype=float)
    law.covariances_ = np.asarray(covariances, dtype=float)
    law.precisions_cholesky_ = np.linalg.cholesky(np.linalg.inv(law.covariances_))
    return law


def exact_sampler(X, law, **params):
    """Sampler fitted to X whose score is the exact one of a mixture."""
    whitening = Whitening(X)
    matrix = whitening.matrix
    model = GaussianMixtureScore(
        weights=law.weights_,
        means=whitening.transform(law.means_),
        covariances=matrix.T @ law.covariances_ @ matrix,
    )
    params = {"early_stopping": False, "max_iter": 1, **params}
    return DiffusionResidualSampler(score_model=model, **params).fit(X)


@pytest.fixture(scope="module")
def gaussian(X):
    """Law near that of X, and the same moved by a little."""
    covariance = np.cov(X.T)
    shift = np.array([0.4, -0.1])
    mean = X.mean(axis=0)
    return (
        mixture([1.0], [mean], [covariance]),
        mixture([1.0], [mean + shift], [covariance]),
    )


@pytest.fixture(scope="module")
def bimodal(X):
    covariance = np.cov(X.T)
    means = X.mean(axis=0) + np.array([[-3.0, 0.5], [3.0, -0.5]])
    return mixture([0.4, 0.6], means, [0.3 * covariance, 0.2 * covariance])


@pytest.fixture(scope="module")
def moved(X, gaussian):
    """Sampler whose model is the moved law."""
    return exact_sampler(X, gaussian[1])


@pytest.fixture(scope="module")
def two_modes(X, bimodal):
    return exact_sampler(X, bimodal)


def whitened(sampler, law):
    """Means and covariances in the coordinates in which the process runs."""
    matrix = sampler._process.whitening.matrix
    means = sampler._process.whitening.transform(law.means_)
    return means, matrix.T @ law.covariances_ @ matrix


def test_error_of_a_moved_gaussian(moved, gaussian):
    """The two scores differ by a constant, so that no draw brings noise."""
    error = score_error(moved, gaussian[0], n_draws=5, random_state=0)
    (mean,), (covariance,) = whitened(moved, gaussian[0])
    (other,), _ = whitened(moved, gaussian[1])
    assert error.exact
    assert error.standard_error < 1e-12
    for level, value in zip(error.log_snr, error.relative, strict=True):
        noise2 = np.exp(-2.0 * level)
        gap = np.linalg.solve(covariance + noise2 * np.eye(2), other - mean)
        assert_allclose(value, noise2 * gap @ gap, rtol=1e-9)
        t = moved._process.sde.time(level)
        scale = moved._process.sde.scale(t)
        assert_allclose(error(t), np.linalg.norm(gap) / scale, rtol=1e-6)
    assert_allclose(error.largest, error(error_times(error)).max(), rtol=1e-9)


def error_times(error):
    return error.sde.time(error.log_snr)


def test_error_is_that_of_the_public_score(moved, gaussian, X):
    """In the units of X the gap of the scores is the whitening's matrix times ours."""
    t = 0.3
    model = exact_sampler(X, gaussian[0])
    gap = moved.score_function(X, t) - model.score_function(X, t)
    inverse = moved._process.whitening.inverse
    error = score_error(moved, gaussian[0], n_draws=2, n_levels=400, random_state=0)
    assert_allclose(np.linalg.norm(gap @ inverse.T, axis=1), error(t), rtol=1e-3)
    divergence = fisher_divergence(moved, model, X, t)
    assert_allclose(divergence.total, np.square(gap).sum(axis=1).mean(), rtol=1e-12)


def test_no_error_against_the_own_law(two_modes, bimodal, X):
    error = score_error(two_modes, bimodal, random_state=0)
    assert error.exact
    assert_allclose(error.relative, 0.0, atol=1e-20)
    memory = DiffusionResidualSampler(
        score_model=EmpiricalScore(), early_stopping=False, max_iter=1
    ).fit(X)
    error = score_error(memory, X, empirical=True, n_draws=200, random_state=0)
    assert error.exact
    # Its rows are stored in single precision.
    assert_allclose(error.relative, 0.0, atol=1e-9)


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
def test_types_of_covariance(X, kind):
    """The density of the reference is that of the mixture: its own score has no error."""
    law = GaussianMixture(2, covariance_type=kind, random_state=0).fit(X)
    full = mixture(
        law.weights_,
        law.means_,
        [np.linalg.inv(np.atleast_2d(p)) for p in full_precisions(law)],
    )
    error = score_error(exact_sampler(X, full), law, n_levels=3, random_state=0)
    assert_allclose(error.relative, 0.0, atol=1e-18)


def full_precisions(law):
    if law.covariance_type == "tied":
        return [law.precisions_] * 2
    if law.covariance_type == "full":
        return law.precisions_
    return [np.eye(2) * p for p in law.precisions_]


@pytest.mark.statistical
def test_denoising_error_is_the_error_and_what_no_model_predicts(X, gaussian):
    """At each level; five standard errors (false alarm below 1e-4 for 33 levels)."""
    # Far from white, where signal and noise would be interchangeable.
    laws = [mixture([1.0], law.means_, 0.1 * law.covariances_) for law in gaussian]
    sampler = exact_sampler(X, laws[1])
    rng = np.random.RandomState(0)
    rows = rng.multivariate_normal(
        laws[0].means_[0], laws[0].covariances_[0], size=20_000
    )
    upper = score_error(sampler, rows, n_draws=20_000, random_state=0)
    assert not upper.exact
    exact = score_error(sampler, laws[0], n_draws=5, random_state=0)
    _, (covariance,) = whitened(sampler, laws[0])
    variances = np.linalg.eigvalsh(covariance)
    share = expit(2.0 * upper.log_snr[:, np.newaxis] + np.log(variances))
    # E|xi - E[xi | y]|^2 is the sum of v / (v + noise^2).
    gap = upper.relative - exact.relative - share.sum(axis=1)
    assert np.abs(gap).max() < 5.0 * np.sqrt(2.0 * 4.0 / 20_000)
    total = trapezoid(exact.relative + share.sum(axis=1), upper.log_snr)
    assert abs(upper.total - total) < 5.0 * upper.standard_error


@pytest.mark.statistical
def test_draws_of_a_mixture(two_modes, bimodal):
    """Mean and covariance of 20,000, within five standard errors."""
    process = FittedProcess(two_modes)
    law = read_reference(process, bimodal, empirical=False)
    draws = law.draw(20_000, np.random.RandomState(0))
    means, covariances = whitened(two_modes, bimodal)
    mean = bimodal.weights_ @ means
    shifts = means - mean
    outer = shifts[:, :, np.newaxis] * shifts[:, np.newaxis]
    covariance = np.einsum("k,kij->ij", bimodal.weights_, covariances + outer)
    scale = np.sqrt(np.diag(covariance))
    assert_allclose(
        (draws.mean(axis=0) - mean) / scale, 0.0, atol=5.0 / np.sqrt(20_000)
    )
    gap = (np.cov(draws.T) - covariance) / np.outer(scale, scale)
    assert_allclose(gap, 0.0, atol=5.0 * np.sqrt(2.0 / 20_000))


@pytest.mark.parametrize("kind", ["mixture", "rows"])
def test_noised_density_of_a_reference(two_modes, bimodal, X, kind):
    """Against scipy, component by component."""
    process = FittedProcess(two_modes)
    if kind == "mixture":
        law = read_reference(process, bimodal, empirical=False)
        weights, (means, covariances) = bimodal.weights_, whitened(two_modes, bimodal)
    else:
        law = read_reference(process, X, empirical=True)
        weights, means = np.full(len(X), 1.0 / len(X)), process.whitening.transform(X)
        covariances = np.zeros((len(X), 2, 2))
    y = np.random.RandomState(0).standard_normal((50, 2))
    expected = sum(
        weight * multivariate_normal(mean, covariance + 0.3 * np.eye(2)).pdf(y)
        for weight, mean, covariance in zip(weights, means, covariances, strict=True)
    )
    assert_allclose(np.exp(law.noised_log_density(y, 0.3)), expected, rtol=1e-9)


@pytest.mark.statistical
def test_standard_error(moved, bimodal):
    """Spread of 60 estimates within 40 % of the stated one (4.4 standard errors)."""
    errors = [
        score_error(moved, bimodal, n_draws=64, n_levels=5, random_state=seed)
        for seed in range(60)
    ]
    stated = np.mean([error.standard_error for error in errors])
    assert_allclose(np.std([error.total for error in errors]), stated, rtol=0.4)


@pytest.mark.statistical
def test_standard_error_of_few_rows(moved, X):
    """Twenty rows know no more of their law for being drawn five times each.

    Spread of 100 estimates within 30 % of the stated one (4 standard errors); without
    the grouping it would be above twice that.
    """
    rng = np.random.RandomState(0)
    errors = [
        score_error(
            moved,
            rng.multivariate_normal(X.mean(axis=0), 9.0 * np.cov(X.T), size=20),
            n_draws=100,
            n_levels=3,
            random_state=seed,
        )
        for seed in range(100)
    ]
    stated = np.sqrt(np.mean([error.standard_error**2 for error in errors]))
    assert_allclose(np.std([error.total for error in errors]), stated, rtol=0.3)


def test_density_of_many_rows_takes_little_memory(moved):
    process = FittedProcess(moved)
    rows = np.random.RandomState(0).standard_normal((4000, 2))
    law = read_reference(process, rows, True)
    tracemalloc.start()
    law.noised_log_density(rows[:500], 0.3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # All pairs at once would take 16 MB, and as much again for each step.
    assert peak < 4e6


def test_draws_are_repeatable(moved, X):
    first = score_error(moved, X, random_state=3)
    assert first.total == score_error(moved, X, random_state=3).total
    assert first.total != score_error(moved, X, random_state=4).total
    state = torch.get_rng_state()
    bounds(moved, X, n_draws=8, n_paths=2, random_state=0)
    lipschitz_constant(moved, n_samples=2, n_iterations=1, random_state=0)
    assert torch.equal(torch.get_rng_state(), state)


def test_slope_of_a_gaussian(moved, gaussian):
    """The Jacobian of the score is minus the inverse covariance, everywhere."""
    _, (covariance,) = whitened(moved, gaussian[1])
    variances = np.linalg.eigvalsh(covariance)
    sde = moved._process.sde
    lipschitz = lipschitz_constant(moved, n_samples=3, n_iterations=90, random_state=0)
    concavity = log_concavity(moved, n_samples=3, random_state=0)
    # Power iteration is slow where two eigenvalues are nearly equal, and near both.
    for profile, variance, rtol in (
        (lipschitz, variances[0], 1e-3),
        (concavity, variances[-1], 1e-6),
    ):
        t = sde.time(profile.log_snr)
        ratio2 = np.exp(-2.0 * profile.log_snr)
        expected = 1.0 / (np.square(sde.scale(t)) * (variance + ratio2))
        assert_allclose(profile.constants, expected, rtol=rtol)
        assert_allclose(profile(t[3]), profile.constants[3], rtol=1e-6)
        low, high = moved._process.log_snr_range
        assert_allclose(profile.log_snr[[0, -1]], [low, high])
    assert lipschitz.largest == lipschitz.constants.max()
    assert concavity.smallest == concavity.constants.min()


def test_slope_of_a_mixture(two_modes):
    """Against the dense Jacobian at the same points."""
    process = FittedProcess(two_modes)
    path = process.path(8, np.random.RandomState(0))
    setting = {"n_samples": 8, "n_levels": 6, "random_state": 0}
    lipschitz = lipschitz_constant(two_modes, n_iterations=120, **setting)
    concavity = log_concavity(two_modes, **setting)
    for i, level in enumerate(lipschitz.log_snr):
        z = path[level]
        angle = np.arctan(np.exp(-level))
        norms, slopes = [], []
        for point in z:
            jacobian = torch.autograd.functional.jacobian(
                lambda p, level=level: process.velocity(p[None], level)[0], point
            ).numpy()
            # Times -s^2, as the profiles have it.
            full = np.sin(angle) ** 2 * np.eye(2)
            full = full + np.sin(angle) * np.cos(angle) * jacobian
            norms.append(np.linalg.norm(full, 2))
            slopes.append(np.linalg.eigvalsh(0.5 * (full + full.T))[0])
        assert 0.99 * max(norms) < lipschitz.relative[i] <= max(norms) * (1.0 + 1e-9)
        assert_allclose(concavity.relative[i], min(slopes), rtol=1e-6)
    # Between two modes, where few points lie, the law is not log-concave.
    many = log_concavity(two_modes, n_samples=300, n_levels=12, random_state=0)
    assert many.smallest < 0.0


def test_path_is_that_of_the_sampler(moved, X):
    """Points near the data at the end, of the size of the prior at the start."""
    process = FittedProcess(moved)
    path = process.path(2000, np.random.RandomState(0))
    levels = np.array(list(path))
    assert (np.diff(levels) > 0.0).all()
    assert_allclose(levels[[0, -1]], moved._process.log_snr_range)
    end = list(path.values())[-1].numpy()
    draws = process.whitening.transform(moved.sample(2000, random_state=0))
    # Four standard errors of a mean of 2000, twice.
    assert_allclose(end.mean(axis=0), draws.mean(axis=0), atol=0.13)
    assert_allclose(end.std(axis=0), draws.std(axis=0), atol=0.09)


def test_profiles_know_their_range(moved, gaussian):
    error = score_error(moved, gaussian[0], n_draws=2, n_levels=2, random_state=0)
    with pytest.raises(ValueError, match="pass start="):
        kl_bound(moved._process.sde, error, prior_kl=0.0)
    with pytest.raises(ValueError, match="leaves the times"):
        error(1.5)
    start = moved._process.sde.time(moved._process.log_snr_range[1])
    assert np.isfinite(kl_bound(VP(), error, prior_kl=0.0, start=start).total)


def test_integral_over_levels_is_girsanovs(two_modes, gaussian):
    """2 g2 err2 dt is what the error adds per level: two ways to the same nats."""
    error = score_error(two_modes, gaussian[0], n_levels=65, random_state=0)
    process = two_modes._process
    start = process.sde.time(process.log_snr_range[1])
    score = kl_bound(process.sde, error, prior_kl=0.0, start=start).score
    assert_allclose(score, error.total, rtol=1e-3)


@pytest.mark.parametrize("sde", [VP(), VP(schedule="geometric"), CVP(), VE()], ids=repr)
@pytest.mark.parametrize("prior", ["matched", "standard"])
@pytest.mark.parametrize("gamma", [0.5, 1.0])
def test_bounds_hold_for_a_gaussian(X, gaussian, sde, prior, gamma):
    """Model and data are Gaussian, so the reverse process is linear: its law is exact."""
    solver = ExponentialMultistep(gamma=gamma)
    sampler = exact_sampler(X, gaussian[1], sde=sde, prior=prior, solver=solver)
    result = bounds(sampler, gaussian[0], n_levels=129, random_state=0)
    process = sampler._process
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
    laws = [inverse.T @ vectors @ c @ vectors.T @ inverse for c in (out_cov, true_cov)]
    root = np.linalg.cholesky(laws[0])
    cross = np.sqrt(np.linalg.eigvalsh(root.T @ laws[1] @ root)).sum()
    squared = moved_mean @ moved_mean + np.trace(laws[0] + laws[1]) - 2.0 * cross
    exact = np.sqrt(squared)
    assert exact <= result.free_wasserstein.total
    assert result.free_wasserstein.total <= result.wasserstein.total * (1.0 + 1e-9)
    assert result.score_error.exact
    assert result.kullback_leibler.gamma == gamma


@pytest.mark.statistical
def test_draws_are_within_the_bounds(X, gaussian, bimodal):
    """Mean of the draws: |difference of means| is at most W2; four standard errors."""
    sampler = exact_sampler(X, bimodal)
    result = bounds(sampler, gaussian[0], random_state=0)
    draws = sampler.sample(5000, random_state=0)
    error = 4.0 * np.linalg.norm(draws.std(axis=0)) / np.sqrt(len(draws))
    gap = np.linalg.norm(draws.mean(axis=0) - gaussian[0].means_[0])
    assert gap <= result.free_wasserstein.total + error
    spread = np.abs(draws.std(axis=0) - np.sqrt(np.diag(gaussian[0].covariances_[0])))
    assert spread.max() <= result.free_wasserstein.total + error


def test_nothing_wrong_nothing_to_bound(X):
    """Model and prior are those of the reference: what is left is the first noise."""
    whitening = Whitening(X)
    inverse = whitening.inverse
    u = whitening.transform(X)
    covariance = inverse.T @ np.cov(u.T, bias=True) @ inverse
    law = mixture([1.0], [X.mean(axis=0)], [covariance])
    sampler = exact_sampler(X, law)
    first_noise = np.exp(-sampler._process.log_snr_range[1])
    result = bounds(sampler, law, random_state=0)
    assert result.total_variation.total < 1e-7
    assert result.kullback_leibler.total < 1e-12
    for bound in (result.wasserstein, result.free_wasserstein):
        assert_allclose(bound.total, bound.truncation, rtol=1e-6)
        expected = np.linalg.norm(inverse, 2) * first_noise * np.sqrt(2.0)
        assert_allclose(bound.truncation, expected, rtol=1e-6)


def test_units(X, bimodal):
    """Total variation and divergence have none; the distance has those of X."""
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
    for name in ("wasserstein", "free_wasserstein"):
        for term in ("total", "initial", "score", "truncation"):
            value = getattr(getattr(large, name), term)
            expected = 100.0 * getattr(getattr(small, name), term)
            assert_allclose(value, expected, rtol=1e-3)


def test_priors_of_noised_rows(X, bimodal):
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


def test_initial_term_of_rows_is_the_mean_over_rows(X, bimodal):
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
def test_initial_term_of_a_mixture(X, bimodal, prior):
    """Against a plain mean over more draws, four standard errors of either."""
    sampler = exact_sampler(X, bimodal, sde=VP(beta_max=2.0), prior=prior)
    result = bounds(sampler, bimodal, n_draws=8000, random_state=0)
    means, covariances = whitened(sampler, bimodal)
    noise2 = np.exp(-2.0 * result.score_error.log_snr[0])
    noised = mixture(bimodal.weights_, means, covariances + noise2 * np.eye(2))
    noised.random_state = 1
    y, _ = noised.sample(60_000)
    ratio = noised.score_samples(y) - sampler._process.prior.log_density(y)
    error = 4.0 * ratio.std() * (1.0 / np.sqrt(len(y)) + 1.0 / np.sqrt(8000))
    assert abs(result.kullback_leibler.initial - ratio.mean()) < error
    assert error < 0.5 * ratio.mean()


def test_wasserstein_from_its_parts(X, bimodal):
    """By the public functions, for a model that is not log-concave."""
    sampler = exact_sampler(X, bimodal, sde=VP(beta_max=2.0))
    result = bounds(sampler, X, random_state=0)
    process = sampler._process
    start = process.sde.time(process.log_snr_range[1])
    setting = {"slope": lambda t: -result.log_concavity(t), "start": start}
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


def test_lambda_is_the_samplers(moved, X):
    free = bounds(moved, X, random_state=0)
    assert free.wasserstein.lam > 0.0
    fixed = exact_sampler(X, mixture([1.0], [[5.0, -2.0]], [np.cov(X.T)]), lam=0.7)
    assert bounds(fixed, X, random_state=0).wasserstein.lam == 0.7
    assert free.free_wasserstein.lam is None


def test_solvers(X, bimodal):
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


def test_process_with_a_center(X, gaussian):
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


def test_containers(moved, X):
    rows = np.vstack([np.full((1, 2), np.nan), X])
    expected = score_error(moved, X, random_state=0).total
    for container in (rows, pd.DataFrame(X), X.reshape(4, 50, 2), [X[:80], X[80:]]):
        assert score_error(moved, container, random_state=0).total == expected


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


def test_columns_mapped_non_linearly(X):
    """There is no bound in the units of X, and a mixture is none after the map."""
    from skdiffts.diffusion import YeoJohnson

    sampler = DiffusionResidualSampler(
        score_model=ScoreNetwork(width=8, depth=1, base="gaussian"),
        marginal=YeoJohnson(),
        max_iter=1,
        early_stopping=False,
        random_state=0,
    ).fit(np.exp(X))
    result = bounds(sampler, np.exp(X), random_state=0)
    assert result.unit is None
    assert np.isfinite(result.wasserstein.total)
    assert neg_tv_bound(sampler, np.exp(X)) == -result.total_variation.total
    with pytest.raises(ValueError, match="non-linearly"):
        neg_w2_bound(sampler, np.exp(X))
    with pytest.raises(ValueError, match="pass rows"):
        bounds(sampler, GaussianMixture().fit(X))


def test_search_over_lambda(X):
    """The minimiser beats every constant, and the search finds the best of them."""
    sampler = DiffusionResidualSampler(
        score_model=ScoreNetwork(width=8, depth=1, base="gaussian"),
        max_iter=5,
        early_stopping=False,
        random_state=0,
    )
    grid = {"lam": [1e-3, 0.6, None]}
    search = GridSearchCV(sampler, grid, scoring=neg_w2_bound, cv=2).fit(X)
    scores = search.cv_results_["mean_test_score"]
    assert search.best_params_ == {"lam": None}
    assert (scores[:-1] < scores[-1]).all()
    assert np.argmax(scores[:-1]) == 1


def test_search_over_the_schedule(X):
    """A prior that is wrong is worse the less the process forgets."""
    sampler = DiffusionResidualSampler(
        VP(beta_max=20.0),
        score_model=ScoreNetwork(width=8, depth=1, base="gaussian"),
        prior="standard",
        max_iter=5,
        early_stopping=False,
        random_state=0,
    )
    grid = [{"sde__beta_max": [0.2, 20.0]}, {"sde__schedule": ["geometric"]}]
    scorers = {"tv": neg_tv_bound, "w2": neg_w2_bound}
    search = GridSearchCV(sampler, grid, scoring=scorers, cv=2, refit="tv").fit(X)
    assert search.best_params_ == {"sde__beta_max": 20.0}
    assert np.isfinite(search.cv_results_["mean_test_w2"]).all()


def test_scorers_ask_an_estimator_for_its_own_bounds(moved, X):
    class Generator:
        def bounds(self, X, random_state):
            assert random_state == 0
            return bounds(moved, X[:, :2], random_state=random_state)

    wide = np.hstack([X, X])
    assert neg_w2_bound(Generator(), wide) == neg_w2_bound(moved, X)
    assert neg_tv_bound(Generator(), wide) == neg_tv_bound(moved, X)
