"""Polars frames in long form as panels: labels first, then numbers."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from polars.testing import assert_frame_equal
from sklearn.base import BaseEstimator
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts._paths import check_paths
from skdiffts.augmentation import TimeSeriesAugmenter

DAYS = [dt.date(2024, 1, 1) + dt.timedelta(i) for i in range(8)]
TIMES = {
    "row": pl.Series(range(8)),
    "small": pl.Series(range(8), dtype=pl.Int8),
    "number": pl.Series(range(8)) / 3.0,
    "date": pl.Series(DAYS),
    "milliseconds": pl.Series(DAYS).cast(pl.Datetime("ms")),
    "nanoseconds": pl.Series(DAYS).cast(pl.Datetime("ns")).dt.offset_by("1ns"),
    "zone": pl.Series(DAYS).cast(pl.Datetime("us")).dt.replace_time_zone("Asia/Tokyo"),
    "duration": pl.Series(range(8)).cast(pl.Duration("us")),
    "text": pl.Series([str(day) for day in DAYS]),
}
LENGTHS = (5, 3, 4)


def make_panel(time="row", labels=("v", "u", "w"), lengths=LENGTHS):
    rows = np.concatenate([np.arange(length) for length in lengths])
    noise = np.random.RandomState(0).standard_normal((len(rows), 2))
    names = pl.Series("path", labels)[np.repeat(np.arange(len(lengths)), lengths)]
    numbers = pl.DataFrame(noise, schema=["a", "b"])
    return pl.DataFrame(
        [names, TIMES[time][rows].alias("when"), *numbers.get_columns()]
    )


def read(X, **options):
    return check_paths(BaseEstimator(), X, reset=True, **options)


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("labels", [("v", "u", "w"), (3, 1, 2), DAYS[:3], (None, 7, 2)])
def test_labels_make_paths_and_come_back(time, labels):
    X = make_panel(time, labels)
    paths = read(X)
    assert paths.container == "frame"
    assert_array_equal(paths.lengths, LENGTHS)
    assert_array_equal(paths.values, X[:, 2:].to_numpy())
    same = X.to_pandas().set_index(["path", "when"])
    assert_array_equal(paths.times, read(same).times)
    back = paths.restore(paths.values)
    assert_frame_equal(back, X, check_dtypes=None not in labels)
    estimator = KernelDriftVolEstimator().fit(X)
    assert estimator.feature_names_in_.tolist() == ["a", "b"]
    residuals = estimator.transform(X)
    assert_frame_equal(residuals[:, :2], X[:, :2], check_dtypes=None not in labels)
    inverse = estimator.inverse_transform(residuals, x0=X[:, 2:].to_numpy()[[0, 5, 8]])
    assert inverse.columns == X.columns


def test_several_columns_name_a_path():
    X = make_panel().rename({"path": "desk"})
    X = X.insert_column(1, pl.Series("path", [0] * 5 + [1] * 3 + [0] * 4))
    assert_array_equal(read(X).lengths, LENGTHS)
    assert read(X).path_index.tolist() == [("v", 0), ("u", 1), ("w", 0)]


SORT = r"use X.sort\(\['path', 'when'\]\).*, or rename 'path' if it labels no paths"
LATE = f"column 'when' of X, which is time, does not increase at row 1 .*{SORT}"
PIECES = f"path 'v' of X is in several pieces, again at row 11: {SORT}"
SHORT = r"path 0 of X has 1 row\(s\).* it, or rename 'path' if it labels no paths"
SWAPPED = "holds no times, but level 0 .* rename 'path', put it after the labels"
DATES = r"\['when'\] of X hold dates .* in a panel, put the columns of labels first"
NAMES = {"path": "when", "when": "path"}


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (make_panel()[::-1], LATE),
        (make_panel()[[*range(1, 12), 0]], PIECES),
        (make_panel().with_columns(path=pl.col("a")), SHORT),
        (make_panel("date")[:, [1, 0, 2, 3]].rename(NAMES), SWAPPED),
        ([make_panel(), make_panel()], "item 0 of X is a panel in long form: pass one"),
        (make_panel("date").drop("path"), DATES),
        (make_panel().lazy(), "X is a polars LazyFrame"),
    ],
)
def test_frames_that_are_no_panel_are_refused(X, message):
    with pytest.raises((ValueError, TypeError), match=message):
        read(X, min_length=2)


def test_columns_elsewhere_are_numbers():
    numbers = np.zeros((4, 2))
    for schema in (["a", "path"], ["time", "a"], ["sample", "a"]):
        assert read(pl.DataFrame(numbers, schema=schema)).container == "rows"
    assert read(make_panel()[:, [2, 3]]).container == "rows"


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_set_output_has_no_place_for_labels(output):
    estimator = KernelDriftVolEstimator().set_output(transform=output).fit(make_panel())
    with pytest.raises(
        ValueError, match=r"panel of 3 path\(s\), which set_output.* can"
    ):
        estimator.transform(make_panel())


def test_new_paths_have_labels():
    X = make_panel("date", lengths=(8, 8, 8))
    y = np.repeat([0, 0, 1], 8)
    generator = GenerativeTimeSeries(sampler=KernelDensity())
    augmenter = TimeSeriesAugmenter(generator, random_state=0)
    more, labels = augmenter.fit_resample(X, y)
    assert more.schema == X.schema
    assert len(more) == len(labels) == 32
    assert_frame_equal(more[:24], X)
    assert more["when"].to_list()[24:] == DAYS
    assert more["path"].n_unique() == 4
