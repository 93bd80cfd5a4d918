"""Leave-one-out fits: residuals, their covariances, and the share of noise in them."""

from dataclasses import dataclass

import numpy as np

from skdiffts._chunks import map_chunks
from skdiffts.kernel._extrapolation import shrink_to_global
from skdiffts.kernel._local_fit import Smoother
from skdiffts.kernel._metric import add_floor
from skdiffts.kernel._neighbors import GLOBAL
from skdiffts.kernel._transitions import evenly_drawn

__all__ = ["LeaveOneOut", "PooledCovariance", "innovation_ratio", "shrink_to_pooled"]

# Quantile of the leave-one-out leverages of the training transitions up to which the
# local slope is used as it is.
SURROUNDED = 0.9
# Numbers in covariances (128 MiB) up to which they are kept; more are computed again when
# they are scored, in chunks, which takes the neighbour queries twice.
KEPT_NUMBERS = 2**24
# Transitions that the innovation ratio is measured on.
MAX_QUERIES = 1000


@dataclass(frozen=True, eq=False)
class LeaveOneOut:
    """Residuals and covariances of transitions, each from a fit without it.

    All candidate bandwidths come from one neighbour query.

    Parameters
    ----------
    smoother : Smoother
        Training transitions.
    rows : ndarray of int of shape (n_rows,)
        Transitions that are left out, one at a time, in increasing order.
    candidates : list of int or "all"
        Numbers of neighbours.
    pooled : list of PooledCovariance
        For each candidate, of its residuals in scaled coordinates.
    limits : list of float
        For each candidate, the leverage up to which the local slope is used as it is.
    keeps : bool
        Whether the covariances of local candidates are kept.
    kept : tuple of ndarray of shape (n_rows, n_features, n_features)
        Covariances of local candidates; without columns if they are not kept.
    """

    smoother: Smoother
    rows: np.ndarray
    candidates: list
    pooled: list
    limits: list
    keeps: bool
    kept: tuple

    @classmethod
    def fit(cls, smoother, rows, candidates):
        """Fit all candidates without each of some transitions.

        Parameters
        ----------
        smoother : Smoother
            Training transitions.
        rows : ndarray of int of shape (n_rows,)
            Transitions to leave out, one at a time, in increasing order.
        candidates : list of int or "all"
            Numbers of neighbours.

        Returns
        -------
        LeaveOneOut
            Residuals, and covariances as far as they are kept.
        """
        regression, local = smoother.regression, [k for k in candidates if k != GLOBAL]
        size = regression.responses.shape[1] ** 2
        keeps = len(rows) * len(local) * size <= KEPT_NUMBERS

        def read(own, distances, indices):
            states, arrays = smoother.search.states[own], []
            for k in local:
                fit = smoother.fit(states, distances, indices, k)
                arrays += [fit.drift(), fit.anchored_drift(), fit.leverage()]
                arrays.append(fit.covariance() if keeps else np.empty((len(own), 0)))
            return tuple(arrays)

        arrays = smoother.map_others(rows, max(local), read) if local else ()
        parts = iter(zip(arrays[0::4], arrays[1::4], arrays[2::4], strict=True))
        pooled, limits = [], []
        for k in candidates:
            if k == GLOBAL:
                limits.append(np.inf)
                _, residuals = regression.leave_one_out_global(rows)
            else:
                drift, anchored, leverage = next(parts)
                limits.append(np.quantile(leverage, SURROUNDED))
                drift = shrink_to_global(drift, anchored, leverage, limits[-1])
                residuals = regression.residuals(rows, drift)
            pooled.append(PooledCovariance(residuals, regression.importance[rows]))
        return cls(smoother, rows, candidates, pooled, limits, keeps, arrays[3::4])

    def map_covariances(self, function):
        """Apply a function to chunks of the covariances of each candidate.

        Parameters
        ----------
        function : callable
            Takes the pooled covariance of the candidate, a slice or positions of the rows,
            and their scaled covariances, of shape (n_positions, n_features, n_features);
            returns an array with one row for each.

        Returns
        -------
        tuple of ndarray
            For each candidate, the rows stacked.
        """
        smoother, local = self.smoother, [k for k in self.candidates if k != GLOBAL]
        without = smoother.regression.leave_one_out_covariances

        def apply(positions, kept):
            values = []
            for k, pooled in zip(self.candidates, self.pooled, strict=True):
                found = without(self.rows[positions]) if k == GLOBAL else next(kept)
                values.append(function(pooled, positions, found))
            return tuple(values)

        def recall(chunk):
            return apply(chunk, (part[chunk] for part in self.kept))

        def refit(own, distances, indices):
            states = smoother.search.states[own]
            fits = (smoother.fit(states, distances, indices, k) for k in local)
            positions = np.searchsorted(self.rows, own)
            return apply(positions, (fit.covariance() for fit in fits))

        if not self.keeps:
            return smoother.map_others(self.rows, max(local), refit)
        # Covariances, their blend and its factor.
        numbers = 4 * self.pooled[0].matrix.size
        return map_chunks(recall, len(self.rows), numbers, smoother.n_jobs)


