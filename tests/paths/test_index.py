"""The index of a frame: clocks and panels in long form."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator

from skdiffts._paths import check_paths

pd = pytest.importorskip("pandas")

NS_PER_DAY = 86_400 * 10**9


def read(X, **options):
    return check_paths(BaseEstimator(), X, reset=True, **options)


def make_frame(n_rows=4, index=None, dtype=np.float64, columns=("u", "v")):
    values = np.arange(n_rows * len(columns), dtype=dtype).reshape(n_rows, -1)
    return pd.DataFrame(values, index=index, columns=list(columns))


def make_long(lengths=(3, 2), dtype=np.float64):
    pairs = [(chr(97 + i), t) for i, n in enumerate(lengths) for t in range(n)]
    index = pd.MultiIndex.from_tuples(pairs, names=["path", "time"])
    return make_frame(len(pairs), index, dtype)


# Clocks


def test_arrays_and_labels_have_no_clock():
    assert read(make_frame(index=list("wxyz"))).times is None
    assert read([np.ones((2, 1))]).times is None


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("tz", [None, "America/New_York"])
def test_dates_are_nanoseconds(unit, tz):
    index = pd.date_range("2020-06-01", periods=4, tz=tz).as_unit(unit)
    times = read(make_frame(index=index)).times
    assert times.dtype == np.int64
    assert_array_equal(times, [stamp.as_unit("ns").value for stamp in index])
    assert_array_equal(np.diff(times), [NS_PER_DAY] * 3)


def test_periods_and_durations_are_nanoseconds():
    months = pd.period_range("2021-01", periods=4, freq="M")
    times = read(make_frame(index=months)).times
    assert_array_equal(np.diff(times), NS_PER_DAY * np.array([31, 28, 31]))
    days = pd.timedelta_range("1D", periods=4)
    assert_array_equal(read(make_frame(index=days)).times, NS_PER_DAY * np.arange(1, 5))


def test_pyarrow_dates_are_nanoseconds():
    pytest.importorskip("pyarrow")
    index = pd.date_range("2020", periods=4)
    arrow = pd.Index(index.astype("timestamp[us][pyarrow]"))
    assert_array_equal(
        read(make_frame(index=arrow)).times, read(make_frame(index=index)).times
    )


@pytest.mark.parametrize(
    ("index", "dtype"),
    [
        (None, np.int64),
        (pd.RangeIndex(3, 11, 2), np.int64),
        (pd.Index([1, 2, 5, 9], dtype="uint8"), np.int64),
        (pd.Index([1, 2, 5, 9], dtype="Int64"), np.int64),
        (pd.Index([0.5, 1.0, 1.25, 4.0]), np.float64),
    ],
)
def test_increasing_numbers_are_a_clock(index, dtype):
    X = make_frame(index=index)
    times = read(X).times
    assert times.dtype == dtype
    assert_array_equal(times, X.index)


@pytest.mark.parametrize(
    "index", [[0, 1, 1, 2], [0.0, np.nan, 1.0, 2.0], [True, False] * 2]
)
def test_other_numbers_are_labels(index):
    assert read(make_frame(index=index)).times is None


@pytest.mark.parametrize(
    ("index", "row"),
    [
        ([3, 2, 1, 0], 1),
        ([0, 1, 0, 1], 2),
        ([0.5, 1.0, np.nan, 0.7], 3),
        (pd.Index([5, 1, 2, 9], dtype="uint8"), 1),
        (pd.Index([1, 5, None, 2], dtype="Int64"), 3),
        (pd.Index([1, 5, 2, 9], dtype=object), 2),
        (pd.CategoricalIndex([1, 5, 2, 9]), 2),
    ],
)
def test_numbers_must_not_fall(index, row):
    """A file with the newest row first, shuffled rows, two paths in one frame."""
    X = make_frame(index=index)
    message = rf"falls at row {row} .*: use X.sort_index\(\), or X.reset_index\(drop"
    with pytest.raises(ValueError, match=f"index of X {message}"):
        read(X)
    with pytest.raises(ValueError, match=f"index of item 1 of X {message}"):
        read([make_frame(), X])
    assert read(X.reset_index(drop=True)).times.tolist() == [0, 1, 2, 3]


def test_missing_integers_are_labels():
    index = pd.Index([0, None, 2, 3], dtype="Int64")
    assert read(make_frame(index=index)).times is None


@pytest.mark.parametrize(
    ("days", "row"),
    [
        (["2020-01-02", "2020-01-01", "2020-01-03"], 1),
        (["2020-01-01", "2020-01-02", "2020-01-02"], 2),
        ([None, "2020-01-01", "2020-01-02"], 0),
        (["2020-01-01", None, "2020-01-02"], 1),
    ],
)
def test_dates_must_increase(days, row):
    X = make_frame(3, pd.DatetimeIndex(days))
    message = rf"index of X does not increase at row {row} .*: use X.sort_index\(\)"
    with pytest.raises(ValueError, match=message):
        read(X)
    with pytest.raises(ValueError, match=rf"item 1 of X does not .* row {row}"):
        read([make_frame(), X])


def test_periods_must_increase():
    index = pd.PeriodIndex(["2020-02", "2020-01"], freq="M")
    with pytest.raises(ValueError, match="does not increase at row 1"):
        read(make_frame(2, index))


def test_dates_beyond_nanoseconds_do_not_overflow():
    index = pd.DatetimeIndex(np.array(["3000-01-01", "4000-01-01"], dtype="M8[s]"))
    with pytest.raises(ValueError, match="dates outside 1677 to 2262"):
        read(make_frame(2, index))


def test_clock_of_a_list_joins_the_clocks_of_its_frames():
    dated = make_frame(2, pd.date_range("2020", periods=2))
    assert_array_equal(read([make_frame(2), make_frame(3)]).times, [0, 1, 0, 1, 2])
    assert_array_equal(read([dated, dated]).times, np.tile(read(dated).times, 2))
    assert read([dated, make_frame(2)]).times is None
    assert read([dated, make_frame(2, list("ab"))]).times is None
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        assert read([dated, np.ones((2, 2))]).times is None


# Labels that are dates


def zoned(dates):
    return dates.tz_localize("Europe/Berlin")


LABELS = {
    "date": lambda dates: dates.date,
    "datetime": lambda dates: pd.Index(dates.to_pydatetime(), dtype=object),
    "stamp": lambda dates: dates.astype(object),
    "string": lambda dates: dates.astype(str),
    "object string": lambda dates: dates.astype(str).astype(object),
    "slashes": lambda dates: dates.strftime("%Y/%m/%d %H:%M"),
    "no zeros": lambda dates: pd.Index([f"{d.year}-{d.month}-{d.day}" for d in dates]),
    "category": pd.CategoricalIndex,
    "category of dates": lambda dates: pd.CategoricalIndex(dates.date),
    "category of strings": lambda dates: pd.CategoricalIndex(dates.astype(str)),
    "YYYYMMDD": lambda dates: dates.strftime("%Y%m%d").astype("int64"),
    "YYYYMMDD string": lambda dates: dates.strftime("%Y%m%d"),
    "period": lambda dates: dates.to_period("D").astype(object),
}


@pytest.fixture(params=LABELS)
def relabel(request):
    return LABELS[request.param]


def test_labels_that_are_dates_are_read(relabel):
    dates = pd.date_range("2024-02-25", periods=9, name="day")
    dated, labelled = make_frame(9, dates), make_frame(9, relabel(dates))
    paths = read(labelled)
    assert_array_equal(paths.times, read(dated).times)
    assert paths.dated
    assert paths.restore(paths.values).index.equals(labelled.index)
    panel = pd.concat({"a": labelled, "b": labelled})
    assert_array_equal(read(panel).times, np.tile(paths.times, 2))
    assert read(panel).dated


@pytest.mark.parametrize(
    "order", [np.arange(9)[::-1], np.random.RandomState(0).permutation(9)]
)
def test_labels_that_are_dates_must_increase(relabel, order):
    dates = pd.date_range("2024-02-25", periods=9)
    X = make_frame(9, relabel(dates)).iloc[order]
    with pytest.raises(ValueError, match=r"does not increase .*: use X.sort_index\(\)"):
        read(X)
    with pytest.raises(ValueError, match=r"does not increase .*: use X.sort_index\(\)"):
        read(pd.concat({"a": X, "b": X}))


def test_labels_with_offsets_are_read():
    stamps = zoned(pd.date_range("2024-03-30", periods=4))
    expected = read(make_frame(index=stamps)).times
    mixed = stamps.strftime("%Y-%m-%dT%H:%M:%S%z")
    assert len({label[-5:] for label in mixed}) == 2
    for labels in (mixed, stamps.astype(object), pd.Index(stamps.to_pydatetime())):
        assert_array_equal(read(make_frame(index=labels)).times, expected)


@pytest.mark.parametrize(
    ("labels", "days"),
    [
        (["2023Q4", "2024Q1", "2024Q2"], [92, 91]),
        (["2023-12", "2024-01", "2024-02"], [31, 31]),
        (["202312", "202401", "202402"], [31, 31]),
        ([202312, 202401, 202402], [31, 31]),
        ([20231231, 20240101, 20240301], [1, 60]),
    ],
)
def test_months_and_quarters_are_read(labels, days):
    X = make_frame(3, labels)
    assert_array_equal(np.diff(read(X).times), NS_PER_DAY * np.array(days))
    with pytest.raises(ValueError, match="does not increase at row 1"):
        read(X.iloc[::-1])


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(20240101, 20240104),
        pd.Index([20240130, 20240131, 20240132]),  # no day
        pd.Index([202411, 202412, 202413]),  # no month
        pd.Index([2022, 2023, 2024]),
        pd.Index([1_704_067_200, 1_704_067_260, 1_704_067_320]),
        pd.Index([45_000.0, 45_001.0, 45_002.0]),
    ],
)
def test_counters_are_no_dates(index):
    paths = read(make_frame(3, index))
    assert_array_equal(paths.times, index)
    assert not paths.dated


@pytest.mark.parametrize(
    "labels",
    [
        ["c", "a", "b"],
        ["7", "11", "9"],
        ["2024-13", "2024-01", "2024-02"],
        ["1234-02", "1234-01", "1234-03"],
        ["2024-01-02", "2024-01-01", "total"],
        ["2024-01-02 to 05", "2024-01-01 to 02", "2024-01-03 to 04"],
        ["2024.5", "2024.1", "2024.3"],
        ["2024-01-02", 7, "2024-01-01"],
        ["b", 1, None],
        [None, None, None],
    ],
)
@pytest.mark.parametrize("dtype", [object, "category"])
def test_other_labels_stay_labels(labels, dtype):
    index = pd.Index(pd.Series(labels, dtype=object), dtype=dtype)
    assert read(make_frame(3, index)).times is None


def test_missing_date_among_labels_is_named():
    for labels in (["2024-01-01", None, "2024-01-02"], [None, "2024Q1", "2024Q2"]):
        with pytest.raises(ValueError, match="does not increase at row"):
            read(make_frame(3, labels))


@pytest.mark.parametrize("label", ["03/04/2024", "3.4.24", "31-12-2023 10:00"])
def test_dates_that_can_be_read_in_two_ways_are_refused(label):
    message = rf"dates, such as '{label}', .*pd.to_datetime\(X.index, dayfirst=True\)"
    with pytest.raises(ValueError, match=message):
        read(make_frame(2, [label, label]))


def test_order_of_rows_that_a_splitter_takes():
    from sklearn.model_selection import KFold, ShuffleSplit, TimeSeriesSplit

    X = make_frame(12)
    for splitter in (TimeSeriesSplit(3), KFold(3), KFold(3, shuffle=True)):
        for rows in next(splitter.split(X)):
            assert_array_equal(read(X.iloc[rows]).times, rows)
    shuffled, _ = next(ShuffleSplit(1, random_state=0).split(X))
    with pytest.raises(ValueError, match="falls at row"):
        read(X.iloc[shuffled])


# Panels in long form


def test_clock_of_a_long_frame_is_its_last_level():
    assert_array_equal(read(make_long()).times, [0, 1, 2, 0, 1])
    days = pd.date_range("2020", periods=2)
    index = pd.MultiIndex.from_product([["a", "b"], days])
    times = read(make_frame(4, index)).times
    assert_array_equal(times, np.tile(read(make_frame(2, days)).times, 2))
    index = pd.MultiIndex.from_product([[0, 1], ["x", "y"]])
    assert read(make_frame(4, index)).times is None


def test_all_levels_but_the_last_name_the_path():
    tuples = [("a", 0, 1), ("a", 0, 2), ("a", 1, 1), ("b", 1, 1), ("b", 1, 3)]
    X = make_frame(5, pd.MultiIndex.from_tuples(tuples))
    assert_array_equal(read(X).indptr, [0, 2, 3, 5])


def test_missing_label_is_a_path():
    index = pd.MultiIndex.from_tuples([("a", 0), (None, 0), (None, 1)])
    assert_array_equal(read(make_frame(3, index)).indptr, [0, 1, 3])


def test_unused_and_unsorted_levels_do_not_matter():
    index = pd.MultiIndex.from_product([["b", "a", "c"], [5, 1]])
    X = make_frame(6, index).sort_index(level=1).sort_index(level=0)
    X = X.loc[["a", "c"]]
    paths = read(X)
    assert_array_equal(paths.indptr, [0, 2, 4])
    assert_array_equal(paths.times, [1, 5, 1, 5])


@pytest.mark.parametrize("order", [[0, 3, 1, 2, 4], [3, 0, 1, 2, 4]])
def test_pieces_of_a_path_must_be_together(order):
    message = r"path '.' of X is in several pieces, again at row \d: use X.sort_index"
    with pytest.raises(ValueError, match=message):
        read(make_long().iloc[order])


@pytest.mark.parametrize(
    ("order", "row"), [([0, 2, 1, 3, 4], 2), ([0, 1, 2, 4, 3], 4), ([0, 1, 1, 3, 4], 2)]
)
def test_time_must_increase_within_a_path(order, row):
    message = rf"does not increase at row {row} .*: use X.sort_index\(\)"
    with pytest.raises(ValueError, match=message):
        read(make_long().iloc[order])


def test_missing_time_is_refused():
    index = pd.MultiIndex.from_tuples([("a", pd.Timestamp("2020")), ("b", pd.NaT)])
    with pytest.raises(ValueError, match="does not increase at row 1"):
        read(make_frame(2, index))


def test_sort_index_is_a_remedy():
    X = make_long()
    shuffled = X.sample(frac=1, random_state=0)
    with pytest.raises(ValueError, match="sort_index"):
        read(shuffled)
    assert_array_equal(read(shuffled.sort_index()).values, X.to_numpy())


def test_swapped_levels_are_refused():
    with pytest.raises(ValueError, match="in several pieces"):
        read(make_long((3, 3)).swaplevel())


@pytest.mark.parametrize("dates", [pd.date_range("2024", periods=4), list("abcd")])
def test_entities_below_dates_are_refused(dates):
    """The index (date, ticker) would make each date a path of tickers."""
    if dates[0] == "a":
        dates = pd.date_range("2024", periods=4).astype(str)
    index = pd.MultiIndex.from_product([dates, list("xyz")], names=["date", "ticker"])
    X = make_frame(12, index)
    message = (
        r"holds no times, but level 0 of \['date', 'ticker'\] does: "
        r"use X.swaplevel\(\).sort_index\(\)"
    )
    for disordered in (X, X.sample(frac=1, random_state=0)):
        with pytest.raises(ValueError, match=message):
            read(disordered)
    assert_array_equal(read(X.swaplevel().sort_index()).indptr, [0, 4, 8, 12])


def test_entities_below_dates_in_more_levels():
    dates = pd.date_range("2024", periods=4)
    index = pd.MultiIndex.from_product([["u"], dates, list("xyz")])
    X = make_frame(12, index)
    with pytest.raises(ValueError, match=r"level 1 of .*X.swaplevel\(\).sort_index"):
        read(X)
    message = r"level 0 of .*X.reorder_levels\(\[1, 2, 0\]\).sort_index"
    with pytest.raises(ValueError, match=message):
        read(X.swaplevel(0, 1))
    X = X.swaplevel(0, 1).reorder_levels([1, 2, 0]).sort_index()
    assert_array_equal(read(X).indptr, [0, 4, 8, 12])


def test_labels_of_a_panel_without_times_stay_labels():
    for last in (list("xy"), pd.Categorical(list("xy"))):
        index = pd.MultiIndex.from_product([list("ab"), last])
        assert read(make_frame(4, index)).times is None


def test_short_path_of_a_long_frame_is_named():
    with pytest.raises(ValueError, match=r"path 1 of X has 1 row\(s\); at least 2 are"):
        read(make_long((3, 1)), min_length=2)


def test_empty_frames_get_the_words_of_scikit_learn():
    for X in (make_long().iloc[:0], make_frame().iloc[:0]):
        with pytest.raises(ValueError, match=r"0 sample\(s\)"):
            read(X)


def test_partly_nan_row_of_a_long_frame_is_named():
    X = make_long()
    X.iloc[3, 1] = np.nan
    with pytest.raises(ValueError, match="row 3 of X is NaN in some columns only"):
        read(X, allow_nan_rows=True)


def test_item_of_a_list_is_one_path():
    with pytest.raises(
        ValueError, match="item 1 of X is a panel in long form: pass one"
    ):
        read([make_frame(), make_long()])


def test_steps_of_microseconds_are_exact():
    """Days since 1970 in floating point would be off by a third of a step."""
    steps = np.array([1, 3, 2, 1, 5])
    index = pd.Timestamp("2024-05-01") + pd.to_timedelta(steps.cumsum(), unit="us")
    paths = check_paths(
        BaseEstimator(), pd.DataFrame({"a": np.zeros(5)}, index=index), reset=True
    )
    assert_allclose(paths.durations * 86_400e6, steps[1:], rtol=1e-12)
