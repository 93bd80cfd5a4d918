"""Validation of time series: every container in, flat rows out."""

from dataclasses import replace

import numpy as np
from sklearn.utils.validation import check_array, validate_data

from skdiffts._paths._column_labels import check_labels, nameless
from skdiffts._paths._forms import as_container
from skdiffts._paths._frames import (
    DTYPES,
    hint_of_names,
    is_long,
    read_frame,
    read_panel_index,
    read_times,
)
from skdiffts._paths._long_frames import count_levels, split_labels
from skdiffts._paths._numbers import check_finite, check_magnitudes, entries_named
from skdiffts._paths._padding import without_padding
from skdiffts._paths._paths import Paths
from skdiffts._paths._shortcomings import (
    warn_of_clock,
    warn_of_few,
    warn_of_fold,
    warn_of_loss,
    warn_of_names,
)


def check_paths(
    estimator,
    X,
    *,
    reset,
    min_length=1,
    allow_nan_rows=False,
    missing="raise",
    dt=None,
):
    """Validate time series in any container and flatten them.

    Sets or checks ``n_features_in_`` and ``feature_names_in_`` of the estimator. Call
    it once in each public method: flat rows have lost their names and paths.

    Paths that another estimator has read (:meth:`Paths.handed_to`) are not read again,
    and nothing is warned of again. The labels of their container are compared with those
    of the estimator; where one of the two has no labels, only the number of columns is
    compared.

    Parameters
    ----------
    estimator : BaseEstimator
        Estimator that reads `X`. One that others may hand ``Paths`` to has an attribute
        ``takes_paths`` that is true.
    X : array-like, frame, 3-D array, list of 1-D or 2-D arrays or frames, or Paths
        One path of shape (n_rows, n_features); a panel of shape
        (n_paths, length, n_features) or as a list of paths, univariate ones as 1-D
        arrays or Series; or a panel in long form, a pandas frame with a MultiIndex whose
        last level is time, or a polars frame whose first columns are labels, as `sample`
        gives it. Lists of lists of numbers are tables.
    reset : bool
        True in `fit`; False where `X` must match the training data.
    min_length : int, default=1
        Fewest rows a path may have.
    allow_nan_rows : bool, default=False
        Whether rows may be entirely NaN. A row that is partly NaN is an error.
    missing : {"raise", "break", "keep"}, default="raise"
        Whether rows with NaN are an error, break their path and are left out, or are kept
        but for those at the ends of a path that have no number.
    dt : float, "index" or None, default=None
        Time between two rows, for estimators that learn from transitions: they warn of
        an index that contradicts it, and in fit of few and of lost transitions.

    Returns
    -------
    Paths
        The rows in float64, their boundaries and their container.
    """
    handed_on = isinstance(X, Paths)
    if handed_on:
        paths = _hand_through(estimator, X, reset, min_length)
    else:
        paths = _read(estimator, X, reset, min_length)
    nan = "rows" if allow_nan_rows else "refused"
    nan = nan if missing == "raise" else "allowed"
    check_finite(paths, nan=nan, remedy=_remedy(estimator))
    check_magnitudes(paths, reset=reset)
    if reset and not handed_on:
        warn_of_names(estimator, paths)
    whole = paths
    if missing == "keep":
        paths = without_padding(paths)
    elif missing == "break":
        paths = paths.broken_at_missing()
    if missing != "raise" and not (paths.lengths >= min_length).any():
        wanted = "with a number" if missing == "keep" else "without NaN"
        raise ValueError(
            f"X has no {min_length} row(s) in turn {wanted}; fill some, or drop columns "
            "that are mostly missing."
        )
    if dt is not None and not handed_on:
        if reset:
            if missing == "break":
                warn_of_loss(whole, paths)
            warn_of_few(paths)
        warn_of_clock(estimator, paths, reset=reset, dt=dt)
        warn_of_fold(estimator, whole, reset=reset)
    return paths


def check_longest(paths, n_rows):
    """Raise unless the longest path has enough rows."""
    longest = paths.lengths.max()
    if longest < n_rows:
        raise ValueError(
            f"the longest path of X has {longest} row(s) without NaN; at least {n_rows} "
            "are needed: pass a longer one."
        )


