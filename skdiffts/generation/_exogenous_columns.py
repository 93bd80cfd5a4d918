"""Exogenous columns of a generator: split from the others, read for rows to come, joined."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from skdiffts._paths import ColumnRoles

__all__ = ["ExogenousColumns"]


@dataclass(frozen=True, eq=False, kw_only=True)
class ExogenousColumns:
    """Columns that are given for the rows to come, none by default.

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
    def find(cls, exogenous, paths, dynamics):
        """Find the columns that a parameter names, and the static ones among them.

        Parameters
        ----------
        exogenous : array-like of labels or positions, str or None
            Parameter of the generator.
        paths : Paths
            Training paths with all columns.
        dynamics : estimator
            Dynamics that are to see the columns.

        Returns
        -------
        ExogenousColumns
            The columns.

        Raises
        ------
        TypeError
            If there are such columns, and the dynamics know none.
        ValueError
            If a column is unknown or named twice, or none is left to simulate.
        """
        roles = ColumnRoles.find(exogenous, paths)
        if roles.has_given and not getattr(dynamics, "takes_covariates", False):
            raise TypeError(
                f"exogenous={exogenous!r}, but dynamics={dynamics!r} knows no exogenous "
                "columns; pass a KernelDriftVolEstimator as dynamics."
            )
        is_static = np.zeros(len(roles.given), dtype=bool)
        paths, numbers = _split(roles, paths), paths.path_numbers
        if paths.covariates is not None and numbers[-1] > 0:
            _, first, path = np.unique(numbers, return_index=True, return_inverse=True)
            is_static = (paths.covariates == paths.covariates[first[path]]).all(axis=0)
        return cls(roles=roles, is_static=is_static)

    def split(self, paths):
        """Split the columns from the simulated ones.

        Parameters
        ----------
        paths : Paths
            Paths with all columns.

        Returns
        -------
        Paths
            Paths of the simulated columns, which hold the others as covariates.

        Raises
        ------
        ValueError
            If a covariate is NaN.
        """
        return _split(self.roles, paths)

    def describe(self):
        """Name the columns; "" without any."""
        if not self.roles.has_given:
            return ""
        pairs = zip(self.roles.labels, self.is_static, strict=True)
        names = [f"{name}{' (static)' if still else ''}" for name, still in pairs]
        return f"exogenous: {', '.join(names)}"

    def join(self, rows, history, covariates):
        """Put the columns beside simulated ones.

        Parameters
        ----------
        rows : ndarray of shape (n_paths, n_steps + 1, n_simulated)
            Paths.
        history : History
            Histories at their first rows.
        covariates : ndarray of shape (n_paths, n_steps, n_covariates) or None
            Covariates of the other rows; None changes nothing.

        Returns
        -------
        ndarray of shape (n_paths, n_steps + 1, n_columns)
            Paths with all columns.
        """
        if covariates is None:
            return rows
        given = np.concatenate([history.covariates[:, :1], covariates], axis=1)
        return self.roles.join(rows, given)

    def read(self, exogenous, history, n_steps, n_samples=1):
        """Read the columns of rows to come.

        Parameters
        ----------
        exogenous : frame, dict, array-like, list of these, or None
            The user's data.
        history : History
            Histories of the rows that are followed.
        n_steps : int
            Rows that follow each of them.
        n_samples : int, default=1
            Histories in turn that are one path, whose columns they share.

        Returns
        -------
        ndarray of shape (n_histories, n_steps, n_covariates) or None
            Numbers; None without such columns.

        Raises
        ------
        ValueError
            If columns are missing, the number of rows is another one, one is NaN, or
            there are no such columns.
        """
        if not self.roles.has_given:
            if exogenous is None:
                return None
            raise ValueError(
                "exogenous is given, but fit had none; pass exogenous=[...], labels of "
                "columns of X, to GenerativeTimeSeries."
            )
        present = history.covariates[::n_samples, 0]
        n_paths, q = present.shape
        shape = n_paths, n_steps, q
        reader = _Reader(self.roles, self.is_static, n_steps)
        if n_steps == 0 or (exogenous is None and self.is_static.all()):
            still = np.broadcast_to(present[:, np.newaxis], shape)
            return np.repeat(still, n_samples, axis=0)
        if exogenous is None:
            raise ValueError(
                f"exogenous=None, but the generator was fitted with {reader.changing}; "
                f"pass these columns of the {n_steps} row(s) to come."
            )
        if _is_list_of_tables(exogenous):
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
        return np.repeat(np.broadcast_to(given, shape), n_samples, axis=0)


def _split(roles, paths):
    """Split columns; an error where a given one has a hole."""
    split = roles.split(paths)
    if split.covariates is not None:
        holes = np.isnan(split.covariates)
        if holes.any():
            row, column = np.argwhere(holes)[0]
            raise ValueError(
                f"X has NaN in the exogenous column {roles.labels[column]!r}, first in "
                f"row {row}: fill it, since missing='draw' draws the other columns alone."
            )
    return split


def _is_list_of_tables(exogenous):
    is_list = isinstance(exogenous, list | tuple) and len(exogenous) > 0
    return is_list and np.ndim(exogenous[0]) == 2


@dataclass(frozen=True)
class _Reader:
    """Reader of one table of some number of rows."""

    roles: ColumnRoles
    is_static: np.ndarray
    n_steps: int

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
                f"{len(present)} path(s) of {self.n_steps} are needed, one row for each "
                "simulated row."
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
            f"exogenous has {len(table)} row(s); {self.n_steps} are needed, one for each "
            f"simulated row{several if n_paths > 1 else ''}."
        )