class PooledCovariance:
    """Covariance of all residuals, and of all but one for each residual.

    Parameters
    ----------
    residuals : ndarray of shape (n_rows, n_features)
        Residuals to leave out, one at a time.
    weights : ndarray of shape (n_rows,)
        Importance of the residuals, in any unit.

    Attributes
    ----------
    matrix : ndarray of shape (n_features, n_features)
        Weighted mean of the outer products.
    """

    def __init__(self, residuals, weights):
        self.residuals, self.weights = residuals, weights / weights.mean()
        self.total = (self.weights[:, np.newaxis] * residuals).T @ residuals
        self.matrix = self.total / len(residuals)

    def without(self, positions):
        """Covariances without each of some residuals.

        Parameters
        ----------
        positions : ndarray of int of shape (n_positions,) or slice
            Residuals to leave out.

        Returns
        -------
        ndarray of shape (n_positions, n_features, n_features)
            Weighted means of the other outer products.
        """
        residuals, weights = self.residuals[positions], self.weights[positions]
        weighted = weights[:, np.newaxis] * residuals
        outer = weighted[:, :, np.newaxis] * residuals[:, np.newaxis, :]
        left = np.maximum(len(self.residuals) - weights, 1.0)
        return (self.total - outer) / left[:, np.newaxis, np.newaxis]


def shrink_to_pooled(covariances, pooled, shrinkage):
    """Blend of local and pooled covariances, with the floor that keeps it definite.

    Parameters
    ----------
    covariances : ndarray of shape (n_rows, n_features, n_features)
        Local covariances.
    pooled : ndarray of shape (..., n_features, n_features)
        Pooled covariance, one for all rows or one for each.
    shrinkage : float
        Weight of the pooled covariance.

    Returns
    -------
    ndarray of shape (n_rows, n_features, n_features)
        Positive definite matrices.
    """
    return add_floor((1.0 - shrinkage) * covariances + shrinkage * pooled)


def innovation_ratio(model, residuals, rows):
    r"""Ratio of the innovations' standard deviation to the leave-one-out residuals'.

    A leave-one-out error is an innovation plus the error of a drift that was fitted
    without it, which has :math:`v_i` times the innovation's variance. Forecasts should
    have both; a path with the fitted drift has the innovations alone. Whitening with a
    covariance that does not know the row widens the residuals once more.

    .. math::
        c^2 = \sum_i w_i \frac{|e_i|^2}{1 + v_i} \Big/ \sum_i w_i |e_i|^2
        \cdot \frac{d}{\operatorname{tr} P^{-1} \bar A} \cdot
        \frac{d}{\sum_i w_i |\varepsilon_i|^2}

    with leave-one-out errors e, measured by their pooled covariance P, importance w of
    mean one, mean local covariance :math:`\bar A` and residuals :math:`\varepsilon`. For
    the global fit :math:`1 / (1 + v_i)` is one less the leverage, which makes the first
    factor exact: the in-sample error times the leave-one-out error.

    Parameters
    ----------
    model : LocalModel
        Bandwidth, shrinkage and training transitions.
    residuals : ndarray of shape (n_residuals, n_features)
        Residuals that steps are made with.
    rows : ndarray of int of shape (n_residuals,)
        Transitions of the residuals.

    Returns
    -------
    float
        Ratio c of standard deviations, at most 1; 1 where there is nothing to measure.
    """
    regression = model.smoother.regression
    drawn = evenly_drawn(regression.importance, MAX_QUERIES)
    importance, weights = regression.importance[drawn], regression.importance[rows]
    if not (importance.any() and weights.any()):
        return 1.0
    precision = np.linalg.inv(add_floor(model.pooled))
    if model.n_neighbors == GLOBAL:
        states = regression.scale_states(model.smoother.search.states[drawn])
        inside = regression.residuals(drawn, regression.global_line(states))
        _, errors = regression.leave_one_out_global(drawn)
        covariances = regression.leave_one_out_covariances(drawn)
        traces = _traces(model, covariances, precision)
    else:
        errors, variance, traces = leave_one_out_errors(model, drawn, precision)
        inside = errors / (1.0 + variance)[:, np.newaxis]
    weighted = importance[:, np.newaxis] * errors @ precision
    size = np.average((residuals**2).sum(axis=1), weights=weights)
    step = np.average(traces, weights=importance) * size / len(precision) ** 2
    total = np.sum(weighted * errors) * step
    if not total > 0.0:
        return 1.0
    with np.errstate(over="ignore"):  # by rounding errors of steps of nothing
        ratio = np.sum(weighted * inside) / total
    return float(np.sqrt(np.clip(ratio, 0.0, 1.0)))


def leave_one_out_errors(model, rows, precision):
    """Errors of leave-one-out drifts, their variance, and the size of the covariances.

    Parameters
    ----------
    model : LocalModel
        Local model with a bandwidth.
    rows : ndarray of int of shape (n_rows,)
        Transitions to leave out, one at a time.
    precision : ndarray of shape (n_features, n_features)
        Metric of the covariances.

    Returns
    -------
    errors : ndarray of shape (n_rows, n_features)
        Scaled errors.
    variance : ndarray of shape (n_rows,)
        Variance of the drift in units of the innovation's: of a weighted mean, times
        one plus the leverage as far as the local slope is used.
    traces : ndarray of shape (n_rows,)
        Size of the shrunk covariances in the metric.
    """
    smoother, k = model.smoother, model.n_neighbors

    def measure(own, distances, indices):
        fit = smoother.fit(smoother.search.states[own], distances, indices, k)
        _, weights, _ = smoother.weigh(distances, indices, k)
        used = np.minimum(fit.leverage(), model.limit)
        variance = (weights**2).sum(axis=1) * (1.0 + used)
        errors = smoother.regression.residuals(own, fit.shrunk_drift(model.limit))
        return errors, variance, _traces(model, fit.covariance(), precision)

    return smoother.map_others(rows, k, measure)


def _traces(model, covariances, precision):
    """Size of shrunk covariances in the metric of a precision matrix."""
    blend = shrink_to_pooled(covariances, model.pooled, model.shrinkage)
    return (blend * precision).sum(axis=(1, 2))