def _remedy(estimator):
    """Remedies of an estimator for NaN, besides filling it."""
    dynamics = getattr(estimator, "dynamics", False)
    if dynamics is None or hasattr(dynamics, "missing"):
        remedy = (
            'pass dynamics__missing="break" to set_params, which ends the path there'
        )
        if hasattr(estimator, "missing"):
            remedy += ', or missing="draw", which draws it'
        return remedy
    if dynamics is False and hasattr(estimator, "missing"):
        return 'pass missing="break", which ends the path there'
    return "pass the pieces before and after as paths of a list"


def _hand_through(estimator, paths, reset, min_length):
    """Compare paths that were read before with an estimator, or set its attributes."""
    columns, shell = paths.values, paths.frames[0]
    check_labels(estimator, shell, "X", reset=reset)
    if shell is None and not reset:
        estimator = nameless(estimator)
    elif shell is not None and (reset or hasattr(estimator, "feature_names_in_")):
        columns = replace(shell, index=None).fill(columns[:0])
    validate_data(estimator, columns, reset=reset, skip_check_array=True)
    _check_lengths(paths.container_lengths, min_length)
    return paths


def _read(estimator, X, reset, min_length):
    """Read a container; NaN and infinity are left to the caller."""
    X = as_container(X, keep_name=reset or hasattr(estimator, "feature_names_in_"))

    def read(X, frame, name="X", **options):
        check_labels(estimator, frame, name, reset=options["reset"])
        with entries_named(X, name):
            return validate_data(estimator, X, ensure_all_finite=False, **options)

    if _is_list_of_paths(X):
        return _read_list(read, X, reset, min_length)
    if _n_dimensions(X) == 3:
        return _read_stack(read, estimator, X, reset, min_length)
    return _read_rows(read, X, reset, min_length)


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
    index, X = split_labels(X)
    frame = read_frame(X, "X", index)
    if is_long(frame):
        indptr, times = read_panel_index(frame.index, frame.library)
        hint = hint_of_names(frame.index, frame.library)
        _check_lengths(np.diff(indptr), min_length, hint)
        values = read(X, frame, reset=reset, dtype=frame.dtypes)
        return _flatten(values, indptr, "frame", times, (frame,))
    times = None if frame is None else read_times(frame.index, "X")
    dtypes = DTYPES if frame is None else frame.dtypes
    options = {"dtype": dtypes, "ensure_min_samples": min_length}
    values = read(X, frame, reset=reset, **options)
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
    rows = X.reshape(n_paths * length, n_features)
    values = read(rows, None, reset=reset, dtype=DTYPES)
    return _flatten(values, np.arange(n_paths + 1) * length, "stack", None, (None,))


def _read_list(read, X, reset, min_length):
    shapes = [_shape(item, i) for i, item in enumerate(X)]
    n_features = shapes[0][1]
    for i, shape in enumerate(shapes):
        if len(shape) != 2 or shape[1] != n_features:
            raise ValueError(
                f"item {i} of X has shape {shape}: pass (n_rows, {n_features}), with "
                "the columns of item 0."
            )
    lengths = [shape[0] for shape in shapes]
    _check_lengths(lengths, min_length)

    for i, item in enumerate(X):
        if count_levels(item):
            raise ValueError(
                f"item {i} of X is a panel in long form: pass one such frame as X, or a "
                "list of frames with one path each."
            )
    frames = tuple(read_frame(item, f"item {i} of X") for i, item in enumerate(X))
    times = _read_list_times(frames)
    values = []
    for i, (item, frame) in enumerate(zip(X, frames, strict=True)):
        # The first item sets names and width, the others have to match it.
        options = {"reset": reset and i == 0}
        options["dtype"] = DTYPES if frame is None else frame.dtypes
        values.append(read(item, frame, f"item {i} of X", **options))
    indptr = np.append(0, np.cumsum(lengths))
    return _flatten(np.concatenate(values), indptr, "list", times, frames)


def _shape(item, i):
    try:
        return np.shape(item)
    except ValueError as error:
        raise ValueError(
            f"item {i} of X is a list of rows of different lengths: pass a 2-D array."
        ) from error


def _read_list_times(frames):
    """Return the joint clock of frames, None unless all have one of the same kind."""
    times = []
    for i, frame in enumerate(frames):
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


def _check_lengths(lengths, min_length, hint=""):
    needed = max(min_length, 1)
    for i, length in enumerate(lengths):
        if length < needed:
            verb = "is" if needed == 1 else "are"
            raise ValueError(
                f"path {i} of X has {length} row(s); at least {needed} {verb} needed: "
                f"drop it or lengthen it{hint}."
            )
