"""Warnings about training and other rows that dynamics cannot learn from, or misread."""

import numpy as np

from skdiffts._caller import warn_caller
from skdiffts._paths._calendar import Calendar
from skdiffts._paths._contradiction import contradiction
from skdiffts._paths._long_frames import INNERMOST

__all__ = [
    "warn_of_clock",
    "warn_of_few",
    "warn_of_fold",
    "warn_of_loss",
    "warn_of_names",
]

# Share of the transitions that may be lost at NaN without a word.
MOST_LOST = 0.1
# Attribute for the calendar of the training rows.
RECORD = "_calendar"
# Attribute for the end of the last training path, and the latest end of the others.
ENDS = "_training_ends"


def warn_of_names(estimator, paths):
    """Warn if simulated rows cannot be polars frames because of the name of a column.

    Parameters
    ----------
    estimator : estimator
        Estimator that reads the paths; nothing is said of one that does not forecast.
    paths : Paths
        Training paths.
    """
    shell = paths.frames[0]
    if not hasattr(estimator, "forecast") or getattr(shell, "library", "") != "polars":
        return
    labels = (*INNERMOST, "time") if shell.index is None else INNERMOST
    taken = [name for name in shell.columns if name in labels]
    if taken:
        warn_caller(
            f"column(s) {taken} of X have names of columns of labels, so that simulated "
            "rows cannot be polars frames: rename them, or pass output='array' to sample "
            "and forecast."
        )


def warn_of_few(paths):
    """Warn if there are fewer transitions than coefficients in the drift of a column.

    Parameters
    ----------
    paths : Paths
        Training paths.
    """
    n_transitions, n_coefficients = len(paths.ends), paths.n_features + 1
    if 1 < n_transitions < n_coefficients:  # one is an error of the estimator
        warn_caller(
            f"X has {n_transitions} transition(s) of {paths.n_features} columns, fewer "
            f"than the {n_coefficients} coefficients of the drift of each column. Are "
            "rows and columns mixed up? Then transpose X; else pass more rows, or fewer "
            "columns."
        )


def warn_of_loss(paths, broken):
    """Warn if many transitions are lost because paths were broken at missing numbers.

    Rows that are all NaN at an end of a path are padding: none is lost there.

    Parameters
    ----------
    paths, broken : Paths
        Training paths as they came in, and as they are without rows with NaN.
    """
    if broken is paths:
        return
    missing = np.isnan(paths.values)
    n_missing = missing.sum(axis=1)
    n_all = _n_transitions_within(paths, n_missing < paths.n_features)
    n_lost = n_all - len(broken.ends)
    if n_lost <= MOST_LOST * n_all:
        return
    # Rows that are complete but for each column: the cost of the column alone.
    known = n_missing[:, np.newaxis] == missing
    alone = known[paths.starts] & known[paths.ends]
    costs = np.count_nonzero(alone, axis=0) - len(broken.ends)
    column = int(np.lexsort((missing.sum(axis=0), costs))[-1])
    warn_caller(
        f'missing="break" loses {n_lost} of {n_all} transitions of X to NaN, '
        f"{costs[column]} of them for column {paths.column_label(column)!r} alone: "
        "fill gaps, or drop columns with many."
    )


def warn_of_clock(estimator, paths, *, reset, dt):
    """Warn if the index of rows contradicts that all transitions last as long.

    Where training rows do, which is said in fit, nothing is said of other rows.

    Parameters
    ----------
    estimator : estimator
        Estimator that reads the paths; it keeps the calendar of training paths.
    paths : Paths
        Training paths, or others.
    reset : bool
        Whether they are training paths.
    dt : float or "index"
        Time between two rows; "index" cannot contradict the index.
    """
    if reset:
        vars(estimator).pop(RECORD, None)
    if dt == "index" or paths.times is None or len(paths.ends) == 0:
        return
    calendar = Calendar.of(paths) if reset else getattr(estimator, RECORD, None)
    found = calendar and contradiction(calendar, paths, training=reset)
    if found is None:
        if reset:
            setattr(estimator, RECORD, calendar)
        return
    name = "dt" if hasattr(estimator, "dt") else "dynamics__dt"
    remedy = f'pass {name}="index" to fit'
    if not paths.dated:
        remedy += ", reset the index if it is no clock"
        if reset and paths.n_paths == 1:
            remedy += ", or pass cv=TimeSeriesSplit() to a search, which cuts no holes"
    warn_caller(f"{found}, but dt={dt!r} takes all steps as equal: {remedy}.")


def warn_of_fold(estimator, paths, *, reset):
    """Warn of rows of a panel that a splitter of rows has cut off the training rows.

    They go on where the last training path ends, although training rows of other paths
    are later: the model has seen their future.

    Parameters
    ----------
    estimator : estimator
        Estimator that reads the paths; it keeps the ends of training paths.
    paths : Paths
        Training paths, or others.
    reset : bool
        Whether they are training paths.
    """
    if reset:
        vars(estimator).pop(ENDS, None)
    if paths.times is None or paths.path_index is None:
        return
    labels, times = paths.path_index, paths.times
    if reset:
        *others, last = times[paths.indptr[1:] - 1].tolist()
        if others:
            kind = repr(labels[-1:].tolist()), paths.dated
            setattr(estimator, ENDS, (kind, last, max(others)))
        return
    ends = getattr(estimator, ENDS, None)
    if ends is None:
        return
    kind, last, latest = ends
    label = repr(labels[:1].tolist())
    if kind == (label, paths.dated) and last < times[0] <= latest:
        warn_caller(
            f"path {label[1:-1]} of X goes on where the training rows end, but training rows "
            "of other paths are later: if X is a fold of a splitter that cuts rows, such "
            "as TimeSeriesSplit, pass cv=GroupKFold() with the labels of the paths as "
            "groups, or split all paths at one time."
        )


def _n_transitions_within(paths, some):
    """Transitions from the first to the last row of each path that has a number."""
    rows = np.where(some, np.arange(paths.n_rows), -1)
    last = np.maximum.reduceat(rows, paths.first_rows)
    rows = np.where(some, rows, paths.n_rows)
    first = np.minimum.reduceat(rows, paths.first_rows)
    return int(np.maximum(last - first, 0).sum())
