"""Folds for forward-chaining likelihood, and errors of means over blocks."""

from dataclasses import dataclass, replace

import numpy as np

from skdiffts._paths import Paths

__all__ = [
    "Fold",
    "block_error",
    "forward_folds",
    "held_out_fold",
    "path_numbers",
    "whole_fold",
]

# Shares of each path that are fitted, and up to which rows are scored.
SPLITS = ((0.55, 0.70), (0.70, 0.85), (0.85, 1.0))
# From so many paths on, whole paths are scored: two or more in each fold.
MIN_PATHS = 6
N_BLOCKS = 20


@dataclass(frozen=True, eq=False)
class Fold:
    """Transitions that are fitted and transitions that are scored.

    Parameters
    ----------
    paths : Paths
        Rows of the fitted transitions.
    fitted, scored : ndarray of bool of shape (n_transitions,)
        Masks over the transitions of all paths.
    """

    paths: Paths
    fitted: np.ndarray
    scored: np.ndarray


def forward_folds(paths, splits=SPLITS):
    """Make folds over time, or over paths where there are six or more.

    Over time, by default the first 55, 70 and 85 % of each path are fitted and the next
    15 % are scored. Over paths, every third path is scored and the others are fitted.

    Parameters
    ----------
    paths : Paths
        Training paths.
    splits : sequence of (float, float), default=((0.55, 0.7), (0.7, 0.85), (0.85, 1.0))
        Shares of each path that are fitted, and up to which rows are scored.

    Returns
    -------
    list of Fold
        One for each split.
    """
    path, n_paths = path_numbers(paths)
    if n_paths >= MIN_PATHS:
        third = path % len(SPLITS)
        return [_fold(paths, third != k, third == k) for k in range(len(splits))]
    lengths = np.zeros(n_paths)
    np.maximum.at(lengths, path, paths.row_numbers + 1)
    share = (paths.row_numbers + 1) / lengths[path]
    return [_fold(paths, share <= a, (share > a) & (share <= b)) for a, b in splits]


def path_numbers(paths):
    """Tell to which path of the container each row belongs.

    Missing rows may have broken a path into several.

    Parameters
    ----------
    paths : Paths
        Paths.

    Returns
    -------
    numbers : ndarray of int of shape (n_rows,)
        Path of the container that each row belongs to.
    n_paths : int
        Number of paths in the container.
    """
    rows, indptr = paths.rows_in_container, paths.container_indptr
    if rows is None or indptr is None:
        rows, indptr = np.arange(paths.n_rows), paths.indptr
    return np.searchsorted(indptr, rows, side="right") - 1, len(indptr) - 1


def held_out_fold(paths, fitted):
    """Make one fold that fits some rows and scores all later ones.

    Parameters
    ----------
    paths : Paths
        Paths.
    fitted : ndarray of bool of shape (n_rows,)
        First rows of each path, or whole paths.

    Returns
    -------
    Fold
        The fold.
    """
    return _fold(paths, fitted, ~fitted)


def whole_fold(paths):
    """Make one fold that fits and scores all rows, for criteria in the sample.

    Parameters
    ----------
    paths : Paths
        Paths.

    Returns
    -------
    Fold
        The fold.
    """
    every = np.ones(len(paths.ends), dtype=bool)
    return Fold(paths, every, every)


def block_error(values, n_blocks=N_BLOCKS, groups=None):
    """Estimate the standard error of a mean from means of consecutive blocks.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        Dependent values in their order.
    n_blocks : int, default=20
        Number of blocks.
    groups : ndarray of shape (n_rows,), default=None
        Blocks themselves, such as the path of each row.

    Returns
    -------
    float
        Standard error; infinite for fewer than two blocks.
    """
    if groups is None:
        n_blocks = min(n_blocks, len(values))
        groups = np.arange(len(values)) * n_blocks // max(len(values), 1)
    _, block, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(sizes) < 2:
        return np.inf
    deviations = np.bincount(block, values - values.mean())
    variance = (deviations**2).sum() * len(sizes) / (len(sizes) - 1)
    return float(np.sqrt(variance) / len(values))


def _fold(paths, fitted, scored):
    """Fold from masks over rows; a transition belongs to the row that ends it."""
    number = np.repeat(np.arange(paths.n_paths), paths.lengths)[fitted]
    lengths = np.bincount(number, minlength=paths.n_paths)
    # Row numbers are the clock where there is no index, also of what is broken.
    times = paths.row_numbers if paths.times is None else paths.times
    part = replace(
        paths,
        values=paths.values[fitted],
        latent=None if paths.latent is None else paths.latent[fitted],
        covariates=None if paths.covariates is None else paths.covariates[fitted],
        indptr=np.concatenate([[0], np.cumsum(lengths[lengths > 0])]),
        times=times[fitted],
        container="rows",
        frames=(None,),
        rows_in_container=None,
        container_indptr=None,
    )
    return Fold(part, fitted[paths.ends], scored[paths.ends])
