"""Unbiased maximum mean discrepancy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from scipy.spatial.distance import pdist

from skdiffts.metrics import maximum_mean_discrepancy

values = st.floats(-10, 10, allow_subnormal=False)


def kernel(x, y, bandwidths):
    return np.mean([np.exp(-np.sum((x - y) ** 2) / (2 * h**2)) for h in bandwidths])


def naive(X, Y, bandwidths):
    def mean(A, B, same):
        pairs = [(i, j) for i in range(len(A)) for j in range(len(B))]
        return np.mean(
            [kernel(A[i], B[j], bandwidths) for i, j in pairs if not (same and i == j)]
        )

    return mean(X, X, True) + mean(Y, Y, True) - 2 * mean(X, Y, False)


@given(
    arrays(float, (5, 2), elements=values),
    arrays(float, (4, 2), elements=values),
    st.lists(st.floats(0.1, 10), min_size=1, max_size=3),
)
def test_against_a_double_loop(X, Y, bandwidths):
    result = maximum_mean_discrepancy(X, Y, bandwidths=bandwidths)
    assert_allclose(result, naive(X, Y, bandwidths), atol=1e-12)


def test_default_bandwidths():
    X, Y = np.random.RandomState(0).standard_normal((2, 30, 2))
    median = np.median(pdist(X))
    expected = naive(X, Y, median * np.array([0.25, 0.5, 1, 2, 4]))
    assert_allclose(maximum_mean_discrepancy(X, Y), expected)


@pytest.mark.parametrize("block", [1, 7, 50, 100])
def test_blocks_change_nothing(block, set_chunk_numbers):
    rng = np.random.RandomState(0)
    X, Y = rng.standard_normal((11, 3)), rng.standard_normal((7, 3))
    whole = maximum_mean_discrepancy(X, Y)
    set_chunk_numbers(block)
    assert_allclose(maximum_mean_discrepancy(X, Y), whole, rtol=1e-12)


@given(st.floats(-50, 50), st.floats(0.1, 10))
def test_symmetries(shift, scale):
    rng = np.random.RandomState(0)
    X, Y = rng.standard_normal((12, 2)), 2 + rng.standard_normal((9, 2))
    rotation = np.array([[0.6, -0.8], [0.8, 0.6]])
    expected = maximum_mean_discrepancy(X, Y)
    assert_allclose(maximum_mean_discrepancy(X[::-1], Y), expected)
    moved = maximum_mean_discrepancy(
        scale * X @ rotation + shift, scale * Y @ rotation + shift
    )
    assert_allclose(moved, expected, rtol=1e-9)
    fixed = maximum_mean_discrepancy(X, Y, bandwidths=[1.0])
    assert_allclose(maximum_mean_discrepancy(Y, X, bandwidths=[1.0]), fixed)


@pytest.mark.statistical
@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_mean_for_gaussians(shift):
    rng = np.random.RandomState(0)
    d, h = 2, 1.5
    move = np.array([shift, 0.0])
    draws = []
    for _ in range(1000):
        X, Y = rng.standard_normal((2, 10, d))
        draws.append(maximum_mean_discrepancy(X, Y + move, bandwidths=[h]))
    scale = (h**2 / (h**2 + 2)) ** (d / 2)
    expected = 2 * scale * (1 - np.exp(-(shift**2) / (2 * (h**2 + 2))))
    # Four standard errors: one false alarm in 16,000. The biased form is 0.1 above.
    assert abs(np.mean(draws) - expected) < 4 * np.std(draws) / np.sqrt(len(draws))


@pytest.mark.parametrize(
    ("X", "bandwidths", "message"),
    [
        (np.zeros((5, 1)), None, "median distance is 0.0; pass bandwidths"),
        (np.eye(3)[:, :1], [0.0], "must be a list of positive numbers"),
        (np.eye(3)[:, :1], [[1.0]], "must be a list of positive numbers"),
        (np.zeros((1, 1)), None, "minimum of 2"),
    ],
)
def test_errors(X, bandwidths, message):
    with pytest.raises(ValueError, match=message):
        maximum_mean_discrepancy(X, np.ones((4, 1)), bandwidths=bandwidths)


def test_largest_value():
    """Points apart in X, one point far from them in Y: nearly two."""
    X, Y = np.array([[0.0], [1.0]]), np.full((2, 1), 1e6)
    assert_allclose(maximum_mean_discrepancy(X, Y, bandwidths=[100.0]), 2.0, rtol=1e-4)
