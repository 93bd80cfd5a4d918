"""Covariates: columns that are given for the future, split from those that are simulated."""

from dataclasses import dataclass, replace
from numbers import Integral

import numpy as np

__all__ = ["ColumnRoles", "known_ahead", "present_and_next"]


@dataclass(frozen=True, eq=False)
class ColumnRoles:
    """Columns of a table that are given, and columns that are simulated.

    Parameters
    ----------
    simulated, given : ndarray of int
        Positions of the columns, in their order in the table.
    labels : tuple
        Labels of the given columns; positions for arrays.
    """

    simulated: np.ndarray
    given: np.ndarray
    labels: tuple

    @classmethod
    def find(cls, exogenous, paths):
        """Find the columns that a parameter names.

        Parameters
        ----------
        exogenous : array-like of labels or positions, str or None
            Labels of columns, or positions where a column has no such label.
        paths : Paths
            Training paths with all columns.

        Returns
        -------
        ColumnRoles
            Roles of the columns.

        Raises
        ------
        ValueError
            If a column is unknown or named twice, or none is left to simulate.
        """
        d = paths.n_features
        labels = [paths.column_label(column) for column in range(d)]
        wanted = [exogenous] if isinstance(exogenous, str) else exogenous
        wanted = [] if wanted is None else list(wanted)
        positions = [_position(name, labels) for name in wanted]
        if len(set(positions)) < len(positions):
            raise ValueError(
                f"exogenous={wanted} names a column twice; pass each of them once."
            )
        if len(positions) == d:
            raise ValueError(
                f"exogenous={wanted} names all {d} column(s) of X; leave at least one, "
                "which is simulated."
            )
        given = np.array(sorted(positions), dtype=np.int64)
        simulated = np.setdiff1d(np.arange(d), given)
        return cls(simulated, given, tuple(labels[column] for column in given))

    @property
    def has_given(self):
        """Whether some columns are given."""
        return len(self.given) > 0

    def split_rows(self, rows):
        """Split rows into simulated and given columns.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, n_columns)
            Rows.

        Returns
        -------
        simulated : ndarray of shape (n_rows, n_simulated)
            The rows themselves without given columns.
        given : ndarray of shape (n_rows, n_given) or None
            None without given columns.
        """
        if not self.has_given:
            return rows, None
        parts = rows[:, self.simulated], rows[:, self.given]
        simulated, given = (np.ascontiguousarray(part) for part in parts)
        return simulated, given

    def split(self, paths):
        """Paths of the simulated columns, which hold the given ones as covariates.

        Parameters
        ----------
        paths : Paths
            Paths with all columns.

        Returns
        -------
        Paths
            The paths themselves without given columns.
        """
        if not self.has_given:
            return paths
        values, covariates = self.split_rows(paths.values)
        frames = tuple(
            None if frame is None else frame.take_columns(self.simulated)
            for frame in paths.frames
        )
        return replace(paths, values=values, covariates=covariates, frames=frames)

    def join(self, values, covariates):
        """Put given columns at their place among the simulated ones.

        Parameters
        ----------
        values : ndarray of shape (..., n_simulated)
            Simulated columns.
        covariates : ndarray of shape (..., n_given) or None
            Given columns; None without.

        Returns
        -------
        ndarray of shape (..., n_columns)
            All columns; the simulated ones themselves without given ones.
        """
        if not self.has_given:
            return values
        n_columns = len(self.simulated) + len(self.given)
        whole = np.empty((*values.shape[:-1], n_columns))
        whole[..., self.simulated] = values
        whole[..., self.given] = covariates
        return whole


def _position(name, labels):
    """Position of a column with a label, or at a position."""
    if name in labels:
        return labels.index(name)
    if isinstance(name, Integral) and -len(labels) <= int(name) < len(labels):
        return int(name) % len(labels)
    raise ValueError(
        f"exogenous has {name!r}, which is no column of X; pass some of {labels}, or "
        f"positions below {len(labels)}."
    )


def present_and_next(paths):
    """Covariates of each row and of the row that follows it.

    Parameters
    ----------
    paths : Paths
        Paths.

    Returns
    -------
    ndarray of shape (n_rows, 2, n_covariates) or None
        NaN after the last row of a path; None for paths without covariates.
    """
    if paths.covariates is None:
        return None
    following = np.full_like(paths.covariates, np.nan)
    following[paths.starts] = paths.covariates[paths.ends]
    return np.stack([paths.covariates, following], axis=1)


def known_ahead(covariates):
    r"""Columns :math:`(u_{i+1},\ u_{i+1} - u_i)` of the next row's covariates.

    They span the same lines as both rows, but slow covariates are not there twice.

    Parameters
    ----------
    covariates : ndarray of shape (n_rows, 2, n_covariates)
        Covariates of the present rows and of the rows that follow.

    Returns
    -------
    ndarray of shape (n_rows, 2 * n_covariates)
        Next covariates, then their changes.
    """
    present, following = covariates[:, 0], covariates[:, 1]
    return np.hstack([following, following - present])
