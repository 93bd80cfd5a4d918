"""Calendars: labels, clock and durations of the rows after a row."""

import pickle
import time
import warnings
from datetime import datetime

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator

from skdiffts._paths import Calendar, check_paths

pd = pytest.importorskip("pandas")

DAY = 86_400e6

INFERRED = [
    *("s", "15min", "h", "2h", "D", "2D", "B", "W", "W-WED", "2W"),
    *("ME", "MS", "BME", "BMS", "2ME", "5MS", "7MS", "WOM-3FRI"),
    *("QE", "QS", "QS-FEB", "BQE", "BQS", "YE", "YS", "YE-JUN", "BYE"),
]
# With a period that pandas does not infer.
OTHERS = ["2B", "3B", "1SME", "SMS"]
if pd.__version__ >= "3":
    OTHERS.append("LWOM-FRI")  # pandas 2 does not know its own name for it
    INFERRED.append("3YE")  # pandas 2 counts nanoseconds, which end in 2262
ZONES = [
    None,
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "+05:30",
]


def read(*frames):
    X = frames[0] if len(frames) == 1 else list(frames)
    return check_paths(BaseEstimator(), X, reset=True)


def make_frame(index):
    return pd.DataFrame({"x": np.zeros(len(index))}, index=index)


def calendar_of(*indexes):
    return Calendar.of(read(*map(make_frame, indexes)))


def days_of(dates):
    return dates.as_unit("us").asi8 / DAY


def check_next(calendar, index, expected):
    """Rows after the last one of an index: labels, clock and durations."""
    n_rows = len(expected)
    assert calendar.regular
    labels = calendar.labels_after(index[-1], n_rows)
    pd.testing.assert_index_equal(labels, expected, exact=True)
    last = days_of(index[-1:])
    assert_allclose(calendar.clock_after(last, n_rows)[0], days_of(expected), atol=1e-9)
    steps = np.diff(
        np.append(index[-1:].as_unit("us").asi8, expected.as_unit("us").asi8)
    )
    durations = calendar.durations_after(last, n_rows)
    assert_allclose(durations[0], steps / DAY, rtol=1e-14)


# Frequencies of pandas


@pytest.mark.filterwarnings(
    "ignore:A future version of pandas will return a BaseOffset"
)
@settings(deadline=None, derandomize=True, max_examples=250)
@given(
    st.sampled_from(INFERRED),
    st.sampled_from(ZONES),
    st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)),
    st.booleans(),
    st.integers(8, 60),
)
@example("D", "Europe/Berlin", pd.Timestamp("2024-02-25"), True, 40)
@example("h", "Europe/Berlin", pd.Timestamp("2024-10-26"), True, 40)
@example("B", "America/New_York", pd.Timestamp("2024-02-05"), False, 20)
def test_rows_go_on_as_pandas_has_them(freq, zone, start, midnight, n_rows):
    start = pd.Timestamp(start).floor("D" if midnight else "s")
    if not midnight and freq[-1] not in ("h", "n", "s"):
        start = start.normalize() + pd.Timedelta(hours=12)  # no hour that is skipped
    index = pd.date_range(
        start.tz_localize(zone, nonexistent="shift_forward", ambiguous=True),
        periods=n_rows,
        freq=freq,
        name="when",
    )
    given = pd.DatetimeIndex(index, freq=None)
    inferred = pd.infer_freq(given)
    inferred = getattr(inferred, "freqstr", inferred) or freq
    expected = pd.date_range(index[-1], periods=61, freq=inferred, name="when")[1:]
    check_next(calendar_of(given), given, pd.DatetimeIndex(expected, freq=None))


@pytest.mark.parametrize("freq", OTHERS)
@pytest.mark.parametrize("zone", ["Europe/Berlin", None])
def test_rows_go_on_by_patterns_that_pandas_does_not_infer(freq, zone):
    index = pd.date_range("2022-03-03", periods=330, freq=freq, tz=zone, name="when")
    index = pd.DatetimeIndex(index, freq=None)
    check_next(calendar_of(index[:30]), index[:30], index[30:])


@pytest.mark.parametrize(
    "freq", ["D", "B", "W-THU", "M", "Q", "Q-JAN", "Y", "h", "15min"]
)
@pytest.mark.filterwarnings("ignore:Period with BDay")
@pytest.mark.filterwarnings("ignore:PeriodDtype")
def test_periods_go_on_as_periods(freq):
    index = pd.period_range("2021-02-03", periods=40, freq=freq, name="when")
    calendar = calendar_of(index)
    expected = pd.period_range(index[-1], periods=201, freq=freq, name="when")[1:]
    pd.testing.assert_index_equal(calendar.labels_after(index[-1], 200), expected)
    clock = days_of(expected.to_timestamp())
    last = days_of(index[-1:].to_timestamp())
    assert_allclose(calendar.clock_after(last, 200)[0], clock, atol=1e-9)


