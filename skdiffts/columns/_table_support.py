"""Supports of all columns of a table: latent rows, their cells, and rows of the table."""

from dataclasses import dataclass

import numpy as np

from skdiffts.columns._atoms import Continuous
from skdiffts.columns._cells import draw_in_cells
from skdiffts.columns._censored_line import CensoredLine
from skdiffts.columns._coordinate import Grid, Plain
from skdiffts.columns._detection import find_support
from skdiffts.columns._logarithm import Logarithm

__all__ = ["TableSupport"]

POWERS = (1.0, 0.5, 1.0 / 3.0, 0.25, 0.0)


@dataclass(frozen=True, eq=False)
class TableSupport:
    """Fitted supports of the columns of a table.

    Parameters
    ----------
    coordinates : tuple of Coordinate
        Map of each column.
    lines : tuple of CensoredLine or None
        Line of each latent number in the row before, from which the first draws come.
    exclusive : tuple of ndarray of int, default=()
        Sets of columns of 0 and 1 of which at most one is 1 in a row: categories. Of
        several latent numbers above zero the largest one wins.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator
    >>> from skdiffts._paths import check_paths
    >>> from skdiffts.columns import TableSupport
    >>> visits = np.random.RandomState(0).poisson(3.0, size=(200, 1))
    >>> paths = check_paths(BaseEstimator(), visits, reset=True)
    >>> support = TableSupport.fit(paths, [None])
    >>> support.restore(support.transform(np.array([[0.0], [4.0]])))
    array([[0.],
           [4.]])
    """

    coordinates: tuple
    lines: tuple
    exclusive: tuple = ()

    @classmethod
    def fit(cls, paths, supports, sums=()):
        """Choose exponents, and place the cells of atoms.

        Parameters
        ----------
        paths : Paths
            Training paths.
        supports : sequence of Support or None
            Support of each column; None finds it in the values.
        sums : sequence of ndarray of int, default=()
            Sets of columns whose sum is at most one. Of columns of 0 and 1 at most one
            is 1 then.

        Returns
        -------
        TableSupport
            Supports of these columns.

        Raises
        ------
        ValueError
            If a column has values outside its support.
        """
        fitted = [_fit_column(support, j, paths) for j, support in enumerate(supports)]
        coordinates, lines = zip(*fitted, strict=True)
        is_binary = np.array([column.support.is_binary for column in coordinates])
        exclusive = [columns for columns in sums if is_binary[columns].all()]
        return cls(coordinates, lines, tuple(exclusive))

    @property
    def is_latent(self):
        """Which columns cannot take any number."""
        return np.array([not isinstance(c, Plain) for c in self.coordinates])

    @property
    def has_cells(self):
        """Which columns have values that stand for intervals of latent numbers."""
        return np.array([c.has_cells for c in self.coordinates])

    def transform(self, rows):
        """Latent rows that stand for rows in histories.

        Parameters
        ----------
        rows : ndarray of shape (..., n_features)
            Rows of the table.

        Returns
        -------
        ndarray of shape (..., n_features)
            Latent rows.
        """
        return self._each("transform", rows)

    def restore(self, rows):
        """Rows in whose cells latent rows lie.

        Parameters
        ----------
        rows : ndarray of shape (..., n_features)
            Latent rows.

        Returns
        -------
        ndarray of shape (..., n_features)
            Rows of the table.
        """
        values = self._each("restore", rows)
        for columns in self.exclusive:
            values[..., columns] = _one_of(values[..., columns], rows[..., columns])
        return values

    def snap(self, rows):
        """Latent rows that stand in histories for the cells in which latent rows lie.

        Parameters
        ----------
        rows : ndarray of shape (..., n_features)
            Latent rows.

        Returns
        -------
        ndarray of shape (..., n_features)
            Latent rows.
        """
        return self.transform(self.restore(rows))

    def cells(self, rows):
        """Lower and upper bounds of the cells of rows, equal ones for points.

        Parameters
        ----------
        rows : ndarray of shape (..., n_features)
            Rows of the table.

        Returns
        -------
        low, high : ndarray of shape (..., n_features)
            Bounds, which may be infinite.
        """
        cells = [c.cells(rows[..., j]) for j, c in enumerate(self.coordinates)]
        low, high = (np.stack(ends, axis=-1) for ends in zip(*cells, strict=True))
        return low, high

    def log_slope(self, rows):
        """Log ratio of the densities of rows and of latent rows, or of their cells.

        Parameters
        ----------
        rows : ndarray of shape (..., n_features)
            Rows of the table.

        Returns
        -------
        ndarray of shape (...,)
            Logs of densities.
        """
        return self._each("log_slope", rows).sum(axis=-1)

    def check(self, rows, names):
        """Raise if some rows have values outside the supports.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, n_features)
            Rows.
        names : sequence
            Names of the columns, for the message.
        """
        for j, column in enumerate(self.coordinates):
            outside = ~column.contains(rows[:, j])
            if outside.any():
                row = int(np.argmax(outside))
                raise ValueError(
                    f"X has {rows[row, j]:g} in column {names[j]!r}, row {row}, which is "
                    f"not in its support ({column.support.describe()}); pass another "
                    f"support={{{names[j]!r}: ...}}, or 'real'."
                )

    def first_draws(self, latent, rows, paths, rng):
        """Latent rows in their cells, by the line of each column.

        Parameters
        ----------
        latent : ndarray of shape (n_rows, n_features)
            Latent rows that stand for rows in histories.
        rows : ndarray of shape (n_rows, n_features)
            Rows of the table.
        paths : Paths
            Their paths.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Rows in their cells.
        """
        low, high = self.cells(rows)
        mean, deviation = np.zeros_like(low), np.ones_like(low)
        before = np.maximum(np.arange(len(low)) - 1, 0)
        before[paths.first_rows] = paths.first_rows
        for j, line in enumerate(self.lines):
            if line is not None:
                mean[:, j] = line.mean(latent[before, j], rows[before])
                deviation[:, j] = line.deviation
        covariance = deviation[:, :, np.newaxis] ** 2 * np.eye(low.shape[1])
        uniforms = rng.uniform(size=(1, *low.shape))
        return draw_in_cells(mean, covariance, low, high, uniforms)[0][0]

    def _each(self, method, rows):
        columns = [
            getattr(column, method)(rows[..., j])
            for j, column in enumerate(self.coordinates)
        ]
        return np.stack(columns, axis=-1)


