"""Conditional drift and covariance at any state, from a fitted local regression."""

from dataclasses import dataclass, replace

import numpy as np

from skdiffts._chunks import map_chunks
from skdiffts.conditioning._scale import UnitScale
from skdiffts.kernel._dense import ProductTable
from skdiffts.kernel._left_out import (
    GLOBAL,
    LeftOut,
    PooledCovariance,
    evenly_drawn,
    shrink,
)
from skdiffts.kernel._neighbors import NeighborSearch, map_neighbors
from skdiffts.kernel._regression import Regression
from skdiffts.kernel._weights import kernel_weights

__all__ = ["GLOBAL", "LocalModel", "Smoother"]

UNIT = UnitScale()
# Beyond this many times the largest training radius the local coefficients stay constant.
ENVELOPE = 1.5
# Transitions that are left out in turn, for residuals and their pooled covariance: as
# many as a law of residuals can be learnt from, where all of them would take a neighbour
# query of the whole training set.
MAX_LEFT_OUT = 20_000


@dataclass(frozen=True, eq=False)
class Smoother:
    """Training transitions with all that fixes their local regression but k.

    Parameters
    ----------
    regression : Regression
        Moments of the training transitions.
    search : NeighborSearch
        Neighbours among them.
    kernel : str
        Name of the kernel.
    n_jobs : int or None
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

    def with_ridge(self, ridge):
        """Fit the same transitions with another penalty on the slopes."""
        return replace(self, regression=self.regression.with_ridge(ridge))

    def reach(self, n_neighbors, available):
        """How many neighbours have to be found: a Gaussian gives weight to all."""
        return available if self.kernel == "gaussian" else min(n_neighbors, available)

    def outer_line(self, n_neighbors):
        """Global fit whose slope is followed outside the envelope."""
        # Equal weights and degree 0 are independent increments: nothing leads back.
        everywhere = n_neighbors == GLOBAL
        return self.regression.linear if everywhere else self.regression.continuation

    @staticmethod
    def bandwidth(distances, n_neighbors):
        """Distance of each query's last neighbour that counts and is not infinite."""
        near = distances[:, :n_neighbors]
        return np.where(np.isfinite(near), near, 0.0).max(axis=1)

    def moments(self, states, distances, indices, n_neighbors, whitening=None):
        """Moments of queries whose sorted neighbours are known.

        Parameters
        ----------
        states : ndarray of shape (n_queries, n_conditioning)
            Queries.
        distances, indices : ndarray of shape (n_queries, n_candidates)
            Neighbours, nearest first; infinitely far ones do not count.
        n_neighbors : int
            Which neighbour's distance is the bandwidth.
        whitening : ndarray of shape (n_queries, n_slopes, n_slopes), default=None
            Coordinates of the slopes at each query, if not those of all transitions.

        Returns
        -------
        ndarray of shape (n_queries, n_columns, n_columns)
            Moments about each query.
        """
        used = self.reach(n_neighbors, distances.shape[1])
        bandwidth = self.bandwidth(distances, n_neighbors)
        weights = kernel_weights(distances[:, :used], bandwidth, self.kernel)
        indices = indices[:, :used]
        return self.regression.moments(states, indices, weights, whitening)


