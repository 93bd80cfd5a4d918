"""Error of a score: against closed forms, and as an upper bound from rows."""

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.integrate import trapezoid
from scipy.special import expit

from skdiffts import DiffusionResidualSampler
from skdiffts.scores import EmpiricalScore
from skdiffts.sde import VP
from skdiffts.theory import (
    bounds,
    fisher_divergence,
    kl_bound,
    lipschitz_constant,
    score_error,
)


def test_error_of_a_moved_gaussian(moved, gaussian, whitened):
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
        t = moved.process().sde.time(level)
        scale = moved.process().sde.scale(t)
        assert_allclose(error(t), np.linalg.norm(gap) / scale, rtol=1e-6)
    assert_allclose(error.largest, error(error_times(error)).max(), rtol=1e-9)


def error_times(error):
    return error.sde.time(error.log_snr)


def test_error_is_that_of_the_public_score(moved, gaussian, X, exact_sampler):
    """In the units of X the gap of the scores is the whitening's matrix times ours."""
    t = 0.3
    model = exact_sampler(X, gaussian[0])
    gap = moved.score_function(X, t) - model.score_function(X, t)
    inverse = moved.process().whitening.inverse
    error = score_error(moved, gaussian[0], n_draws=2, n_levels=400, random_state=0)
    assert_allclose(np.linalg.norm(gap @ inverse.T, axis=1), error(t), rtol=1e-3)
    divergence = fisher_divergence(moved, model, X, t)
    assert_allclose(divergence.total, np.square(gap).sum(axis=1).mean(), rtol=1e-12)


def test_no_error_against_the_own_distribution(two_modes, bimodal, X):
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


@pytest.mark.statistical
def test_denoising_error_is_the_error_and_what_no_model_predicts(
    X, gaussian, exact_sampler, mixture, whitened
):
    """At each level; five standard errors (false alarm below 1e-4 for 33 levels)."""
    # Far from white, where signal and noise would be interchangeable.
    distributions = [
        mixture([1.0], distribution.means_, 0.1 * distribution.covariances_)
        for distribution in gaussian
    ]
    sampler = exact_sampler(X, distributions[1])
    rng = np.random.RandomState(0)
    rows = rng.multivariate_normal(
        distributions[0].means_[0], distributions[0].covariances_[0], size=20_000
    )
    upper = score_error(sampler, rows, n_draws=20_000, random_state=0)
    assert not upper.exact
    exact = score_error(sampler, distributions[0], n_draws=5, random_state=0)
    _, (covariance,) = whitened(sampler, distributions[0])
    variances = np.linalg.eigvalsh(covariance)
    share = expit(2.0 * upper.log_snr[:, np.newaxis] + np.log(variances))
    # E|xi - E[xi | y]|^2 is the sum of v / (v + noise^2).
    gap = upper.relative - exact.relative - share.sum(axis=1)
    assert np.abs(gap).max() < 5.0 * np.sqrt(2.0 * 4.0 / 20_000)
    total = trapezoid(exact.relative + share.sum(axis=1), upper.log_snr)
    assert abs(upper.total - total) < 5.0 * upper.standard_error


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
    """Twenty rows know no more of their distribution for being drawn five times each.

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


def test_draws_are_repeatable(moved, X):
    first = score_error(moved, X, random_state=3)
    assert first.total == score_error(moved, X, random_state=3).total
    assert first.total != score_error(moved, X, random_state=4).total
    state = torch.get_rng_state()
    bounds(moved, X, n_draws=8, n_paths=2, random_state=0)
    lipschitz_constant(moved, n_samples=2, n_iterations=1, random_state=0)
    assert torch.equal(torch.get_rng_state(), state)


def test_profiles_know_their_range(moved, gaussian):
    error = score_error(moved, gaussian[0], n_draws=2, n_levels=2, random_state=0)
    with pytest.raises(ValueError, match="pass start="):
        kl_bound(moved.process().sde, error, prior_kl=0.0)
    with pytest.raises(ValueError, match="leaves the times"):
        error(1.5)
    start = moved.process().sde.time(moved.process().log_snr_range[1])
    assert np.isfinite(kl_bound(VP(), error, prior_kl=0.0, start=start).total)


def test_integral_over_levels_is_girsanovs(two_modes, gaussian):
    """2 g2 err2 dt is what the error adds per level: two ways to the same nats."""
    error = score_error(two_modes, gaussian[0], n_levels=65, random_state=0)
    process = two_modes.process()
    start = process.sde.time(process.log_snr_range[1])
    score = kl_bound(process.sde, error, prior_kl=0.0, start=start).score
    assert_allclose(score, error.total, rtol=1e-3)


def test_containers(moved, X):
    rows = np.vstack([np.full((1, 2), np.nan), X])
    expected = score_error(moved, X, random_state=0).total
    for container in (rows, pd.DataFrame(X), X.reshape(4, 50, 2), [X[:80], X[80:]]):
        assert score_error(moved, container, random_state=0).total == expected
