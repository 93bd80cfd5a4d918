"""Frames in long form: levels that name paths, then time, then columns of numbers."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

import numpy as np

from skdiffts._paths._column_types import column_types

__all__ = [
    "Level",
    "count_levels",
    "is_long_form",
    "is_polars",
    "label_columns",
    "long_frame",
    "relabelled",
    "split_labels",
]

# Names of the innermost level that names a path: the level after it is time.
INNERMOST = ("path", "sample", "quantile")


@dataclass(frozen=True, eq=False)
class Level:
    """Level of row labels.

    Parameters
    ----------
    name : hashable
        Name.
    labels : ndarray or pandas.Index
        Different labels.
    codes : ndarray of int of shape (n_rows,)
        Position of the label of each row.
    """

    name: Any
    labels: Any
    codes: np.ndarray


def long_frame(library, rows, columns, types, levels):
    """Frame of rows with their labels.

    Parameters
    ----------
    library : {"pandas", "polars"}
        Library of the frame.
    rows : ndarray of shape (n_rows, n_features)
        Numbers.
    columns : pandas.Index or list of str
        Names of the columns.
    types : tuple of ColumnType
        Types of the columns.
    levels : list of Level
        Levels, time the last one.

    Returns
    -------
    pandas.DataFrame or polars.DataFrame
        Frame with a MultiIndex, or with the levels as its first columns.

    Raises
    ------
    ValueError
        If a column of a polars frame has the name of a level.
    """
    if library == "polars":
        return _polars_frame(rows, columns, types, levels)
    import pandas as pd

    index = _pandas_index(levels)
    if all(kind.name == "float64" and not kind.extension for kind in types):
        return pd.DataFrame(rows, index=index, columns=columns, copy=False)
    # By number, since a dict would take any name of a column for its key.
    numbers = {i: kind.stored(rows[:, i]) for i, kind in enumerate(types)}
    return pd.DataFrame(numbers, index=index).set_axis(columns, axis=1)


def is_polars(frame):
    """Tell whether an object is of polars, without importing it."""
    return type(frame).__module__.startswith("polars.")


def count_levels(frame):
    """Count the levels of a frame, time included.

    Parameters
    ----------
    frame : pandas.DataFrame, polars.DataFrame or object
        Frame, maybe in long form.

    Returns
    -------
    int
        Levels of a MultiIndex; in polars, columns up to the one after "path", "sample"
        or "quantile", whichever is the last; 0 for anything that is not in long form.
    """
    if is_polars(frame):
        # A LazyFrame, which has no shape, warns when it is asked for its columns.
        columns = list(frame.columns) if hasattr(frame, "iter_rows") else []
        innermost = [i for i, name in enumerate(columns[:-2]) if name in INNERMOST]
        return innermost[-1] + 2 if innermost else 0
    n_levels = getattr(getattr(frame, "index", None), "nlevels", 1)
    return n_levels if hasattr(frame, "iloc") and n_levels > 1 else 0


def is_long_form(frame):
    """Tell whether an object is a frame with several paths below each other."""
    return count_levels(frame) > 0


def split_labels(frame):
    """Split a polars frame in long form into its labels and its numbers.

    Parameters
    ----------
    frame : object
        Anything.

    Returns
    -------
    index : pandas.MultiIndex of length n_rows or None
        Labels as a pandas frame has them; None for all that is no such frame.
    numbers : object
        Frame without the columns of labels; else the data as passed.

    Raises
    ------
    ImportError
        If the frame is one, and pandas is not installed.
    """
    n_levels = count_levels(frame) if is_polars(frame) else 0
    if n_levels == 0:
        return None, frame
    labels, numbers = frame[:, :n_levels], frame[:, n_levels:]
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            f"columns {labels.columns} of X are labels of a polars frame in long form, "
            "which are read by pandas; run `pip install skdiffts[pandas]`, or pass a list "
            "of frames without labels."
        ) from error
    levels = [_read_labels(series) for series in labels.get_columns()]
    return pd.MultiIndex.from_arrays(levels, names=labels.columns), numbers


def label_columns(index):
    """Columns of labels of a polars frame in long form: the inverse of `split_labels`.

    Parameters
    ----------
    index : pandas.MultiIndex of length n_rows
        Labels.

    Returns
    -------
    polars.DataFrame of shape (n_rows, n_levels)
        A column for each level.
    """
    import polars as pl

    parts = zip(index.names, index.levels, index.codes, strict=True)
    levels = [Level(name, labels, np.asarray(codes)) for name, labels, codes in parts]
    return pl.DataFrame([_polars_labels(level) for level in levels])


def relabelled(frame, rows, level, numbers=None):
    """Rows of a frame in long form, with other labels before the time.

    Parameters
    ----------
    frame : pandas.DataFrame or polars.DataFrame
        Frame in long form.
    rows : ndarray of int of shape (n_rows,)
        Positions of the rows.
    level : Level
        Replaces the level before the time.
    numbers : ndarray of shape (n_rows, n_features), default=None
        Replace the numbers, whose columns keep their types.

    Returns
    -------
    pandas.DataFrame or polars.DataFrame of n_rows rows
        Frame in long form.
    """
    if is_polars(frame):
        return _polars_relabelled(frame, rows, level, numbers)
    index = frame.index.take(rows)
    parts = zip(index.names, index.levels, index.codes, strict=True)
    levels = [Level(name, labels, np.asarray(codes)) for name, labels, codes in parts]
    levels[-2] = level
    if numbers is None:
        return frame.take(rows).set_axis(_pandas_index(levels), axis=0)
    return long_frame("pandas", numbers, frame.columns, column_types(frame), levels)


def _pandas_index(levels):
    import pandas as pd

    return pd.MultiIndex(
        levels=[level.labels for level in levels],
        codes=[level.codes for level in levels],
        names=[level.name for level in levels],
    )


def _polars_frame(rows, columns, types, levels):
    import polars as pl

    names = [str(level.name) for level in levels]
    for name in columns:
        if name in names:
            raise ValueError(
                f"column {name!r} of X has the name of a column of labels of the result: "
                "rename it, or pass output='array'."
            )
    labels = [_polars_labels(level) for level in levels]
    numbers = [
        _polars_column(name, kind.cast(rows[:, i]))
        for i, (name, kind) in enumerate(zip(columns, types, strict=True))
    ]
    return pl.DataFrame([*labels, *numbers])


def _read_labels(series):
    """Column of labels as pandas has it; dates without a time of day are objects."""
    import pandas as pd

    if str(series.dtype) == "Date":
        return pd.Index(series.to_list(), dtype=object)
    zone = getattr(series.dtype, "time_zone", None)
    if zone is None:
        return pd.Index(series.to_numpy())
    series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return pd.DatetimeIndex(series.to_numpy()).tz_localize("UTC").tz_convert(zone)


def _polars_labels(level):
    import polars as pl

    labels, zone = level.labels, getattr(level.labels, "tz", None)
    if hasattr(labels, "to_timestamp"):  # polars has no periods
        labels = labels.to_timestamp()
    if zone is not None:
        labels = labels.tz_convert("UTC").tz_localize(None)
    if hasattr(labels, "as_unit") and labels.unit == "s":
        labels = labels.as_unit("ms")
    numbers = labels if isinstance(labels, np.ndarray) else labels.to_numpy()
    if numbers.dtype == object:
        numbers = numbers.tolist()
    series = pl.Series(str(level.name), numbers)
    if zone is not None:
        series = series.dt.replace_time_zone("UTC")
        if str(zone) in available_timezones():  # offsets are not among them
            series = series.dt.convert_time_zone(str(zone))
    if (level.codes < 0).any():  # pandas numbers missing labels -1
        series = series.extend_constant(None, 1)
    return series[level.codes]


def _polars_column(name, numbers):
    import polars as pl

    # Halves are not in every version of polars.
    wide = numbers.astype(np.float32) if numbers.dtype == np.float16 else numbers
    return pl.Series(
        name, np.ascontiguousarray(wide.astype(wide.dtype.newbyteorder("=")))
    )


def _polars_relabelled(frame, rows, level, numbers):
    n_levels = count_levels(frame)
    labels = frame[rows, :n_levels]
    labels = labels.replace_column(n_levels - 2, _polars_labels(level))
    kept = frame[rows, n_levels:]
    if numbers is None:
        return labels.hstack(kept)
    columns = zip(kept.columns, column_types(kept), strict=True)
    return labels.hstack(
        [
            _polars_column(name, kind.cast(numbers[:, i]))
            for i, (name, kind) in enumerate(columns)
        ]
    )
