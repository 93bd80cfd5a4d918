"""Whitening: invertible, with its Jacobian, and composed with an affine map."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts.marginals import RankNormal, YeoJohnson
from skdiffts.process import Whitening


def rows_of(seed, n, d, spread=1.0):
    rng = np.random.RandomState(seed)
    return rng.standard_normal((n, d)) @ (np.eye(d) + spread * rng.uniform(size=(d, d)))


def test_whitening_followed_by_a_map():
    X = rows_of(3, 50, 3)
    whitening = Whitening(X)
    matrix = np.diag([1.1, 0.9, 1.2]) + 0.05
    shift = np.array([0.1, -0.2, 0.3])
    moved = whitening.followed_by(matrix, shift)
    u = whitening.transform(X)
    assert_allclose(
        moved.inverse_transform(u), whitening.inverse_transform(u @ matrix + shift)
    )
    assert_allclose(moved.transform(moved.inverse_transform(u)), u)
    gap = moved.log_jacobian(X) - whitening.log_jacobian(X)
    assert_allclose(gap, -np.linalg.slogdet(matrix)[1])


@pytest.mark.parametrize("recipe", [None, RankNormal(), YeoJohnson()], ids=repr)
def test_rows_come_back_and_the_jacobian_is_the_derivative(recipe):
    X = rows_of(0, 200, 2)
    whitening = Whitening(X, None if recipe is None else recipe.build(X))
    assert_allclose(whitening.inverse_transform(whitening.transform(X)), X, atol=1e-9)
    for x, log_det in zip(X[:5], whitening.log_jacobian(X[:5]), strict=True):
        steps = 1e-6 * np.eye(2)
        ends = whitening.transform(x + steps) - whitening.transform(x - steps)
        assert_allclose(np.linalg.slogdet(ends / 2e-6)[1], log_det, atol=1e-5)


@pytest.mark.parametrize(
    ("recipe", "affine"), [(None, True), (RankNormal(), False), (YeoJohnson(), False)]
)
def test_affine_tells_whether_the_columns_are_mapped(recipe, affine):
    X = np.exp(rows_of(0, 200, 2))
    whitening = Whitening(X, None if recipe is None else recipe.build(X))
    assert whitening.affine == affine


def test_score_is_pulled_back_by_the_chain_rule():
    """Gradient of the density of a standard normal u, by differences."""
    X = rows_of(0, 200, 2)
    whitening = Whitening(X, RankNormal().build(X))

    def log_density(x):
        u = whitening.transform(x)
        return -0.5 * np.square(u).sum(axis=1) + whitening.log_jacobian(x)

    rows, h = X[:20], 1e-6
    score = whitening.pull_back(-whitening.transform(rows), rows)
    for j, step in enumerate(h * np.eye(2)):
        slope = (log_density(rows + step) - log_density(rows - step)) / (2.0 * h)
        assert_allclose(score[:, j], slope, rtol=1e-4, atol=1e-4)
