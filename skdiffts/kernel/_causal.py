"""Residuals that use only transitions which ended before the row."""

import numpy as np

from skdiffts.kernel._chunks import map_chunks
from skdiffts.kernel._model import GLOBAL, Smoother, shrink
from skdiffts.kernel._regression import FLOOR, ROUNDING

__all__ = ["causal_residuals"]


def causal_residuals(model, begin, end):
    """Residuals of the training transitions, each from its past alone.

    The pooled covariance of a transition is the mean over past residuals, which came
    from their own past. Where the past is too short to determine the local model, the
    residual is NaN.

    Parameters
    ----------
    model : LocalModel
        Bandwidth, shrinkage and training transitions.
    begin, end : ndarray of shape (n_transitions,)
        Clock at which each transition begins and ends.

    Returns
    -------
    ndarray of shape (n_transitions, n_features)
        Whitened residuals.
    """
    smoother, k = model.smoother, model.n_neighbors
    regression = smoother.regression
    n, n_columns = regression.table.shape
    if k == GLOBAL:
        k = n
        smoother = Smoother(regression, smoother.search, "uniform")
    reach = smoother.reach(k, n)

    def past(rows):
        return end <= begin[rows, np.newaxis]

    def fit_locally(rows):
        states = smoother.search.original_states(rows)
        available = past(rows)
        found = smoother.search.query_past(states, available, reach)
        # The metric of the ridge comes from the past, too.
        equal = available / available.sum(axis=1, keepdims=True)
        whitening = _whitening_over(regression, equal) if regression.n_slopes else None
        moments = smoother.moments(states, *found, k, whitening)
        cholesky = regression.factorize(moments)
        residuals = regression.residuals(rows, regression.drift(cholesky))
        return residuals, regression.covariance(cholesky)

    def whiten(rows, residuals, covariances):
        weights = past(rows)[:, known].astype(np.float64)
        weights /= weights.sum(axis=1, keepdims=True)
        pooled = (weights @ outer).reshape(covariances.shape)
        factors = np.linalg.cholesky(shrink(covariances, pooled, model.shrinkage))
        return (np.linalg.solve(factors, residuals[..., np.newaxis])[..., 0],)

    # As many transitions as columns determine drift, slopes and covariance.
    n_past = np.searchsorted(np.sort(end), begin, side="right")
    known = np.flatnonzero(n_past >= n_columns)
    result = np.full(regression.responses.shape, np.nan)
    if len(known) == 0:
        return result
    residuals, covariances = map_chunks(
        lambda chunk: fit_locally(known[chunk]), len(known), n * n_columns
    )
    outer = (residuals[:, :, np.newaxis] * residuals[:, np.newaxis, :]).reshape(
        len(known), -1
    )
    enough = past(known)[:, known].sum(axis=1) >= n_columns
    rows, residuals, covariances = known[enough], residuals[enough], covariances[enough]
    if len(rows):
        [result[rows]] = map_chunks(
            lambda chunk: whiten(rows[chunk], residuals[chunk], covariances[chunk]),
            len(rows),
            n + len(outer[0]),
        )
    return result


def _whitening_over(regression, weights):
    """Whitening of the slopes' coordinates over weighted transitions, for each query.

    Its columns are zero where nothing varies.
    """
    q = regression.n_slopes
    slopes = regression.table[:, :q]
    outer = (slopes[:, :, np.newaxis] * slopes[:, np.newaxis, :]).reshape(-1, q * q)
    mean = weights @ slopes
    second = (weights @ outer).reshape(-1, q, q)
    covariance = second - mean[:, :, np.newaxis] * mean[:, np.newaxis, :]
    eigenvalues, vectors = np.linalg.eigh(covariance)
    lost = ROUNDING * np.trace(second, axis1=1, axis2=2)[:, np.newaxis]
    keep = eigenvalues > lost + FLOOR * eigenvalues.max(axis=1, keepdims=True)
    scale = np.where(keep, 1.0 / np.sqrt(np.where(keep, eigenvalues, 1.0)), 0.0)
    return vectors * scale[:, np.newaxis, :]
