"""Conditional drift and covariance at any state, from a fitted local regression."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from skdiffts.kernel._linear import damp
from skdiffts.kernel._neighbors import NeighborSearch, map_neighbors
from skdiffts.kernel._regression import Regression
from skdiffts.kernel._weights import kernel_weights

__all__ = [
    "GLOBAL",
    "LocalModel",
    "Smoother",
    "evenly_drawn",
    "pooled_without",
    "shrink",
]

# Number of neighbours that stands for the global limit, where all weights are equal.
GLOBAL = "all"

# Beyond this many times the largest training radius the local coefficients stay constant.
ENVELOPE = 1.5
# Transitions that are left out in turn, for residuals and their pooled covariance: as
# many as a law of residuals can be learnt from, where all of them would take a neighbour
# query of the whole training set.
MAX_LEFT_OUT = 20_000
# Share of the training transitions, each seen from the others, whose leverage is within
# the limit up to which the local slope is followed.
SURROUNDED = 0.9


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

    def reach(self, n_neighbors, available):
        """How many neighbours have to be found: a Gaussian gives weight to all."""
        return available if self.kernel == "gaussian" else min(n_neighbors, available)

    def outer_line(self, n_neighbors):
        """Global fit whose slope is followed outside the envelope."""
        # Equal weights and degree 0 are independent increments: nothing leads back.
        everywhere = n_neighbors == GLOBAL
        return self.regression.linear if everywhere else self.regression.continuation

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
        near = distances[:, :n_neighbors]
        bandwidth = np.where(np.isfinite(near), near, 0.0).max(axis=1)
        weights = kernel_weights(distances[:, :used], bandwidth, self.kernel)
        indices = indices[:, :used]
        return self.regression.moments(states, indices, weights, whitening)

    def left_out(self, rows, candidates):
        """Residuals and covariances of transitions fitted without themselves.

        All candidate bandwidths come from one neighbour query.

        Parameters
        ----------
        rows : ndarray of int of shape (n_rows,)
            Training transitions.
        candidates : list of int or "all"
            Numbers of neighbours.

        Returns
        -------
        list of (residuals, covariances, limit)
            For each candidate, in scaled coordinates, arrays of shapes
            (n_rows, n_features) and (n_rows, n_features, n_features), and the leverage
            up to which the local slope is followed.
        """
        local = [k for k in candidates if k != GLOBAL]
        fits = {}
        if GLOBAL in candidates:
            fits[GLOBAL] = *self.regression.leave_one_out_global(rows), np.inf
        if local:
            others = self.n_transitions - 1
            reach = self.reach(max(local), others)
            width = (reach + 1) * self.regression.table.shape[1]
            arrays = map_neighbors(
                self.search.query_others,
                rows,
                reach,
                partial(self._left_out_chunk, local),
                width,
                self.n_jobs,
            )
            for i, k in enumerate(local):
                drift, anchored, leverage, covariances = arrays[4 * i : 4 * i + 4]
                limit = np.quantile(leverage, SURROUNDED)
                drift = damp(drift, anchored, leverage, limit)
                residuals = self.regression.residuals(rows, drift)
                fits[k] = residuals, covariances, limit
        return [fits[k] for k in candidates]

    def _left_out_chunk(self, candidates, rows, distances, indices):
        states = self.search.states[rows]
        regression = self.regression
        arrays = []
        for k in candidates:
            moments = self.moments(states, distances, indices, k)
            cholesky = regression.factorize(moments)
            arrays += [
                regression.drift(cholesky),
                regression.anchored_drift(moments),
                regression.leverage(moments, cholesky),
                regression.covariance(cholesky),
            ]
        return tuple(arrays)


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
        self.left_out_rows = evenly_drawn(smoother.n_transitions, MAX_LEFT_OUT)
        [fit] = smoother.left_out(self.left_out_rows, [n_neighbors])
        residuals, covariances, self.limit = fit
        weights = smoother.regression.importance[self.left_out_rows]
        weights = weights / weights.mean()
        self.pooled, pooled = pooled_without(residuals, weights)
        factors = np.linalg.cholesky(shrink(covariances, pooled, shrinkage))
        self.loo_residuals = np.linalg.solve(factors, residuals[..., np.newaxis])[
            ..., 0
        ]
        if n_neighbors == GLOBAL:
            factor = smoother.regression.global_factor(self.pooled, shrinkage)
            self.factor = smoother.regression.unscale_factor(factor)

    def evaluate(self, states):
        """Drift and covariance factor per unit time.

        Parameters
        ----------
        states : ndarray of shape (n_queries, n_conditioning)
            Queries; outside the envelope of the data the local model is that of the
            nearest point on the ray to the center.

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
        if self.is_stable and near is not states:
            # Outside the envelope the global slope leads back; an unstable one would
            # lead away, so that the drift stays constant instead.
            beyond = (states - near) @ regression.whitening
            drift = drift + beyond @ smoother.outer_line(self.n_neighbors).slope.T
        return regression.unscale_drift(drift), factor

    def _evaluate_locally(self, states):
        """Scaled drift, and factor in the units of the series, inside the envelope."""
        smoother = self.smoother
        reach = smoother.reach(self.n_neighbors, smoother.n_transitions)
        return map_neighbors(
            smoother.search.query,
            states,
            reach,
            self._evaluate_chunk,
            reach * smoother.regression.table.shape[1],
            smoother.n_jobs,
        )

    def _evaluate_chunk(self, states, distances, indices):
        smoother = self.smoother
        moments = smoother.moments(states, distances, indices, self.n_neighbors)
        regression = smoother.regression
        cholesky, factor = regression.solve(moments, self.pooled, self.shrinkage)
        drift = regression.damped_drift(moments, cholesky, self.limit)
        return drift, regression.unscale_factor(factor)


def pooled_without(residuals, weights):
    """Pooled covariance of all residuals, and of all but one for each residual.

    Parameters
    ----------
    residuals : ndarray of shape (n_rows, n_features)
        Residuals to leave out, one at a time.
    weights : ndarray of shape (n_rows,)
        Their importance, with mean one.

    Returns
    -------
    pooled : ndarray of shape (n_features, n_features)
        Weighted mean of the outer products.
    without : ndarray of shape (n_rows, n_features, n_features)
        The same without each residual.
    """
    n = len(residuals)
    weighted = weights[:, np.newaxis] * residuals
    total = weighted.T @ residuals
    outer = weighted[:, :, np.newaxis] * residuals[:, np.newaxis, :]
    left = np.maximum(n - weights, 1.0)
    return total / n, (total - outer) / left[:, np.newaxis, np.newaxis]


def evenly_drawn(n_transitions, n_rows):
    """All transitions, or a fixed random subset (a regular one may hit a season).

    Parameters
    ----------
    n_transitions : int
        Number of transitions.
    n_rows : int
        Largest number wanted.

    Returns
    -------
    ndarray of int
        Transitions in increasing order.
    """
    if n_transitions <= n_rows:
        return np.arange(n_transitions)
    rng = np.random.RandomState(0)
    return np.sort(rng.choice(n_transitions, n_rows, replace=False))


def shrink(covariances, pooled, shrinkage):
    """Blend of local and pooled covariances, with the floor that keeps it definite."""
    blend = (1.0 - shrinkage) * covariances + shrinkage * pooled
    return Regression.add_floor(blend)
