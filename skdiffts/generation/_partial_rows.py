"""Rows with missing cells, in the units of the data and in the coordinates of dynamics."""

from dataclasses import dataclass

import numpy as np

from skdiffts._preprocessing import Preprocessing
from skdiffts.columns import Coordinates, find_support, reconciled
from skdiffts.generation._missing_cells import nearest

__all__ = ["PartialRows"]

# Part of the size of a column by which others may move it, from rounding.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class PartialRows:
    """Map of rows with missing cells, by a map of complete rows that acts on each column.

    Dependent columns are left out: cells that relations determine are filled before.

    Parameters
    ----------
    reference : ndarray of shape (n_features,)
        A training value of each column, which stands for missing ones.
    coordinates : Coordinates
        Map of complete rows.
    log_slopes : ndarray of shape (n_free,)
        Log-derivatives of the map of each free column at its reference.
    """

    reference: np.ndarray
    coordinates: Coordinates
    log_slopes: np.ndarray

    @staticmethod
    def reference_of(paths):
        """Middle one of the seen values of each column.

        Parameters
        ----------
        paths : Paths
            Training paths.

        Returns
        -------
        ndarray of shape (n_features,)
            Values.

        Raises
        ------
        ValueError
            If a column has no value.
        """
        empty = np.isnan(paths.values).all(axis=0)
        if empty.any():
            label = paths.column_label(int(np.argmax(empty)))
            raise ValueError(f"column {label!r} of X has only NaN: drop it.")
        ordered = np.sort(paths.values, axis=0)  # NaN last
        middle = np.count_nonzero(~np.isnan(ordered), axis=0) // 2
        return ordered[middle, np.arange(paths.n_features)]

    @staticmethod
    def supports(paths, supports):
        """Supports of columns, where they are not given found in the values that were seen.

        Parameters
        ----------
        paths : Paths
            Training paths with NaN.
        supports : list of Support or None
            Supports that are given.

        Returns
        -------
        list of Support
            Support of each column.
        """
        found = []
        for values, support in zip(paths.values.T, supports, strict=True):
            if support is None:
                increments = values[paths.ends] - values[paths.starts]
                pieces = (part[~np.isnan(part)] for part in (values, increments))
                support = find_support(*pieces)
            found.append(support)
        return found

    @classmethod
    def fit(cls, coordinates, reference):
        """Measure the slope of each column.

        Parameters
        ----------
        coordinates : Coordinates
            Fitted map of complete rows.
        reference : ndarray of shape (n_features,)
            Training values.

        Returns
        -------
        PartialRows
            Map of partial rows.

        Raises
        ------
        ValueError
            If a preprocessor mixes columns.
        """
        free = coordinates.dependent.reduce(reference)
        if coordinates.support is not None:
            columns = coordinates.support.coordinates
            given = zip(columns, free[:, np.newaxis], strict=True)
            slopes = np.array([c.log_slope(value)[0] for c, value in given])
            return cls(reference, coordinates, slopes)
        if coordinates.transformer is None:
            return cls(reference, coordinates, np.zeros(len(free)))
        slopes = _log_slopes(coordinates.preprocessing, reference)
        return cls(reference, coordinates, coordinates.dependent.reduce(slopes))

    def is_missing(self, values):
        """Tell which cells of the free columns are missing.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_features)
            Rows in their units, with NaN.

        Returns
        -------
        ndarray of bool of shape (n_rows, n_free)
            Missing cells.
        """
        return np.isnan(self.coordinates.dependent.reduce(values))

    def complete(self, paths):
        """Free columns in their units, with values near in time in missing cells."""
        return self.coordinates.dependent.reduce(nearest(paths, self.reference))

    def inputs(self, paths):
        """Paths of the free columns in the coordinates of the dynamics, with NaN.

        Parameters
        ----------
        paths : Paths
            Paths with NaN.

        Returns
        -------
        Paths
            Paths in the same container.
        """
        rows = self.coordinates.transform(self._referred(paths.values))
        rows = np.where(self.is_missing(paths.values), np.nan, rows)
        return paths.with_columns(rows, self.coordinates.dependent.free)

    def restore(self, drawn, values):
        """Rows in their units, where missing cells have drawn values.

        Parameters
        ----------
        drawn : ndarray of shape (n_rows, n_free)
            Complete rows in the coordinates of the dynamics.
        values : ndarray of shape (n_rows, n_features)
            Rows in their units, with NaN.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Complete rows; cells that were seen are as they are. Where a total was seen
            without two of its parts, these are moved by their variances.
        """
        restored = self.coordinates.inverse_transform(drawn)
        variance = self.coordinates.dependent.reduce(restored.var(axis=0))
        if self.coordinates.support is not None:
            variance = np.where(self.coordinates.support.is_latent, 0.0, variance)
        return reconciled(self.coordinates.dependent, values, restored, variance)

    def log_slope(self, values):
        """Log ratio of the densities of the seen cells and of their coordinates.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_features)
            Rows in their units, with NaN.

        Returns
        -------
        ndarray of shape (n_rows,)
            Logs.
        """
        rows = self._referred(values)
        transformed = self.coordinates.transform(rows)
        slope = self.coordinates.log_jacobian(transformed, rows)
        return slope - self.is_missing(values) @ self.log_slopes

    def _referred(self, values):
        """Complete rows in which relations hold."""
        rows = np.where(np.isnan(values), self.reference, values)
        return self.coordinates.related(rows)


def _log_slopes(preprocessing: Preprocessing, reference):
    """Log-derivative of a preprocessor in each column; an error if it mixes columns."""
    center = preprocessing.transform(reference[np.newaxis])
    steps = np.diag(preprocessing.step)
    moved = preprocessing.inverse_transform(center + steps)
    moved = moved - preprocessing.inverse_transform(center - steps)
    others = np.abs(moved - np.diag(np.diag(moved)))
    if (others > ROUNDING * preprocessing.size).any():
        raise ValueError(
            f"preprocessor={preprocessing.transformer!r} mixes columns, so that a row "
            "with missing cells has no image; pass one that acts on each column."
        )
    return -np.log(np.abs(np.diag(moved)) / (2.0 * preprocessing.step))
