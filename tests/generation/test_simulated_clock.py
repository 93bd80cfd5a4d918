"""The clock of simulated rows follows the calendar of the training index."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import CalendarFeatures, ConditioningUnion, State


def make(*periods, n_harmonics=1, dt=1.0):
    """Generator whose next row follows from the phase of the calendar."""
    season = CalendarFeatures(periods=list(periods), n_harmonics=n_harmonics)
    parts = [("state", State()), ("season", season)]
    dynamics = KernelDriftVolEstimator(
        "all", conditioning=ConditioningUnion(parts=parts), dt=dt, degree=1
    )
    return GenerativeTimeSeries(dynamics, KernelDensity(bandwidth=0.05))


def market_hours(n_days, zone=None):
    """Every half hour from 9:30 to 16:00 of business days."""
    days = pd.bdate_range("2024-01-01", periods=n_days)
    steps = pd.timedelta_range("9h30min", "16h", freq="30min")
    stamps = [day + step for day in days for step in steps]
    return pd.DatetimeIndex(stamps).tz_localize(zone)


def week(t):
    """Monday 5, Friday -5, other days 0: any curve on five days has two harmonics."""
    return np.array([5.0, 0.0, 0.0, 0.0, -5.0, 0.0, 0.0])[t.day_of_week]


def year(t):
    return 5.0 * np.sin(2.0 * np.pi * t.day_of_year.to_numpy() / 365.2425)


def day(t):
    """Curve of the day on the clock of the features, UTC."""
    utc = t if t.tz is None else t.tz_convert("UTC")
    return 5.0 * np.sin(2.0 * np.pi * (utc.hour + utc.minute / 60.0).to_numpy() / 24.0)


CASES = {
    "business days": (pd.bdate_range("2020-01-01", periods=800), "week", 3, week),
    "month starts": (pd.date_range("1980-01", periods=500, freq="MS"), "year", 1, year),
    "month ends": (pd.date_range("1980-01", periods=500, freq="ME"), "year", 1, year),
    "quarters": (pd.date_range("1920-01", periods=400, freq="QS"), "year", 1, year),
    "periods": (pd.period_range("1920-01", periods=400, freq="Q"), "year", 1, year),
    "summer time": (
        pd.date_range("2023-03-01 08:00", periods=300, freq="12h", tz="Europe/Berlin"),
        "day",
        1,
        day,
    ),
    "market hours": (market_hours(40), "day", 6, day),
}


# With dt="index", the drift of a night would be half an hour's, times 35.
@pytest.mark.parametrize(
    ("case", "dt"),
    [(case, dt) for case in CASES for dt in (1.0, "index")][:-1],
)
def test_seasons_stay_in_phase(case, dt):
    """Forecasts and paths have the season of their own dates, to the end."""
    index, period, n_harmonics, shape = CASES[case]
    n = len(index) * 2 // 3
    noise = 0.2 * np.random.RandomState(0).standard_normal(len(index))
    X = pd.DataFrame({"v": shape(index) + noise}, index=index)
    generator = make(period, n_harmonics=n_harmonics, dt=dt).fit(X.iloc[:n])
    ahead = generator.forecast(X.iloc[:n], len(index) - n, 30, random_state=0)
    assert_array_equal(ahead.loc[0].index, index[n:])
    found = ahead["v"].to_numpy().reshape(30, -1).mean(axis=0)
    assert np.abs(found - shape(index[n:])).max() < 1.0
    paths = generator.sample(30, len(index), x0="initial", random_state=0)
    assert_array_equal(paths.loc[7].index, index)
    found = paths["v"].to_numpy().reshape(30, -1).mean(axis=0)
    assert np.abs(found - shape(index)).max() < 1.0


@pytest.mark.parametrize("case", CASES)
def test_clock_and_time_steps_are_those_of_the_index(case):
    index = CASES[case][0]
    n = len(index) * 2 // 3
    X = pd.DataFrame({"v": np.sin(np.arange(len(index)))}, index=index)
    dynamics = KernelDriftVolEstimator("all", dt="index", conditioning=None)
    clock = dynamics.fit(X).history(X).clock  # of the whole index
    history = dynamics.fit(X.iloc[:n]).history(X.iloc[:n]).take([n // 2, n - 1])
    after, dt = dynamics.model_.time.after(history.clock, 40)
    for row, start in enumerate((n // 2, n - 1)):
        assert_allclose(after[row], clock[start + 1 : start + 41], rtol=1e-15)
        assert_allclose(dt[row], np.diff(clock[start : start + 41]), rtol=1e-8)


def test_business_days_are_continued_on_business_days():
    """F2: a pattern of five rows stays one of five rows."""
    t = pd.bdate_range("2022-01-03", periods=600)
    noise = np.random.RandomState(0).normal(scale=0.3, size=600)
    X = pd.DataFrame({"v": week(t) + noise}, index=t)
    generator = make("week", n_harmonics=3).fit(X)
    found = generator.forecast(X, 10, 60, output="array", random_state=0).mean(0)[:, 0]
    assert_allclose(found, [5, 0, 0, 0, -5, 5, 0, 0, 0, -5], atol=0.4)


def test_months_do_not_drift():
    """F2: a peak in March is in March after twenty years."""
    t = pd.date_range("2010-01-31", periods=150, freq="ME")
    noise = np.random.RandomState(0).normal(scale=0.3, size=150)
    X = pd.DataFrame({"v": 5.0 * np.sin(t.month / 6.0 * np.pi) + noise}, index=t)
    ahead = make("year").fit(X).forecast(X, 240, 60, random_state=0)
    last = ahead["v"].groupby(level="time").mean().iloc[-12:]
    assert last.idxmax().month == 3
    assert last.index[-1] == pd.Timestamp("2042-06-30")


def test_starts_of_different_paths_have_their_own_calendar():
    """From any weekday, the next rows are the next business days."""
    t = pd.bdate_range("2022-01-03", periods=600)
    noise = np.random.RandomState(0).normal(scale=0.1, size=600)
    X = pd.DataFrame({"v": week(t) + noise}, index=t)
    paths = (
        make("week", n_harmonics=3).fit(X).sample(80, 9, x0="states", random_state=0)
    )
    days = paths.index.get_level_values("time")
    assert len(days.unique()) > 300
    assert set(days.day_of_week) == set(range(5))
    assert np.abs(paths["v"] - week(days)).max() < 2.5


def test_time_steps_of_months():
    """With dt='index' the variance of a month is as long as the month."""
    t = pd.date_range("2015-01-31", periods=60, freq="ME")
    noise = np.random.RandomState(0).standard_normal((60, 1))
    dynamics = KernelDriftVolEstimator(
        "all", dt="index", degree=0, additive_drift=False, conditioning=None
    )
    dynamics.fit(pd.DataFrame(noise.cumsum(axis=0), index=t))
    history = dynamics.history(pd.DataFrame(noise.cumsum(axis=0), index=t)).take([59])
    clock, dt = dynamics.model_.time.after(history.clock, 14)
    ends = pd.date_range(t[-1], periods=15, freq="ME")
    assert_array_equal(dt[0], np.diff(ends.to_numpy()) / np.timedelta64(1, "D"))
    assert_allclose(clock[0], ends[1:].as_unit("ns").asi8 / 86_400e9, rtol=1e-15)
    one, two = np.zeros((1, 14, 1)), np.ones((1, 14, 1))
    spread = dynamics.simulate(two, history) - dynamics.simulate(one, history)
    steps = np.diff(spread[0, :, 0])
    assert_allclose(steps**2 / steps[0] ** 2, dt[0] / dt[0, 0], rtol=1e-6)


def test_rows_without_times_begin_with_the_training_rows():
    """Residuals in arrays are simulated on the calendar, from the first training row."""
    t = pd.bdate_range("2022-01-03", periods=100)
    noise = np.random.RandomState(0).normal(scale=0.1, size=100)
    X = pd.DataFrame({"v": week(t) + noise}, index=t)
    for dt in (1.0, "index"):
        dynamics = make("week", n_harmonics=3, dt=dt).dynamics.fit(X)
        residuals = dynamics.transform(X)
        expected = dynamics.inverse_transform(residuals, x0=X.iloc[0])
        found = dynamics.inverse_transform(residuals.to_numpy(), x0=X.iloc[0])
        assert_allclose(found, expected, atol=1e-9)
        assert_allclose(found, X, atol=1e-6)


def test_irregular_times_warn_where_the_clock_is_used():
    hours = np.random.RandomState(0).choice(3000, 200, replace=False)
    index = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(hours), unit="h")
    X = pd.DataFrame({"v": np.random.RandomState(1).standard_normal(200)}, index=index)
    generator = make("day", dt="index").fit(X)
    for call in (
        lambda: generator.sample(2, 3, output="array"),
        lambda: generator.forecast(X, 3, output="array"),
    ):
        with pytest.warns(UserWarning, match="follows no calendar") as found:
            call()
        assert len(found) == 1
        assert found[0].filename == __file__
