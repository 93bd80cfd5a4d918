"""Local regression at queries: kernel smoother and the fits that it gives."""

from dataclasses import dataclass, replace

import numpy as np

from skdiffts.kernel._extrapolation import shrink_to_global
from skdiffts.kernel._metric import add_floor
from skdiffts.kernel._neighbors import (
    GLOBAL,
    NeighborSearch,
    kernel_weights,
    map_neighbors,
)
from skdiffts.kernel._regression import Regression

__all__ = ["LocalFit", "Smoother"]


@dataclass(frozen=True, eq=False)
class LocalFit:
    r"""Weighted regression at each of some queries, in scaled coordinates.

    With the rows F of a query's weighted neighbours, slopes about the query first, then
    the intercept, then the responses,

    .. math:: M = \sum_k w_k F_k F_k', \qquad M + \text{penalty} = C C'

    hold drift, slope, leverage and residual covariance.

    Parameters
    ----------
    regression : Regression
        Coordinates, penalty and global line.
    moments : ndarray of shape (n_queries, n_columns, n_columns)
        Moments M, without penalty.
    cholesky : ndarray of shape (n_queries, n_columns, n_columns)
        Cholesky factor C.
    factor : ndarray of shape (n_queries, n_features, n_features)
        Lower factor of the residual covariance, blended with the pooled covariance.
    """

    regression: Regression
    moments: np.ndarray
    cholesky: np.ndarray
    factor: np.ndarray

    @classmethod
    def solve(cls, regression, moments, pooled=0.0, shrinkage=0.0):
        """Factorise penalised moments.

        The covariance is ``(1 - shrinkage) * local + shrinkage * pooled``. Divided by
        ``1 - shrinkage``, the pooled one is a further term of the moments, so that one
        factorisation gives everything.

        Parameters
        ----------
        regression : Regression
            Coordinates, penalty and global line.
        moments : ndarray of shape (n_queries, n_columns, n_columns)
            Moments, which are not changed.
        pooled : ndarray of shape (n_features, n_features) or float, default=0.0
            Pooled covariance; zero is none.
        shrinkage : float, default=0.0
            Weight of the pooled covariance.

        Returns
        -------
        LocalFit
            The fit at all queries.
        """
        share = 1.0 - shrinkage
        if share == 0.0:
            cholesky = regression.factorize(moments)
            factor = np.linalg.cholesky(add_floor(pooled))
            factor = np.broadcast_to(factor, (len(moments), *factor.shape))
        else:
            cholesky = regression.factorize(moments, shrinkage / share * pooled)
            first = regression.n_slopes + 1
            factor = cholesky[:, first:, first:] * np.sqrt(share)
        return cls(regression, moments, cholesky, factor)

    def drift(self):
        """Drift: the column below the intercept's pivot over that pivot."""
        q = self.regression.n_slopes
        return self.cholesky[:, q + 1 :, q] / self.cholesky[:, q, q, np.newaxis]

    def slope(self):
        """Slope of the drift, shape (n_queries, n_features, n_slopes)."""
        q = self.regression.n_slopes
        lower = self.cholesky[:, : q + 1, : q + 1]
        responses = self.cholesky[:, q + 1 :, : q + 1]
        solved = np.linalg.solve(lower.transpose(0, 2, 1), responses.transpose(0, 2, 1))
        return solved.transpose(0, 2, 1)[:, :, :q]

    def anchored_drift(self):
        """Local mean of the drift, carried to the query along the global slope."""
        q = self.regression.n_slopes
        total = self.moments[:, q, q, np.newaxis]
        offset = self.moments[:, q, :q] / total
        slope = self.regression.global_line.slope[:, :q]
        return self.moments[:, q + 1 :, q] / total - offset @ slope.T

    def leverage(self):
        r"""Squared distance of the query from its neighbours' mean, in their covariance.

        The intercept's pivot holds it: by elimination of the slopes it is
        :math:`M_{11} / (1 + \text{leverage})`.
        """
        q = self.regression.n_slopes
        return self.moments[:, q, q] / self.cholesky[:, q, q] ** 2 - 1.0

    def covariance(self):
        """Residual covariance: the Schur complement, blended with the pooled one."""
        return self.factor @ self.factor.transpose(0, 2, 1)

    def shrunk_drift(self, limit):
        """Drift whose slope is shrunk to the global slope beyond a leverage."""
        local, overall = self.drift(), self.anchored_drift()
        return shrink_to_global(local, overall, self.leverage(), limit)

    def shrunk_slope(self, limit):
        """Slope that is shrunk to the global slope beyond a leverage."""
        overall = self.regression.global_line.slope[:, : self.regression.n_slopes]
        return shrink_to_global(self.slope(), overall, self.leverage(), limit)


