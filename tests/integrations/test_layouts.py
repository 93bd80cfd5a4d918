"""Layouts of other packages."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts._paths import check_paths
from skdiffts.integrations import to_channels_first, to_channels_last, to_long_frame


def make_paths(lengths=(4, 6, 5), d=3, dtype=np.float64):
    rng = np.random.RandomState(0)
    return [rng.standard_normal((length, d)).astype(dtype) for length in lengths]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_there_and_back(dtype):
    stack = np.stack(make_paths((5, 5), dtype=dtype))
    turned = to_channels_first(stack)
    assert turned.shape == (2, 3, 5)
    assert turned[1, 2, 4] == stack[1, 4, 2]
    assert turned.dtype == dtype
    assert_array_equal(to_channels_last(turned), stack)
    paths = make_paths(dtype=dtype)
    turned = to_channels_first(paths)
    assert [item.shape for item in turned] == [(3, 4), (3, 6), (3, 5)]
    for path, back in zip(paths, to_channels_last(turned), strict=True):
        assert_array_equal(back, path)
        assert back.dtype == dtype


def test_items_are_alike_and_new():
    """What aeon's compiled functions insist on: one dtype, C order."""
    paths = make_paths()
    mixed = [paths[0].astype(np.float32), np.asfortranarray(paths[1]), paths[2]]
    for turned in (to_channels_first(mixed), to_channels_last(mixed)):
        assert {item.dtype for item in turned} == {np.dtype(np.float64)}
        assert all(item.flags.c_contiguous for item in turned)
        assert not any(map(np.shares_memory, turned, mixed))
    stack = np.zeros((2, 1, 5))
    for turn in (to_channels_first, to_channels_last):
        assert turn(stack).flags.c_contiguous
        assert not np.shares_memory(turn(stack), stack)


def test_frames():
    paths = make_paths()
    columns = ["a", "b", "c"]
    frames = [pd.DataFrame(path, columns=columns) for path in paths]
    long = pd.concat(frames, keys=range(3))
    polars = [pl.DataFrame(path, schema=columns) for path in paths]
    for X in (frames, long, polars):
        for item, path in zip(to_channels_first(X), paths, strict=True):
            assert_array_equal(item, path.T)
    for X in (frames, long):
        made = to_long_frame(X)
        assert made.index.names == ["path", "time"]
        assert_array_equal(made.index.to_frame(), long.index.to_frame())
        pd.testing.assert_frame_equal(made, long, check_names=False)
    assert list(to_long_frame(polars).columns) == columns


def test_long_frames_are_containers_of_this_package():
    paths = make_paths()
    frame = to_long_frame(paths, columns=["a", "b", "c"])
    read = check_paths(BaseEstimator(), frame, reset=True)
    assert_array_equal(read.lengths, [4, 6, 5])
    assert_array_equal(read.values, np.concatenate(paths))
    assert list(to_long_frame(np.stack(make_paths((5, 5)))).columns) == [0, 1, 2]


def test_every_shape_of_this_package_becomes_a_long_frame():
    """Arrays and frames of sample and forecast, for one path and for panels."""
    index = pd.date_range("2024-01-01", periods=30, name="day")
    rows = np.random.RandomState(0).standard_normal((30, 2)).cumsum(axis=0)
    X = pd.DataFrame(rows, index=index, columns=["a", "b"])
    panel = pd.concat([X, X], keys=["u", "v"], names=["share", "day"])
    generator = GenerativeTimeSeries(
        sampler=KernelDensity(), dynamics=KernelDriftVolEstimator(conditioning=None)
    ).fit(X)
    for data, n_blocks in ((X, 3), (panel, 6)):
        for output in ("array", "pandas", "polars"):
            draws = generator.forecast(data, 4, 3, output=output, random_state=0)
            long = to_long_frame(draws, columns=["a", "b"])
            assert long.shape == (4 * n_blocks, 2)
            blocks = long.groupby(level=list(range(long.index.nlevels - 1)), sort=False)
            assert blocks.ngroups == n_blocks
            array = generator.forecast(data, 4, 3, output="array", random_state=0)
            assert_array_equal(long, array.reshape(-1, 2))
    assert list(to_long_frame(draws).index.names) == ["share", "sample", "day"]
    assert list(to_long_frame(array).index.names) == ["path", "sample", "time"]
    for output in ("array", "pandas", "polars"):
        paths = generator.sample(2, 4, output=output, random_state=0)
        assert len(to_long_frame(paths)) == 8
        turned = to_channels_first(paths)
        expected = generator.sample(2, 4, output="array", random_state=0)
        assert_array_equal(np.stack(turned), expected.transpose(0, 2, 1))


def test_dates_stay():
    index = pd.date_range("2024-01-01", periods=4, name="day")
    frames = [pd.DataFrame({"x": range(4)}, index=index) for _ in range(2)]
    made = to_long_frame(frames)
    assert made.index.get_level_values(1).tolist() == [*index, *index]


def test_paths_have_an_index_all_or_none():
    path = np.zeros((3, 1))
    pandas, polars = pd.DataFrame(path), pl.DataFrame(path, schema=["x"])
    mixed = [pandas, path], [path, pandas], [pandas.set_axis(["x"], axis=1), polars]
    for X, without in zip(mixed, (1, 0, 1), strict=True):
        message = f"item {without} of X has no index, item {1 - without} has one; pass"
        with pytest.raises(ValueError, match=message):
            to_long_frame(X)
    assert len(to_long_frame([polars, polars])) == 6


def test_what_is_no_panel_is_refused():
    with pytest.raises(ValueError, match=r"X is one path of shape \(5, 2\)"):
        to_channels_first(np.zeros((5, 2)))
    with pytest.raises(ValueError, match="X is one path"):
        to_long_frame(np.zeros((5, 2)))
    with pytest.raises(ValueError, match=r"pass \(n_paths, n_features, length\)"):
        to_channels_last(np.zeros((5, 2)))
    with pytest.raises(ValueError, match=r"item 1 of X has shape \(3,\)"):
        to_channels_last([np.zeros((2, 3)), np.zeros(3)])
