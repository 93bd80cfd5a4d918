"""Local models stored at the training transitions instead of solved at every query."""

import numpy as np

from skdiffts._chunks import map_chunks
from skdiffts.kernel._model import GLOBAL, LocalModel
from skdiffts.kernel._weights import kernel_weights

__all__ = ["TabulatedModel"]


class TabulatedModel(LocalModel):
    r"""Local models at the training points :math:`z_k`, used for the queries near them.

    The drift at z is :math:`\mu(z_k) + B_k (z - z_k)` with the local slope B, as far as
    the bandwidth of :math:`z_k` reaches and along the global slope beyond; the factor is
    L of :math:`z_k`. At the training points both are exact.

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
    n_blend : int
        Number of nearest local models whose drifts and factors are averaged, with
        Epanechnikov weights.
    """

    def __init__(self, smoother, n_neighbors, shrinkage, is_stable, n_blend):
        super().__init__(smoother, n_neighbors, shrinkage, is_stable)
        self.n_blend = min(n_blend, smoother.n_transitions - 1)
        if n_neighbors == GLOBAL:
            return
        arrays = self._map_moments(smoother.search.states, self._tabulate)
        self.products = None  # not needed any more
        self.drifts, self.slopes, self.factors, self.bandwidths = arrays
        self.points = smoother.regression.scale_states(smoother.search.states)

    def _tabulate(self, states, moments, bandwidth):
        """Drift, slope, factor and bandwidth at training points."""
        regression = self.smoother.regression
        cholesky, factor = regression.solve(moments, self.pooled, self.shrinkage)
        drift = regression.damped_drift(moments, cholesky, self.limit)
        slope = regression.damped_slope(moments, cholesky, self.limit)
        return drift, slope, regression.unscale_factor(factor), bandwidth

    def _evaluate_locally(self, states):
        width = self.slopes[0].size + self.factors[0].size
        return map_chunks(
            lambda chunk: self._look_up(states[chunk]),
            len(states),
            self.n_blend * width,
            self.smoother.n_jobs,
        )

    def _look_up(self, states):
        """Drift and factor of the nearest local models."""
        query = self.smoother.search.query
        if self.n_blend == 1:
            distances, indices = query(states, 1)
            nearest = indices[:, 0]
            return self._expand(states, nearest, distances[:, 0]), self.factors[nearest]
        distances, indices = query(states, self.n_blend + 1)
        weights = kernel_weights(distances[:, :-1], distances[:, -1], "epanechnikov")
        drift = np.zeros((len(states), len(self.pooled)))
        factor = np.zeros((len(states), *self.pooled.shape))
        for i in range(self.n_blend):
            nearest, weight = indices[:, i], weights[:, i, np.newaxis]
            drift += weight * self._expand(states, nearest, distances[:, i])
            factor += weight[:, np.newaxis] * self.factors[nearest]
        return drift, factor

    def _expand(self, states, nearest, distances):
        """Drift at states along the slopes of given local models."""
        regression = self.smoother.regression
        drift, q = self.drifts[nearest], regression.n_slopes
        if q == 0:
            return drift
        step = regression.scale_states(states) - self.points[nearest]
        reach = self.bandwidths[nearest]
        far = distances > reach
        if far.any():
            share = np.where(far, reach / np.where(far, distances, 1.0), 1.0)
            near = share[:, np.newaxis] * step
            drift = drift + (step - near) @ regression.linear.slope.T
            step = near
        return drift + np.matmul(self.slopes[nearest], step[..., np.newaxis])[..., 0]
