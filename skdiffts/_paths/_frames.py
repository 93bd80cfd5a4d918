"""Data frames behind containers: their shell, their paths, their clock.

pandas and polars are optional. A frame is recognised by what it offers, its index is
read through its own methods, and a library is imported only to build a new frame.
"""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skdiffts._paths._column_types import ColumnType, column_types
from skdiffts._paths._labels import is_temporal, read_labels
from skdiffts._paths._long_frames import is_polars, label_columns

DTYPES = [np.float64, np.float32]

# Remedy for rows in random order, as scikit-learn's splitters and searches make them.
SHUFFLED = (
    "; a splitter needs shuffle=False, and a search by successive halving resource= a "
    "parameter instead of 'n_samples'"
)
# Random order is not told from a few paths in turn with fewer steps.
MOST_PIECES = 8


@dataclass(frozen=True, eq=False)
class Frame:
    """A data frame without its numbers.

    Parameters
    ----------
    library : {"pandas", "polars"}
        Library that builds the frame.
    columns : sequence of length n_features
        Names of the columns.
    dtypes : list of dtypes
        Float dtypes that scikit-learn may read the numbers as.
    types : tuple of ColumnType
        Types that the columns have.
    index : pandas.Index of length n_rows or None
        Row labels; None for polars, unless the frame is in long form.
    """

    library: str
    columns: Any
    dtypes: list
    types: tuple[ColumnType, ...]
    index: Any = None

    @property
    def dated(self):
        """Whether the clock of the index, its last level, counts nanoseconds."""
        if self.index is None:
            return False
        return is_temporal(read_labels(self.index.get_level_values(-1)).dtype)

    def take_columns(self, columns):
        """Choose columns.

        Parameters
        ----------
        columns : ndarray of int of shape (n_columns,)
            Their positions.

        Returns
        -------
        Frame
            Shell with these columns.
        """
        names = [self.columns[int(i)] for i in columns]
        if hasattr(self.columns, "take"):  # pandas keeps the names of the levels
            names = self.columns.take(columns)
        types = tuple(self.types[i] for i in columns)
        return replace(self, columns=names, types=types)

    def fill(self, rows, columns=None):
        """Return a frame of this kind that holds `rows`.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, n_columns)
            Numbers of the new frame.
        columns : sequence of length n_columns, default=None
            Names of the columns, by default the names in this frame.

        Returns
        -------
        pandas.DataFrame or polars.DataFrame of shape (n_rows, n_columns)
            The new frame.
        """
        columns = self.columns if columns is None else columns
        if len(columns) != rows.shape[1]:
            raise ValueError(
                f"columns has {len(columns)} name(s) for {rows.shape[1]} column(s) of "
                "rows: pass one name for each column."
            )
        if self.library == "polars":
            import polars as pl

            numbers = pl.DataFrame(rows, schema=list(columns), orient="row")
            return (
                label_columns(self.index).hstack(numbers) if is_long(self) else numbers
            )
        import pandas as pd

        # Rows stay in the order of memory, in which a transformer adds them up.
        return pd.DataFrame(rows, index=self.index, columns=columns, copy=False)


def read_frame(X, name, index=None):
    """Return the shell of a frame, and None for all that is no frame.

    scikit-learn reads the dates of polars frames and of arrays as floats, hence
    they are refused here, before it sees them.

    Parameters
    ----------
    X : object
        The user's data.
    name : str
        How errors call it.
    index : pandas.MultiIndex, default=None
        Labels of the rows of a polars frame in long form.

    Returns
    -------
    Frame or None
        The shell of `X`.
    """
    polars = is_polars(X)
    if polars and type(X).__name__ == "LazyFrame":
        raise TypeError(f"{name} is a polars LazyFrame: call its collect() first.")
    pandas = hasattr(X, "iloc")  # also pandas-like frames, such as modin's
    if isinstance(X, np.ma.MaskedArray):
        raise TypeError(
            f"{name} is a masked array, whose mask would be lost: pass "
            "X.astype(float).filled(np.nan)."
        )
    if not (polars or pandas) or len(X.shape) != 2:
        if is_temporal(getattr(X, "dtype", None)):
            raise ValueError(
                f"{name} holds dates or durations ({X.dtype}), not numbers: convert it "
                "to floats in the unit you want."
            )
        return None

    _check_columns(X.columns, name)
    temporal = [
        column
        for column, dtype in zip(X.columns, X.dtypes, strict=True)
        if is_temporal(dtype)
    ]
    if temporal:
        remedy = "drop them, or set them as the index"
        remedy += (
            " of a pandas frame, or, in a panel, put the columns of labels first, named "
            "'path' and 'time'."
            if polars
            else " (X.set_index)."
        )
        raise ValueError(
            f"column(s) {temporal} of {name} hold dates or durations, not numbers: "
            + remedy
        )
    if polars:
        # scikit-learn does not see the dtype of polars, it would take float64 always.
        single = {str(dtype) for dtype in X.dtypes} == {"Float32"}
        dtypes = [np.float32] if single else DTYPES
        return Frame("polars", X.columns, dtypes, column_types(X), index)
    return Frame("pandas", X.columns, DTYPES, column_types(X), X.index)


