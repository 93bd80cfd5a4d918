"""Contradictions between an index and transitions of one length."""

import numpy as np

__all__ = ["contradiction"]

# Share of rows missing from which holes are named: more than the holidays of a year.
MOST_MISSING = 0.1
# Factor by which steps may differ from the steps of training.
TOLERANCE = 1.1


def contradiction(calendar, paths, *, training=False):
    """Say how the index of paths contradicts the same dt for each transition.

    Parameters
    ----------
    calendar : Calendar
        Calendar of the training paths.
    paths : Paths
        The training paths, or others.
    training : bool, default=False
        Whether they are the training paths.

    Returns
    -------
    str or None
        One sentence without a remedy, which names the other step, or number and place of
        the holes; None if there are none, or few, as by holidays, and if the paths have
        another kind of index.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.base import BaseEstimator
    >>> from skdiffts._paths import Calendar, check_paths, contradiction
    >>> X = pd.DataFrame({"x": 0.0}, index=pd.date_range("2024", periods=90))
    >>> paths = check_paths(BaseEstimator(), X, reset=True)
    >>> holes = check_paths(BaseEstimator(), X.drop(X.index[30:45]), reset=True)
    >>> contradiction(Calendar.of(paths), holes)
    'X lacks 15 rows in 1 hole of its index, 15 of them before row 30'
    """
    if not calendar.is_of(paths) or len(paths.ends) == 0:
        return None
    steps = calendar.steps_between(paths)
    low, typical, high = np.quantile(steps, [0.05, 0.5, 0.95])
    if not 1.0 / TOLERANCE < typical < TOLERANCE:
        if training:
            return (
                f"half of the steps in the index of X are at least {typical:.3g} times "
                "the most frequent one"
            )
        return (
            f"the rows of X are {typical:.3g} times as far apart as the training rows, by "
            "their index"
        )
    if not calendar.regular:
        if high < TOLERANCE * low:
            return None
        return (
            f"the index of X follows no calendar: nine of ten steps are {low:.3g} to "
            f"{high:.3g} times the median step of the training rows"
        )
    missing = np.maximum(np.rint(steps) - 1.0, 0.0).astype(int)
    n_missing, n_holes = missing.sum(), np.count_nonzero(missing)
    if n_missing < MOST_MISSING * (paths.n_rows + n_missing):
        return None
    largest = missing.argmax()
    row = paths.ends[largest]
    path = np.searchsorted(paths.indptr, row, side="right") - 1
    place = f"row {paths.row_numbers[row]}"
    if paths.n_paths > 1:
        place += f" of path {path}"
    return (
        f"X lacks {n_missing} rows in {n_holes} hole{'s' if n_holes > 1 else ''} of its "
        f"index, {missing[largest]} of them before {place}"
    )