class LocalModel:
    """Drift and covariance factor as functions of the state, for one bandwidth.

    Parameters
    ----------
    smoother : Smoother
        Training transitions.
    n_neighbors : int or "all"
        Neighbours that set the bandwidth, or the global limit.
    shrinkage : float
        Weight of the pooled covariance.
    is_stable : bool
        Whether the global linear recursion stays bounded.
    """

    def __init__(self, smoother, n_neighbors, shrinkage, is_stable):
        self.smoother = smoother
        self.n_neighbors = n_neighbors
        self.shrinkage = shrinkage
        self.is_stable = is_stable
        importance = smoother.regression.importance
        self.left_out_rows = evenly_drawn(importance, MAX_LEFT_OUT)
        left_out = LeftOut(smoother, self.left_out_rows, [n_neighbors])
        [residuals], [self.limit] = left_out.residuals, left_out.limits
        weights = importance[self.left_out_rows]
        pooled = PooledCovariance(residuals, weights / weights.mean())

        def whiten(_, rows, covariances):
            blend = shrink(covariances, pooled.without(rows), shrinkage)
            scaled = residuals[rows, :, np.newaxis]
            return np.linalg.solve(np.linalg.cholesky(blend), scaled)[..., 0]

        self.pooled = pooled.matrix
        [self.loo_residuals] = left_out.map_covariances(whiten)
        self.products: ProductTable | None = None
        if n_neighbors == GLOBAL:
            factor = smoother.regression.global_factor(self.pooled, shrinkage)
            self.factor = smoother.regression.unscale_factor(factor)
        elif ProductTable.pays(smoother, n_neighbors):
            self.products = ProductTable(smoother)

    def evaluate(self, states, scale=UNIT):
        """Drift and covariance factor per unit time.

        Parameters
        ----------
        states : ndarray of shape (n_queries, n_conditioning)
            Queries; outside the envelope of the data the local model is that of the
            nearest point on the ray to the center.
        scale : UnitScale, default=UnitScale()
            What increments were divided by; outside the envelope the drift goes on as at
            the scale of the long run.

        Returns
        -------
        drift : ndarray of shape (n_queries, n_features)
            Conditional mean of the increment per unit time.
        factor : ndarray of shape (n_queries, n_features, n_features)
            Lower Cholesky factor of the conditional covariance per unit time.
        """
        smoother = self.smoother
        if len(states) == 0:  # a path of one row has no transition
            d = len(self.pooled)
            return np.empty((0, d)), np.empty((0, d, d))
        regression = smoother.regression
        near = regression.clip_states(states, ENVELOPE)
        if self.n_neighbors == GLOBAL:
            drift = regression.linear(regression.scale_states(near))
            factor = np.broadcast_to(self.factor, (len(near), *self.factor.shape))
        else:
            drift, factor = self._evaluate_locally(near)
        drift = regression.unscale_drift(drift)
        if self.is_stable and near is not states:
            # Outside the envelope the global slope leads back; an unstable one would
            # lead away, so that the drift stays constant instead.
            beyond = (states - near) @ regression.whitening
            slope = smoother.outer_line(self.n_neighbors).slope
            drift = drift + scale.at_long_run(
                regression.unscale_drift(beyond @ slope.T)
            )
        return drift, factor

    def _evaluate_locally(self, states):
        """Scaled drift, and factor in the units of the series, inside the envelope."""
        return self._map_moments(states, self._solve)

    def _solve(self, states, moments, bandwidth):
        """Drift and factor of queries with known moments."""
        regression = self.smoother.regression
        cholesky, factor = regression.solve(moments, self.pooled, self.shrinkage)
        drift = regression.damped_drift(moments, cholesky, self.limit)
        return drift, regression.unscale_factor(factor)

    def _map_moments(self, states, function):
        """Apply a function to chunks of queries, their moments and bandwidths."""
        smoother, products = self.smoother, self.products
        reach = smoother.reach(self.n_neighbors, smoother.n_transitions)

        def from_neighbors(states, distances, indices):
            moments = smoother.moments(states, distances, indices, self.n_neighbors)
            return moments, smoother.bandwidth(distances, self.n_neighbors)

        if products is None:
            return map_neighbors(
                smoother.search.query,
                states,
                reach,
                lambda *found: function(found[0], *from_neighbors(*found)),
                reach * smoother.regression.table.shape[1],
                smoother.n_jobs,
            )

        def from_products(chunk):
            queries = states[chunk]
            moments, bandwidth, lost = products.moments(queries, self.n_neighbors)
            if lost.any():
                found = smoother.search.query(queries[lost], reach)
                moments[lost], bandwidth[lost] = from_neighbors(queries[lost], *found)
            return function(queries, moments, bandwidth)

        numbers = products.numbers_per_query
        return map_chunks(from_products, len(states), numbers, smoother.n_jobs)
