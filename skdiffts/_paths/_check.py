"""Validation of time series: every container in, flat rows out."""

from copy import copy
from dataclasses import replace

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.utils import assert_all_finite
from sklearn.utils.validation import check_array, validate_data

from skdiffts._paths._frames import (
    DTYPES,
    is_long,
    read_frame,
    read_panel_index,
    read_times,
)
from skdiffts._paths._numbers import check_magnitudes, entries_named
from skdiffts._paths._paths import Paths


def check_paths(
    estimator, X, *, reset, min_length=1, allow_nan_rows=False, missing="raise"
):
    """Validate time series in any container and flatten them.

    Sets or checks ``n_features_in_`` and ``feature_names_in_`` of the estimator. Call
    it once in each public method: flat rows have lost their names and paths.

    Paths that another estimator has read (:meth:`Paths.handed_to`) are not read again.
    The names of their container are compared with the names of the estimator; where one
    of the two has no names, only the number of columns is compared.

    Parameters
    ----------
    estimator : BaseEstimator
        Estimator that reads `X`. One that others may hand ``Paths`` to has an attribute
        ``takes_paths`` that is true.
    X : array-like, frame, 3-D array, list of 2-D arrays or frames, or Paths
        One path of shape (n_rows, n_features); a panel of shape
        (n_paths, length, n_features) or as a list of paths; or a panel in long form,
        a pandas frame with a MultiIndex whose last level is time.
    reset : bool
        True in `fit`; False where `X` must match the training data.
    min_length : int, default=1
        Fewest rows a path may have.
    allow_nan_rows : bool, default=False
        Whether rows may be entirely NaN. A row that is partly NaN is an error.
    missing : {"raise", "break"}, default="raise"
        Whether rows with NaN are an error, or break their path and are left out.

    Returns
    -------
    Paths
        The rows in float64, their boundaries and their container.
    """
    if type(X) is dict:  # not isinstance: the DOK matrices of scipy are dicts, too
        raise TypeError("X is a dict: pass list(X.values()), a list of 2-D arrays.")
    allow_nan = allow_nan_rows or missing == "break"

    def read(X, name="X", **options):
        finite = "allow-nan" if allow_nan else True
        with entries_named(X, name):
            return validate_data(estimator, X, ensure_all_finite=finite, **options)

    if isinstance(X, Paths):
        paths = _hand_through(estimator, X, reset, min_length)
        assert_all_finite(paths.values, allow_nan=allow_nan, input_name="X")
    elif _is_list_of_paths(X):
        paths = _read_list(read, X, reset, min_length)
    elif _n_dimensions(X) == 3:
        paths = _read_stack(read, estimator, X, reset, min_length)
    else:
        paths = _read_rows(read, X, reset, min_length)
    check_magnitudes(paths, reset=reset)
    if missing == "break":
        paths = paths.broken_at_missing()
        if not (paths.lengths >= min_length).any():
            raise ValueError(
                f"X has no {min_length} row(s) in turn without NaN; fill some, or drop "
                "columns that are mostly missing."
            )
    elif allow_nan_rows:
        _check_partly_nan(paths)
    return paths


def check_longest(paths, n_rows):
    """Raise unless the longest path has enough rows."""
    longest = paths.lengths.max()
    if longest < n_rows:
        raise ValueError(
            f"the longest path of X has {longest} row(s) without NaN; at least {n_rows} "
            "are needed: pass a longer one."
        )


def check_names(estimator, rows, name):
    """Raise if a frame, or a row as a series, has other columns than the training data.

    Parameters
    ----------
    estimator : estimator
        Fitted estimator, with ``feature_names_in_`` if it has seen names.
    rows : array-like
        Rows; without names of columns nothing is checked.
    name : str
        Name in the error.
    """
    labels = getattr(rows, "columns", getattr(rows, "index", None))
    if (
        labels is None
        or callable(labels)
        or not hasattr(estimator, "feature_names_in_")
    ):
        return
    labels, expected = list(labels), estimator.feature_names_in_.tolist()
    if all(isinstance(label, str) for label in labels) and labels != expected:
        raise ValueError(
            f"{name} has columns {labels}; pass the columns of fit, in order: {expected}."
        )


def nameless(estimator):
    """Copy a fitted estimator that is to read arrays, whatever its training data were.

    Rows that a model makes have no column names, of which scikit-learn would warn.

    Parameters
    ----------
    estimator : estimator
        Fitted estimator.

    Returns
    -------
    estimator
        Shallow copy without ``feature_names_in_``; the estimator itself if it has none.
    """
    if not hasattr(estimator, "feature_names_in_"):
        return estimator
    copied = copy(estimator)
    if isinstance(copied, FrozenEstimator):
        copied.estimator = nameless(copied.estimator)
    vars(copied).pop("feature_names_in_", None)
    return copied


def _hand_through(estimator, paths, reset, min_length):
    """Compare paths that were read before with an estimator, or set its attributes."""
    columns, shell = paths.values, paths.frames[0]
    if shell is None and not reset:
        estimator = nameless(estimator)
    elif shell is not None and (reset or hasattr(estimator, "feature_names_in_")):
        columns = replace(shell, index=None).fill(columns[:0])
    validate_data(estimator, columns, reset=reset, skip_check_array=True)
    _check_lengths(paths.container_lengths, min_length)
    return paths