@dataclass(frozen=True, eq=False)
class Smoother:
    """Local regression on training transitions, for any number of neighbours.

    Parameters
    ----------
    regression : Regression
        Training transitions in scaled coordinates.
    search : NeighborSearch
        Neighbours among them.
    kernel : str
        Name of the kernel.
    n_jobs : int or None, default=None
        Threads over chunks of queries.
    """

    regression: Regression
    search: NeighborSearch
    kernel: str
    n_jobs: int | None = None

    @property
    def n_transitions(self):
        """Number of training transitions."""
        return len(self.regression.table)

    @property
    def n_columns(self):
        """Number of regressors and responses."""
        return self.regression.table.shape[1]

    def with_ridge(self, ridge):
        """Smoother of the same transitions with another penalty on the slopes."""
        return replace(self, regression=replace(self.regression, ridge=ridge))

    def reach(self, n_neighbors, available):
        """Count the neighbours with weight: a Gaussian gives weight to all."""
        return available if self.kernel == "gaussian" else min(n_neighbors, available)

    def drift_along(self, line):
        """Drift per unit time of a global line, as a function of the states."""
        scale, unscale = self.regression.scale_states, self.regression.unscale_drift
        return lambda states: unscale(line(scale(states)))

    def outer_line(self, n_neighbors):
        """Global fit whose slope is followed outside the envelope."""
        # Equal weights and degree 0 are independent increments: nothing leads back.
        everywhere = n_neighbors == GLOBAL
        regression = self.regression
        return regression.global_line if everywhere else regression.continuation

    def weigh(self, distances, indices, n_neighbors):
        """Neighbours with weight, their weights, and the bandwidth.

        Parameters
        ----------
        distances, indices : ndarray of shape (n_queries, n_candidates)
            Neighbours, nearest first; infinitely far ones do not count.
        n_neighbors : int
            Which neighbour's distance is the bandwidth.

        Returns
        -------
        indices, weights : ndarray of shape (n_queries, n_used)
            Training transitions and their weights, which sum to one for each query.
        bandwidth : ndarray of shape (n_queries,)
            Largest finite distance among each query's nearest neighbours.
        """
        used = self.reach(n_neighbors, distances.shape[1])
        near = distances[:, :n_neighbors]
        bandwidth = np.where(np.isfinite(near), near, 0.0).max(axis=1)
        weights = kernel_weights(distances[:, :used], bandwidth, self.kernel)
        indices = indices[:, :used]
        return indices, self.regression.weigh(indices, weights), bandwidth

    def moments(self, states, distances, indices, n_neighbors, whitening=None):
        """Moments and bandwidths of queries whose sorted neighbours are known.

        Parameters
        ----------
        states : ndarray of shape (n_queries, n_conditioning)
            Queries.
        distances, indices : ndarray of shape (n_queries, n_candidates)
            Neighbours, nearest first; infinitely far ones do not count.
        n_neighbors : int
            Which neighbour's distance is the bandwidth.
        whitening : ndarray of shape (n_queries, n_slopes, n_slopes), default=None
            Coordinates of the slopes at each query, if they differ.

        Returns
        -------
        moments : ndarray of shape (n_queries, n_columns, n_columns)
            Moments about each query.
        bandwidth : ndarray of shape (n_queries,)
            Bandwidths.
        """
        indices, weights, bandwidth = self.weigh(distances, indices, n_neighbors)
        moments = self.regression.moments(states, indices, weights, whitening)
        return moments, bandwidth

    def fit(self, states, distances, indices, n_neighbors, whitening=None):
        """Local fit at queries whose sorted neighbours are known.

        Parameters
        ----------
        states, distances, indices, n_neighbors, whitening
            Queries and neighbours, as :meth:`moments` takes them.

        Returns
        -------
        LocalFit
            The fit, without a pooled covariance.
        """
        moments, _ = self.moments(states, distances, indices, n_neighbors, whitening)
        return LocalFit.solve(self.regression, moments)

    def map_others(self, rows, n_neighbors, function):
        """Apply a function to training transitions and their neighbours among the others.

        Parameters
        ----------
        rows : ndarray of int of shape (n_rows,)
            Training transitions, each left out of its own neighbours.
        n_neighbors : int
            Largest number of neighbours that sets a bandwidth.
        function : callable
            Takes some of the rows, distances and indices; returns arrays that it reads
            off local fits, one at a time.

        Returns
        -------
        tuple of ndarray
            Arrays of ``n_rows`` rows.
        """
        reach, width = self.reach(n_neighbors, self.n_transitions - 1), self.n_columns
        # Rows of the neighbours, moments, their factor and what is read off it.
        numbers, find = (reach + 1 + 4 * width) * width, self.search.query_others
        return map_neighbors(find, rows, reach, function, numbers, self.n_jobs)
