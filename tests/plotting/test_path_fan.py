"""PathFanDisplay draws the quantiles that it says."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.dates import ConciseDateFormatter, date2num
from numpy.testing import assert_allclose, assert_array_equal

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
    # Generated paths that go on have no dates: then rows are counted.
    longer = PathFanDisplay.from_predictions(frame.iloc[:10], paths)
    assert_array_equal(longer.lines_[0][0].get_xdata(), np.arange(30))
    assert longer.axes_[-1].get_xlabel() == "row"
    # Times that are given stand above the index, and have to fit.
    given = PathFanDisplay.from_predictions(frame, paths, times=np.arange(30) / 4)
    assert_array_equal(given.lines_[0][0].get_xdata(), np.arange(30) / 4)
    with pytest.raises(ValueError, match="times has 7 entries for 30 rows"):
        PathFanDisplay.from_predictions(frame, paths, times=np.arange(7))


def test_frames_without_a_clock(paths):
    words = pd.DataFrame(paths[0], index=[f"r{i}" for i in range(30)])
    assert PathFanDisplay.from_predictions(words, paths).times is None
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


def test_from_estimator_simulates_from_the_first_row(generator, X):
    display = PathFanDisplay.from_estimator(
        generator, X[:40], n_paths=30, levels=(0.6,), random_state=3
    )
    paths = generator.sample(30, 40, x0=X[0], random_state=3)
    assert_array_equal(display.median, np.median(paths, axis=0))
    assert_allclose(display.lower[0], np.quantile(paths, 0.2, axis=0))
    assert_allclose(display.upper[0, 0], X[0])
    other = PathFanDisplay.from_estimator(
        generator, X[:40], n_paths=30, x0="states", random_state=3
    )
    assert np.ptp([other.lower[0, 0], other.upper[0, 0]]) > 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
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
