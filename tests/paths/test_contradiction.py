"""Indexes that contradict transitions of one length."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.model_selection import KFold, TimeSeriesSplit

from skdiffts._paths import Calendar, check_paths, contradiction

pd = pytest.importorskip("pandas")

DAYS = pd.date_range("2024-01-01", periods=300)


def say(train, X=None):
    read = [
        check_paths(BaseEstimator(), frame, reset=True)
        for frame in (train, train if X is None else X)
    ]
    return contradiction(Calendar.of(read[0]), read[1])


def make_frame(index):
    return pd.DataFrame({"x": np.zeros(len(index))}, index=index)


@pytest.mark.parametrize(
    "index",
    [
        DAYS,
        pd.bdate_range("2024-01-01", periods=300),
        pd.date_range("2000-01-31", periods=99, freq="ME"),
        pd.date_range("2024-03-01", periods=99, freq="h", tz="Europe/Berlin"),
        pd.date_range("2024-03-01", periods=99, freq="D", tz="Europe/Berlin"),
        pd.RangeIndex(7, 90, 3),
        pd.Index(np.arange(40) / 3.0),
    ],
)
def test_regular_rows_contradict_nothing(index):
    X = make_frame(index)
    assert say(X) is None
    assert say(X, X.iloc[5:20]) is None


def test_holidays_are_no_contradiction():
    days = pd.bdate_range("2023-01-02", periods=520)
    assert say(make_frame(days[np.random.RandomState(0).rand(520) > 0.04])) is None


def test_holes_are_counted():
    X = make_frame(DAYS.delete(range(100, 160)))
    assert say(X) == (
        "X lacks 60 rows in 1 hole of its index, 60 of them before row 100"
    )
    X = make_frame(DAYS.delete([*range(20, 50), *range(100, 160)]))
    expected = "X lacks 90 rows in 2 holes of its index, 60 of them before row 70"
    assert say(X) == expected
    panel = pd.concat({"a": make_frame(DAYS), "b": X.iloc[:150]})
    message = say(panel.iloc[250:])
    assert message.endswith("60 of them before row 70 of path 1")


@pytest.mark.parametrize(
    ("train", "index", "ratio"),
    [
        (DAYS, DAYS[::7], "7"),
        (DAYS, pd.date_range("2024-01-01", periods=99, freq="h"), "0.0417"),
        (pd.RangeIndex(40), pd.RangeIndex(0, 40, 2), "2"),
        (pd.date_range("2020", periods=40, freq="MS"), DAYS[:0:-1][::-1], None),
        (pd.bdate_range("2024", periods=90), pd.date_range("2024", periods=9, freq="W-TUE"),
         "5"),
    ],
)  # fmt: skip
def test_another_step_is_named(train, index, ratio):
    message = say(make_frame(train), make_frame(index))
    if ratio is None:  # many rows within one month
        ratio = "0"
    assert message.startswith(f"the rows of X are {ratio} times as far apart")


def test_irregular_times_are_named():
    days = pd.to_timedelta(
        np.cumsum(np.random.RandomState(0).exponential(size=99)), "D"
    )
    message = say(make_frame(pd.Timestamp("2024") + days))
    assert message.startswith(
        "the index of X follows no calendar: nine of ten steps are"
    )


def test_folds_of_rows_without_their_test_rows():
    X = make_frame(DAYS)
    for rows, _ in TimeSeriesSplit(4).split(X):
        assert say(X, X.iloc[rows]) is None
    holes = [say(X, X.iloc[rows]) for rows, _ in KFold(4).split(X)]
    assert [hole is None for hole in holes] == [True, False, False, True]
    assert "75 of them before row 75" in holes[1]


def test_other_kinds_of_index_are_not_compared():
    X = make_frame(DAYS)
    assert say(X, X.reset_index(drop=True)) is None
    assert say(X, X.to_numpy()[:, :1]) is None
    assert say(X.to_numpy(), X) is None
    assert say(X, X.iloc[:1]) is None
