"""Sup-norms of the error of a score (000 assumption 2, 001 hypothesis 5.2)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts.theory import score_error, sup_score_error


def test_moved_gaussian_has_the_same_error_everywhere(moved, gaussian, whitened):
    error = sup_score_error(moved, gaussian[0], n_draws=20, n_levels=9, random_state=0)
    (mean,), (covariance,) = whitened(moved, gaussian[0])
    (other,), _ = whitened(moved, gaussian[1])
    sde = moved.process().sde
    for level, found, expected in zip(
        error.log_snr, error.relative, error.expected, strict=True
    ):
        noise2 = np.exp(-2.0 * level)
        gap = np.linalg.solve(covariance + noise2 * np.eye(2), other - mean)
        assert_allclose(found, np.sqrt(noise2) * np.linalg.norm(gap), rtol=1e-9)
        assert_allclose(expected, np.sqrt(noise2) * np.abs(gap).max(), rtol=1e-9)
        scale = sde.scale(sde.time(level))
        assert_allclose(error(sde.time(level)), np.linalg.norm(gap) / scale, rtol=1e-6)
    root_mean_square = score_error(
        moved, gaussian[0], n_draws=20, n_levels=9, random_state=0
    )
    assert_allclose(error.largest, root_mean_square.largest, rtol=1e-6)
    assert error.largest_expected <= error.largest


def test_search_finds_the_place_between_the_modes(mixture, exact_sampler):
    """Two modes of one width and other weights: on the line the supremum is a formula."""
    rng = np.random.RandomState(0)
    X = np.where(rng.rand(500, 1) < 0.5, -3.0, 3.0) + 0.5 * rng.standard_normal(
        (500, 1)
    )
    distribution = mixture([0.5, 0.5], [[-3.0], [3.0]], [[[0.25]]] * 2)
    sampler = exact_sampler(X, mixture([0.9, 0.1], [[-3.0], [3.0]], [[[0.25]]] * 2))
    error = sup_score_error(
        sampler, distribution, n_draws=200, n_levels=7, random_state=0
    )
    unit = sampler.process().whitening.matrix[0, 0]
    shift = np.log(9.0)
    for level, found in zip(error.log_snr, error.relative, strict=True):
        sigma2 = np.exp(-2.0 * level)
        half, variance = 3.0 * abs(unit), 0.25 * unit**2 + sigma2
        # Scores differ by half / variance times a difference of hyperbolic tangents of
        # half y / variance, apart by log(9) / 2: largest in the middle between them.
        largest = 2.0 * np.tanh(0.25 * shift) * half / variance
        assert_allclose(found, np.sqrt(sigma2) * largest, rtol=1e-4)
    plain = sup_score_error(
        sampler, distribution, n_draws=200, n_levels=7, n_steps=0, random_state=0
    )
    assert (plain.relative <= error.relative * (1.0 + 1e-12)).all()
    assert plain.largest < 0.9 * error.largest


def test_scores_that_part_without_limit_are_searched_farther(
    mixture, gaussian, exact_sampler, X
):
    """Two covariances: the error grows with the distance, so with the steps."""
    wide = mixture([1.0], gaussian[0].means_, 1.5 * gaussian[0].covariances_)
    sampler = exact_sampler(X, wide)
    errors = [
        sup_score_error(
            sampler, gaussian[0], n_draws=50, n_levels=3, n_steps=n, random_state=0
        ).largest
        for n in (0, 20, 40)
    ]
    assert errors[1] > 2.0 * errors[0]
    assert errors[2] > 2.0 * errors[1]


def test_unknown_distributions_have_no_sup_norm(moved, X):
    with pytest.raises(ValueError, match="pass a mixture, or empirical=True"):
        sup_score_error(moved, X)
