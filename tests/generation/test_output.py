"""Containers of simulated rows: a table in, a table like it out."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator

from skdiffts._paths import check_paths
from skdiffts.scenarios import forecast_quantiles

FREQUENCIES = ["15min", "h", "D", "2D", "B", "W-WED", "ME", "MS", "BME", "QE", "YS"]
ZONES = [None, "UTC", "Europe/Berlin", "America/New_York"]
DTYPES = ["float64", "float32", "int64", "int8", "bool", "Int64", "Float32", "boolean"]
COLUMNS = [
    pd.Index(["b", "a"]),
    pd.Index([3, 1], name="sensor"),
    pd.MultiIndex.from_tuples([("Close", "B"), ("Close", "A")], names=["what", "who"]),
    pd.Index([("x", 1), 2], tupleize_cols=False),
]


def make_index(kind, frequency, zone, n_rows):
    if kind == "date":
        return pd.date_range("2021-02-26", periods=n_rows, freq=frequency, tz=zone)
    if kind == "period":
        return pd.period_range("2021-02", periods=n_rows, freq="M")
    if kind == "duration":
        return pd.timedelta_range("1h", periods=n_rows, freq="7min")
    if kind == "range":
        return pd.RangeIndex(n_rows)
    return pd.Index(np.arange(n_rows) * 3 + 5)


def make_frame(index, columns=("b", "a"), dtypes=("float64", "float64"), seed=0):
    noise = 3.0 * np.random.RandomState(seed).standard_normal((len(index), 2))
    parts = [pd.Series(noise[:, i] > 0) for i in range(2)]
    for i, dtype in enumerate(dtypes):
        if dtype.lower() not in ("bool", "boolean"):
            parts[i] = pd.Series(noise[:, i].round())
        parts[i] = parts[i].astype(dtype)
    frame = pd.DataFrame(dict(enumerate(parts))).set_axis(index, axis=0)
    return frame.set_axis(columns, axis=1)


def check_labels(found, expected):
    """The same labels, in an index of the same kind; names and offset aside."""
    assert type(found) is type(expected) or expected.dtype == np.int64
    assert found.dtype == expected.dtype
    assert_array_equal(found, expected)


@settings(max_examples=40)
@given(
    st.sampled_from(["date", "date", "date", "period", "duration", "range", "number"]),
    st.sampled_from(FREQUENCIES),
    st.sampled_from(ZONES),
    st.sampled_from(COLUMNS),
    st.tuples(st.sampled_from(DTYPES), st.sampled_from(DTYPES)),
    st.sampled_from([None, "when"]),
)
@example("date", "D", "Europe/Berlin", COLUMNS[2], ("int64", "float32"), "day")
@example("date", "h", "Europe/Berlin", COLUMNS[0], ("bool", "Int64"), None)
def test_a_frame_comes_back(quick, kind, frequency, zone, columns, dtypes, name):
    """Columns, dtypes and kind of index stay as in the input, and dates go on."""
    index = make_index(kind, frequency, zone, 70).rename(name)
    X = make_frame(index[:40], columns, dtypes)
    generator = quick().fit(X)
    paths = generator.sample(2, 70, x0="initial", output="pandas", random_state=0)
    pd.testing.assert_index_equal(paths.columns, X.columns)
    assert_array_equal(paths.dtypes, X.dtypes)
    assert paths.index.names == ["path", name or "time"]
    for path in (0, 1):
        check_labels(paths.loc[path].index, index)
    pd.testing.assert_series_equal(
        paths.loc[0].iloc[0], X.iloc[0], check_names=False, check_dtype=False
    )


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_forecasts_begin_after_the_last_row(quick, frequency):
    index = make_index("date", frequency, "Europe/Berlin", 80)
    X = make_frame(index[:60])
    generator = quick().fit(X.iloc[:40])
    for rows in (40, 41, 60):
        frame = generator.forecast(X.iloc[:rows], 9, 2, random_state=0)
        assert frame.index.names == ["sample", "time"]
        for sample in (0, 1):
            expected = index[rows : rows + 9]
            check_labels(frame.loc[sample].index, expected)
    paths = generator.sample(1, 9, x0="last", random_state=0)
    assert_array_equal(paths.loc[0].index, index[39:48])
    one = generator.forecast(X.iloc[59:60], 3, random_state=0)
    assert_array_equal(one.loc[0].index, index[60:63])


def test_numbers_do_not_depend_on_the_container(quick, walk):
    X = pd.DataFrame(walk(), columns=["a", "b"])
    generator = quick().fit(X)
    array = generator.sample(3, 5, output="array", random_state=0)
    assert array.shape == (3, 5, 2)
    assert array.dtype == np.float64
    assert_array_equal(array, quick().fit(X.to_numpy()).sample(3, 5, random_state=0))
    for output in ("auto", "pandas", "polars"):
        frame = generator.sample(3, 5, output=output, random_state=0)
        assert_array_equal(frame[["a", "b"]].to_numpy(), array.reshape(-1, 2))
    array = generator.forecast(X, 4, 3, output="array", random_state=0)
    frame = generator.forecast(X, 4, 3, random_state=0)
    assert array.shape == (3, 4, 2)
    assert_array_equal(frame.to_numpy(), array.reshape(-1, 2))
    assert_array_equal(frame.loc[0].index, range(60, 64))


def test_auto_is_what_was_fitted(quick, walk):
    X = walk()
    frame = pd.DataFrame(X, columns=["a", "b"])
    polar = pl.DataFrame(X, schema=["a", "b"])
    for given_, kind in ((X, np.ndarray), (frame, pd.DataFrame), (polar, pl.DataFrame)):
        generator = quick().fit(given_)
        assert isinstance(generator.sample(2, 3), kind)
        copied = pickle.loads(pickle.dumps(generator))
        assert isinstance(copied.sample(2, 3), kind)
        assert isinstance(generator.forecast(given_, 2), kind)
        assert isinstance(forecast_quantiles(generator, given_, 2, n_samples=3), kind)
    listed = quick().fit([frame, frame.iloc[:30]])
    assert isinstance(listed.sample(2, 3), pd.DataFrame)


@pytest.mark.filterwarnings("ignore:X (does not have|has feature)")
def test_forecasts_are_in_the_library_of_x(quick, walk):
    X = walk()
    days = pd.date_range("2024-01-01", periods=60)
    frame = pd.DataFrame(X, columns=["a", "b"], index=days)
    polar = pl.DataFrame(X, schema=["a", "b"])
    fitted = {kind: quick().fit(given_) for kind, given_ in (("p", frame), ("a", X))}
    for generator in fitted.values():
        assert isinstance(generator.forecast(X, 2), np.ndarray)
        assert generator.forecast(polar, 2).columns == ["sample", "time", "a", "b"]
        # On a clock of its own where the training rows have another one.
        ahead = generator.forecast(frame, 2)
        assert_array_equal(ahead.loc[0].index, days[-2:] + pd.Timedelta("2D"))
    # Names of the training data where X has none, and rows counted from 0.
    ahead = fitted["p"].forecast(X, 2, output="pandas")
    assert list(ahead.columns) == ["a", "b"]
    assert_array_equal(ahead.loc[0].index, [60, 61])


def test_arrays_become_frames_that_count_rows(quick, walk):
    generator = quick().fit(walk())
    frame = generator.sample(2, 3, output="pandas", x0="last", random_state=0)
    assert list(frame.columns) == [0, 1]
    assert frame.index.names == ["path", "time"]
    assert_array_equal(frame.loc[1].index, [59, 60, 61])
    frame = generator.sample(2, 3, x0="initial", output="polars", random_state=0)
    assert frame.columns == ["path", "time", "column_0", "column_1"]
    assert frame["time"].to_list() == [0, 1, 2] * 2


def test_forecasts_of_panels_keep_the_names_of_the_paths(quick, walk):
    days = pd.date_range("2024-01-01", periods=20, freq="W-SUN")
    panel = walk(0, 20, 2, 3)
    frames = [
        pd.DataFrame(path, index=days + days.freq * i) for i, path in enumerate(panel)
    ]
    keys = [("x", 2), ("x", 1), ("y", 1)]
    for names, levels in (
        (["desk", "book", "week"], ["desk", "book", "sample", "week"]),
        ([None] * 3, ["level_0", "level_1", "sample", "time"]),
    ):
        long = pd.concat(frames, keys=keys, names=names)
        generator = quick().fit(long)
        ahead = generator.forecast(long, 4, 2, random_state=0)
        assert ahead.index.names == levels
        array = generator.forecast(long, 4, 2, output="array", random_state=0)
        assert_array_equal(ahead.to_numpy(), array.reshape(-1, 2))
        for i, key in enumerate(keys):
            part = ahead.index[8 * i + 4 : 8 * i + 8]
            assert set(part.droplevel(-1)) == {(*key, 1)}
            expected = pd.date_range(days[-1], periods=i + 5, freq="W-SUN")[i + 1 :]
            check_labels(part.get_level_values(-1), expected)
    ahead = quick().fit(frames).forecast(frames, 4, 2, random_state=0)
    assert ahead.index.names == ["path", "sample", "time"]
    assert_array_equal(ahead.to_numpy(), array.reshape(-1, 2))
    one_level = pd.concat(frames, keys=list("cab"), names=["share", None])
    ahead = quick().fit(one_level).forecast(one_level, 1, output="polars")
    assert ahead.columns == ["share", "sample", "time", "0", "1"]
    assert ahead["share"].to_list() == list("cab")


def test_paths_start_at_the_times_of_their_rows(quick, walk):
    """Row 0 is a training row, and has its label."""
    days = pd.bdate_range("2024-01-01", periods=60)
    X = pd.DataFrame(walk(), index=days, columns=["a", "b"])
    starts = quick().fit(X).sample(40, 4, x0="states", random_state=0)
    first = starts.groupby("path").head(1).droplevel("path")
    pd.testing.assert_frame_equal(first, X.loc[first.index], check_names=False)
    assert len(first.index.unique()) > 10
    later = starts.loc[7].index
    check_labels(later, pd.bdate_range(later[0], periods=4))
    X.iloc[10:13] = np.nan
    broken = quick().set_params(dynamics__missing="break").fit(X)
    starts = broken.sample(60, 2, x0="states", random_state=0)
    first = starts.groupby("path").head(1).droplevel("path")
    pd.testing.assert_frame_equal(first, X.loc[first.index], check_names=False)


def test_dates_in_other_forms_come_back_as_timestamps(quick, walk):
    days = pd.date_range("2024-01-01", periods=60)
    for labels in (
        days.strftime("%Y-%m-%d"),
        days.date,
        days.strftime("%Y%m%d").astype(int),
    ):
        X = pd.DataFrame(walk(), index=labels, columns=["a", "b"])
        ahead = quick().fit(X).forecast(X, 2, random_state=0)
        assert_array_equal(ahead.loc[0].index, days[-2:] + pd.Timedelta("2D"))
    X = pd.DataFrame(walk(), index=list("abcdef") * 10, columns=["a", "b"])
    assert_array_equal(quick().fit(X).forecast(X, 2).loc[0].index, [60, 61])


def test_integers_that_do_not_fit_are_not_wrapped(quick):
    """Integers below zero, or above 127, keep their value in a wider type."""
    counts = np.random.RandomState(0).poisson(3.0, size=(200, 2))
    X = pd.DataFrame({"small": counts[:, 0], "large": 120 + counts[:, 1]})
    X = X.astype({"small": "uint8", "large": "int8"})
    generator = quick().set_params(support=None).fit(X)
    frame = generator.sample(20, 50, random_state=0)
    array = generator.sample(20, 50, output="array", random_state=0).reshape(-1, 2)
    assert array[:, 0].min() < -1.0
    assert array[:, 1].max() > 128.0
    assert list(frame.dtypes) == [np.int64, np.int64]
    assert_array_equal(frame.to_numpy(), np.rint(array))


def test_types_of_other_libraries(quick):
    values = np.random.RandomState(0).poisson(20.0, size=(40, 3))
    X = pl.DataFrame(values, schema={"i": pl.Int16, "f": pl.Float32, "b": pl.Float64})
    X = X.with_columns(pl.col("b") > 20)
    generator = quick().fit(X)
    frame = generator.sample(2, 3, random_state=0)
    assert frame.columns == ["path", "time", *X.columns]
    assert frame.dtypes[2:] == X.dtypes
    frame = generator.sample(2, 3, output="pandas", random_state=0)
    assert list(map(str, frame.dtypes)) == ["int16", "float32", "bool"]
    X = pd.DataFrame({"c": pd.Categorical(values[:, 0]), "s": values[:, 1].astype(str)})
    frame = quick().fit(X).sample(2, 3, random_state=0)
    assert list(map(str, frame.dtypes)) == ["int64", "float64"]


@pytest.mark.parametrize(
    "index",
    [
        pd.date_range("2024-01-01", periods=40, tz="Europe/Berlin"),
        pd.date_range("2024-01-01", periods=40, tz="+05:30"),
        pd.date_range("2024-01-01", periods=40, unit="s"),
        pd.period_range("2024-01", periods=40, freq="M"),
        pd.timedelta_range("1h", periods=40, freq="h"),
    ],
    ids=str,
)
def test_times_in_polars(quick, index):
    X = make_frame(index[:30].rename("when"))
    generator = quick().fit(X)
    frame = generator.sample(2, 40, x0="initial", output="polars", random_state=0)
    assert frame.columns == ["path", "when", "b", "a"]
    found = pd.Index(frame["when"].to_list()[40:])
    expected = index.to_timestamp() if hasattr(index, "to_timestamp") else index
    assert (found == expected).all()


def test_columns_and_labels_have_different_names_in_polars(quick, walk):
    with pytest.warns(
        UserWarning, match=r"\['path'\] of X have names of columns of lab"
    ):
        generator = quick().fit(pl.DataFrame(walk(), schema=["a", "path"]))
    with pytest.warns(UserWarning, match=r"\['time', 'sample'\] of X"):
        quick().fit(pl.DataFrame(walk(), schema=["time", "sample"]))
    quick().fit(pd.DataFrame(walk(), columns=["time", "sample"]))
    assert generator.sample(2, 3, output="array").shape == (2, 3, 2)
    with pytest.raises(
        ValueError, match=r"column 'path' of X has the name .* rename it"
    ):
        generator.sample(2, 3)


@pytest.mark.parametrize("output", ["default", "numpy", None, 3, ["pandas"]])
def test_unknown_containers_are_named(fitted, walk, output):
    for call in (
        lambda: fitted.sample(output=output),
        lambda: fitted.forecast(walk(), 2, output=output),
        lambda: forecast_quantiles(fitted, walk(), 2, output=output),
    ):
        with pytest.raises(ValueError, match=r"output=.*; pass one of 'auto', 'array'"):
            call()


def test_a_missing_library_is_named(fitted, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    with pytest.raises(
        ImportError, match="output='polars' needs polars; run `pip inst"
    ):
        fitted.sample(output="polars")


def test_times_without_calendar_warn(quick, walk):
    """Rows after irregular ones get the median step, and a warning; arrays do not."""
    days = np.random.RandomState(0).choice(3000, 60, replace=False)
    index = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.sort(days), unit="D")
    X = pd.DataFrame(walk(), index=index)
    with pytest.warns(UserWarning, match="takes all steps as equal"):
        generator = quick().fit(X)
    assert generator.sample(2, 3, output="array").shape == (2, 3, 2)
    with pytest.warns(UserWarning, match="rows after the last one are"):
        generator.sample(2, 3)
    generator = quick(dt="index").fit(X)
    with pytest.warns(UserWarning, match="rows after the last one are"):
        generator.forecast(X, 3)


def test_simulated_frames_are_panels(quick, walk):
    days = pd.bdate_range("2024-01-01", periods=60)
    X = pd.DataFrame(walk(), index=days, columns=["a", "b"])
    generator = quick().fit(X)
    frame = generator.sample(5, 40, random_state=0)
    paths = check_paths(BaseEstimator(), frame, reset=True)
    assert_array_equal(paths.lengths, [40] * 5)
    again = quick().fit(frame)
    assert again.sample(2, 3, random_state=0).columns.tolist() == ["a", "b"]
    assert np.isfinite(generator.score(frame))
    assert generator.forecast(frame, 2).index.names == ["path", "sample", "time"]


@pytest.mark.parametrize("panel", [False, True])
@pytest.mark.parametrize("what", ["sample", "forecast", "quantiles"])
@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_what_comes_out_goes_in_again(quick, walk, output, what, panel):
    """Labels of paths and times are no columns of numbers, in both libraries."""
    days = pd.bdate_range("2024-01-01", periods=60, name="day", tz="Europe/Berlin")
    X = pd.DataFrame(walk(), index=days, columns=["a", "b"])
    if panel:
        X = pd.concat({"u": X, "v": X.iloc[:50]}, names=["share"])
    generator = quick().fit(X)
    if what == "sample":
        frame = generator.sample(3, 20, output=output, random_state=0)
    elif what == "forecast":
        frame = generator.forecast(X, 20, 3, output=output, random_state=0)
    else:
        frame = forecast_quantiles(generator, X, 20, n_samples=9, output=output)
    again = quick().fit(frame)
    assert again.feature_names_in_.tolist() == ["a", "b"]
    paths = again.sample(2, 5, random_state=0)
    assert type(paths) is type(frame)
    ahead = again.forecast(frame, 3, 2, random_state=0)
    assert ahead.shape[0] == 3 * 2 * len(frame) // 20
    assert np.isfinite(again.score(frame))
    labels, ahead = (
        (paths.index.names, ahead.index.names)
        if output == "pandas"
        else (paths.columns[:-2], ahead.columns[:-2])
    )
    assert list(labels) == ["path", "day"]
    assert len(set(ahead)) == len(ahead)
    assert list(ahead)[-2:] == ["sample", "day"]


def test_polars_panels_keep_dates_without_time(quick, walk):
    days = pd.date_range("2024-01-01", periods=30).date.tolist()
    X = pl.DataFrame(walk(), schema=["a", "b"])
    X = X.insert_column(0, pl.Series("day", days * 2))
    X = X.insert_column(0, pl.Series("path", ["v"] * 30 + ["u"] * 30))
    generator = quick().fit(X)
    paths = generator.sample(2, 40, random_state=0)
    assert paths.schema["day"] == pl.Date
    assert paths["day"].to_list()[40:70] == days
    ahead = generator.forecast(X, 2, random_state=0)
    assert ahead["path"].to_list() == ["v", "v", "u", "u"]
    assert (
        ahead["day"].to_list()[:2]
        == pd.date_range("2024-01-31", periods=2).date.tolist()
    )
    start = generator.sample(1, 2, x0=("u", pd.Timestamp("2024-01-05")), random_state=0)
    assert start[0, "a"] == X[34, "a"]
    index = generator.sample(1, 2, output="pandas").index
    assert index.get_level_values("day").dtype.kind == "M"