def _n_dimensions(X):
    # polars frames have no ndim, and a list has no dimensions before it is read.
    return len(getattr(X, "shape", ()))


def _is_list_of_paths(X):
    if isinstance(X, np.ndarray):
        if X.dtype != object or X.ndim != 1 or len(X) == 0:
            return False
    elif not isinstance(X, list | tuple):
        return False
    elif len(X) == 0:
        raise ValueError(f"X={X!r} holds no path: pass at least one 2-D array.")
    first = X[0]
    if isinstance(first, list | tuple) and len(first):
        return isinstance(first[0], list | tuple | np.ndarray)
    return _n_dimensions(first) == 2


def _read_rows(read, X, reset, min_length):
    """Read one path, or a panel in long form: whatever scikit-learn takes as 2-D."""
    frame = read_frame(X, "X")
    if is_long(frame):
        indptr, times = read_panel_index(frame.index)
        _check_lengths(np.diff(indptr), min_length)
        values = read(X, reset=reset, dtype=frame.dtypes)
        return _flatten(values, indptr, "frame", times, (frame,))
    times = None if frame is None else read_times(frame.index, "X")
    dtypes = DTYPES if frame is None else frame.dtypes
    values = read(X, reset=reset, dtype=dtypes, ensure_min_samples=min_length)
    return _flatten(values, [0, len(values)], "rows", times, (frame,))


def _read_stack(read, estimator, X, reset, min_length):
    read_frame(X, "X")  # refuses arrays of dates
    with entries_named(X, "X"):
        X = check_array(
            X,
            dtype=DTYPES,
            allow_nd=True,
            ensure_all_finite=False,  # left to `read`
            estimator=estimator,
            input_name="X",
        )
    n_paths, length, n_features = X.shape
    _check_lengths(np.full(n_paths, length), min_length)
    # Flat first: n_features_in_ of a 3-D array would be its length.
    values = read(X.reshape(n_paths * length, n_features), reset=reset, dtype=DTYPES)
    return _flatten(values, np.arange(n_paths + 1) * length, "stack", None, (None,))


def _read_list(read, X, reset, min_length):
    shapes = [np.shape(item) for item in X]
    n_features = shapes[0][1]
    for i, shape in enumerate(shapes):
        if len(shape) != 2 or shape[1] != n_features:
            raise ValueError(
                f"item {i} of X has shape {shape}: pass (n_rows, {n_features}), with "
                "the columns of item 0."
            )
    lengths = [shape[0] for shape in shapes]
    _check_lengths(lengths, min_length)

    frames = tuple(read_frame(item, f"item {i} of X") for i, item in enumerate(X))
    times = _read_list_times(frames)
    values = []
    for i, (item, frame) in enumerate(zip(X, frames, strict=True)):
        dtypes = DTYPES if frame is None else frame.dtypes
        try:
            # The first item sets names and width, the others have to match it.
            values.append(read(item, reset=reset and i == 0, dtype=dtypes))
        except (TypeError, ValueError) as error:
            raise type(error)(f"item {i} of X: {error}") from error
    indptr = np.append(0, np.cumsum(lengths))
    return _flatten(np.concatenate(values), indptr, "list", times, frames)


def _read_list_times(frames):
    """Return the joint clock of frames, None unless all have one of the same kind."""
    times = []
    for i, frame in enumerate(frames):
        if is_long(frame):
            raise ValueError(
                f"item {i} of X has a MultiIndex: pass one such frame as X, or a list "
                "of frames with one path each."
            )
        if frame is not None:
            times.append(read_times(frame.index, f"item {i} of X"))
    if len(times) < len(frames) or any(clock is None for clock in times):
        return None
    # Nanoseconds and plain numbers make no common clock.
    if len({frame.dated for frame in frames}) > 1:
        return None
    return np.concatenate(times)


def _flatten(values, indptr, container, times, frames):
    values = np.asarray(values)
    return Paths(
        values=np.ascontiguousarray(values, dtype=np.float64),
        indptr=np.asarray(indptr, dtype=np.int64),
        container=container,
        dtype=values.dtype,
        times=times,
        frames=frames,
        dated=times is not None and frames[0].dated,
    )


def _check_lengths(lengths, min_length):
    needed = max(min_length, 1)
    for i, length in enumerate(lengths):
        if length < needed:
            verb = "is" if needed == 1 else "are"
            raise ValueError(
                f"path {i} of X has {length} row(s); at least {needed} {verb} needed: "
                "drop it or lengthen it."
            )


def _check_partly_nan(paths):
    missing = np.isnan(paths.values)
    partly = missing.any(axis=1) & ~missing.all(axis=1)
    if partly.any():
        row = np.flatnonzero(partly)[0]
        path = np.searchsorted(paths.indptr, row, side="right") - 1
        place = f"row {row}"
        if paths.samples_are_paths:
            place = f"row {row - paths.indptr[path]} of path {path}"
        raise ValueError(
            f"{place} of X is NaN in some columns only: fill it, or set the whole row "
            "to NaN."
        )
