"""Support of a column, found in its values by rules."""

import numpy as np

from skdiffts.columns._support import REAL, Support

__all__ = ["find_support"]

# Fewer rows say too little.
MIN_ROWS = 50
# A grid matters if its step is at least so large in standard deviations of the increments:
# the density in a cell then is off by more than 1 / 2400 nats.
COARSE = 0.1
# An atom holds at least so large a share of the rows, at least so many of them, and so many
# times as many as any of the nearest values on each side, so that rounding makes none.
SHARE, COUNT, EXCESS, NEAR = 0.02, 10, 5, 3
ROUNDING = 1e-6
# Share of the range of the values up to which a difference is an error of rounding.
SAME = 1e-12


def find_support(values, increments):
    """Find bounds, grid and atoms of a column.

    * A column comes near zero if no value is negative, and a fiftieth of the rows is below
      a standard deviation, of the values and of the increments.
    * It is on a grid if all values are multiples of one number that is at least a tenth of
      the standard deviation of the increments, or a whole number where the column comes
      near zero: a count. The grid is bounded below by zero where no value is negative, and
      at an end that holds a fiftieth of the rows.
    * The least or the largest value of another column is an atom and a bound if a fiftieth
      of the rows, and ten at least, have it, and five times as many as the nearest values.
    * A column without atoms that comes near zero is positive.

    Atoms within the range are left to the user: prices that stand still have returns of
    exactly zero, and are continuous else.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        Values.
    increments : ndarray of shape (n_transitions,)
        Increments.

    Returns
    -------
    Support
        Support; any number if nothing is found.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.columns import find_support
    >>> rain = np.maximum(np.random.RandomState(0).standard_normal(500), 0.0)
    >>> find_support(rain, np.diff(rain))
    Support(atoms=[0.0], low=0.0)
    """
    if len(values) < MIN_ROWS:
        return REAL
    distinct, counts = np.unique(_ends_rounded(values), return_counts=True)
    if len(distinct) < 2:
        return REAL
    unit = _unit(distinct)
    is_near = distinct[0] >= 0.0
    is_near &= np.mean(values < min(values.std(), increments.std())) >= SHARE
    if unit is not None:
        is_count = is_near and unit >= 1.0 and unit == np.round(unit)
        if is_count or unit >= COARSE * increments.std():
            return _grid(distinct, counts, unit)
    return _with_atoms(distinct, counts, is_near)


def _ends_rounded(values):
    """Values of which those at the ends, but for rounding errors, are the ends."""
    low, high = values.min(), values.max()
    rounding = SAME * (high - low)
    values = np.where(values - low <= rounding, low, values)
    return np.where(high - values <= rounding, high, values)


def _unit(distinct):
    """Largest number that all values are multiples of; None if there is none."""
    size = np.abs(distinct).max()
    numbers = np.append(distinct[distinct != 0.0], np.diff(distinct))
    unit = np.abs(numbers).min()
    if unit < ROUNDING * size:
        return None
    for divided in (unit, unit / 2.0, unit / 3.0, unit / 5.0):
        steps = numbers / divided
        if np.abs(steps - np.round(steps)).max() < ROUNDING * max(1.0, size / unit):
            return divided
    return None


def _grid(distinct, counts, unit):
    often = counts >= max(COUNT, SHARE * counts.sum())
    two = len(distinct) == 2
    low = 0.0 if distinct[0] >= 0.0 else -np.inf
    if often[0] or two:
        low = distinct[0]
    is_cap = often[-1] and 2 * counts[-1] >= counts[-2]
    high = distinct[-1] if is_cap or two else np.inf
    return Support(low=float(low), high=float(high), unit=float(unit))


def _beside(counts):
    """Largest count among the nearest values on both sides of each."""
    padded = np.pad(counts, NEAR)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * NEAR + 1)
    return np.delete(windows, NEAR, axis=1).max(axis=1)


def _with_atoms(distinct, counts, is_near):
    """Bounds that are atoms; a bound at zero where a column comes near it."""
    often = counts >= max(COUNT, SHARE * counts.sum())
    often &= counts >= EXCESS * _beside(counts)
    often[1:-1] = False
    atoms = distinct[often]
    if not len(atoms):
        return Support(low=0.0) if is_near and distinct[0] > 0.0 else REAL
    low = atoms[0] if atoms[0] == distinct[0] else -np.inf
    high = atoms[-1] if atoms[-1] == distinct[-1] else np.inf
    return Support(low=float(low), high=float(high), atoms=[float(a) for a in atoms])
