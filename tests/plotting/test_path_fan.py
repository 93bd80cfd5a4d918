"""PathFanDisplay draws the quantiles that it says."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.dates import ConciseDateFormatter, date2num, num2date
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.plotting import PathFanDisplay


def ends_of(band, n):
    """Lower and upper curve of a filled band over n rows."""
    vertices = band.get_paths()[0].vertices
    inside = [vertices[np.isclose(vertices[:, 0], i)][:, 1] for i in range(n)]
    return np.array([[y.min(), y.max()] for y in inside]).T


def test_bands_and_lines_are_the_quantiles(paths):
    display = PathFanDisplay.from_predictions(paths[0], paths, levels=(0.8, 0.5))
    assert len(display.axes_) == 2
    for j in range(2):
        wide, narrow = display.bands_[j]
        for band, tail in ((wide, 0.1), (narrow, 0.25)):
            expected = np.quantile(paths[:, :, j], [tail, 1 - tail], axis=0)
            assert_allclose(ends_of(band, 30), expected)
        median, example, real = display.lines_[j]
        assert_allclose(median.get_ydata(), np.median(paths[:, :, j], axis=0))
        assert_array_equal(example.get_ydata(), paths[0, :, j])
        assert_array_equal(real.get_ydata(), paths[0, :, j])
        assert_array_equal(real.get_xdata(), np.arange(30))
    labels = [text.get_text() for text in display.axes_[0].get_legend().get_texts()]
    assert labels[:2] == ["80 % of the paths", "50 % of the paths"]


def test_one_band(paths):
    display = PathFanDisplay.from_predictions(paths[0], paths, levels=0.8)
    assert display.levels == (0.8,)
    assert_allclose(display.lower, np.quantile(paths, [0.1], axis=0))


def test_narrow_bands_are_darker(paths):
    display = PathFanDisplay.from_predictions(paths[0], paths, levels=(0.5, 0.8, 0.9))
    lightness = [band.get_facecolor()[0, :3].sum() for band in display.bands_[0]]
    assert lightness == sorted(lightness, reverse=True)
    assert len(set(lightness)) == 3


def test_lengths_may_differ(paths):
    display = PathFanDisplay.from_predictions(paths[0, :20], paths)
    median, _, real = display.lines_[0]
    assert len(median.get_xdata()) == 30
    assert len(real.get_xdata()) == 20
    display = PathFanDisplay.from_predictions(paths[0], paths[:, :12])
    assert len(display.lines_[0][0].get_xdata()) == 12
    assert len(display.lines_[0][2].get_xdata()) == 30


def test_frame_gives_names_and_dates(paths):
    dates = pd.date_range("2020-01-30", periods=30, freq="D", name="day")
    frame = pd.DataFrame(paths[0], index=dates, columns=["rain (mm)", "wind (m/s)"])
    display = PathFanDisplay.from_predictions(frame, paths)
    assert [axis.get_ylabel() for axis in display.axes_] == list(frame.columns)
    bottom = display.axes_[-1]
    assert bottom.get_xlabel() == "day"
    x = display.lines_[0][2].get_xdata(orig=False)
    assert_allclose(x, date2num(dates.to_numpy()))
    assert isinstance(bottom.xaxis.get_major_formatter(), ConciseDateFormatter)
    # Dates go on where generated paths do.
    longer = PathFanDisplay.from_predictions(frame.iloc[:10], paths)
    assert_array_equal(longer.path_times, dates)
    assert longer.axes_[-1].get_xlabel() == "day"
    # Times that are given stand above the index, and have to fit.
    given = PathFanDisplay.from_predictions(frame, paths, times=np.arange(30) / 4)
    assert_array_equal(given.lines_[0][0].get_xdata(), np.arange(30) / 4)
    with pytest.raises(ValueError, match="times has 7 entries for 30 rows"):
        PathFanDisplay.from_predictions(frame, paths, times=np.arange(7))


def test_frames_without_a_clock(paths):
    words = pd.DataFrame(paths[0], index=[f"r{i}" for i in range(30)])
    display = PathFanDisplay.from_predictions(words, paths)
    assert_array_equal(display.real_times, np.arange(30))
    assert display.axes_[-1].get_xlabel() == "row"
    frame = pl.DataFrame(paths[0], schema=["a", "b"])
    display = PathFanDisplay.from_predictions(frame, paths)
    assert display.feature_names == ["a", "b"]
    assert display.axes_[-1].get_xlabel() == "row"


def test_given_times_and_names(paths):
    display = PathFanDisplay.from_predictions(
        paths[0],
        paths,
        times=np.arange(30) / 4,
        time_name="time (years)",
        feature_names=["p", "q"],
    )
    assert_allclose(display.lines_[1][0].get_xdata(), np.arange(30) / 4)
    assert display.axes_[-1].get_xlabel() == "time (years)"


def test_from_estimator_simulates_beside_the_path_from_given_rows(generator, X):
    display = PathFanDisplay.from_estimator(
        generator, X[:40], n_paths=30, x0=X[0], levels=(0.6,), random_state=3
    )
    paths = generator.sample(30, 40, x0=X[0], random_state=3)
    assert_array_equal(display.median, np.median(paths, axis=0))
    assert_allclose(display.lower[0], np.quantile(paths, 0.2, axis=0))
    assert_allclose(display.upper[0, 0], X[0])
    other = PathFanDisplay.from_estimator(
        generator, X[:40], n_paths=30, x0="states", random_state=3
    )
    assert np.ptp([other.lower[0, 0], other.upper[0, 0]]) > 1


# A fan of the future


def forecasts(generator, X, horizon, n_paths, seed):
    """Forecasts as an array."""
    rows = generator.forecast(np.asarray(X), horizon, n_paths, random_state=seed)
    return np.asarray(rows)


def test_from_estimator_continues_the_path(generator, X):
    display = PathFanDisplay.from_estimator(
        generator, X[:100], horizon=12, n_paths=30, levels=0.6, random_state=3
    )
    paths = forecasts(generator, X[:100], 12, 30, 3)
    assert_array_equal(display.median, np.median(paths, axis=0))
    assert_allclose(display.lower[0], np.quantile(paths, 0.2, axis=0))
    assert_array_equal(display.path_times, np.arange(100, 112))
    # Three rows of history for one of the future; the forecast sees all of them.
    assert_array_equal(display.real, X[64:100])
    assert_array_equal(display.real_times, np.arange(64, 100))
    # Curves begin at the last row of X.
    median, example, real = display.lines_[1]
    assert_array_equal(median.get_xdata(), np.arange(99, 112))
    assert_array_equal(median.get_ydata(), np.append(X[99, 1], display.median[:, 1]))
    assert_array_equal(example.get_ydata(), np.append(X[99, 1], paths[0, :, 1]))
    assert_array_equal(real.get_ydata(), X[64:100, 1])
    for j, [band] in enumerate(display.bands_):
        vertices = band.get_paths()[0].vertices
        assert_allclose(vertices[vertices[:, 0] == 99][:, 1], X[99, j])


def test_what_came_lies_over_the_fan(generator, X):
    display = PathFanDisplay.from_estimator(
        generator, X[:100], X_future=X[100:120], n_paths=5, n_history=10, random_state=3
    )
    assert len(display.median) == 20
    assert len(display.real) == 10
    assert_array_equal(display.future, X[100:120])
    assert_array_equal(display.future_times, display.path_times)
    came = display.lines_[0][3]
    assert_array_equal(came.get_xdata(), np.arange(99, 120))
    assert_array_equal(came.get_ydata(), X[99:120, 0])
    labels = [text.get_text() for text in display.axes_[0].get_legend().get_texts()]
    assert labels[-1] == "what came"
    shorter = PathFanDisplay.from_estimator(
        generator, X[:90], horizon=3, X_future=X[90:], n_paths=5, random_state=3
    )
    assert len(shorter.median) == 3
    assert len(shorter.future_times) == 60
    alone = PathFanDisplay.from_estimator(generator, X[:90], n_paths=5, random_state=3)
    assert len(alone.median) == 30
    assert len(alone.real) == 90


@pytest.mark.parametrize(("start", "first"), [("first", 0), ("last", 29), ("next", 30)])
def test_generated_paths_start_where_they_are_told(paths, start, first):
    display = PathFanDisplay.from_predictions(paths[0], paths[:, :7], start=start)
    assert_array_equal(display.path_times, np.arange(first, first + 7))
    assert_array_equal(display.real_times, np.arange(30))
    times = np.arange(max(30, first + 7)) / 4
    given = PathFanDisplay.from_predictions(
        paths[0], paths[:, :7], start=start, times=times
    )
    assert_array_equal(given.path_times, times[first : first + 7])


CLOCKS = {
    "business days": pd.bdate_range("2022-01-03", periods=60),
    "month ends": pd.date_range("2018-01-31", periods=60, freq="ME", name="month"),
    "quarters": pd.date_range("2010-01-01", periods=60, freq="QS"),
    "hours": pd.date_range("2024-03-29 06:00", periods=60, freq="h"),
    "zone": pd.date_range("2024-03-29", periods=60, freq="h", tz="Europe/Berlin"),
    "days of a zone": pd.date_range(
        "2024-03-01", periods=60, tz="America/New_York", name="day"
    ),
    "offset": pd.date_range("2024-03-01", periods=60, tz="+05:30"),
    "years": pd.date_range("1950-12-31", periods=60, freq="YE"),
}
LABELS = {
    "business days": "date",
    "month ends": "month",
    "quarters": "date",
    "hours": "date",
    "zone": "date (Europe/Berlin)",
    "days of a zone": "day (America/New_York)",
    "offset": "date (UTC+05:30)",
    "years": "date",
}


def utc(index):
    """Instants of an index, as matplotlib draws them."""
    return (index if index.tz is None else index.tz_convert(None)).to_numpy()


@pytest.mark.parametrize("clock", list(CLOCKS))
@pytest.mark.parametrize("as_objects", [False, True])
def test_dates_go_on_by_the_calendar(paths, clock, as_objects):
    """The last twenty rows of an index are found again from the forty before."""
    index = CLOCKS[clock]
    known = index[:40]
    if as_objects:
        known = pd.Index(known.to_pydatetime().tolist(), dtype=object, name=index.name)
    real = pd.DataFrame(np.resize(paths[0], (40, 2)), known)
    display = PathFanDisplay.from_predictions(real, paths[:, :20], start="next")
    assert_array_equal(display.real_times, utc(index)[:40])
    assert_array_equal(display.path_times, utc(index)[40:])
    if not as_objects:
        assert display.axes_[-1].get_xlabel() == LABELS[clock]


def test_an_axis_shows_the_time_of_its_zone(paths):
    """Midnight in Kathmandu is a quarter past six in the evening, UTC."""
    index = pd.date_range("2024-05-01", periods=30, tz="Asia/Kathmandu")
    frame = pd.DataFrame(paths[0], index)
    display = PathFanDisplay.from_predictions(frame, paths)
    bottom = display.axes_[-1]
    display.figure_.canvas.draw()
    ticks = num2date(bottom.get_xticks(), tz=index.tz)
    assert {(tick.hour, tick.minute) for tick in ticks} == {(0, 0)}
    texts = [label.get_text() for label in bottom.get_xticklabels()]
    assert "May" in texts


@pytest.mark.parametrize(
    ("index", "label"),
    [
        (pd.period_range("2015-01", periods=50, freq="M"), "date"),
        (pd.period_range("2015Q1", periods=50, freq="Q", name="quarter"), "quarter"),
    ],
)
def test_periods_are_drawn_at_their_start(paths, index, label):
    frame = pd.DataFrame(paths[0], index[:30])
    display = PathFanDisplay.from_predictions(frame, paths[:, :20], start="next")
    assert_array_equal(display.path_times, index[30:].to_timestamp().to_numpy())
    assert display.axes_[-1].get_xlabel() == label
    assert isinstance(
        display.axes_[-1].xaxis.get_major_formatter(), ConciseDateFormatter
    )


@pytest.mark.parametrize(
    ("step", "name", "label", "per_row"),
    [
        ("10min", None, "time (hours)", 1.0 / 6.0),
        ("1D", "age", "age (days)", 1.0),
        ("10s", None, "time (minutes)", 1.0 / 6.0),
        ("2ms", None, "time (milliseconds)", 2.0),
        ("1us", None, "time (microseconds)", 1.0),
    ],
)
def test_durations_are_drawn_in_a_unit_of_their_size(paths, step, name, label, per_row):
    index = pd.timedelta_range("0h", periods=30, freq=step, name=name)
    frame = pd.DataFrame(paths[0], index)
    display = PathFanDisplay.from_predictions(frame, paths[:, :4], start="next")
    n = len(frame)
    assert_allclose(display.real_times, per_row * np.arange(n))
    assert_allclose(display.path_times, per_row * np.arange(n, n + 4))
    assert display.axes_[-1].get_xlabel() == label


def test_other_indexes_go_on_too(paths):
    for index in (
        pd.RangeIndex(5, 65, 2),
        pd.Index(2000.0 + np.arange(30) / 12.0, name="year"),
    ):
        frame = pd.DataFrame(paths[0], index)
        display = PathFanDisplay.from_predictions(frame, paths[:, :3], start="next")
        expected = index[-1] + (index[1] - index[0]) * np.arange(1, 4)
        assert_allclose(display.path_times, expected)
        assert display.axes_[-1].get_xlabel() == (index.name or "row")
    strings = pd.date_range("2024-02-01", periods=30).astype(str)
    frame = pd.DataFrame(paths[0], strings)
    display = PathFanDisplay.from_predictions(frame, paths[:, :3], start="next")
    assert_array_equal(display.path_times, pd.date_range("2024-03-02", periods=3))


def test_what_came_has_its_own_times(paths):
    index = pd.date_range("2024-01-01", periods=60)
    real = pd.DataFrame(paths[0, :20], index[:20])
    holes = pd.DataFrame(paths[1, :10], index[20:40:2])
    display = PathFanDisplay.from_predictions(
        real, paths[:, :15], start="next", X_future=holes
    )
    assert_array_equal(display.future_times, index[20:40:2])
    assert_array_equal(display.path_times, index[20:35])
    for future in (paths[1, :10], holes.reset_index(drop=True)):
        display = PathFanDisplay.from_predictions(
            real, paths[:, :15], start="next", X_future=future
        )
        assert_array_equal(display.future_times, index[20:30])
    counted = PathFanDisplay.from_predictions(
        real.reset_index(drop=True),
        paths[:, :15],
        start="next",
        X_future=holes.reset_index(drop=True),
    )
    assert_array_equal(counted.future_times, np.arange(20, 30))
    with pytest.raises(ValueError, match="X_future begins at 2024-01-20"):
        PathFanDisplay.from_predictions(
            real, paths, start="next", X_future=holes.set_axis(index[19:39:2])
        )
    with pytest.raises(
        ValueError, match=r"X_future has \['b', 'a'\]; pass the features"
    ):
        PathFanDisplay.from_predictions(
            real.set_axis(["a", "b"], axis=1),
            paths,
            X_future=holes.set_axis(["b", "a"], axis=1),
        )


def test_an_index_without_a_calendar_is_said(paths):
    days = np.random.RandomState(0).choice(1000, 30, replace=False)
    index = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.sort(days), unit="D")
    frame = pd.DataFrame(paths[0], index)
    PathFanDisplay.from_predictions(frame, paths)  # nothing goes on
    with pytest.warns(UserWarning, match="follows no calendar"):
        PathFanDisplay.from_predictions(frame, paths, start="next")


@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame])
def test_gaps_are_gaps(X, container):
    """Where the model takes them; the lines are broken there."""
    holed = 1.0 * X[:100]
    holed[[20, 70]], holed[40, 1] = np.nan, np.nan
    generator = GenerativeTimeSeries(
        KernelDriftVolEstimator(
            "all", shrinkage=0.5, missing="break", conditioning=None
        ),
        KernelDensity(bandwidth=0.3),
    ).fit(container(holed))
    display = PathFanDisplay.from_estimator(
        generator, container(holed), horizon=30, n_paths=5, random_state=0
    )
    real = display.lines_[1][2].get_ydata()
    assert_array_equal(np.flatnonzero(np.isnan(real)), np.array([20, 40, 70]) - 10)
    assert np.isfinite(display.median).all()
    beside = PathFanDisplay.from_estimator(
        generator, container(holed), n_paths=5, x0="states", random_state=0
    )
    assert_array_equal(beside.real, holed)


def test_parameters_that_contradict_each_other(generator, X):
    with pytest.raises(ValueError, match="drop x0 for a fan of the future"):
        PathFanDisplay.from_estimator(generator, X, x0="states", horizon=5)
    with pytest.raises(TypeError, match="Simulator has no forecast"):
        PathFanDisplay.from_estimator(Simulator(), X)


class Simulator(BaseEstimator):
    """Generator of a user, without forecasts."""

    def fit(self, X, y=None):
        return self

    def __sklearn_is_fitted__(self):
        return True


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": "end"}, "start='end' must be 'first', 'last' or 'next'"),
        ({"n_history": 0}, "n_history == 0"),
        ({"X_future": np.zeros((4, 3))}, "X_future has 3 features"),
        ({"levels": (0.5, 1.0)}, r"levels=\(0\.5, 1\.0\) must be shares"),
        ({"levels": ()}, "must be shares"),
        ({"times": np.arange(7)}, "times has 7 entries for 30 rows"),
        ({"feature_names": ["a"]}, "feature_names has 1 names for 2 features"),
        ({"paths": np.zeros((4, 30, 3))}, r"paths has shape \(4, 30, 3\)"),
        ({"paths": np.zeros((30, 2))}, r"paths has shape \(30, 2\)"),
        ({"X": np.zeros((4, 30, 2))}, "X is a panel"),
    ],
)
def test_errors(paths, arguments, message):
    with pytest.raises(ValueError, match=message):
        PathFanDisplay.from_predictions(**({"X": paths[0], "paths": paths} | arguments))


def test_fans_take_exogenous_columns_of_the_future():
    rng = np.random.RandomState(0)
    u = rng.standard_normal(120)
    X = pd.DataFrame({"x": u + 0.1 * rng.standard_normal(120), "u": u})
    dynamics = KernelDriftVolEstimator(30, conditioning=None)
    generator = GenerativeTimeSeries(
        dynamics, KernelDensity(bandwidth=0.3), exogenous=["u"]
    ).fit(X[:110])
    options = {"n_paths": 20, "random_state": 0}
    display = PathFanDisplay.from_estimator(
        generator, X[:110], X_future=X[110:], **options
    )
    assert_allclose(display.median[:, 1], X["u"][110:])
    beside = PathFanDisplay.from_estimator(generator, X[:30], x0=X.iloc[0], **options)
    assert_allclose(beside.median[:, 1], X["u"][:30])
    with pytest.raises(ValueError, match=r"5 row\(s\) to come"):
        PathFanDisplay.from_estimator(generator, X[:110], horizon=5, **options)
