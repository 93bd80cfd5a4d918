"""Start rows that a user gives: what names their time, and what is refused."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import (
    CalendarFeatures,
    ConditioningUnion,
    LaggedStates,
    State,
)

HOURS = pd.date_range("2024-01-01", periods=720, freq="h")
NOON = pd.Timestamp("2024-01-13 12:00")


def make(conditioning):
    dynamics = KernelDriftVolEstimator("all", conditioning=conditioning)
    return GenerativeTimeSeries(dynamics, KernelDensity(bandwidth=0.1))


@pytest.fixture(scope="module")
def daily():
    """Generator of a daily cycle, which falls at noon, and its training frame."""
    phase = np.arange(720) / 12.0 * np.pi
    noise = np.random.RandomState(0).normal(scale=0.1, size=(720, 2))
    x = np.stack([10.0 * np.sin(phase), 5.0 * np.cos(phase)], axis=1) + noise
    X = pd.DataFrame(x, index=HOURS, columns=["x", "y"])
    parts = [("state", State()), ("hour", CalendarFeatures(periods=["day"]))]
    return make(ConditioningUnion(parts=parts)).fit(X), X


def starts_at_noon(X):
    row = X.loc[NOON]
    return {
        "timestamp": NOON,
        "string": "2024-01-13 12:00",
        "numpy": np.datetime64("2024-01-13T12:00"),
        "series": row,
        "frame": X.loc[[NOON]],
        "frame for each path": X.loc[[NOON] * 3],
    }


@pytest.mark.parametrize("kind", starts_at_noon(pd.DataFrame({"x": 0.0}, index=HOURS)))
def test_a_start_row_keeps_its_time(daily, kind):
    """At noon the cycle falls; from the clock of the first row, midnight, it would rise."""
    generator, X = daily
    paths = generator.sample(3, 7, x0=starts_at_noon(X)[kind], random_state=0)
    for path in range(3):
        part = paths.loc[path]
        assert_array_equal(part.index, pd.date_range(NOON, periods=7, freq="h"))
        assert_allclose(part.iloc[0], X.loc[NOON])
    rows = X.loc[NOON:].iloc[:7]
    assert np.abs(paths.groupby(level=1).mean() - rows).max(axis=None) < 1.0


def test_rows_without_time_start_with_the_training_rows(daily):
    generator, X = daily
    row = X.loc[NOON].to_numpy()
    expected = generator.sample(3, 7, x0=row, random_state=0)
    assert expected.index[0] == (0, HOURS[0])
    assert expected["x"].loc[0].iloc[1] > X["x"].loc[NOON] + 1.0
    for x0 in (
        row.tolist(),
        row[np.newaxis],
        np.tile(row, (3, 1)),
        {"y": row[1], "x": row[0]},
        {"x": [row[0]] * 3, "y": row[1]},
        X.loc[NOON].rename(None),
        X.loc[NOON].rename("mean"),
        X.loc[NOON].rename(7),
        pd.DataFrame(np.tile(row, (3, 1)), columns=["x", "y"]),
        pl.DataFrame(row[np.newaxis], schema=["x", "y"], orient="row"),
    ):
        found = generator.sample(3, 7, x0=x0, random_state=0)
        pd.testing.assert_frame_equal(found, expected)


def test_times_beyond_the_training_rows(daily):
    """A row of the future has the clock of its own date."""
    generator, X = daily
    noon = pd.Timestamp("2025-06-01 12:00")
    paths = generator.sample(40, 7, x0=X.loc[NOON].rename(noon), random_state=0)
    assert paths.index[0] == (0, noon)
    assert_allclose(paths["x"].groupby(level=1).mean().iloc[6], -10.0, atol=1.0)


def test_a_label_has_the_history_of_its_row():
    """With two lags the next row follows from the row before the start, too."""
    X = np.sin(np.arange(200) / 5.0)[:, np.newaxis]
    X = X + np.random.RandomState(0).normal(scale=1e-3, size=X.shape)
    generator = make(LaggedStates(n_lags=2)).fit(X)
    # 47: falling, 55: rising, at nearly the same level; arrays are labelled by number.
    for row in (47, 57):
        path = generator.sample(1, 4, x0=row, random_state=0)
        assert_allclose(path[0], X[row : row + 4], atol=0.05)
    frame = pd.DataFrame(X, index=pd.Index(np.arange(200) * 2.0 + 1.0, name="s"))
    path = (
        make(LaggedStates(n_lags=2)).fit(frame).sample(1, 4, x0=115.0, random_state=0)
    )
    assert_array_equal(path.index.get_level_values("s"), [115.0, 117.0, 119.0, 121.0])
    assert_allclose(path.to_numpy(), X[57:61], atol=0.05)


def test_labels_of_panels(quick, walk):
    """A time starts at all paths that have it, a path and a time at this row."""
    panel, days = walk(0, 20, 2, 3), pd.date_range("2024-01-01", periods=20)
    frames = [pd.DataFrame(path, index=days) for path in panel]
    long = pd.concat(frames, keys=list("cab"), names=["share", "day"])
    generator = quick().fit(long)
    found = generator.sample(60, 2, x0=days[5], random_state=0)
    first = {tuple(row) for row in found.groupby("path").first().to_numpy()}
    assert first == {tuple(row) for row in panel[:, 5]}
    found = generator.sample(2, 2, x0=("a", days[5]), random_state=0)
    assert_array_equal(found.groupby("path").first(), [panel[1, 5]] * 2)
    assert_array_equal(found.index.get_level_values("day")[:2], days[5:7])
    # A row of the panel is named by path and time.
    found = generator.sample(2, 2, x0=long.loc[("a", days[5])], random_state=0)
    assert_array_equal(found.index.get_level_values("day")[:2], days[5:7])
    for X in (panel, list(panel)):
        generator = quick().fit(X)
        found = generator.sample(60, 2, x0=5, random_state=0)
        assert len(np.unique(found[:, 0], axis=0)) == 3
    wide = walk(0, 20, 3, 3)
    assert_array_equal(quick().fit(wide).sample(x0=(2, 5))[0, 0], wide[2, 5])
    # Two numbers are a row of two columns.
    assert_array_equal(quick().fit(panel).sample(x0=(2, 5))[0, 0], [2.0, 5.0])
    three = pd.concat([long, long], keys=[1, 2])
    found = quick().fit(three).sample(x0=(2, "b", days[3]), random_state=0)
    assert_array_equal(found.iloc[0], panel[2, 3])


def test_labels_of_periods_and_durations(quick, walk):
    months = pd.period_range("2020-01", periods=60, freq="M")
    generator = quick().fit(pd.DataFrame(walk(), index=months))
    for x0 in (months[7], "2020-08", pd.Timestamp("2020-08-17")):
        assert generator.sample(1, 2, x0=x0).index[1] == (0, months[8])
    steps = pd.timedelta_range("1s", periods=60, freq="2s")
    generator = quick().fit(pd.DataFrame(walk(), index=steps))
    for x0 in (steps[7], "15s"):
        assert generator.sample(1, 2, x0=x0).index[1] == (0, steps[8])


def test_labels_in_other_zones(quick, walk):
    """A date without a zone is on the wall clock of the index."""
    days = pd.date_range("2024-03-25", periods=60, tz="Europe/Berlin")
    generator = quick().fit(pd.DataFrame(walk(), index=days))
    for x0 in ("2024-04-01", days[7].tz_convert("UTC")):
        found = generator.sample(1, 2, x0=x0).index.get_level_values(1)
        assert found.dtype == days.dtype
        assert_array_equal(found, days[7:9])


@pytest.mark.parametrize(
    ("x0", "message"),
    [
        ("lats", "x0 is 'lats', which is neither 'initial', .* such as Timestamp"),
        (5, "x0 is 5, which is neither .* nor the label of a row"),
        (pd.Timestamp("2030-01-01"), "x0 is Timestamp.'2030.* nor the label of a row"),
        (pd.NaT, "x0 is NaT, which is neither"),
        (("a", NOON), r"x0 is \('a', Timestamp.* nor the label"),
        (
            {"x": 1.0},
            r"x0 has columns \['x'\]; pass a dict of the columns of fit: \['x'",
        ),
        ({"x": 1.0, "y": 2.0, "z": 3.0}, r"x0 has columns \['x', 'y', 'z'\]"),
        ({"x": [1.0, 2.0], "y": [1.0] * 3}, r"x0 has columns of shapes"),
        ({"x": "high", "y": 1.0}, "could not convert"),
        (pd.DataFrame(np.zeros((2, 2)), columns=["x", "y"]), r"shape \(2, 2\); pass"),
        ([[1.0], [1.0, 2.0]], r"x0=\[\[1.0\], \[1.0, 2.0\]\] is no table of numbers"),
        ({"x": np.nan, "y": 1.0}, "x0 has NaN or infinity"),
    ],
)
def test_starts_that_are_refused(daily, x0, message):
    generator, _ = daily
    with pytest.raises(ValueError, match=message):
        generator.sample(3, 2, x0=x0)


def test_missing_rows_are_no_starts(quick, walk):
    X = pd.DataFrame(walk(), index=pd.date_range("2024-01-01", periods=60))
    X.iloc[10] = np.nan
    generator = quick().set_params(dynamics__missing="break").fit(X)
    with pytest.raises(ValueError, match="label of a row of the training data without"):
        generator.sample(x0=X.index[10])
    assert_array_equal(generator.sample(1, 1, x0=X.index[11]), X.iloc[[11]])
