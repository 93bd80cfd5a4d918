"""Density and coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from skdiffts.metrics import coverage, density

# Whole numbers: distances tie, and are exact.
values = st.integers(-5, 5).map(float)


def naive(X, Y, k):
    radii = [
        sorted(np.linalg.norm(x - z) for j, z in enumerate(X) if j != i)[k - 1]
        for i, x in enumerate(X)
    ]
    inside = np.array(
        [[np.linalg.norm(x - y) <= r for y in Y] for x, r in zip(X, radii, strict=True)]
    )
    return inside.sum() / (k * len(Y)), inside.any(axis=1).mean()


@given(
    arrays(float, (6, 2), elements=values),
    arrays(float, (4, 2), elements=values),
    st.integers(1, 5),
)
def test_against_loops(X, Y, k):
    expected = naive(X, Y, k)
    assert_allclose(density(X, Y, n_neighbors=k), expected[0])
    assert_allclose(coverage(X, Y, n_neighbors=k), expected[1])


@pytest.mark.parametrize("block", [1, 7, 50])
@pytest.mark.parametrize("metric", [density, coverage])
def test_blocks_change_nothing(metric, block, set_chunk_numbers):
    X, Y = np.random.RandomState(0).standard_normal((2, 15, 3))
    whole = metric(X, Y[:9])
    set_chunk_numbers(block)
    assert_allclose(metric(X, Y[:9]), whole, rtol=1e-12)


@pytest.mark.statistical
@pytest.mark.parametrize(("n", "m", "k"), [(12, 12, 3), (15, 6, 5), (8, 30, 1)])
def test_exact_means_for_equal_distributions(n, m, k):
    rng = np.random.RandomState(0)
    pairs = [
        (rng.standard_normal((n, 2)), rng.standard_normal((m, 2))) for _ in range(500)
    ]
    ranks = np.arange(1, k + 1)
    expected = {density: 1.0, coverage: 1 - np.prod((n - ranks) / (n + m - ranks))}
    for metric, mean in expected.items():
        draws = [metric(X, Y, n_neighbors=k) for X, Y in pairs]
        # Four standard errors: one false alarm in 16,000.
        assert abs(np.mean(draws) - mean) < 4 * np.std(draws) / np.sqrt(len(draws))


def test_what_they_tell():
    rng = np.random.RandomState(0)
    X = rng.standard_normal((200, 2))
    assert coverage(X, X) == 1.0  # a replay covers everything
    assert coverage(X, X + 100) == density(X, X + 100) == 0.0
    half = X[X[:, 0] > 0]
    assert coverage(X, half) < 0.7 < density(X, half)
    assert density(X, np.concatenate([half, half + 100])) == density(X, half) / 2


@given(st.floats(-50, 50), st.floats(0.1, 10))
def test_symmetries(shift, scale):
    X, Y = np.random.RandomState(0).standard_normal((2, 20, 2))
    rotation = np.array([[0.6, -0.8], [0.8, 0.6]])
    for metric in (density, coverage):
        moved = metric(scale * X[::-1] @ rotation + shift, scale * Y @ rotation + shift)
        assert_allclose(moved, metric(X, Y))


def test_errors():
    X = np.zeros((5, 1))
    with pytest.raises(ValueError, match="n_neighbors=5 must be less than the 5 rows"):
        density(X, X)
    with pytest.raises(ValueError, match="n_neighbors"):
        coverage(X, X, n_neighbors=0)
