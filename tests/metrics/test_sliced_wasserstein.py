"""Sliced Wasserstein distance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from scipy.optimize import linear_sum_assignment, linprog
from scipy.spatial.distance import cdist

from skdiffts.metrics import sliced_wasserstein

values = st.floats(-100, 100, allow_subnormal=False)


@given(st.integers(1, 9).flatmap(lambda n: arrays(float, (2, n, 1), elements=values)))
def test_one_feature_against_optimal_assignment(samples):
    X, Y = samples
    cost = cdist(X, Y, "sqeuclidean")
    expected = np.sqrt(cost[linear_sum_assignment(cost)].mean())
    assert_allclose(sliced_wasserstein(X, Y), expected, atol=1e-9)


@pytest.mark.parametrize(("n", "m"), [(4, 6), (5, 7), (1, 8), (9, 3)])
def test_unequal_sizes_against_a_linear_program(n, m):
    rng = np.random.RandomState(0)
    X, Y = rng.standard_normal((n, 1)), 1 + rng.standard_normal((m, 1))
    plan = np.eye(n * m).reshape(n, m, n * m)
    solution = linprog(
        cdist(X, Y, "sqeuclidean").ravel(),
        A_eq=np.concatenate([plan.sum(axis=1), plan.sum(axis=0)]),
        b_eq=np.concatenate([np.full(n, 1 / n), np.full(m, 1 / m)]),
    )
    assert_allclose(sliced_wasserstein(X, Y) ** 2, solution.fun, rtol=1e-7)


def test_repeated_rows_are_the_same_distribution():
    rng = np.random.RandomState(0)
    X, Y = rng.standard_normal((6, 3)), rng.standard_normal((6, 3))
    expected = sliced_wasserstein(X, Y, random_state=0)
    repeated = sliced_wasserstein(np.repeat(X, 3, axis=0), Y, random_state=0)
    assert_allclose(repeated, expected)


def test_against_a_loop_over_directions():
    rng = np.random.RandomState(1)
    X, Y = rng.standard_normal((30, 4)), rng.standard_normal((30, 4)) * 2
    directions = np.random.RandomState(7).standard_normal((10, 4))
    total = 0.0
    for v in directions:
        v = v / np.linalg.norm(v)
        total += np.mean((np.sort(X @ v) - np.sort(Y @ v)) ** 2)
    result = sliced_wasserstein(X, Y, n_directions=10, random_state=7)
    assert_allclose(result, np.sqrt(total / 10))


@pytest.mark.parametrize("block", [1, 30, 1000])
def test_blocks_change_nothing(block, set_chunk_numbers):
    rng = np.random.RandomState(0)
    X, Y = rng.standard_normal((11, 3)), rng.standard_normal((7, 3))
    whole = sliced_wasserstein(X, Y, random_state=0)
    set_chunk_numbers(block)
    assert_allclose(sliced_wasserstein(X, Y, random_state=0), whole, rtol=1e-12)


@given(
    arrays(float, (2, 5, 2), elements=values),
    st.floats(-50, 50),
    st.floats(0.1, 10),
    st.integers(0, 2**31),
)
def test_symmetries(samples, shift, scale, seed):
    X, Y = samples

    def distance(X, Y):
        return sliced_wasserstein(X, Y, n_directions=20, random_state=seed)

    expected = distance(X, Y)
    assert_allclose(distance(Y, X), expected, atol=1e-9)
    assert_allclose(distance(X[::-1], Y), expected, atol=1e-9)
    moved = distance(scale * X + shift, shift + scale * Y)
    # Rounding of the shifted values, not of their distance, sets the tolerance.
    assert_allclose(moved, scale * expected, rtol=1e-9, atol=1e-9)
    assert distance(X, X) == 0


@pytest.mark.statistical
def test_shift_in_many_dimensions():
    X = np.random.RandomState(0).standard_normal((100, 5))
    shift = np.array([3.0, 0, 4.0, 0, 0])
    result = sliced_wasserstein(X, X + shift, n_directions=20_000, random_state=0)
    # E (v's)^2 = |s|^2 / d, with a relative standard error below 0.01.
    assert_allclose(result**2, 25 / 5, rtol=0.05)


def test_seed():
    X, Y = np.random.RandomState(0).standard_normal((2, 20, 3))
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    first = sliced_wasserstein(X, Y, random_state=0)
    assert first == sliced_wasserstein(X, Y, random_state=0)
    assert first != sliced_wasserstein(X, Y, random_state=1)
    assert np.array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_errors():
    with pytest.raises(ValueError, match="n_directions"):
        sliced_wasserstein([[0.0]], [[1.0]], n_directions=0)
    with pytest.raises(ValueError, match="Y has 2 features and X has 1"):
        sliced_wasserstein([[0.0]], [[1.0, 2.0]])
