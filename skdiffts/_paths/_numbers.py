"""Errors for entries that are not numbers, or of a magnitude that cannot be squared."""

from contextlib import contextmanager

import numpy as np

__all__ = ["check_magnitudes", "entries_named"]

# Bounds on the largest magnitude of a column: squares, and products of two squares, stay
# far from overflow and underflow in float64.
SMALLEST, LARGEST = 1e-100, 1e100


@contextmanager
def entries_named(X, name):
    """Name the entry that stopped a conversion to floats.

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
        found = _find_entry(X, type(error))
        if found is None:
            raise
        value, row, column = found
        # OverflowError is for errors of a program; a large integer is a wrong value.
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            f"column {column!r} of {name} has {value!r:.50} in row {row}, which is no "
            f"number ({error}): drop the column, or turn it into floats."
        ) from error


def check_magnitudes(paths, *, reset):
    """Raise if a column is too large to be squared or, in ``fit``, too small.

    Parameters
    ----------
    paths : Paths
        Rows.
    reset : bool
        Whether they are training rows: other rows may be small.
    """
    values, shell = paths.values, paths.frames[0]
    size = np.fmax(np.fmax.reduce(values), -np.fmin.reduce(values))
    wrong = size > LARGEST
    if reset:
        wrong |= (size > 0.0) & (size < SMALLEST)
    if wrong.any():
        column = int(np.flatnonzero(wrong)[0])
        label = column if shell is None else shell.columns[column]
        raise ValueError(
            f"column {label!r} of X reaches {size[column]:.1e} in magnitude, whose "
            "square floating point cannot hold: pass it in a unit in which it reaches "
            f"between {SMALLEST:.0e} and {LARGEST:.0e}."
        )


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
