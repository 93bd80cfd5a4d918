"""Local model: conditional drift and covariance factor at any state."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from skdiffts._chunks import map_chunks
from skdiffts._gaussian import whiten
from skdiffts.kernel._extrapolation import Envelope
from skdiffts.kernel._leave_one_out import LeaveOneOut, shrink_to_pooled
from skdiffts.kernel._local_fit import LocalFit, Smoother
from skdiffts.kernel._neighbors import GLOBAL, map_neighbors
from skdiffts.kernel._product_table import ProductTable
from skdiffts.kernel._tabulated import LocalTable
from skdiffts.kernel._transitions import evenly_drawn

__all__ = ["LocalModel"]

# Largest number of leave-one-out residuals: enough to learn their distribution; one for
# every transition would need a neighbour query for each.
MAX_LEFT_OUT = 20_000


@dataclass(frozen=True, eq=False)
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
    limit : float
        Leverage up to which the local slope is used as it is.
    pooled : ndarray of shape (n_features, n_features)
        Scaled pooled covariance of the leave-one-out residuals.
    loo_rows : ndarray of int of shape (n_left_out,)
        Transitions that were left out, one at a time.
    loo_residuals : ndarray of shape (n_left_out, n_features)
        Whitened leave-one-out residuals.
    envelope : Envelope
        States with fitted coefficients.
    products : ProductTable or None
        Table that gives the moments where neighbours are many.
    table : LocalTable or None
        Stored local models; None solves the regression at every query.
    """

    smoother: Smoother
    n_neighbors: int | str
    shrinkage: float
    is_stable: bool
    limit: float
    pooled: np.ndarray
    loo_rows: np.ndarray
    loo_residuals: np.ndarray
    envelope: Envelope
    products: ProductTable | None = None
    table: LocalTable | None = None

    @classmethod
    def fit(cls, smoother, n_neighbors, shrinkage, is_stable, tabulated=None):
        """Fit the model without each transition, for residuals and pooled covariance.

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
        tabulated : Tabulated, default=None
            Tabulation of the local models; None solves the regression at every query.

        Returns
        -------
        LocalModel
            The fitted model.
        """
        regression, states = smoother.regression, smoother.search.states
        rows = evenly_drawn(regression.importance, MAX_LEFT_OUT)
        left_out = LeaveOneOut.fit(smoother, rows, [n_neighbors])
        [pooled], [limit] = left_out.pooled, left_out.limits

        def whitened(pooled, positions, covariances):
            others = pooled.without(positions)
            blend = shrink_to_pooled(covariances, others, shrinkage)
            return whiten(np.linalg.cholesky(blend), pooled.residuals[positions])

        [loo_residuals] = left_out.map_covariances(whitened)
        line = smoother.outer_line(n_neighbors)
        envelope = Envelope.fit(regression, states, line, is_stable)
        options = smoother, n_neighbors, shrinkage, is_stable, limit, pooled.matrix
        model = cls(*options, rows, loo_residuals, envelope)
        if n_neighbors == GLOBAL:
            return model
        if ProductTable.is_faster(smoother, n_neighbors):
            model = replace(model, products=ProductTable(smoother))
        if tabulated is None:
            return model
        table = LocalTable.fit(model, tabulated.n_blend)
        return replace(model, products=None, table=table)

    def evaluate(self, states, scale):
        """Drift and covariance factor per unit time, before the scale is multiplied.

        Parameters
        ----------
        states : ndarray of shape (n_queries, n_conditioning)
            Queries; outside the envelope the local model is taken from the nearest
            point on the ray to the center.
        scale : UnitScale
            Scale of the increments; outside the envelope the drift continues at the
            long-run scale.

        Returns
        -------
        drift : ndarray of shape (n_queries, n_features)
            Conditional mean of the increment per unit time.
        factor : ndarray of shape (n_queries, n_features, n_features)
            Lower Cholesky factor of the conditional covariance per unit time.
        """
        if len(states) == 0:  # a path of one row has no transition
            d = len(self.pooled)
            return np.empty((0, d)), np.empty((0, d, d))
        regression = self.smoother.regression
        near = self.envelope.clip(states)
        drift, factor = self._evaluate_inside(near)
        drift = regression.unscale_drift(drift)
        if near is not states:
            beyond = self.envelope.drift_beyond(states, near)
            drift = drift + scale.at_long_run(regression.unscale_drift(beyond))
        return drift, factor

    def map_fits(self, states, function):
        """Apply a function to chunks of queries: to their local fits and bandwidths.

        Parameters
        ----------
        states : ndarray of shape (n_queries, n_conditioning)
            Queries.
        function : callable
            Takes a local fit and its bandwidths; returns arrays.

        Returns
        -------
        tuple of ndarray
            Arrays of ``n_queries`` rows.
        """
        smoother, products, k = self.smoother, self.products, self.n_neighbors
        reach, query = smoother.reach(k, smoother.n_transitions), smoother.search.query

        def solve(moments, bandwidth):
            options = self.pooled, self.shrinkage
            fit = LocalFit.solve(smoother.regression, moments, *options)
            return function(fit, bandwidth)

        def from_neighbors(queries, distances, indices):
            return solve(*smoother.moments(queries, distances, indices, k))

        jobs = smoother.n_jobs
        if products is None:
            numbers = reach * smoother.n_columns
            return map_neighbors(query, states, reach, from_neighbors, numbers, jobs)

        def from_products(chunk):
            queries = states[chunk]
            moments, bandwidth, lost = products.moments(queries, k)
            if lost.any():
                distances, indices = query(queries[lost], reach)
                again = smoother.moments(queries[lost], distances, indices, k)
                moments[lost], bandwidth[lost] = again
            return solve(moments, bandwidth)

        return map_chunks(from_products, len(states), products.numbers_per_query, jobs)

    @cached_property
    def global_factor(self):
        """Covariance factor per unit time of the global limit, the same at every state."""
        regression = self.smoother.regression
        factor = regression.global_factor(self.pooled, self.shrinkage)
        return regression.unscale_factor(factor)

    def _evaluate_inside(self, states):
        """Scaled drift, and factor in the units of the series, inside the envelope."""
        regression = self.smoother.regression
        if self.n_neighbors == GLOBAL:
            drift = regression.global_line(regression.scale_states(states))
            factor = self.global_factor
            return drift, np.broadcast_to(factor, (len(states), *factor.shape))
        if self.table is not None:
            return self.table.evaluate(states)
        if len(states) > self.smoother.n_transitions:  # often drawn from training rows
            states, inverse = np.unique(states, axis=0, return_inverse=True)
            return tuple(part[inverse.ravel()] for part in self._solve(states))
        return self._solve(states)

    def _solve(self, states):
        """Scaled drift, and factor in the units of the series, of a regression each."""
        return self.map_fits(
            states,
            lambda fit, _: (
                fit.shrunk_drift(self.limit),
                self.smoother.regression.unscale_factor(fit.factor),
            ),
        )
