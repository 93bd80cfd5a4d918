r"""Weighted regression of increments on conditioning vectors, all moments at once.

With one row per transition, :math:`F_k = (\sqrt{dt_k}(z_k - z),\ \sqrt{dt_k},\
dX_k / \sqrt{dt_k})`, every quantity at a query z is read off one Cholesky factor:

.. math:: M = \sum_k w_k F_k F_k' = C C'

The trailing block of C is the factor L of the residual covariance (a Schur
complement). The intercept stands last among the regressors, so that the drift at z is
the column of C below its pivot divided by that pivot: no triangular solve is needed.
:class:`skdiffts.kernel._local_fit.LocalFit` reads these off.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg import solve_triangular

from skdiffts.kernel._extrapolation import GlobalLine
from skdiffts.kernel._metric import FLOOR, add_floor, whitening

__all__ = ["Regression"]

# Local variance of the whitened states below which they count as one point: its products
# with the floor would be lost to underflow.
TINY = 1e-200


@dataclass(frozen=True, eq=False)
class Regression:
    """Training transitions in coordinates where each number is of order one.

    Conditioning vectors are whitened (directions without variance are dropped) and
    increments are divided by their root mean square, so that the ridge and the floor
    mean the same for every unit of measurement.

    Parameters
    ----------
    table : ndarray of shape (n_transitions, n_columns)
        Rows F of the transitions: slopes (none for degree 0), intercept, responses.
    n_slopes : int
        Number of slopes.
    ridge : float
        Penalty on the slopes, relative to the mean local variance of the regressors.
    importance : ndarray of shape (n_transitions,)
        Weights of the transitions beside the kernel's, with mean one.
    has_equal_weights, has_equal_steps : bool
        Whether all importances, and whether all time steps are equal.
    line_moments : ndarray of shape (n_directions + 1 + n_features,) * 2
        Moments of all transitions with their slopes, for degree 0 as well.
    center : ndarray of shape (n_conditioning,)
        Mean of the conditioning vectors.
    whitening : ndarray of shape (n_conditioning, n_directions)
        Map of centred vectors to unit covariance.
    increment_scale : ndarray of shape (n_features,)
        Root mean square of increments per root of time.
    mean_dt : float
        Mean time step.
    is_flat : bool, default=False
        Whether the global line has no slope, because one was subtracted before.
    """

    table: np.ndarray
    n_slopes: int
    ridge: float
    importance: np.ndarray
    has_equal_weights: bool
    has_equal_steps: bool
    line_moments: np.ndarray
    center: np.ndarray
    whitening: np.ndarray
    increment_scale: np.ndarray
    mean_dt: float
    is_flat: bool = False

    @classmethod
    def fit(cls, transitions, degree, ridge, is_flat=False):
        """Scale transitions and sum their moments.

        Parameters
        ----------
        transitions : Transitions
            Training transitions.
        degree : {0, 1}
            Degree of the local polynomial.
        ridge : float
            Penalty on the slopes, relative to the mean local variance of the regressors.
        is_flat : bool, default=False
            Whether the global line has no slope, because one was subtracted before.

        Returns
        -------
        Regression
            The scaled transitions.
        """
        states, dt = transitions.states, transitions.dt
        center, matrix, mean_dt = states.mean(axis=0), whitening(states), dt.mean()
        responses = transitions.increments / np.sqrt(dt)[:, np.newaxis]
        increment_scale = _nonzero_scale(responses)
        root_dt = np.sqrt(dt / mean_dt)[:, np.newaxis]
        slopes = (states - center) @ matrix * root_dt
        table = np.hstack([slopes, root_dt, responses / increment_scale])
        importance = transitions.importance
        line_moments = (importance[:, np.newaxis] * table).T @ table / len(table)
        n_slopes = slopes.shape[1] if degree else 0
        if degree == 0:
            table = table[:, slopes.shape[1] :].copy()
        equal = bool((importance == 1.0).all()), bool((dt == dt[0]).all())
        units = center, matrix, increment_scale, mean_dt
        moments = *equal, line_moments, *units
        return cls(table, n_slopes, ridge, importance, *moments, is_flat)

    @property
    def responses(self):
        """Increments per square root of time, in scaled coordinates."""
        return self.table[:, self.n_slopes + 1 :]

    @cached_property
    def global_cholesky(self):
        """Cholesky factor of the penalised moments with equal weights."""
        dropped = self.whitening.shape[1] - self.n_slopes
        moments = self.line_moments[dropped:, dropped:]
        return self.factorize(moments[np.newaxis])[0]

    @cached_property
    def global_line(self):
        """Global fit of the regression's degree, by back substitution."""
        q = self.n_slopes
        lower, responses = np.split(self.global_cholesky[:, : q + 1], [q + 1])
        coefficients = solve_triangular(lower, responses.T, lower=True, trans=1)
        slope = np.zeros((len(responses), self.whitening.shape[1]))
        if not self.is_flat:
            slope[:, :q] = coefficients[:q].T
        return GlobalLine(coefficients[q], slope)

    @cached_property
    def continuation(self):
        """Global fit of degree 1, which leads back from outside the data."""
        return replace(self, n_slopes=self.whitening.shape[1]).global_line

    def scale_states(self, states):
        """Conditioning vectors in whitened coordinates."""
        return (states - self.center) @ self.whitening

    def unscale_drift(self, drift):
        """Drift per unit time, in the units of the series."""
        return drift * (self.increment_scale / np.sqrt(self.mean_dt))

    def unscale_factor(self, factor):
        """Covariance factor per unit time, in the units of the series."""
        return factor * self.increment_scale[:, np.newaxis]

    def residuals(self, rows, drift):
        """Scaled residuals of training transitions, given their scaled drift."""
        root_dt = self.table[rows, self.n_slopes, np.newaxis]
        return self.responses[rows] - drift * root_dt

    def weigh(self, indices, weights):
        """Kernel weights times importance; each row sums to one."""
        if self.has_equal_weights:
            return weights
        weights = weights * self.importance[indices]
        # Neighbours without any importance count alike.
        weights[~weights.any(axis=1)] = 1.0
        return weights / weights.sum(axis=1, keepdims=True)

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
            root_dt = root_dt[:1, :1] if self.has_equal_steps else root_dt
            rows[..., : self.n_slopes] -= root_dt * offset
            if whitening is not None:
                rows[..., : self.n_slopes] = rows[..., : self.n_slopes] @ whitening
        rows *= np.sqrt(weights)[..., np.newaxis]
        return rows.transpose(0, 2, 1) @ rows

    def factorize(self, moments, pooled=0.0):
        """Cholesky factor C of penalised moments.

        Parameters
        ----------
        moments : ndarray of shape (n_queries, n_columns, n_columns)
            Moment matrices, which are not changed.
        pooled : ndarray of shape (n_features, n_features) or float, default=0.0
            Matrix added to the covariance block before factorisation.

        Returns
        -------
        ndarray of shape (n_queries, n_columns, n_columns)
            Lower triangular factors.
        """
        penalized, q = moments.copy(), self.n_slopes
        if q:
            slope = np.arange(q)
            radius2 = np.trace(moments[:, :q, :q], axis1=1, axis2=2) / q
            penalty = (self.ridge + FLOOR) * radius2 + (radius2 < TINY)
            penalized[:, slope, slope] += penalty[:, np.newaxis]
        block = penalized[:, q + 1 :, q + 1 :]
        block[...] = add_floor(block + pooled)
        return np.linalg.cholesky(penalized)

    def global_factor(self, pooled, shrinkage):
        """Scaled covariance factor of the global limit, the same at every state."""
        blend = (1.0 - shrinkage) * self._global_covariance() + shrinkage * pooled
        return np.linalg.cholesky(add_floor(blend))

    def leave_one_out_global(self, rows):
        """Residuals of the global fit, with and without each of some transitions.

        Deleting row i from the penalised least squares divides its residual by
        :math:`1 - h_{ii}`: nothing has to be fitted again.

        Parameters
        ----------
        rows : ndarray of int of shape (n_rows,)
            Transitions to leave out, one at a time.

        Returns
        -------
        inside : ndarray of shape (n_rows, n_features)
            Scaled residuals of the fit to all transitions.
        outside : ndarray of shape (n_rows, n_features)
            Scaled leave-one-out residuals.
        """
        q = self.n_slopes
        lower, responses = np.split(self.global_cholesky[:, : q + 1], [q + 1])
        half = solve_triangular(lower, self.table[rows, : q + 1].T, lower=True)
        leverage = self.importance[rows] * (half**2).sum(axis=0) / len(self.table)
        inside = self.responses[rows] - half.T @ responses.T
        kept = 1.0 - np.minimum(leverage, 1.0 - 1e-6)
        return inside, inside / kept[:, np.newaxis]

    def leave_one_out_covariances(self, rows):
        """Residual covariances of the global fit without each of some transitions.

        Deleting row i takes :math:`w_i r_i r_i' / (1 - h_{ii})`, with its importance w,
        off the residual sum of squares.

        Parameters
        ----------
        rows : ndarray of int of shape (n_rows,)
            Transitions to leave out, one at a time.

        Returns
        -------
        ndarray of shape (n_rows, n_features, n_features)
            Scaled residual covariances.
        """
        inside, outside = self.leave_one_out_global(rows)
        n, weight = len(self.table), self.importance[rows]
        weighted = weight[:, np.newaxis] * outside
        outer = weighted[:, :, np.newaxis] * inside[:, np.newaxis, :]
        left = np.maximum(n - weight, 1.0)[:, np.newaxis, np.newaxis]
        return (n * self._global_covariance() - outer) / left

    def _global_covariance(self):
        factor = self.global_cholesky[self.n_slopes + 1 :, self.n_slopes + 1 :]
        return factor @ factor.T


def _nonzero_scale(values):
    """Root mean square of each column; a column of zeros gets the mean of the others."""
    scale = np.sqrt((values**2).mean(axis=0))
    positive = scale > 0.0
    return np.where(positive, scale, scale[positive].mean() if positive.any() else 1.0)
