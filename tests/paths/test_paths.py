"""Round trips through every container, and the arithmetic of path boundaries."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

lengths = st.lists(st.integers(1, 6), min_size=1, max_size=6)
widths = st.integers(1, 4)
dtypes = st.sampled_from([np.float32, np.float64])
seeds = st.integers(0, 2**16)
quick = settings(deadline=None, derandomize=True, max_examples=50)


def draw_panel(lengths, width, dtype, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(n, width)).astype(dtype) for n in lengths]


def assert_same(a, b):
    """Require equal values, dtype, shape and memory layout."""
    assert type(a) is type(b) is np.ndarray
    assert a.dtype == b.dtype
    assert a.flags.c_contiguous
    assert_array_equal(a, b, strict=True)


@quick
@given(lengths, widths, dtypes, seeds)
def test_list_round_trip(read, lengths, width, dtype, seed):
    X = draw_panel(lengths, width, dtype, seed)
    paths = read(X)
    back = paths.restore(paths.values)
    assert isinstance(back, list)
    assert len(back) == len(X)
    for item, expected in zip(back, X, strict=True):
        assert_same(item, expected)


@quick
@given(st.integers(1, 5), st.integers(1, 5), widths, dtypes, seeds)
def test_stack_round_trip(read, n_paths, length, width, dtype, seed):
    X = np.stack(draw_panel([length] * n_paths, width, dtype, seed))
    paths = read(X)
    assert_same(paths.restore(paths.values), X)
    assert_same(paths.restore(paths.values[:, :1]), X[:, :, :1].copy())


@quick
@given(st.integers(1, 9), widths, dtypes, seeds)
def test_rows_round_trip(read, length, width, dtype, seed):
    X = draw_panel([length], width, dtype, seed)[0]
    paths = read(X)
    assert_same(paths.restore(paths.values), X)


@quick
@given(lengths, widths, seeds)
def test_rows_are_the_ones_of_a_plain_loop(read, lengths, width, seed):
    X = draw_panel(lengths, width, np.float64, seed)
    paths = read(X)
    first, starts, ends, row = [], [], [], 0
    for path in X:
        first.append(row)
        for i in range(1, len(path)):
            starts.append(row + i - 1)
            ends.append(row + i)
        row += len(path)
    assert_array_equal(paths.first_rows, first)
    assert_array_equal(paths.starts, starts)
    assert_array_equal(paths.ends, ends)
    assert_array_equal(paths.lengths, lengths)
    assert paths.ends.dtype.kind == "i"
    assert paths.n_rows == row
    assert paths.n_paths == len(X)


@quick
@given(lengths, seeds)
def test_per_sample_is_the_sum_of_a_plain_loop(read, lengths, seed):
    X = draw_panel(lengths, 1, np.float64, seed)
    paths = read(X)
    per_row = np.round(paths.values[:, 0], 3)
    per_row[paths.first_rows] = np.nan
    before = per_row.copy()
    sums = paths.per_sample(per_row)
    assert sums.shape == (len(X),)
    expected = [np.nansum(path) for path in paths.split(per_row)]
    np.testing.assert_allclose(sums, expected, atol=1e-12)
    assert_array_equal(per_row, before)


def test_per_sample_of_a_row_is_the_row(read):
    paths = read(np.ones((3, 1)))
    per_row = np.array([np.nan, 1.0, 2.0])
    assert_array_equal(paths.per_sample(per_row), per_row)


def test_split_gives_views(read):
    paths = read([np.ones((2, 1)), np.ones((3, 1))])
    rows = np.zeros((5, 2, 2))
    blocks = paths.split(rows)
    assert [block.shape for block in blocks] == [(2, 2, 2), (3, 2, 2)]
    assert all(np.shares_memory(block, rows) for block in blocks)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_restore_casts_to_the_dtype_that_came_in(read, dtype):
    X = np.ones((2, 3, 2), dtype=dtype)
    for container in (X, X[0], list(X)):
        paths = read(container)
        back = paths.restore(np.zeros((paths.n_rows, 5)))
        assert (back[0] if isinstance(back, list) else back).dtype == dtype


def test_restored_values_do_not_share_memory_with_the_input(read):
    X = np.ones((2, 3, 2))
    for container in (X, X[0], list(X)):
        paths = read(container)
        for block in paths.restore(paths.values):
            block[:] = 0
    assert (X == 1).all()


@pytest.mark.parametrize("shape", [(5, 2), (6,), (2, 3, 2)])
def test_restore_refuses_other_rows(read, shape):
    paths = read(np.ones((2, 3, 2)))
    with pytest.raises(ValueError, match=r"rows has shape .*: pass \(6, n_columns\)"):
        paths.restore(np.zeros(shape))


def test_paths_are_immutable_and_pickle(read):
    paths = read([np.ones((2, 1)), np.zeros((3, 1))])
    with pytest.raises(AttributeError):
        paths.values = None
    copy = pickle.loads(pickle.dumps(paths))
    assert_array_equal(copy.values, paths.values)
    assert_array_equal(copy.indptr, paths.indptr)
