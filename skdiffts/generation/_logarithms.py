"""Supports of columns that are modelled by their logarithms."""

import numpy as np

from skdiffts.columns import Support, find_support
from skdiffts.selection import find_logarithms

__all__ = ["with_logarithms"]


def with_logarithms(supports, columns, paths):
    """Take the logarithm of continuous columns that grow by factors.

    Parameters
    ----------
    supports : list of Support or None
        Support of each column, None where it is not given.
    columns : ndarray of int of shape (n_columns,)
        Positions of the columns.
    paths : Paths
        Training paths with all columns.

    Returns
    -------
    list of Support or None
        The same, with a logarithm for columns whose support is not given and where the
        forward likelihood prefers it.
    """
    paths = paths.with_columns(paths.values[:, columns], columns)
    increments = paths.values[paths.ends] - paths.values[paths.starts]
    is_open = np.array(
        [
            support is None and _is_continuous(paths.values[:, j], increments[:, j])
            for j, support in enumerate(supports)
        ]
    )
    found = find_logarithms(paths, is_open)
    return [
        Support(power=0.0) if is_found else support
        for support, is_found in zip(supports, found, strict=True)
    ]


def _is_continuous(values, increments):
    """Tell whether a column has neither a grid nor atoms."""
    support = find_support(values, increments)
    return support.unit is None and not len(support.atoms)
