"""Energy distance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from skdiffts.metrics import energy_distance

values = st.floats(-100, 100, allow_subnormal=False)


@st.composite
def two_samples(draw):
    d = draw(st.integers(1, 3))
    return tuple(
        draw(arrays(np.float64, (draw(st.integers(2, 8)), d), elements=values))
        for _ in range(2)
    )


def naive(X, Y):
    def mean(A, B, same):
        distances = [
            np.sqrt(np.sum((a - b) ** 2))
            for i, a in enumerate(A)
            for j, b in enumerate(B)
            if not (same and i == j)
        ]
        return np.mean(distances)

    return 2 * mean(X, Y, False) - mean(X, X, True) - mean(Y, Y, True)


@given(two_samples())
def test_against_a_double_loop(samples):
    assert_allclose(energy_distance(*samples), naive(*samples), atol=1e-9)


@pytest.mark.parametrize("block", [1, 7, 50, 100])
def test_blocks_change_nothing(block, set_chunk_numbers):
    rng = np.random.RandomState(0)
    X, Y = rng.standard_normal((11, 3)), rng.standard_normal((7, 3))
    whole = energy_distance(X, Y)
    set_chunk_numbers(block)
    assert_allclose(energy_distance(X, Y), whole, rtol=1e-12)


@given(two_samples(), st.permutations(range(3)), st.floats(-50, 50), st.floats(0.1, 10))
def test_symmetries(samples, order, shift, scale):
    X, Y = samples
    expected = energy_distance(X, Y)
    columns = [k for k in order if k < X.shape[1]]
    assert_allclose(energy_distance(Y, X), expected, atol=1e-9)
    assert_allclose(energy_distance(X[::-1], Y), expected, atol=1e-9)
    moved = energy_distance(
        scale * X[:, columns] + shift, shift + scale * Y[:, columns]
    )
    assert_allclose(moved, scale * expected, atol=1e-8)


@pytest.mark.statistical
def test_is_unbiased():
    rng = np.random.RandomState(0)
    draws = [energy_distance(*rng.standard_normal((2, 10, 2))) for _ in range(2000)]
    # Five standard errors; the V-statistic would be 0.3 too large.
    assert abs(np.mean(draws)) < 5 * np.std(draws) / np.sqrt(len(draws))


def test_far_apart():
    rng = np.random.RandomState(0)
    X = rng.standard_normal((50, 2))
    assert_allclose(energy_distance(X, X + np.array([1e6, 0])), 2e6, rtol=1e-5)


@pytest.mark.parametrize(
    ("X", "Y", "message"),
    [
        (np.zeros((1, 2)), np.zeros((3, 2)), "minimum of 2"),
        (np.zeros((3, 2)), np.zeros((3, 1)), "Y has 1 features and X has 2"),
        (np.zeros(3), np.zeros((3, 1)), "Expected 2D array"),
        (np.full((3, 1), np.nan), np.zeros((3, 1)), "X contains NaN"),
    ],
    ids=["one row", "features", "1-D", "NaN"],
)
def test_errors(X, Y, message):
    with pytest.raises(ValueError, match=message):
        energy_distance(X, Y)