def _one_of(values, latent):
    """Columns of 0 and 1 of which the one with the largest latent number stays 1."""
    only = np.zeros_like(values)
    largest = latent.argmax(axis=-1)[..., np.newaxis]
    np.put_along_axis(only, largest, 1.0, axis=-1)
    several = values.sum(axis=-1, keepdims=True) > 1.0
    return np.where(several, only, values)


def _fit_column(support, column, paths):
    """Coordinate of a column with the best exponent, and its line."""
    values = paths.values[:, column]
    if support is None:
        support = find_support(values, values[paths.ends] - values[paths.starts])
    if support.is_real:
        return Plain(support), None
    if support.is_logarithm:
        return Logarithm.fit(support, values), None
    first = _coordinate(support, values, 1.0)
    outside = values[~first.contains(values)]
    if len(outside):
        raise ValueError(
            f"X has {outside[0]:g} in column {column}, which is not in its "
            f"support={support!r}; pass a support that holds all values of X."
        )
    powers: tuple = (1.0,)
    if first.has_power:
        powers = POWERS if support.power == "auto" else (float(support.power),)
    candidates = [_coordinate(support, values, power) for power in powers]
    lines = [CensoredLine.fit(found, column, paths) for found in candidates]
    values = np.array([line.log_likelihood for line in lines])
    behind = values[np.argmax(values.mean(axis=1))] - values
    error = behind.std(axis=1) / np.sqrt(behind.shape[1])
    # The lightest tail that is not worse by more than its standard error.
    chosen = int(np.argmax(behind.mean(axis=1) <= error))
    return candidates[chosen], lines[chosen]


def _coordinate(support, values, power):
    if support.unit is not None:
        return Grid(support, power)
    return Continuous.fit(support, values, power)
