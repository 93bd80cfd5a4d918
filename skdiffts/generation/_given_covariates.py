"""Covariates of rows to come that a user gives, as one row for each simulated row."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

__all__ = ["GivenCovariates"]


@dataclass(frozen=True, eq=False, kw_only=True)
class GivenCovariates:
    """Reader of exogenous columns.

    Parameters
    ----------
    labels : tuple
        Labels of the columns; positions for arrays.
    is_static : ndarray of bool of shape (n_covariates,)
        Columns that have one value in each path of a training panel.
    """

    labels: tuple
    is_static: np.ndarray

    @classmethod
    def of(cls, roles, paths):
        """Find the static columns of training paths.

        Parameters
        ----------
        roles : ColumnRoles
            Columns that are given.
        paths : Paths
            Training paths with their covariates.

        Returns
        -------
        GivenCovariates
            Reader.
        """
        is_static = np.zeros(len(roles.labels), dtype=bool)
        if paths.covariates is not None and len(paths.container_lengths) > 1:
            _, first, path = np.unique(
                paths.path_numbers, return_index=True, return_inverse=True
            )
            start = paths.covariates[first][path]
            is_static = (paths.covariates == start).all(axis=0)
        return cls(labels=roles.labels, is_static=is_static)

    def read(self, exogenous, present, n_steps, needed):
        """Read the columns of rows to come.

        Parameters
        ----------
        exogenous : array-like, frame, Series, dict, list of these, or None
            What the user passed.
        present : ndarray of shape (n_paths, n_covariates) or None
            Covariates of the rows that are followed; None where there are none.
        n_steps : int
            Rows that follow each of them.
        needed : str
            Words for the number of rows, such as "horizon=24".

        Returns
        -------
        ndarray of shape (n_paths, n_steps, n_covariates) or None
            Read-only; None without covariates.

        Raises
        ------
        ValueError
            If columns are missing, the number of rows is another one, or one is NaN.
        """
        if present is None:
            if exogenous is not None:
                raise ValueError(
                    "exogenous is given, but the generator was fitted without exogenous "
                    "columns; pass exogenous=[names] to GenerativeTimeSeries, then fit."
                )
            return None
        n_paths, q = present.shape
        shape, still = (n_paths, n_steps, q), present[:, np.newaxis]
        if n_steps == 0 or (exogenous is None and self.is_static.all()):
            return np.broadcast_to(still, shape)
        if exogenous is None:
            raise ValueError(
                f"exogenous=None, but the generator needs {self._names()} of the "
                f"{n_steps} row(s) to come ({needed}); pass these columns."
            )
        if isinstance(exogenous, list | tuple) and np.ndim(exogenous[0]) == 2:
            if len(exogenous) != n_paths:
                raise ValueError(
                    f"exogenous is a list of {len(exogenous)} table(s); pass {n_paths}, "
                    "one for each path."
                )
            pairs = zip(exogenous, still, strict=True)
            tables = [
                self._table(one, row[None], n_steps, needed) for one, row in pairs
            ]
            given = np.concatenate(tables)
        else:
            given = self._table(exogenous, still, n_steps, needed)
        if not np.isfinite(given).all():
            raise ValueError(
                "exogenous has NaN or infinity; pass finite numbers for all rows to come."
            )
        return np.broadcast_to(given, shape)

    def _table(self, exogenous, still, n_steps, needed):
        """Columns of shape (n_paths or 1, n_steps or 1, n_covariates)."""
        named = isinstance(exogenous, Mapping) or hasattr(exogenous, "columns")
        if named or _is_named_row(exogenous, self.labels):
            columns = self._columns(exogenous, still, n_steps, needed)
            return np.concatenate(columns, axis=2)
        table = np.asarray(exogenous, dtype=np.float64)
        q = len(self.labels)
        if table.ndim < 2 and q == 1 and table.size != 1:
            table = table[:, np.newaxis]
        if table.ndim == 0 or table.ndim > 3 or table.shape[-1] != q:
            raise ValueError(
                f"exogenous has shape {table.shape}; pass the {q} column(s) "
                f"{self._names()}: numbers of shape ({n_steps}, {q})."
            )
        if table.ndim == 1:
            return table[np.newaxis, np.newaxis]
        if table.ndim == 2:
            return _by_path(table, len(still), n_steps, needed)
        if len(table) not in (1, len(still)) or table.shape[1] not in (1, n_steps):
            raise ValueError(
                f"exogenous has {len(table)} path(s) of {table.shape[1]} row(s); {needed} "
                f"needs {len(still)} path(s) of {n_steps}, one row for each simulated row."
            )
        return table

    def _columns(self, exogenous, still, n_steps, needed):
        """Columns by their names; static ones that are not there stay as they are."""
        there = list(
            getattr(exogenous, "columns", getattr(exogenous, "index", exogenous))
        )
        missing = [
            label
            for label, is_static in zip(self.labels, self.is_static, strict=True)
            if label not in there and not is_static
        ]
        if missing:
            raise ValueError(
                f"exogenous has columns {there}, but not {missing}; pass {self._names()}."
            )
        columns = []
        for i, label in enumerate(self.labels):
            if label in there:
                column = np.asarray(exogenous[label], dtype=np.float64)
                table = column.reshape(-1, 1)
                if column.ndim == 0:
                    table = table[np.newaxis]
                else:
                    table = _by_path(table, len(still), n_steps, needed)
            else:
                table = still[:, :, [i]]
            shape = len(still), n_steps, 1
            columns.append(np.broadcast_to(table, shape))
        return columns

    def _names(self):
        return [
            label
            for label, is_static in zip(self.labels, self.is_static, strict=True)
            if not is_static
        ] or list(self.labels)


def _by_path(table, n_paths, n_steps, needed):
    """Rows of one path, which all share, or of all paths below each other."""
    if len(table) == n_steps:
        return table[np.newaxis]
    if len(table) == n_paths * n_steps:
        return table.reshape(n_paths, n_steps, -1)
    several = "" if n_paths == 1 else f", or {n_paths * n_steps} for {n_paths} paths"
    raise ValueError(
        f"exogenous has {len(table)} row(s); {needed} needs {n_steps}, one for each "
        f"simulated row{several}."
    )


def _is_named_row(exogenous, labels):
    """Whether a Series holds one value for each column, by name."""
    index = getattr(exogenous, "index", None)
    return hasattr(exogenous, "iloc") and set(labels) <= set(index)