def _check_columns(columns, name):
    if len(columns) == 0:
        raise ValueError(f"{name} has no columns: pass a frame with at least one.")
    count = Counter(columns)
    repeated = [column for column in columns if count[column] > 1]
    if repeated:
        raise ValueError(
            f"column {repeated[0]!r} of {name} is there more than once: rename it."
        )


def is_long(frame):
    """Tell whether a frame holds a panel in long form: its labels are a MultiIndex.

    Parameters
    ----------
    frame : Frame or None
        Shell of a frame.

    Returns
    -------
    bool
        False also for None.
    """
    return frame is not None and getattr(frame.index, "nlevels", 1) > 1


def read_panel_index(index, library="pandas"):
    """Return path boundaries and clock of a MultiIndex (path levels..., time).

    Parameters
    ----------
    index : pandas.MultiIndex of length n_rows
        Last level time, all others together name the path. Labels that can be read as
        dates, such as ISO strings, are; see `read_labels`.
    library : {"pandas", "polars"}, default="pandas"
        Library of the frame, whose words errors use.

    Returns
    -------
    indptr : ndarray of shape (n_paths + 1,)
        Path i has the rows ``indptr[i]:indptr[i + 1]``.
    times : ndarray of shape (n_rows,) or None
        Clock of each row; None when the last level is neither dates nor numbers.
    """
    time = read_labels(index.get_level_values(-1))
    name, sort, remedy = _in_words(index, library)
    if not _is_clock(time):
        _check_levels(index, name, library)
    # Codes are integers even where labels are strings, dates or missing.
    codes = np.stack([np.asarray(level) for level in index.codes[:-1]], axis=1)
    first = np.ones(len(index), dtype=bool)
    first[1:] = (codes[1:] != codes[:-1]).any(axis=1)
    first_rows = np.flatnonzero(first)
    labels = index.droplevel(-1)[first_rows]
    again = labels.duplicated()
    if again.any():
        hint = SHUFFLED if 2 * len(first_rows) > len(index) else ""
        raise ValueError(
            f"path {labels[again][0]!r} of X is in several pieces, again at row "
            f"{first_rows[again][0]}: use {sort}{hint}{remedy}."
        )

    late = _late_rows(time)
    if not time.hasnans:  # a missing time is wrong in the first row of a path, too
        late &= ~first
    if late.any():
        row = np.flatnonzero(late)[0]
        raise ValueError(
            f"{name}, which is time, does not increase at row {row} ({time[row]}): use "
            f"{sort} and drop missing and repeated times{_hint(late[1:])}{remedy}."
        )
    return np.append(first_rows, len(index)), clock_of(time)


def _in_words(index, library):
    """Name of the level of time, code that sorts the rows, and polars' other needs."""
    if library == "pandas":
        return "the last index level of X", "X.sort_index()", ""
    names = list(index.names)
    return (
        f"column {names[-1]!r} of X",
        f"X.sort({names})",
        hint_of_names(index, library),
    )


def hint_of_names(index, library):
    """Say how a column of a polars frame is no label; nothing for pandas.

    Parameters
    ----------
    index : pandas.MultiIndex
        Labels.
    library : {"pandas", "polars"}
        Library of the frame.

    Returns
    -------
    str
        End of a sentence.
    """
    known = library == "pandas"
    return "" if known else f", or rename {index.names[-2]!r} if it labels no paths"