@pytest.mark.parametrize("freq", ["h", "36h", "10ms"])
def test_durations_go_on_as_durations(freq):
    index = pd.timedelta_range("1D", periods=20, freq=freq, name="since")
    expected = pd.timedelta_range(index[-1], periods=9, freq=freq, name="since")[1:]
    labels = calendar_of(index).labels_after(index[-1], 8)
    pd.testing.assert_index_equal(labels, pd.TimedeltaIndex(expected, freq=None))


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(3, 43, 2),
        pd.Index(np.arange(20), name="row", dtype="Int64"),
        pd.Index(np.arange(20.0) * 0.1),
        pd.Index(1.0 + np.arange(20.0) / 3.0, name="s"),
        pd.Index(np.cumsum([1, 1, 5] * 8)),
        pd.Index(np.cumsum([0.1, 0.1, 0.7, 0.3] * 5)),
        pd.Index(np.arange(2000, 2020), dtype="uint16"),
    ],
)
def test_numbers_go_on_as_numbers(index):
    calendar = calendar_of(index[:12])
    assert calendar.regular
    labels = calendar.labels_after(index[11], len(index) - 12)
    assert labels.dtype == index.dtype
    assert labels.name == index.name
    assert_allclose(labels.to_numpy(), index[12:].to_numpy(), rtol=1e-12)
    clock = calendar.clock_after(index[[11]].to_numpy(dtype=float), len(index) - 12)
    assert_allclose(clock[0], index[12:].to_numpy(), rtol=1e-12)


def test_numbers_may_outgrow_their_type():
    index = pd.Index(np.arange(120, 128), dtype="int8")
    assert calendar_of(index).labels_after(127, 2).tolist() == [128, 129]


def test_rows_without_an_index_are_counted():
    polars = pytest.importorskip("polars")
    labelled = make_frame(list("wxyz"))
    for X in (np.zeros((4, 1)), polars.DataFrame({"x": np.zeros(4)}), labelled):
        calendar = Calendar.of(read(X))
        assert_array_equal(calendar.labels_after(3, 3), [4, 5, 6])
        assert_array_equal(calendar.clock_after([3.0, 7.0], 2), [[4, 5], [8, 9]])
        assert_array_equal(calendar.durations_after([3.0, 7.0], 2), np.ones((2, 2)))


def test_labels_that_were_read_as_dates():
    days = pd.bdate_range("2024-01-01", periods=40, name="day")
    for labels in (days.date, days.astype(str), days.strftime("%Y%m%d").astype(int)):
        index = pd.Index(labels, name="day")
        after = calendar_of(index[:30]).labels_after(index[29], 10)
        assert_array_equal(after, days[30:])
        assert after.name == "day"


def test_plain_label_of_a_zone_is_on_its_wall_clock():
    index = pd.date_range("2024-03-01", periods=20, tz="Europe/Berlin")
    calendar = calendar_of(index)
    after = calendar.labels_after("2024-03-30", 2)
    assert_array_equal(after, calendar.labels_after(pd.Timestamp("2024-03-30"), 2))
    assert [str(label) for label in after] == [
        "2024-03-31 00:00:00+01:00",
        "2024-04-01 00:00:00+02:00",
    ]


# Patterns of steps


def market_hours(start, end, zone=None):
    """Seven bars a day from half past nine, from Monday to Friday."""
    hours = pd.timedelta_range("9h30min", periods=7, freq="h")
    days = pd.bdate_range(start, end)
    stamps = np.add.outer(days.to_numpy(), hours.to_numpy()).ravel()
    return pd.DatetimeIndex(stamps).as_unit("us").tz_localize(zone)


@pytest.mark.parametrize("zone", [None, "America/New_York"])
@pytest.mark.parametrize("holidays", [False, True])
def test_market_hours_go_on_overnight_and_over_weekends(zone, holidays):
    index = market_hours("2023-01-02", "2023-12-08", zone)
    n_rows = len(market_hours("2023-01-02", "2023-11-01"))
    first = index[:n_rows]
    if holidays:  # and days that end at noon
        first = first[~first.day_of_year.isin([16, 51, 149, 185, 247])]
        first = first[~(first.day_of_year.isin([184, 240]) & (first.hour > 12))]
    calendar = calendar_of(first)
    check_next(calendar, first, index[n_rows:])
    expected = 35 if zone is None or holidays else len(calendar.ticks.offsets)
    assert len(calendar.ticks.offsets) == expected


