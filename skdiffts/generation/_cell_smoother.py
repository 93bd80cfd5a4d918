"""Joint Gaussian distribution of all missing cells of paths, given the cells that were seen."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import solveh_banded
from scipy.sparse import csr_array

from skdiffts._gaussian import whiten
from skdiffts.generation._innovation_sizes import InnovationSizes

__all__ = ["CellSmoother", "RowMoments", "innovation_sizes"]

# Step of finite differences, in standard deviations of a column.
STEP = 1e-3
# Rows on which an expected row is taken to depend at most.
MAX_LAGS = 24
# Part of the mean variance that is added to each column's variance.
FLOOR = 1e-9


@dataclass(frozen=True, eq=False)
class RowMoments:
    """Moments of rows without a past.

    Parameters
    ----------
    mean : ndarray of shape (n_features,)
        Mean.
    covariance : ndarray of shape (n_features, n_features)
        Covariance.
    """

    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(cls, rows):
        """Moments of rows.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, n_features)
            Rows.

        Returns
        -------
        RowMoments
            Their moments, with a positive definite covariance.
        """
        d = rows.shape[1]
        covariance = np.cov(rows.T, bias=True).reshape(d, d)
        size = FLOOR * (np.trace(covariance) / d or 1.0)
        return cls(rows.mean(axis=0), covariance + size * np.eye(d))


@dataclass(frozen=True, eq=False)
class CellSmoother:
    r"""Draws of all missing cells at once, from dynamics that are made linear.

    With the whitened innovation e of each row, which is linear in the missing cells near
    their present values, :math:`e = r + A \delta`, the changes

    .. math:: \delta = (A' A)^{-1} A' (u - r), \qquad u \sim N(0, I),

    are a draw of the Gaussian distribution given the cells that were seen [1]_; A'A is
    banded in time. Innovations are heavy in the tails: their sizes are drawn, too.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.
    rows, columns : ndarray of int of shape (n_cells,)
        Missing cells, in the order of rows.
    slopes : ndarray of shape (n_cells, n_lags, n_features)
        Derivatives of the next expected rows by the cells.
    first : RowMoments
        Moments of first rows of paths.
    sizes : InnovationSizes
        Distribution of the innovations.

    References
    ----------
    .. [1] G. Papandreou and A. Yuille, "Gaussian sampling by local perturbations",
       Advances in Neural Information Processing Systems 23, 2010.
    """

    dynamics: Any
    rows: np.ndarray
    columns: np.ndarray
    slopes: np.ndarray
    first: RowMoments
    sizes: InnovationSizes

    @classmethod
    def fit(cls, dynamics, paths, missing, first, sizes=None):
        """Take the derivatives, and fit the distribution of the innovations.

        Parameters
        ----------
        dynamics : estimator
            Fitted dynamics.
        paths : Paths
            Paths whose missing cells have values.
        missing : ndarray of bool of shape (n_rows, n_features)
            Missing cells.
        first : RowMoments
            Moments of first rows.
        sizes : InnovationSizes, default=None
            Distribution of the innovations; None fits it to these paths.

        Returns
        -------
        CellSmoother
            Smoother of these paths.
        """
        model = dynamics.model_
        rows, columns = np.nonzero(missing)
        slopes = _slopes(
            model, paths, rows, columns, np.sqrt(np.diag(first.covariance))
        )
        if sizes is None:
            sizes = innovation_sizes(dynamics, paths, missing)
        return cls(dynamics, rows, columns, slopes, first, sizes)

    def draw(self, paths, rng):
        """Draw the missing cells given all others and, for the sizes, their values.

        Parameters
        ----------
        paths : Paths
            Paths whose missing cells have values.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Rows with drawn cells.
        """
        inverse, residual = self._whitened(paths, rng)
        effects = self._effects(paths, inverse)
        noise = rng.standard_normal(residual.size) - residual.ravel()
        band = _lower_band(effects.T @ effects)
        drawn = paths.targets.copy()
        change = solveh_banded(band, effects.T @ noise, lower=True)
        drawn[self.rows, self.columns] += change
        return drawn

    def _effects(self, paths, inverse):
        """Sparse matrix A of the effects of all cells on all whitened innovations."""
        n, d = paths.values.shape
        path = np.repeat(np.arange(paths.n_paths), paths.lengths)
        parts = []
        for lag in range(self.slopes.shape[1] + 1):
            cells = np.flatnonzero(self.rows + lag < n)
            cells = cells[path[self.rows[cells] + lag] == path[self.rows[cells]]]
            at = self.rows[cells] + lag
            if lag == 0:
                effect = inverse[at, :, self.columns[cells]]
            else:
                change = self.slopes[cells, lag - 1]
                effect = -np.einsum("cij,cj->ci", inverse[at], change)
            places = (at[:, np.newaxis] * d + np.arange(d)).ravel()
            parts.append((effect.ravel(), places, np.repeat(cells, d)))
        entries, places, cells = map(np.concatenate, zip(*parts, strict=True))
        shape = n * d, len(self.rows)
        return csr_array((entries, (places, cells)), shape=shape)

    def _whitened(self, paths, rng):
        """Inverse factor and whitened innovation of each row, of sizes that are drawn."""
        mean, factor = _next_rows(self.dynamics.model_, paths)
        mean = mean + factor @ self.sizes.location
        factor = factor @ self.sizes.root
        rows = paths.first_rows
        mean[rows] = self.first.mean
        factor[rows] = np.linalg.cholesky(self.first.covariance)
        inverse = np.linalg.inv(factor)
        residual = np.einsum("nij,nj->ni", inverse, paths.targets - mean)
        weight = self.sizes.draw(residual, rng)
        weight[rows] = 1.0
        root = np.sqrt(weight)
        return inverse * root[..., np.newaxis], residual * root


def innovation_sizes(dynamics, paths, missing):
    """Fit the distribution of the innovations of paths.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.
    paths : Paths
        Paths whose missing cells have values.
    missing : ndarray of bool of shape (n_rows, n_features)
        Missing cells.

    Returns
    -------
    InnovationSizes
        Distribution of the innovations.
    """
    model = dynamics.model_
    mean, factor = _next_rows(model, paths)
    ends = paths.ends
    known = paths.positions[ends] >= model.n_history
    ends = ends[known] if np.count_nonzero(known) > paths.n_features else ends
    residuals = whiten(factor[ends], paths.targets[ends] - mean[ends])
    return InnovationSizes.fit(residuals, ~missing[ends])


def _lower_band(precision):
    """Lower band of a symmetric sparse matrix, as SciPy takes it."""
    entries = precision.tocoo()
    i, j = entries.row, entries.col
    kept = i >= j
    i, j = i[kept], j[kept]
    band = np.zeros((int((i - j).max()) + 1, precision.shape[0]))
    band[i - j, j] = entries.data[kept]
    return band


def _drift(model, paths):
    """Drift after each row that another one follows, zero after the last ones.

    Where the past is short, it is taken for constant.
    """
    drift = np.zeros_like(paths.values)
    drift[paths.starts] = model.drift(paths)
    return drift


def _next_rows(model, paths):
    """Compute each expected row and the factor of its covariance, unset in first rows."""
    dt, starts, ends = model.time.steps(paths), paths.starts, paths.ends
    drift, factor = model.evaluate(model.trace(paths).take(starts))
    mean = np.zeros_like(paths.values)
    root = np.tile(np.eye(paths.n_features), (len(mean), 1, 1))
    mean[ends] = paths.values[starts] + drift * dt[:, np.newaxis]
    root[ends] = factor * np.sqrt(dt)[:, np.newaxis, np.newaxis]
    return mean, root


def _slopes(model, paths, rows, columns, size):
    """Differentiate the expected rows that follow each cell, by differences.

    Cells of one column are moved together, so far apart that their effects do not meet.
    """
    n_lags = min(model.n_history, MAX_LAGS)
    slopes = np.zeros((len(rows), n_lags, paths.n_features))
    if not len(rows):
        return slopes
    slopes[np.arange(len(rows)), 0, columns] = 1.0
    length = np.zeros(paths.n_rows)  # zero where no row follows
    length[paths.starts] = model.time.steps(paths)
    last = np.repeat(paths.indptr[1:] - 1, paths.lengths)
    positions = paths.positions[rows]
    drift = _drift(model, paths)
    for column in np.unique(columns):
        step = STEP * size[column]
        for number in range(n_lags + 1):
            chosen = (columns == column) & (positions % (n_lags + 1) == number)
            chosen = np.flatnonzero(chosen)
            values = paths.values.copy()
            values[rows[chosen], column] += step
            change = (_drift(model, paths.with_values(values)) - drift) / step
            for lag in range(n_lags):
                at = rows[chosen] + lag
                inside = at < last[rows[chosen]]
                at = at[inside]
                effect = change[at] * length[at, np.newaxis]
                slopes[chosen[inside], lag] += effect
    return slopes