def _check_levels(index, name, library):
    """Raise if dates are in a level that names the path, and the last has no time."""
    dated = [
        level
        for level in range(index.nlevels - 1)
        if is_temporal(read_labels(index.levels[level]).dtype)
    ]
    if dated:
        order = [level for level in range(index.nlevels) if level != dated[-1]]
        swap = dated[-1] == index.nlevels - 2
        remedy = "swaplevel()" if swap else f"reorder_levels({[*order, dated[-1]]})"
        names = list(index.names)
        remedy = f"use X.{remedy}.sort_index()"
        if library == "polars":
            remedy = f"rename {names[dated[-1]]!r}, put it after the labels of paths, and sort"
        raise ValueError(
            f"{name}, which is time, holds no times, but level {dated[-1]} of {names} "
            f"does: {remedy}."
        )


def read_times(index, name):
    """Return the clock of one path from its index.

    Parameters
    ----------
    index : pandas.Index of length n_rows or None
        Row labels. Those that can be read as dates, such as ISO strings, are; see
        `read_labels`.
    name : str
        How errors call the frame.

    Returns
    -------
    ndarray of shape (n_rows,) or None
        Clock of each row, int64 nanoseconds for dates; None for an index that is
        neither dates nor strictly increasing numbers.

    Raises
    ------
    ValueError
        If dates do not increase, or numbers fall.
    """
    index = None if index is None else read_labels(index)
    if index is None or not _is_clock(index):
        return None
    late = _late_rows(index)
    if not late.any():
        return clock_of(index)
    if is_temporal(index.dtype):
        row = np.flatnonzero(late)[0]
        raise ValueError(
            f"the {index.dtype} index of {name} does not increase at row {row} "
            f"({index[row]}): use X.sort_index() and drop missing and repeated times"
            f"{_hint(late[1:])}."
        )
    _check_falling(index, name)
    return None  # numbers that repeat or are missing are labels


def _check_falling(index, name):
    """Raise if numbers fall: a sign of rows out of order, or of paths in one frame."""
    known = np.flatnonzero(~np.array(index.isna()))
    numbers = index[known]
    falls = np.asarray(numbers[1:] < numbers[:-1], dtype=bool)
    if falls.any():
        row = known[1:][falls][0]
        raise ValueError(
            f"the {index.dtype} index of {name} falls at row {row} ({index[row]}), so "
            "that its rows seem to be out of order: use X.sort_index(), or "
            f"X.reset_index(drop=True) if they are in the order of time{_hint(falls)}."
        )


def _hint(falls):
    """Say more where rows are in random order, neither sorted nor the newest first."""
    return SHUFFLED if 0.2 < falls.mean() < 0.8 and len(falls) > MOST_PIECES else ""


def _is_clock(index):
    return is_temporal(index.dtype) or index.dtype.kind in "iuf"


def _late_rows(index):
    """Mask the missing entries of an index, else those not after the one before."""
    if index.hasnans:
        return np.array(index.isna())
    late = np.zeros(len(index), dtype=bool)
    late[1:] = ~np.asarray(index[1:] > index[:-1], dtype=bool)
    return late


def clock_of(index):
    """Return an increasing index as int64 or float64 numbers, None if it has none.

    Parameters
    ----------
    index : pandas.Index of length n_rows
        Labels as `read_labels` gives them.

    Returns
    -------
    ndarray of shape (n_rows,) or None
        Nanoseconds since 1970 in UTC for dates, nanoseconds for durations, else the
        numbers themselves; None for other labels.
    """
    if not _is_clock(index):
        return None
    if not is_temporal(index.dtype):
        return index.to_numpy(dtype="float64" if index.dtype.kind == "f" else "int64")
    if hasattr(index, "to_timestamp"):  # periods stand for their start
        index = index.to_timestamp()
    if hasattr(index, "as_unit"):  # raises where to_numpy would overflow silently
        try:
            index = index.as_unit("ns")
        except ValueError as error:
            raise ValueError(
                f"the {index.dtype} index of X has dates outside 1677 to 2262, which "
                "nanoseconds cannot hold; pass numbers, such as years, as the index."
            ) from error
    unit = "timedelta64[ns]" if index.dtype.kind == "m" else "datetime64[ns]"
    return index.to_numpy(dtype=unit).astype(np.int64)
