r"""Weighted regression of increments on conditioning vectors, all moments at once.

With one row per transition, :math:`F_k = (\sqrt{dt_k}(z_k - z),\ \sqrt{dt_k},\
dX_k / \sqrt{dt_k})`, every quantity at a query z is read off one Cholesky factor:

.. math:: M = \sum_k w_k F_k F_k' = C C'

The trailing block of C is the factor L of the residual covariance (a Schur
complement). The intercept stands last among the regressors, so that the drift at z is
the column of C below its pivot divided by that pivot: no triangular solve is needed.
"""

from copy import copy

import numpy as np
from scipy.linalg import solve_triangular

from skdiffts.kernel._linear import LinearDrift, damp, trust
from skdiffts.kernel._scaling import FLOOR, nonzero_scale, whitening

__all__ = ["Regression"]

# Local variance of the whitened states below which they count as one point: its products
# with the floor would be lost to underflow.
TINY = 1e-200


class Regression:
    """Moments of training transitions in coordinates where each is of order one.

    Conditioning vectors are whitened (directions without variance are dropped) and
    increments are divided by their root mean square, so that the ridge and the floor
    mean the same for every unit of measurement.

    Parameters
    ----------
    states : ndarray of shape (n_transitions, n_conditioning)
        Conditioning vector at the start of each transition.
    increments : ndarray of shape (n_transitions, n_features)
        Change over each transition.
    dt : ndarray of shape (n_transitions,)
        Length of each transition in time.
    degree : {0, 1}
        Degree of the local polynomial.
    ridge : float
        Penalty on the slopes, relative to the mean local variance of the regressors.
    importance : ndarray of shape (n_transitions,)
        Weights of the transitions beside those of the kernel, with mean one.
    """

    def __init__(self, states, increments, dt, *, degree, ridge, importance):
        self.ridge = ridge
        self.importance = importance
        self.is_even = bool((importance == 1.0).all())
        self.is_regular = bool((dt == dt[0]).all())
        self.center = states.mean(axis=0)
        self.whitening = whitening(states)
        self.radius = np.linalg.norm(self.scale_states(states), axis=1).max()
        self.mean_dt = dt.mean()
        responses = increments / np.sqrt(dt)[:, np.newaxis]
        self.increment_scale = nonzero_scale(responses)
        root_dt = np.sqrt(dt / self.mean_dt)[:, np.newaxis]
        slopes = self.scale_states(states) * root_dt
        self.n_slopes = slopes.shape[1]
        self.table = np.hstack([slopes, root_dt, responses / self.increment_scale])
        weighted = self.importance[:, np.newaxis] * self.table
        self.global_moments = weighted.T @ self.table / len(self.table)
        # What leads back from outside the data, for degree 0 as well.
        self.continuation = self._fit_globally()
        if degree == 0:
            self.table = self.table[:, self.n_slopes :].copy()
            self.global_moments = self.global_moments[self.n_slopes :, self.n_slopes :]
            self.n_slopes = 0
            self._fit_globally()

    def with_ridge(self, ridge):
        """Regression of degree 1 on the same transitions with another penalty."""
        other = copy(self)
        other.ridge = ridge
        other.continuation = other._fit_globally()
        return other

    @property
    def responses(self):
        """Increments per square root of time, in scaled coordinates."""
        return self.table[:, self.n_slopes + 1 :]

    def residuals(self, rows, drift):
        """Scaled residuals of training transitions, given their scaled drift."""
        root_dt = self.table[rows, self.n_slopes, np.newaxis]
        return self.responses[rows] - drift * root_dt

    def unscale_drift(self, drift):
        """Drift per unit time, in the units of the series."""
        return drift * (self.increment_scale / np.sqrt(self.mean_dt))

    def drift_along(self, line, states):
        """Drift per unit time of a fit with equal weights."""
        return self.unscale_drift(line(self.scale_states(states)))

    def unscale_factor(self, factor):
        """Covariance factor per unit time, in the units of the series."""
        return factor * self.increment_scale[:, np.newaxis]

    def scale_states(self, states):
        """Conditioning vectors in whitened coordinates."""
        return (states - self.center) @ self.whitening

    def clip_states(self, states, envelope):
        """Pull states outside the envelope back to it, along the ray to the center."""
        distance = np.linalg.norm(self.scale_states(states), axis=1)
        limit = envelope * self.radius
        outside = distance > limit
        if not outside.any():
            return states
        shrink = np.where(outside, limit / np.where(outside, distance, 1.0), 1.0)
        return self.center + (states - self.center) * shrink[:, np.newaxis]

    def moments(self, states, indices, weights, whitening=None):
        """Moment matrices M of each query over its weighted neighbours.

        Parameters
        ----------
        states : ndarray of shape (n_queries, n_conditioning)
            Queries.
        indices, weights : ndarray of shape (n_queries, n_neighbors)
            Training transitions and their weights.
        whitening : ndarray of shape (n_queries, n_slopes, n_slopes), default=None
            Coordinates of the slopes, and so of their penalty, at each query.

        Returns
        -------
        ndarray of shape (n_queries, n_columns, n_columns)
            Moments about the query.
        """
        rows = np.take(self.table, indices, axis=0)
        if self.n_slopes:
            offset = self.scale_states(states)[:, np.newaxis, :]
            root_dt = rows[..., [self.n_slopes]]
            # One number where all are equal, which saves an array as large as rows.
            root_dt = root_dt[:1, :1] if self.is_regular else root_dt
            rows[..., : self.n_slopes] -= root_dt * offset
            if whitening is not None:
                rows[..., : self.n_slopes] = rows[..., : self.n_slopes] @ whitening
        rows *= np.sqrt(self.weigh(indices, weights))[..., np.newaxis]
        return rows.transpose(0, 2, 1) @ rows

    def weigh(self, indices, weights):
        """Kernel weights times importance; each row sums to one."""
        if self.is_even:
            return weights
        weights = weights * self.importance[indices]
        total = weights.sum(axis=1, keepdims=True)
        # Where all neighbours are forgotten they count alike.
        return np.where(total > 0.0, weights, 1.0) / np.where(
            total > 0.0, total, weights.shape[1]
        )

    def factorize(self, moments, pooled=None):
        """Cholesky factor C of penalised moments; ``moments`` is overwritten.

        Parameters
        ----------
        moments : ndarray of shape (n_queries, n_columns, n_columns)
            Moment matrices.
        pooled : ndarray of shape (n_features, n_features) or with a leading axis
            Matrix added to the covariance block before factorisation.

        Returns
        -------
        ndarray of shape (n_queries, n_columns, n_columns)
            Lower triangular factors.
        """
        q = self.n_slopes
        if q:
            slope = np.arange(q)
            radius2 = np.trace(moments[:, :q, :q], axis1=1, axis2=2) / q
            penalty = (self.ridge + FLOOR) * radius2 + (radius2 < TINY)
            moments[:, slope, slope] += penalty[:, np.newaxis]
        block = moments[:, q + 1 :, q + 1 :]
        if pooled is not None:
            block += pooled
        diagonal = np.arange(block.shape[1])
        scale = np.trace(block, axis1=1, axis2=2) / block.shape[1]
        block[:, diagonal, diagonal] += FLOOR * (1.0 + scale)[:, np.newaxis]
        return np.linalg.cholesky(moments)

    def solve(self, moments, pooled, shrinkage):
        """Cholesky factors of the moments, and scaled factors of the covariances.

        The covariance is ``(1 - shrinkage) * local + shrinkage * pooled``; dividing by
        ``1 - shrinkage`` turns the sum into one more term of the moments, so that one
        factorisation gives everything.
        """
        if shrinkage == 1.0:
            cholesky = self.factorize(moments)
            factor = np.linalg.cholesky(self.add_floor(pooled))
            return cholesky, np.broadcast_to(factor, (len(moments), *factor.shape))
        share = shrinkage / (1.0 - shrinkage)
        cholesky = self.factorize(moments, share * pooled)
        factor = cholesky[:, self.n_slopes + 1 :, self.n_slopes + 1 :]
        return cholesky, factor * np.sqrt(1.0 - shrinkage)

    def damped_drift(self, moments, cholesky, limit):
        """Scaled drift that follows the local slope no further than the limit."""
        leverage = self.leverage(moments, cholesky)
        anchored = self.anchored_drift(moments)
        return damp(self.drift(cholesky), anchored, leverage, limit)

    def damped_slope(self, moments, cholesky, limit):
        """Slope of the scaled drift, as much of it local as its drift follows."""
        share = trust(self.leverage(moments, cholesky), limit)
        overall = self.linear.slope[:, : self.n_slopes]
        difference = self.slope(cholesky) - overall
        return overall + share[:, np.newaxis, np.newaxis] * difference

    def drift(self, cholesky):
        """Scaled drift: the column below the intercept's pivot over that pivot."""
        q = self.n_slopes
        return cholesky[:, q + 1 :, q] / cholesky[:, q, q, np.newaxis]

    def slope(self, cholesky):
        """Slope of the scaled drift, shape (n_queries, n_features, n_slopes)."""
        q = self.n_slopes
        lower, responses = cholesky[:, : q + 1, : q + 1], cholesky[:, q + 1 :, : q + 1]
        solved = np.linalg.solve(lower.transpose(0, 2, 1), responses.transpose(0, 2, 1))
        return solved.transpose(0, 2, 1)[:, :, :q]

    def anchored_drift(self, moments):
        """Local mean of the scaled drift, carried to the query along the global slope."""
        q = self.n_slopes
        total = moments[:, q, q, np.newaxis]
        offset = moments[:, q, :q] / total
        return moments[:, q + 1 :, q] / total - offset @ self.linear.slope[:, :q].T

    def leverage(self, moments, cholesky):
        """Squared distance of the query from its neighbours' mean, in their covariance.

        The intercept's pivot holds it: by elimination of the slopes it is
        :math:`M_{11} / (1 + q)`.
        """
        q = self.n_slopes
        return moments[:, q, q] / cholesky[:, q, q] ** 2 - 1.0

    def covariance(self, cholesky):
        """Scaled residual covariance: the Schur complement."""
        factor = cholesky[:, self.n_slopes + 1 :, self.n_slopes + 1 :]
        return factor @ factor.transpose(0, 2, 1)

    @staticmethod
    def add_floor(covariance):
        """Covariance with the diagonal floor that keeps its factorisation possible."""
        d = covariance.shape[-1]
        scale = 1.0 + np.trace(covariance, axis1=-2, axis2=-1) / d
        return covariance + FLOOR * scale[..., np.newaxis, np.newaxis] * np.eye(d)

    def global_factor(self, pooled, shrinkage):
        """Scaled covariance factor of the global limit, the same at every state."""
        local = self.covariance(self.global_cholesky[np.newaxis])
        blend = (1.0 - shrinkage) * local + shrinkage * pooled
        return np.linalg.cholesky(self.add_floor(blend))[0]

    def leave_one_out_global(self, rows):
        """Residual and covariance of the global fit without each of some transitions.

        Deleting row i from the penalised least squares divides its residual by
        :math:`1 - h_{ii}` and takes :math:`w_i r_i r_i' / (1 - h_{ii})` off the residual
        sum of squares, with its importance w: nothing has to be fitted again.

        Parameters
        ----------
        rows : ndarray of int of shape (n_rows,)
            Transitions to leave out, one at a time.

        Returns
        -------
        residuals : ndarray of shape (n_rows, n_features)
            Scaled leave-one-out residuals.
        covariances : ndarray of shape (n_rows, n_features, n_features)
            Scaled residual covariances.
        """
        n, q = len(self.table), self.n_slopes
        cholesky = self.global_cholesky
        regressors, responses = self.table[rows, : q + 1], self.responses[rows]
        half = solve_triangular(cholesky[: q + 1, : q + 1], regressors.T, lower=True)
        weight = self.importance[rows]
        leverage = np.minimum(weight * (half**2).sum(axis=0) / n, 1.0 - 1e-6)
        residuals = responses - half.T @ cholesky[q + 1 :, : q + 1].T
        deleted = residuals / (1.0 - leverage)[:, np.newaxis]
        total = n * self.covariance(cholesky[np.newaxis])
        weighted = weight[:, np.newaxis] * deleted
        outer = weighted[:, :, np.newaxis] * residuals[:, np.newaxis, :]
        left = np.maximum(n - weight, 1.0)
        return deleted, (total - outer) / left[:, np.newaxis, np.newaxis]

    def _fit_globally(self):
        """Factor of the moments with equal weights, and the line that it gives."""
        self.global_cholesky = self.factorize(self.global_moments[np.newaxis].copy())[0]
        self.linear = LinearDrift(self.global_cholesky, self)
        return self.linear
