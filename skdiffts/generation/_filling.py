"""Tables with missing cells: their fit, their score, and complete tables drawn for them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator

from skdiffts.columns import DependentColumns, completed
from skdiffts.generation._cell_smoother import RowMoments
from skdiffts.generation._forward_filling import ForwardFilling
from skdiffts.generation._missing_cells import MissingCells, nearest
from skdiffts.generation._partial_rows import PartialRows

__all__ = ["Filling", "Holes"]


@dataclass(frozen=True, eq=False)
class Filling:
    """Fitted dynamics of paths of which some cells are missing.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.
    partial : PartialRows
        Map of rows with missing cells.
    cells : MissingCells
        Distribution of missing cells given all others.
    """

    dynamics: Any
    partial: PartialRows
    cells: MissingCells

    def inputs(self, paths):
        """Paths in the coordinates of the dynamics, with NaN."""
        return self.partial.inputs(paths)

    def log_likelihood(self, draws, paths):
        """Log-density of the seen cells of each row, given what was seen before.

        Parameters
        ----------
        draws : ResidualDraws or StateResiduals
            Distribution of the residuals.
        paths : Paths
            Paths with NaN.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log-densities; NaN without a long enough history and in rows without a number.
        """
        density = self._forward(paths, np.random.RandomState(0)).log_likelihood(draws)
        empty = self.partial.is_missing(paths.values).all(axis=1)
        density = density + self.partial.log_slope(paths.values)
        return np.where(empty, np.nan, density)

    def one_draw(self, paths):
        """Residual and log-Jacobian of each row of one seeded filling.

        Parameters
        ----------
        paths : Paths
            Paths with NaN.

        Returns
        -------
        residuals : ndarray of shape (n_rows, n_features)
            Residuals; NaN without a long enough history.
        log_jacobian : ndarray of shape (n_rows,)
            Log-Jacobians, of the map of the cells that were seen.
        """
        forward = self._forward(paths, np.random.RandomState(0))
        residuals, log_jacobian = forward.one_draw()
        return residuals, log_jacobian + self.partial.log_slope(paths.values)

    def histories(self, paths, last, n_samples, rng):
        """Histories after some last rows, of fillings that know the past alone.

        Parameters
        ----------
        paths : Paths
            Paths with NaN.
        last : ndarray of int of shape (n_last,)
            Last rows of paths.
        n_samples : int
            Histories for each.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        History
            Histories after the first of these rows, then after the second, and so on.
        """
        history = self._forward(paths, rng).histories(n_samples, rng)
        path = np.searchsorted(paths.indptr, last, side="right") - 1
        return history.take(
            (path[:, np.newaxis] * n_samples + np.arange(n_samples)).ravel()
        )

    def impute(self, paths, n_samples, rng):
        """Draw complete rows.

        Parameters
        ----------
        paths : Paths
            Paths, whose rows may have NaN.
        n_samples : int
            Number of draws.
        rng : numpy.random.RandomState
            Source of randomness.

        Yields
        ------
        ndarray of shape (n_rows, n_features)
            Rows in their units; cells that were seen are as they are.
        """
        inputs = self.partial.inputs(paths)
        rows = self.partial.complete(paths)
        for draw in self.cells.draw(self.dynamics, inputs, rows, n_samples, rng):
            yield self.partial.restore(draw, paths.values)

    def _forward(self, paths, rng):
        inputs, latent = self.partial.inputs(paths), self.cells.latent
        missing = np.isnan(inputs.values)
        cells = inputs.values, inputs.values
        if latent is not None:
            cells = latent.support.cells(self.partial.complete(paths))
        low, high = cells
        cells = np.where(missing, -np.inf, low), np.where(missing, np.inf, high)
        snap = None if latent is None else latent.support.snap
        given = self.cells.moments, snap, rng
        return ForwardFilling.of(self.dynamics, inputs, cells, *given)


@dataclass(frozen=True, eq=False)
class Holes:
    """Training paths of which some cells may be missing.

    Parameters
    ----------
    paths : Paths
        Training paths with NaN, but for cells that relations determine.
    reference : ndarray of shape (n_features,)
        A training value of each column.
    dependent : DependentColumns or None
        Relations that hold in the complete rows; None where no cell is missing.
    """

    paths: Any
    reference: np.ndarray
    dependent: Any = None

    @classmethod
    def find(cls, paths, dynamics):
        """Look for missing cells.

        Parameters
        ----------
        paths : Paths
            Training paths.
        dynamics : estimator
            Unfitted dynamics.

        Returns
        -------
        Holes
            Missing cells.

        Raises
        ------
        ValueError
            If the dynamics cannot be fitted again, or a column has no value.
        """
        if not can_refit(dynamics):
            raise ValueError(
                f"missing='draw' needs dynamics that can be fitted again, which "
                f"{dynamics!r} cannot; pass KernelDriftVolEstimator(), or missing=None."
            )
        reference = PartialRows.reference_of(paths)
        if not np.isnan(paths.values).any():
            return cls(paths, reference)
        dependent = DependentColumns.of(paths)
        paths = paths.with_values(completed(dependent, paths.values))
        return cls(paths, reference, dependent)

    @property
    def has_nan(self):
        """Whether any cell is missing."""
        return self.dependent is not None

    def describe(self):
        """Say how many cells are missing.

        Returns
        -------
        str
            Their share, and the column that lacks most.
        """
        missing = np.isnan(self.paths.values)
        share = missing.mean(axis=0)
        worst = int(np.argmax(share))
        return (
            f"missing cells: {missing.mean():.2%} of {missing.size}, drawn; most in "
            f"{self.paths.column_label(worst)} ({share[worst]:.2%})"
        )

    def complete(self):
        """Training paths whose missing cells have values of the column.

        Returns
        -------
        Paths
            Complete paths; the same ones where no cell is missing.
        """
        if not self.has_nan:
            return self.paths
        values = self.dependent.reduce(nearest(self.paths, self.reference))
        return self.paths.with_values(self.dependent.restore(values))

    def supports(self, supports, columns):
        """Supports of columns, found in the values that were seen.

        Parameters
        ----------
        supports : list of Support or None
            Supports that are given.
        columns : ndarray of int of shape (n_columns,)
            Positions of the columns.

        Returns
        -------
        list of Support or None
            The same where no cell is missing.
        """
        if not self.has_nan:
            return supports
        paths = self.paths.with_columns(self.paths.values[:, columns], columns)
        return PartialRows.supports(paths, supports)

    def fit(self, dynamics, inputs, rows, partial, latent, y=None):
        """Fit dynamics, and draw missing cells where there are.

        Parameters
        ----------
        dynamics : estimator
            Unfitted dynamics, which are fitted.
        inputs : Paths
            Complete training paths in the coordinates of the dynamics.
        rows : ndarray of shape (n_rows, n_features)
            The same in their units.
        partial : PartialRows
            Map of rows with missing cells.
        latent : LatentRows or None
            Supports of the columns, if there are.
        y : None
            Passed on.

        Returns
        -------
        inputs : Paths
            Training paths with the last draws.
        filling : Filling
            Filling of later paths.
        """
        missing = partial.is_missing(self.paths.values)
        if missing.any():
            values = np.where(missing, np.nan, inputs.values)
            spread = np.diag(np.nanvar(values, axis=0))
            start = MissingCells(RowMoments(np.nanmean(values, axis=0), spread), latent)
            given = inputs.with_values(values), rows, y
            inputs, cells = start.fit(dynamics, *given)
            return inputs, Filling(dynamics, partial, cells)
        if latent is None:
            dynamics.fit(inputs, y)
        else:
            inputs = latent.fit(dynamics, inputs, rows, y)
        cells = MissingCells.of(dynamics, inputs, latent)
        return inputs, Filling(dynamics, partial, cells)


def can_refit(dynamics):
    """Tell whether dynamics can be fitted again with the history that they have found."""
    return hasattr(dynamics, "refit") and not isinstance(dynamics, FrozenEstimator)