@pytest.mark.parametrize(
    "index",
    [
        pd.date_range("2022-01-01", periods=500, freq="h")[np.arange(500) % 24 != 3],
        pd.date_range("2022-01-01", periods=3000, freq="h")[np.arange(3000) % 168 != 3],
        pd.DatetimeIndex(
            np.sort(np.r_[[pd.date_range("2022-01-01 00:00", periods=40, freq="36h"),
                           pd.date_range("2022-01-01 05:00", periods=40, freq="36h")]]
                    .ravel())
        ),
        pd.date_range("2022-01-02", periods=400, freq="D")[np.arange(400) % 7 != 0],
    ],
    ids=["a day without 3 am", "a week without one hour", "36 hours", "six days"],
)  # fmt: skip
def test_patterns_of_steps_repeat(index):
    half = len(index) // 2
    index = index.as_unit("us")
    check_next(calendar_of(index[:half]), index[:half], index[half:])


@pytest.mark.parametrize(
    ("freq", "zone"),
    [
        *(("D", None), ("D", "Europe/Berlin"), ("h", "Europe/Berlin"), ("B", None)),
        *(("ME", None), ("W", None), ("QS", "Europe/Berlin"), ("15min", None)),
    ],
)
@pytest.mark.parametrize("share", [0.05, 0.25])
def test_holes_do_not_change_the_calendar(freq, zone, share):
    index = pd.date_range("2022-02-01", periods=260, freq=freq, tz=zone)
    index = pd.DatetimeIndex(index, freq=None)
    rows = np.random.RandomState(3).rand(200) > share
    rows[[0, -1]] = True
    check_next(calendar_of(index[:200][rows]), index[:200], index[200:])


def test_long_hole_does_not_change_the_calendar():
    index = pd.date_range("2022-01-01", periods=300)
    after = calendar_of(index.delete(range(100, 160))).labels_after(index[250], 9)
    assert_array_equal(after, index[251:260])


@pytest.mark.parametrize("kind", ["dates", "numbers"])
def test_irregular_times_go_on_by_the_median_step_with_a_warning(kind):
    numbers = np.cumsum(np.random.RandomState(0).exponential(size=99))
    index = pd.Index(numbers)
    if kind == "dates":
        index = pd.Timestamp("2024-01-01") + pd.to_timedelta(numbers, unit="D")
    paths = read(make_frame(index))
    calendar = Calendar.of(paths)
    assert not calendar.regular
    median = np.median(paths.durations)
    clock = calendar.clock_after(paths.clock[-1:], 3)[0]
    assert_allclose(clock, paths.clock[-1] + median * np.arange(1, 4), rtol=1e-14)
    labels = calendar.labels_after(index[-1], 3)
    assert type(labels) is type(index)
    with pytest.warns(
        UserWarning, match=rf"no calendar.*median step, {median:g}.*apart"
    ):
        calendar.warn()


def test_regular_times_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        calendar_of(pd.bdate_range("2024-01-01", periods=30)).warn()


def test_zone_decides_whether_steps_are_days_or_24_hours():
    days = pd.date_range("2024-03-20", periods=30, tz="Europe/Berlin")
    hours = pd.date_range("2024-03-20", periods=30, freq="24h", tz="UTC")
    hours = hours.tz_convert("Europe/Berlin")
    autumn = pd.Timestamp("2024-10-26 12:00", tz="Europe/Berlin")
    assert calendar_of(days).labels_after(autumn, 1)[0].hour == 12
    assert calendar_of(hours).labels_after(autumn, 1)[0].hour == 11


def test_skipped_and_repeated_hours_of_the_wall_clock():
    index = pd.date_range("2024-01-01 02:30", periods=30, tz="Europe/Berlin")
    calendar = calendar_of(index)
    spring = [str(day) for day in calendar.labels_after("2024-03-30 02:30", 2)]
    assert spring == ["2024-03-31 03:00:00+02:00", "2024-04-01 02:30:00+02:00"]
    autumn = [str(day) for day in calendar.labels_after("2024-10-26 02:30", 2)]
    assert autumn == ["2024-10-27 02:30:00+02:00", "2024-10-28 02:30:00+01:00"]


def test_ticks_of_nanoseconds_are_exact():
    index = pd.DatetimeIndex(1_700_000_000_000_000_001 + 777 * np.arange(20))
    labels = calendar_of(index).labels_after(index[-1], 3)
    assert_array_equal(labels.asi8 - index.asi8[-1], [777, 1554, 2331])


def test_calendars_go_on_for_ten_thousand_years():
    index = pd.date_range("2000-01-31", periods=40, freq="YE", tz="Europe/Berlin")
    clock = calendar_of(index).clock_after(days_of(index[-1:]), 10_000)[0]
    assert_allclose(clock[9_600] - clock[0], 9_600 * 365.2425, rtol=1e-12)
    index = pd.date_range("2000-01-31", periods=40, freq="BME")
    labels = calendar_of(index).labels_after(index[-1], 10_000)
    assert (labels.day_of_week < 5).all()


# Paths that start anywhere


