"""Folds and early rows: which rows are fitted and which are predicted."""

import numpy as np

__all__ = ["early_rows", "fold_numbers"]

N_FOLDS = 5
# Rows of a block. Longer ones would set one volatility regime against another; in single
# rows a neighbour of a held-out row would always be among the training rows.
BLOCK = 10
# Share of the rows, or paths, that are fitted to predict the others.
EARLY = 0.7


def fold_numbers(n_rows, groups=None):
    """Assign each row to a fold: short blocks in turn, or whole paths.

    Parameters
    ----------
    n_rows : int
        Number of rows.
    groups : ndarray of shape (n_rows,), default=None
        Path of each row. With at least as many paths as folds whole paths are held out,
        because rows of one path share what other paths do not have.

    Returns
    -------
    ndarray of int of shape (n_rows,)
        Fold of each row, from 0 upwards.

    Examples
    --------
    >>> from skdiffts.linear._folds import fold_numbers
    >>> fold_numbers(10).tolist()
    [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]
    """
    if groups is not None:
        _, path = np.unique(groups, return_inverse=True)
        if path.max() + 1 >= N_FOLDS:
            return path % N_FOLDS
    block = max(1, min(BLOCK, n_rows // (2 * N_FOLDS)))
    return np.arange(n_rows) // block % N_FOLDS


def early_rows(n_rows, groups=None):
    """Rows before the others: the first ones, or all rows of the first paths.

    Parameters
    ----------
    n_rows : int
        Number of rows.
    groups : ndarray of shape (n_rows,), default=None
        Path of each row. With at least as many paths as folds these are whole paths.

    Returns
    -------
    ndarray of bool of shape (n_rows,)
        Which rows are fitted to predict the others.
    """
    position = np.arange(n_rows)
    if groups is not None:
        _, path = np.unique(groups, return_inverse=True)
        if path.max() + 1 >= N_FOLDS:
            position = path
    return position < np.ceil(EARLY * (position.max() + 1))
