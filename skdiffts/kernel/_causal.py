"""Residuals that use only transitions which ended before the row."""

import hashlib

import numpy as np

from skdiffts._chunks import map_chunks
from skdiffts.kernel._left_out import GLOBAL, shrink
from skdiffts.kernel._model import Smoother
from skdiffts.kernel._scaling import FLOOR, ROUNDING

__all__ = ["CausalResiduals", "causal_residuals", "fingerprint"]


class CausalResiduals:
    """Residuals of the training paths, each from its past, given for these paths alone.

    Parameters
    ----------
    model : LocalModel
        Bandwidth, shrinkage and training transitions.
    metric : str or array-like
        Name of the metric, or weights of the standardised columns.
    transitions : Transitions
        Training transitions.
    paths : Paths
        Training paths.
    """

    def __init__(self, model, metric, transitions, paths):
        self.residuals = causal_residuals(model, metric, *transitions.span)
        self.fingerprint = fingerprint(paths)
        self.ends = transitions.ends

    def known(self):
        """Residuals with a long enough past, and which transitions these are."""
        rows = np.flatnonzero(np.isfinite(self.residuals).all(axis=1))
        return self.residuals[rows], rows

    def belong_to(self, paths):
        """Whether paths are the training paths: other data are taken to follow them."""
        return fingerprint(paths) == self.fingerprint

    def expand(self, paths):
        """Residual of each row of the training paths, NaN without one."""
        residuals = np.full_like(paths.values, np.nan)
        residuals[self.ends] = self.residuals
        return residuals


def causal_residuals(model, metric, begin, end):
    """Residuals of the training transitions, each from its past alone.

    The pooled covariance of a transition is the mean over past residuals, which came
    from their own past. Where the past is too short to determine the local model, the
    residual is NaN.

    Parameters
    ----------
    model : LocalModel
        Bandwidth, shrinkage and training transitions.
    metric : str or array-like
        Name of the metric, or weights of the standardised columns.
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
        states = smoother.search.states[rows]
        available = past(rows)
        # What distances and the ridge are measured by comes from the past, too.
        equal = available / available.sum(axis=1, keepdims=True)
        gaps = smoother.search.states - states[:, np.newaxis]
        gaps = gaps @ _past_metric(metric, smoother.search.states, equal)
        distances = np.where(available, np.linalg.norm(gaps, axis=2), np.inf)
        nearest = np.argsort(distances, axis=1, kind="stable")[:, :reach]
        found = np.take_along_axis(distances, nearest, axis=1), nearest
        slopes = regression.table[:, : regression.n_slopes]
        whitening = _whitening_over(slopes, equal) if regression.n_slopes else None
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
    n_past = np.searchsorted(np.sort(end[known]), begin[known], side="right")
    enough = n_past >= n_columns
    rows, residuals, covariances = known[enough], residuals[enough], covariances[enough]
    if len(rows):
        [result[rows]] = map_chunks(
            lambda chunk: whiten(rows[chunk], residuals[chunk], covariances[chunk]),
            len(rows),
            n + len(outer[0]),
        )
    return result


def fingerprint(paths):
    """Digest that tells the training data from any other.

    Parameters
    ----------
    paths : Paths
        Paths.

    Returns
    -------
    bytes
        Digest of numbers, boundaries and times.
    """
    digest = hashlib.blake2b(paths.values.tobytes())
    digest.update(paths.indptr.tobytes())
    if paths.times is not None:
        digest.update(paths.times.tobytes())
    return digest.digest()


def _past_metric(metric, states, weights):
    """Linear maps under which distances are Euclidean, for each query."""
    n_conditioning = states.shape[1]
    named = isinstance(metric, str)
    if named and metric == "euclidean":
        return np.eye(n_conditioning)
    states = states - states.mean(axis=0)
    if named and metric == "whitened":
        return _whitening_over(states, weights)
    variance = weights @ states**2 - (weights @ states) ** 2
    varies = variance > ROUNDING * (weights @ states**2)
    importance = np.ones(n_conditioning) if named else np.asarray(metric, dtype=float)
    scale = np.where(varies, importance / np.sqrt(np.where(varies, variance, 1.0)), 0.0)
    return scale[:, :, np.newaxis] * np.eye(n_conditioning)


def _whitening_over(slopes, weights):
    """Whitening of coordinates over weighted transitions, for each query.

    Its columns are zero where nothing varies.
    """
    q = slopes.shape[1]
    outer = (slopes[:, :, np.newaxis] * slopes[:, np.newaxis, :]).reshape(-1, q * q)
    mean = weights @ slopes
    second = (weights @ outer).reshape(-1, q, q)
    covariance = second - mean[:, :, np.newaxis] * mean[:, np.newaxis, :]
    eigenvalues, vectors = np.linalg.eigh(covariance)
    lost = ROUNDING * np.trace(second, axis1=1, axis2=2)[:, np.newaxis]
    keep = eigenvalues > lost + FLOOR * eigenvalues.max(axis=1, keepdims=True)
    scale = np.where(keep, 1.0 / np.sqrt(np.where(keep, eigenvalues, 1.0)), 0.0)
    return vectors * scale[:, np.newaxis, :]