@pytest.mark.parametrize("freq", ["D", "B", "ME", "h", "W"])
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_paths_go_on_from_training_rows(freq, zone):
    index = pd.date_range("2024-01-31", periods=60, freq=freq, tz=zone)
    paths = read(make_frame(index))
    calendar = Calendar.of(read(make_frame(index[:50])))
    starts = np.array([0, 49, 7, 7, 23])
    after = starts[:, np.newaxis] + np.arange(1, 11)
    clock = calendar.clock_after(paths.clock[starts], 10)
    assert_allclose(clock, paths.clock[after], atol=1e-9)
    durations = np.append(paths.durations, np.nan)[after - 1]
    assert_allclose(calendar.durations_after(paths.clock[starts], 10), durations)


def test_starts_between_ticks_go_on_at_the_next_tick():
    calendar = calendar_of(pd.bdate_range("2024-01-01", periods=30))
    friday = days_of(pd.DatetimeIndex(["2024-02-02"]))[0]
    starts = friday + np.array([0.0, 1.0, 2.5, 2.999999])
    clock = calendar.clock_after(starts, 2) - friday
    assert_allclose(clock, [[3, 4]] * 3 + [[4, 5]], atol=1e-6)
    durations = calendar.durations_after(starts, 2)
    assert_allclose(durations[:3], [[3, 1], [2, 1], [0.5, 1]], atol=1e-6)


def test_one_step_goes_on_from_any_phase():
    starts = np.array([0.0, 0.25, 100.7])
    calendar = calendar_of(pd.RangeIndex(0, 60, 3))
    assert_allclose(calendar.clock_after(starts, 2), np.add.outer(starts, [3.0, 6.0]))
    # On a wall clock, too, over the beginning of summer time.
    zone = {"periods": 20, "tz": "Europe/Berlin"}
    calendar = calendar_of(pd.date_range("2024-03-01", **zone))
    indexes = [pd.date_range(f"2024-03-20 {hour}:00", **zone) for hour in (0, 7, 19)]
    clock = calendar.clock_after([days_of(index)[0] for index in indexes], 19)
    assert_allclose(clock, [days_of(index)[1:] for index in indexes], atol=1e-9)


def test_paths_of_a_panel_share_a_calendar():
    index = pd.bdate_range("2024-01-01", periods=60)
    expected = calendar_of(index).labels_after(index[-1], 20)
    calendar = calendar_of(index[:9], index[20:33], index[40:])
    assert_array_equal(calendar.labels_after(index[-1], 20), expected)
    long = pd.concat({"a": make_frame(index[:9]), "b": make_frame(index[20:33])})
    assert_array_equal(Calendar.of(read(long)).labels_after(index[-1], 20), expected)
    hours = [pd.date_range(start, periods=9, freq="h") for start in
             ("2024-01-01 07:12", "2024-01-05 13:40", "2024-03-01 00:05")]  # fmt: skip
    after = calendar_of(*hours).labels_after(hours[1][-1], 2)
    assert_array_equal(after, hours[1][-2:] + pd.Timedelta(hours=2))


def test_rows_that_are_left_out_do_not_change_the_calendar():
    index = pd.bdate_range("2024-01-01", periods=60)
    X = make_frame(index)
    X.iloc[[7, 8, 31]] = np.nan
    paths = check_paths(BaseEstimator(), X, reset=True, missing="break")
    after = Calendar.of(paths).labels_after(index[-1], 20)
    assert_array_equal(after, calendar_of(index).labels_after(index[-1], 20))


def test_paths_of_one_row_have_no_step():
    for paths in (read(make_frame([5])), read(make_frame(pd.DatetimeIndex(["2024"])))):
        clock = Calendar.of(paths).clock_after(paths.clock, 2)
        assert_array_equal(clock[0] - paths.clock, [1.0, 2.0])


@pytest.mark.parametrize("zone", [None, "Europe/Berlin", "+05:30"])
def test_a_calendar_can_be_stored(zone):
    index = market_hours("2024-01-01", "2024-04-01", zone)
    calendar = calendar_of(index)
    copy = pickle.loads(pickle.dumps(calendar))
    assert_array_equal(
        copy.labels_after(index[-1], 9), calendar.labels_after(index[-1], 9)
    )
    assert isinstance(copy.labels.zone, str | None)


@pytest.mark.parametrize("zone", [None, "America/New_York"])
def test_many_long_paths_are_fast(zone):
    """Ten million rows, for which pandas' offsets would take a minute."""
    index = market_hours("2022-01-03", "2023-12-01", zone)
    calendar = calendar_of(index)
    rows = np.random.RandomState(0).randint(len(index), size=1000)
    begin = time.perf_counter()
    clock = calendar.clock_after(days_of(index)[rows], 10_000)
    assert time.perf_counter() - begin < 15.0
    assert clock.shape == (1000, 10_000)
