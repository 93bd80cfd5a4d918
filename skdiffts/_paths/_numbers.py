"""Errors for entries that are no numbers, not finite, or too large to be squared."""

import re
from contextlib import contextmanager

import numpy as np

__all__ = ["check_finite", "check_magnitudes", "entries_named"]

# Bounds on the largest magnitude of a column: squares, and products of two squares, stay
# far from overflow and underflow in float64.
SMALLEST, LARGEST = 1e-100, 1e100
# Most values of a column that are taken for categories, and values that an error tells.
MAX_CATEGORIES, MAX_TOLD = 50, 6


@contextmanager
def entries_named(X, name):
    """Name the entry that stopped a conversion to floats, or the input.

    Parameters
    ----------
    X : object
        Input that is converted in the context.
    name : str
        Name in the error.

    Yields
    ------
    None
        Nothing.
    """
    try:
        # Infinity, and numbers beyond float64, raise an error elsewhere.
        with np.errstate(over="ignore", invalid="ignore"):
            yield
    except (TypeError, ValueError, OverflowError) as error:
        # OverflowError is for errors of a program; a large integer is a wrong value.
        kind = TypeError if isinstance(error, TypeError) else ValueError
        found = _find_entry(X, type(error))
        if found is None:
            if re.search(rf"\b{name}\b", str(error)):
                raise
            raise kind(f"{name}: {error}") from error
        value, row, column = found
        categories = _categories(X, column)
        if categories:
            raise kind(
                f"column {column!r} of {name} has the categories {categories}, which are "
                "no numbers: pass their codes if they have an order, else a column of 0 "
                "and 1 for each (get_dummies of pandas, to_dummies of polars), to be named "
                "by exogenous=[...] if they are known ahead."
            ) from error
        raise kind(
            f"column {column!r} of {name} has {value!r:.50} in row {row}, which is no "
            f"number ({error}): drop the column, or turn it into floats."
        ) from error


def check_finite(paths, *, nan, remedy):
    """Raise if there is infinity, or NaN where it must not be.

    Parameters
    ----------
    paths : Paths
        Rows.
    nan : {"refused", "rows", "allowed"}
        Whether NaN is an error, is one in rows that have numbers as well, or is none.
    remedy : str
        Remedies that the error about NaN names, besides filling it.
    """
    values = paths.values
    bad = np.isinf(values)
    if bad.any():
        raise ValueError(f"X contains infinity in {_place(paths, bad)}: replace it.")
    bad = np.isnan(values)
    if nan == "allowed" or not bad.any():
        return
    if nan == "refused":
        raise ValueError(
            f"X contains NaN in {_place(paths, bad)}: fill it, or {remedy}."
        )
    bad &= ~bad.all(axis=1, keepdims=True)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise ValueError(
            f"{paths.row_name(row)} of X is NaN in some columns only, such as column "
            f"{paths.column_label(column)!r}: fill it, or set the whole row to NaN."
        )


def check_magnitudes(paths, *, reset):
    """Raise if a column is too large to be squared or, in ``fit``, too small.

    Parameters
    ----------
    paths : Paths
        Rows.
    reset : bool
        Whether they are training rows: other rows may be small.
    """
    values = paths.values
    size = np.fmax(np.fmax.reduce(values), -np.fmin.reduce(values))
    wrong = size > LARGEST
    if reset:
        wrong |= (size > 0.0) & (size < SMALLEST)
    if wrong.any():
        column = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"column {paths.column_label(column)!r} of X reaches {size[column]:.1e} in magnitude, whose "
            "square floating point cannot hold: pass it in a unit in which it reaches "
            f"between {SMALLEST:.0e} and {LARGEST:.0e}."
        )


def _place(paths, mask):
    """Row and column of the first entry of a mask, and how many more there are."""
    row, column = np.argwhere(mask)[0]
    n_more = np.count_nonzero(mask) - 1
    more = f" (and {n_more} other place{'s' if n_more > 1 else ''})" if n_more else ""
    return f"{paths.row_name(row)}, column {paths.column_label(column)!r}{more}"


def _find_entry(X, kind):
    """First entry that is an array, or for which float raises a kind of error."""
    try:
        entries = np.asarray(X, dtype=object)
    except (TypeError, ValueError):
        return None
    if entries.ndim < 2 or entries.size == 0:
        return None
    labels = getattr(X, "columns", range(entries.shape[-1]))
    for row, values in enumerate(entries.reshape(-1, entries.shape[-1])):
        for label, value in zip(labels, values, strict=True):
            if value is not None and _is_refused(value, kind):
                return value, row, label
    return None


def _categories(X, column):
    """Tell the values of a column of a few words; "" for any other column."""
    entries = np.asarray(X, dtype=object)
    labels = list(getattr(X, "columns", range(entries.shape[-1])))
    values = entries[..., labels.index(column)].ravel()
    words = {value for value in values if isinstance(value, str)}
    distinct = sorted(filter(_is_word, words))
    if len(distinct) < max(2, len(words)) or len(distinct) > MAX_CATEGORIES:
        return ""
    told = ", ".join(repr(str(value)) for value in distinct[:MAX_TOLD])
    others = len(distinct) - MAX_TOLD
    return told + (f" and {others} others" if others > 0 else "")


def _is_word(value):
    """Tell whether a string is no number."""
    return _is_refused(value, ValueError)


def _is_refused(value, kind):
    if np.ndim(value):
        return True
    try:
        float(value)
    except kind:
        return True
    except (TypeError, ValueError, OverflowError):
        return False
    return False
