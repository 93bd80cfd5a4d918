r"""How much of the leave-one-out residuals is the noise of the series itself.

A leave-one-out error is an innovation plus the error of a drift that was fitted without
it, which has :math:`v_i` times the innovation's variance. Forecasts should have both;
a path with the fitted drift has the innovations alone. Whitening with a covariance that
does not know the row widens the residuals once more.
"""

import numpy as np

from skdiffts.kernel._left_out import GLOBAL, evenly_drawn, shrink
from skdiffts.kernel._linear import damp
from skdiffts.kernel._neighbors import map_neighbors
from skdiffts.kernel._weights import kernel_weights

__all__ = ["innovation_ratio"]

# Transitions that the ratio is measured on.
MAX_QUERIES = 1000


def innovation_ratio(model, residuals, rows):
    r"""Compare the spread of innovations with that of steps made with residuals.

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
        Their transitions.

    Returns
    -------
    float
        Ratio c of standard deviations, at most 1; 1 where there is nothing to measure.
    """
    regression = model.smoother.regression
    some = evenly_drawn(regression.importance, MAX_QUERIES)
    importance, weights = regression.importance[some], regression.importance[rows]
    if not (importance.any() and weights.any()):
        return 1.0
    precision = np.linalg.inv(regression.add_floor(model.pooled))
    if model.n_neighbors == GLOBAL:
        states = regression.scale_states(model.smoother.search.states[some])
        inside = regression.residuals(some, regression.linear(states))
        errors, covariances = regression.leave_one_out_global(some)
        traces = _traces(model, covariances, precision)
    else:
        errors, variance, traces = _left_out(model, some, precision)
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


def _traces(model, covariances, precision):
    """Size of covariances, blended as in a step, in the metric of the pooled one."""
    blend = shrink(covariances, model.pooled, model.shrinkage)
    return (blend * precision).sum(axis=(1, 2))


def _left_out(model, rows, precision):
    """Errors of left-out local drifts, their variance, and size of the covariances.

    The variance is that of a weighted mean, times one plus the leverage as far as it is
    followed, in units of an innovation's.
    """
    smoother, k = model.smoother, model.n_neighbors
    regression = smoother.regression

    def fit(rows, distances, indices):
        states = smoother.search.states[rows]
        moments = smoother.moments(states, distances, indices, k)
        cholesky = regression.factorize(moments)
        leverage = regression.leverage(moments, cholesky)
        anchored = regression.anchored_drift(moments)
        drift = damp(regression.drift(cholesky), anchored, leverage, model.limit)
        used = smoother.reach(k, distances.shape[1])
        bandwidth = smoother.bandwidth(distances, k)
        weights = kernel_weights(distances[:, :used], bandwidth, smoother.kernel)
        weights = regression.weigh(indices[:, :used], weights)
        variance = (weights**2).sum(axis=1) * (1.0 + np.minimum(leverage, model.limit))
        traces = _traces(model, regression.covariance(cholesky), precision)
        return regression.residuals(rows, drift), variance, traces

    others = smoother.n_transitions - 1
    reach = smoother.reach(k, others)
    width = (reach + 1) * regression.table.shape[1]
    find = smoother.search.query_others
    return map_neighbors(find, rows, reach, fit, width, smoother.n_jobs)
