"""Covariates of rows to come that a user gives, as one row for each simulated row."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from skdiffts._paths import ColumnRoles

__all__ = ["GivenCovariates"]


@dataclass(frozen=True, eq=False, kw_only=True)
class GivenCovariates:
    """Reader of exogenous columns.

    Parameters
    ----------
    roles : ColumnRoles
        Columns that are given.
    is_static : ndarray of bool of shape (n_covariates,)
        Columns that have one value in each path of a training panel.
    """

    roles: ColumnRoles
    is_static: np.ndarray

    @classmethod
    def of(cls, roles, paths):
        """Find the static columns of training paths.

        Parameters
        ----------
        roles : ColumnRoles
            Columns that are given.
        paths : Paths
            Training paths, with covariates if there are any.

        Returns
        -------
        GivenCovariates
            Reader.
        """
        is_static = np.zeros(len(roles.given), dtype=bool)
        numbers = paths.path_numbers
        if paths.covariates is not None and numbers[-1] > 0:
            _, first, path = np.unique(numbers, return_index=True, return_inverse=True)
            is_static = (paths.covariates == paths.covariates[first[path]]).all(axis=0)
        return cls(roles=roles, is_static=is_static)

    def read(self, exogenous, present, n_steps, needed):
        """Read the columns of rows to come.

        Parameters
        ----------
        exogenous : frame, dict, array-like, list of these, or None
            What the user passed.
        present : ndarray of shape (n_paths, n_covariates)
            Covariates of the rows that are followed.
        n_steps : int
            Rows that follow each of them.
        needed : str
            Words for the number of rows, such as "horizon=24".

        Returns
        -------
        ndarray of shape (n_paths, n_steps, n_covariates)
            Numbers, read-only.

        Raises
        ------
        ValueError
            If columns are missing, the number of rows is another one, or one is NaN.
        """
        n_paths, q = present.shape
        shape = n_paths, n_steps, q
        reader = _Reader(self.roles, self.is_static, n_steps, needed)
        if n_steps == 0 or (exogenous is None and self.is_static.all()):
            return np.broadcast_to(present[:, np.newaxis], shape)
        if exogenous is None:
            raise ValueError(
                f"exogenous=None, but the generator was fitted with {reader.changing}; "
                f"pass these columns of the {n_steps} row(s) to come ({needed})."
            )
        if isinstance(exogenous, list | tuple) and np.ndim(exogenous[0]) == 2:
            if len(exogenous) != n_paths:
                raise ValueError(
                    f"exogenous is a list of {len(exogenous)} table(s); pass {n_paths}, "
                    "one for each path."
                )
            pairs = zip(exogenous, present, strict=True)
            tables = [reader.read(table, row[np.newaxis]) for table, row in pairs]
            given = np.concatenate(tables)
        else:
            given = reader.read(exogenous, present)
        if not np.isfinite(given).all():
            raise ValueError(
                "exogenous has NaN or infinity; pass finite numbers for all rows to come."
            )
        return np.broadcast_to(given, shape)


@dataclass(frozen=True)
class _Reader:
    """Reader of one table of some number of rows."""

    roles: ColumnRoles
    is_static: np.ndarray
    n_steps: int
    needed: str

    @property
    def changing(self):
        """Labels of the columns that must be given."""
        pairs = zip(self.roles.labels, self.is_static, strict=True)
        return [label for label, is_static in pairs if not is_static]

    def read(self, exogenous, present):
        """Numbers of shape (n_paths or 1, n_steps or 1, n_covariates)."""
        names = getattr(exogenous, "columns", None)
        names = list(exogenous) if isinstance(exogenous, Mapping) else names
        if names is not None:
            return self._by_name(exogenous, list(names), present)
        table, q = np.asarray(exogenous, dtype=np.float64), len(self.roles.given)
        if table.ndim == 1 and q == 1:
            table = table[:, np.newaxis]
        if table.ndim > 1 and table.shape[-1] == q + len(self.roles.simulated):
            table = table[..., self.roles.given]
        if table.ndim not in (1, 2, 3) or table.shape[-1] != q:
            raise ValueError(
                f"exogenous has shape {table.shape}; pass numbers of shape "
                f"({self.n_steps}, {q}), the column(s) {list(self.roles.labels)}."
            )
        if table.ndim == 1:
            return table[np.newaxis, np.newaxis]
        if table.ndim == 2:
            return self._by_path(table, len(present))
        if len(table) not in (1, len(present)) or table.shape[1] not in (
            1,
            self.n_steps,
        ):
            raise ValueError(
                f"exogenous has {len(table)} path(s) of {table.shape[1]} row(s); "
                f"{self.needed} needs {len(present)} path(s) of {self.n_steps}, one row "
                "for each simulated row."
            )
        return table

    def _by_name(self, exogenous, names, present):
        """Read columns by name; static ones that are not there stay as they are."""
        missing = [label for label in self.changing if label not in names]
        if missing:
            raise ValueError(
                f"exogenous has columns {names}, but not {missing}; pass "
                f"{self.changing}."
            )
        columns = []
        for label, still in zip(self.roles.labels, present.T, strict=True):
            column = still.reshape(-1, 1, 1)
            if label in names:
                column = np.asarray(exogenous[label], dtype=np.float64)
                if column.ndim:
                    column = self._by_path(column.reshape(-1, 1), len(present))
            columns.append(np.broadcast_to(column, (len(present), self.n_steps, 1)))
        return np.concatenate(columns, axis=2)

    def _by_path(self, table, n_paths):
        """Rows that all paths share, or rows of all paths below each other."""
        if len(table) == self.n_steps:
            return table[np.newaxis]
        if len(table) == n_paths * self.n_steps:
            return table.reshape(n_paths, self.n_steps, -1)
        several = f", or {n_paths * self.n_steps} for {n_paths} paths"
        raise ValueError(
            f"exogenous has {len(table)} row(s); {self.needed} needs {self.n_steps}, one "
            f"for each simulated row{several if n_paths > 1 else ''}."
        )
