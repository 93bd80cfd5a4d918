"""Rows without a number at the ends of paths, such as the padding of a panel."""

from dataclasses import replace

import numpy as np

__all__ = ["without_padding"]


def without_padding(paths):
    """Leave out the rows before the first and after the last number of each path.

    Parameters
    ----------
    paths : Paths
        Paths, whose rows may have NaN.

    Returns
    -------
    Paths
        Paths that begin and end with a row that has a number; NaN within is kept. Paths
        without any number are left out.
    """
    missing = np.isnan(paths.values)
    some = ~missing.all(axis=1)
    rows = np.arange(paths.n_rows)
    first = np.minimum.reduceat(np.where(some, rows, paths.n_rows), paths.first_rows)
    last = np.maximum.reduceat(np.where(some, rows, -1), paths.first_rows)
    first, last = (np.repeat(end, paths.lengths) for end in (first, last))
    padding = (rows < first) | (rows > last)
    if not padding.any():
        return paths
    marks = np.where(padding[:, np.newaxis], np.nan, 0.0)
    marks = np.broadcast_to(marks, paths.values.shape)
    trimmed = replace(paths, values=marks).broken_at_missing()
    return replace(trimmed, values=trimmed.collapse(paths.values))
