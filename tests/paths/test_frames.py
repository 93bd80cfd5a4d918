"""Data frames: names, round trips and columns that hold dates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator

from skdiffts._paths import check_paths

pd = pytest.importorskip("pandas")

lengths = st.lists(st.integers(1, 5), min_size=1, max_size=5)
dtypes = st.sampled_from([np.float32, np.float64])


def read(X, **options):
    return check_paths(BaseEstimator(), X, reset=True, **options)


def make_frame(n_rows=4, index=None, dtype=np.float64, columns=("u", "v")):
    values = np.arange(n_rows * len(columns), dtype=dtype).reshape(n_rows, -1)
    return pd.DataFrame(values, index=index, columns=list(columns))


def make_long(lengths=(3, 2), dtype=np.float64):
    pairs = [(chr(97 + i), t) for i, n in enumerate(lengths) for t in range(n)]
    index = pd.MultiIndex.from_tuples(pairs, names=["path", "time"])
    return make_frame(len(pairs), index, dtype)


# Round trips


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "index",
    [
        None,
        list("wxyz"),
        [1, 3, 3, 7],
        pd.date_range("2020", periods=4, name="when"),
        pd.date_range("2020", periods=4, tz="Europe/Paris"),
        pd.period_range("2020-01", periods=4, freq="M"),
    ],
)
def test_frame_round_trip(index, dtype):
    X = make_frame(4, index, dtype)
    paths = read(X)
    assert paths.container == "rows"
    pd.testing.assert_frame_equal(paths.restore(paths.values), X, check_freq=False)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(lengths, dtypes)
def test_long_frame_round_trip(lengths, dtype):
    X = make_long(lengths, dtype)
    paths = read(X)
    assert paths.container == "frame"
    assert not paths.samples_are_paths
    assert_array_equal(paths.lengths, lengths)
    pd.testing.assert_frame_equal(paths.restore(paths.values), X)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(lengths, dtypes)
def test_list_of_frames_round_trip(lengths, dtype):
    X = [make_frame(n, range(1, n + 1), dtype) for n in lengths]
    paths = read(X)
    assert_array_equal(paths.lengths, lengths)
    for item, expected in zip(paths.restore(paths.values), X, strict=True):
        pd.testing.assert_frame_equal(item, expected, check_index_type=False)


def test_list_round_trip_keeps_arrays_and_frames():
    dated = make_frame(3, pd.date_range("2020", periods=3))
    X = [dated, make_frame(2, list("pq"))]
    paths = read(X)
    back = paths.restore(paths.values)
    for item, expected in zip(back, X, strict=True):
        pd.testing.assert_frame_equal(item, expected, check_freq=False)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        paths = read([dated, np.ones((2, 2))])
    back = paths.restore(paths.values)
    assert isinstance(back[0], pd.DataFrame)
    assert isinstance(back[1], np.ndarray)


@pytest.mark.parametrize("X", [make_frame(), make_long(), [make_frame()]])
def test_restore_with_other_columns(X):
    paths = read(X)
    rows = np.zeros((paths.n_rows, 3))
    back = paths.restore(rows, columns=["a", "b", "c"])
    back = back[0] if isinstance(back, list) else back
    assert list(back.columns) == ["a", "b", "c"]
    message = r"columns has 2 name\(s\) for 3 column\(s\) of rows"
    with pytest.raises(ValueError, match=message):
        paths.restore(rows)


def test_integers_come_back_as_floats():
    X = make_frame(dtype=np.int64)
    paths = read(X)
    pd.testing.assert_frame_equal(paths.restore(paths.values), X.astype(float))


def test_same_paths_as_from_arrays():
    long = make_long((3, 3))
    stack = read(long.to_numpy().reshape(2, 3, 2))
    items = [group.droplevel("path") for _, group in long.groupby("path")]
    for paths in (read(long), read(items), read([g.to_numpy() for g in items])):
        assert_array_equal(paths.values, stack.values)
        assert_array_equal(paths.indptr, stack.indptr)
        assert_array_equal(paths.ends, stack.ends)
        assert paths.dtype == stack.dtype


def test_input_is_not_written():
    X = make_long()
    before = X.copy()
    paths = read(X)
    back = paths.restore(paths.values)
    back.iloc[:] = -1.0
    pd.testing.assert_frame_equal(X, before)


def test_per_sample_of_a_long_frame_is_a_row():
    per_row = np.arange(5.0)
    assert_array_equal(read(make_long()).per_sample(per_row), per_row)


# Names


@pytest.mark.parametrize("X", [make_frame(), make_long(), [make_frame(), make_frame()]])
def test_names_are_kept_and_their_order_required(X):
    estimator = BaseEstimator()
    check_paths(estimator, X, reset=True)
    assert_array_equal(estimator.feature_names_in_, ["u", "v"])
    assert estimator.n_features_in_ == 2
    check_paths(estimator, make_long(), reset=False)
    swapped = make_frame()[["v", "u"]]
    with pytest.raises(ValueError, match="same order"):
        check_paths(estimator, swapped, reset=False)
    with pytest.raises(ValueError, match=r"item 1 of X: .*(?s:.*)same order"):
        check_paths(estimator, [make_frame(), swapped], reset=False)


def test_frames_of_a_list_need_the_same_names():
    with pytest.raises(ValueError, match=r"item 1 of X: The feature names should"):
        read([make_frame(), make_frame(columns=("u", "w"))])
    with pytest.raises(ValueError, match=r"item 1 of X has shape \(4, 1\)"):
        read([make_frame(), make_frame(columns=("u",))])


# Columns of dates


@pytest.mark.parametrize(
    "dates",
    [
        pd.date_range("2020", periods=4),
        pd.date_range("2020", periods=4, tz="UTC"),
        pd.timedelta_range("1D", periods=4),
        pd.period_range("2020", periods=4, freq="M"),
    ],
)
def test_columns_of_dates_are_named(dates):
    X = make_frame().assign(when=dates)
    message = r"column\(s\) \['when'\] of X hold dates .*\(X.set_index\)"
    with pytest.raises(ValueError, match=message):
        read(X)
    message = r"column\(s\) \['when'\] of item 0 of X hold dates"
    with pytest.raises(ValueError, match=message):
        read([X])
    assert read(X.set_index("when")).times is not None


# polars


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_polars_round_trip(dtype):
    pl = pytest.importorskip("polars")
    X = pl.DataFrame(np.arange(6, dtype=dtype).reshape(3, 2), schema=["u", "v"])
    estimator = BaseEstimator()
    paths = check_paths(estimator, X, reset=True)
    assert paths.container == "rows"
    assert paths.times is None
    assert_array_equal(estimator.feature_names_in_, ["u", "v"])
    assert paths.restore(paths.values).equals(X)
    assert paths.restore(paths.values).schema == X.schema
    wide = paths.restore(np.zeros((3, 3)), columns=["a", "b", "c"])
    assert wide.columns == ["a", "b", "c"]
    with pytest.raises(ValueError, match="same order"):
        check_paths(estimator, X[["v", "u"]], reset=False)


def test_list_of_polars_frames_round_trip():
    pl = pytest.importorskip("polars")
    X = [pl.DataFrame({"u": [1.0, 2.0]}), pl.DataFrame({"u": [3.0]})]
    paths = read(X)
    back = paths.restore(paths.values)
    assert all(a.equals(b) for a, b in zip(back, X, strict=True))
    assert_array_equal(paths.lengths, [2, 1])


def test_polars_columns_of_dates_are_named():
    pl = pytest.importorskip("polars")
    dates = pd.date_range("2020", periods=3).to_numpy()
    day = pl.col("when").cast(pl.Date).alias("day")
    X = pl.DataFrame({"when": dates, "u": [1.0, 2.0, 3.0]}).with_columns(day)
    message = r"column\(s\) \['when', 'day'\] of X hold dates .*drop them"
    with pytest.raises(ValueError, match=message):
        read(X)
    assert read(X.drop("when", "day")).n_features == 1


def test_lazy_polars_frame_is_refused():
    pl = pytest.importorskip("polars")
    with pytest.raises(TypeError, match=r"LazyFrame: call its collect\(\)"):
        read(pl.LazyFrame({"u": [1.0]}))
