"""Signatures of depth two."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from skdiffts.metrics import (
    maximum_mean_discrepancy,
    signature,
    signature_discrepancy,
)

values = st.floats(-10, 10, allow_subnormal=False)
panels = arrays(float, (2, 5, 2), elements=values)


def levels(paths):
    S = signature(paths)
    p = np.shape(paths)[-1] + 1
    return S[:, :p], S[:, p:].reshape(-1, p, p)


@given(panels)
def test_against_chen(paths):
    for path, first, second in zip(paths, *levels(paths), strict=True):
        z = np.column_stack([np.linspace(0, 1, len(path)), path])
        S1, S2 = np.zeros(3), np.zeros((3, 3))
        for delta in np.diff(z, axis=0, prepend=np.zeros((1, 3))):
            S2 += np.outer(S1, delta) + np.outer(delta, delta) / 2
            S1 += delta
        assert_allclose(first, S1, atol=1e-9)
        assert_allclose(second, S2, atol=1e-9)


@given(panels)
def test_shuffle_identity(paths):
    first, second = levels(paths)
    products = first[:, :, np.newaxis] * first[:, np.newaxis, :]
    assert_allclose(second + second.transpose(0, 2, 1), products, atol=1e-9)


@given(panels)
def test_speed_leaves_the_integrals_of_the_path(paths):
    slow = np.repeat(paths, 3, axis=1)
    first, second = levels(paths)
    first_slow, second_slow = levels(slow)
    assert_allclose(first_slow, first, atol=1e-9)
    assert_allclose(second_slow[:, 1:, 1:], second[:, 1:, 1:], atol=1e-9)


def test_levy_area_of_a_square():
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0.0]])
    for path, sign in ((square, 1), (square[::-1], -1)):
        first, second = levels(path)
        assert_allclose(first[0, 1:], 0)
        # Half the difference of the mixed integrals is the area it runs around.
        assert_allclose((second[0, 1, 2] - second[0, 2, 1]) / 2, sign)


def test_discrepancy_step_by_step():
    rng = np.random.RandomState(0)
    X, Y = rng.standard_normal((9, 6, 2)).cumsum(axis=1), rng.standard_normal((7, 6, 2))
    mean, std = X.mean(axis=(0, 1)), X.std(axis=(0, 1))
    S_X, S_Y = signature((X - mean) / std), signature((Y - mean) / std)
    scale = S_X.std(axis=0)
    scale[scale < 1e-12] = 1.0  # integrals of time alone
    expected = maximum_mean_discrepancy(S_X / scale, S_Y / scale)
    assert_allclose(signature_discrepancy(X, Y), expected)


@pytest.mark.parametrize("block", [1, 60, 10_000])
def test_blocks_change_nothing(block, set_chunk_numbers):
    X, Y = np.random.RandomState(0).standard_normal((2, 9, 6, 2))
    whole, distance = signature(X), signature_discrepancy(X, Y)
    set_chunk_numbers(block)
    assert_allclose(signature(X), whole, rtol=1e-12)
    assert_allclose(signature_discrepancy(X, Y), distance, rtol=1e-9)


@pytest.mark.statistical
def test_order_in_time_is_seen():
    rng = np.random.RandomState(0)
    draws = []
    for _ in range(100):
        X, Y = rng.standard_normal((2, 20, 6, 2)).cumsum(axis=2)
        draws.append(signature_discrepancy(X, Y))
    error = np.std(draws) / np.sqrt(len(draws))
    # Four standard errors; the scaling by X biases by less.
    assert abs(np.mean(draws)) < 4 * error
    # Feature 1 follows feature 0, or goes before it: the same rows, the same pairs of
    # features, but another order.
    lead = rng.standard_normal((100, 21, 1)).cumsum(axis=1)
    X = np.concatenate([lead[:50, 1:], lead[:50, :-1]], axis=2)
    Y = np.concatenate([lead[50:, :-1], lead[50:, 1:]], axis=2)
    assert signature_discrepancy(X, Y) > 5 * np.std(draws)


@given(st.floats(-50, 50), st.floats(0.1, 10))
def test_units_do_not_matter(shift, scale):
    X, Y = np.random.RandomState(0).standard_normal((2, 12, 5, 2)).cumsum(axis=2)
    expected = signature_discrepancy(X, Y)
    moved = signature_discrepancy(scale * X + shift, scale * Y + shift)
    assert_allclose(moved, expected, rtol=1e-6)


def test_constant_feature():
    X, Y = np.random.RandomState(0).standard_normal((2, 12, 5, 2))
    X[..., 1] = Y[..., 1] = 0.1
    assert np.isfinite(signature_discrepancy(X, Y))
    assert signature_discrepancy(X, Y + np.array([0, 1])) > signature_discrepancy(X, Y)
    # Rounding of the mean of many rows is no deviation.
    X, Y = np.random.RandomState(0).standard_normal((2, 30, 100, 2))
    X[..., 1], Y[..., 1] = 0.1, 0.1 + 1e-10
    assert signature_discrepancy(X, Y) < 0.1
