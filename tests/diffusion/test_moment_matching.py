"""Draws with the mean and the scatter of the data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.linalg import sqrtm
from sklearn.covariance import ledoit_wolf

from skdiffts._student import fit_student
from skdiffts.diffusion._moment_matching import moment_map
from skdiffts.process import Whitening


def rows_of(seed, n, d, spread=1.0):
    rng = np.random.RandomState(seed)
    return rng.standard_normal((n, d)) @ (np.eye(d) + spread * rng.uniform(size=(d, d)))


def target_scatter(rows):
    """Shrunk covariance of the rows, weighted as under the fitted t distribution."""
    center, shape, degrees = fit_student(rows)
    inverse = np.linalg.inv(shape)
    distances = np.array([(x - center) @ inverse @ (x - center) for x in rows])
    weights = (degrees + rows.shape[1]) / (degrees + distances)
    return ledoit_wolf(
        np.sqrt(weights)[:, None] * (rows - center), assume_centered=True
    )[0]


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_mean_and_scatter_become_those_of_the_rows(seed, d):
    rows = rows_of(seed, 60, d, 0.2)
    draws = 1.1 * rows_of(seed, 200, d, 0.2) + 0.1
    matrix, shift = moment_map(draws, rows)
    moved = draws @ matrix + shift
    assert_allclose(matrix, matrix.T, rtol=0, atol=1e-12)
    assert_allclose(moved.mean(axis=0), rows.mean(axis=0), rtol=0, atol=1e-12)
    scatter = fit_student(moved, fit_student(rows)[2])[1]
    # Two iterations to within their tolerance in the likelihood.
    assert_allclose(scatter, target_scatter(rows), rtol=0, atol=0.02)


def test_map_is_the_optimal_transport_between_gaussians():
    rows, draws = rows_of(0, 100, 3, 0.1), rows_of(1, 300, 3, 0.1)
    source = fit_student(draws, fit_student(rows)[2])[1]
    root = sqrtm(target_scatter(rows))
    expected = root @ np.linalg.inv(sqrtm(root @ source @ root)) @ root
    assert_allclose(moment_map(draws, rows)[0], expected, rtol=1e-8)


def test_far_rows_decide_little():
    """Three rows at a thousand times the scatter: it stays, the covariance would not."""
    rows, draws = rows_of(0, 400, 2, 0.1), rows_of(1, 2000, 2, 0.1)
    spoilt = rows.copy()
    spoilt[:3] *= 30.0
    clean, _ = moment_map(draws, rows)
    robust, _ = moment_map(draws, spoilt)
    plain = np.sqrt(np.trace(np.cov(spoilt.T)) / np.trace(np.cov(rows.T)))
    assert plain > 1.5
    factors = np.linalg.eigvals(robust @ np.linalg.inv(clean)).real
    assert_allclose(factors, 1.0, atol=0.1)


@pytest.mark.parametrize(
    "draws",
    [
        np.random.RandomState(0).standard_cauchy((500, 2)),
        np.full((10, 2), np.nan),
        np.ones((10, 2)),
        3.0 * rows_of(0, 100, 2),
        rows_of(0, 100, 2) + 9.0,
    ],
    ids=["heavy tails", "NaN", "constant", "far too wide", "far away"],
)
def test_moments_that_say_little_change_nothing(draws):
    matrix, shift = moment_map(draws, rows_of(0, 100, 2))
    assert_array_equal(matrix, np.eye(2))
    assert_array_equal(shift, 0.0)


def test_draws_of_a_fit_have_the_moments_of_its_rows(tiny, X):
    """Means over 4 n draws and more: apart by more than 5 sd once in a million fits."""
    sampler = tiny(max_iter=150, early_stopping=False, learning_rate=3e-2).fit(X)
    draws = sampler.sample(4 * len(X), random_state=1)
    spread = np.sqrt(2.0 * X.var(axis=0) / len(draws))
    assert (np.abs(draws.mean(axis=0) - X.mean(axis=0)) < 5.0 * spread).all()


def test_untrained_networks_are_left_alone(tiny, X):
    """They are exact: what a map would add is the noise of the draws behind it."""
    sampler = tiny(early_stopping=True, max_iter=200, tol=1e9).fit(X)
    assert_array_equal(sampler.process().whitening.matrix, Whitening(X).matrix)
