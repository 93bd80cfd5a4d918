"""Local models tabulated at the training transitions instead of solved at queries."""

from dataclasses import dataclass
from numbers import Integral
from typing import ClassVar

import numpy as np

from skdiffts._chunks import map_chunks
from skdiffts._strategy import Strategy
from skdiffts._validation import Interval
from skdiffts.kernel._local_fit import Smoother
from skdiffts.kernel._neighbors import kernel_weights

__all__ = ["LocalTable", "Tabulated"]


@dataclass(kw_only=True, repr=False, eq=False)
class Tabulated(Strategy):
    r"""Evaluation by local models that are stored at the training points.

    The drift at z is read off the local model of the nearest training point
    :math:`z_k`,

    .. math:: \mu(z) = \mu(z_k) + B_k (z - z_k), \qquad L(z) = L(z_k)

    with the local slope B within the bandwidth of :math:`z_k` and the global slope
    beyond. A query takes one neighbour search and one product instead of a regression.
    At the training points both are exact.

    Parameters
    ----------
    n_blend : int, default=1
        Number of nearest local models whose drifts and factors are averaged, with
        Epanechnikov weights; with one, both jump where the nearest point changes.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.kernel import Tabulated
    >>> X = np.random.RandomState(0).standard_normal((200, 2)).cumsum(axis=0)
    >>> estimator = KernelDriftVolEstimator(30, evaluation=Tabulated(n_blend=3))
    >>> estimator.fit(X).transform(X).shape
    (200, 2)
    """

    n_blend: int = 1

    _parameter_constraints: ClassVar[dict] = {
        "n_blend": [Interval(Integral, 1, None, closed="left")],
    }


@dataclass(frozen=True, eq=False)
class LocalTable:
    """Stored local models, expanded to the queries near them.

    Parameters
    ----------
    smoother : Smoother
        Training transitions.
    n_blend : int
        Number of nearest local models that are averaged.
    points : ndarray of shape (n_transitions, n_directions)
        Whitened training states.
    drifts : ndarray of shape (n_transitions, n_features)
        Scaled drifts at the points.
    slopes : ndarray of shape (n_transitions, n_features, n_slopes)
        Slopes of the scaled drifts.
    factors : ndarray of shape (n_transitions, n_features, n_features)
        Lower Cholesky factors per unit time.
    bandwidths : ndarray of shape (n_transitions,)
        Bandwidths of the local models.
    """

    smoother: Smoother
    n_blend: int
    points: np.ndarray
    drifts: np.ndarray
    slopes: np.ndarray
    factors: np.ndarray
    bandwidths: np.ndarray

    @classmethod
    def fit(cls, model, n_blend):
        """Solve the local models at all training points.

        Parameters
        ----------
        model : LocalModel
            Local model that solves at every query.
        n_blend : int
            Number of nearest local models that are averaged.

        Returns
        -------
        LocalTable
            The table.
        """
        smoother, states = model.smoother, model.smoother.search.states
        arrays = model.map_fits(
            states,
            lambda fit, bandwidth: (
                fit.shrunk_drift(model.limit),
                fit.shrunk_slope(model.limit),
                fit.regression.unscale_factor(fit.factor),
                bandwidth,
            ),
        )
        points = smoother.regression.scale_states(states)
        return cls(smoother, min(n_blend, len(states) - 1), points, *arrays)

    def evaluate(self, states):
        """Scaled drift, and covariance factor in the units of the series.

        Parameters
        ----------
        states : ndarray of shape (n_queries, n_conditioning)
            States inside the envelope.

        Returns
        -------
        drift : ndarray of shape (n_queries, n_features)
            Drift in scaled coordinates.
        factor : ndarray of shape (n_queries, n_features, n_features)
            Lower Cholesky factors per unit time.
        """
        width = self.slopes[0].size + self.factors[0].size
        return map_chunks(
            lambda chunk: self._read(states[chunk]),
            len(states),
            self.n_blend * width,
            self.smoother.n_jobs,
        )

    def _read(self, states):
        """Drift and factor of the nearest local models."""
        k = self.n_blend
        if k == 1:  # its weight is one
            distances, nearest = self.smoother.search.query(states, k)
            drifts = self._expand(states, nearest, distances)
            return drifts[:, 0], self.factors[nearest[:, 0]]
        # The next one sets the bandwidth.
        distances, nearest = self.smoother.search.query(states, k + 1)
        weights = kernel_weights(distances[:, :k], distances[:, -1], "epanechnikov")
        nearest = nearest[:, :k]
        drifts = self._expand(states, nearest, distances[:, :k])
        drift = np.einsum("qk,qki->qi", weights, drifts)
        return drift, np.einsum("qk,qkij->qij", weights, self.factors[nearest])

    def _expand(self, states, nearest, distances):
        """Drifts at states along the slopes of their nearest local models."""
        regression, drifts = self.smoother.regression, self.drifts[nearest]
        if regression.n_slopes == 0:
            return drifts
        step = regression.scale_states(states)[:, np.newaxis] - self.points[nearest]
        reach = self.bandwidths[nearest]
        share = np.ones_like(distances)
        np.divide(reach, distances, out=share, where=distances > reach)
        near = share[..., np.newaxis] * step
        drifts = drifts + (step - near) @ regression.global_line.slope.T
        return drifts + np.matmul(self.slopes[nearest], near[..., np.newaxis])[..., 0]
