"""Past-only residuals: each from transitions that ended before its row."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from skdiffts._chunks import map_chunks
from skdiffts._gaussian import whiten
from skdiffts.kernel._leave_one_out import shrink_to_pooled
from skdiffts.kernel._metric import whitening_over
from skdiffts.kernel._neighbors import GLOBAL

__all__ = ["PastOnlyResiduals"]


@dataclass(frozen=True, eq=False)
class PastOnlyResiduals:
    """Past-only residuals of the training paths; other paths are taken to follow them.

    Parameters
    ----------
    residuals : ndarray of shape (n_transitions, n_features)
        Whitened residuals; NaN where the past is too short for the local model.
    ends : ndarray of int of shape (n_transitions,)
        Rows that the transitions end with.
    fingerprint : bytes
        Digest of the training paths.
    """

    residuals: np.ndarray
    ends: np.ndarray
    fingerprint: bytes

    @classmethod
    def fit(cls, model, metric, transitions, paths):
        """Fit each transition to its past.

        Parameters
        ----------
        model : LocalModel
            Bandwidth, shrinkage and training transitions.
        metric : Metric
            Metric, with units that are taken from the past.
        transitions : Transitions
            Training transitions.
        paths : Paths
            Training paths.

        Returns
        -------
        PastOnlyResiduals
            The residuals.
        """
        residuals = _PastFits(model, metric, *transitions.span).residuals()
        return cls(residuals, transitions.ends, _fingerprint(paths))

    def known(self):
        """Residuals with a long enough past, and their transitions."""
        rows = np.flatnonzero(np.isfinite(self.residuals).all(axis=1))
        return self.residuals[rows], rows

    def belong_to(self, paths):
        """Whether paths are the training paths."""
        return _fingerprint(paths) == self.fingerprint

    def expand(self, paths):
        """Residual of each row of the training paths, NaN without one."""
        residuals = np.full_like(paths.values, np.nan)
        residuals[self.ends] = self.residuals
        return residuals


class _PastFits:
    """Fits of training transitions to the transitions that ended before they began.

    Parameters
    ----------
    model : LocalModel
        Bandwidth, shrinkage and training transitions.
    metric : Metric
        Metric of the conditioning vectors.
    begin, end : ndarray of shape (n_transitions,)
        Clock at which each transition begins and ends.
    """

    def __init__(self, model, metric, begin, end):
        self.model, self.metric = model, metric
        self.begin, self.end = begin, end

    def residuals(self):
        """Whitened residuals, NaN where the past does not determine the local model.

        The pooled covariance of a transition is the mean over past residuals, which came
        from their own past.
        """
        smoother = self.model.smoother
        n, n_columns = smoother.n_transitions, smoother.n_columns
        result = np.full(smoother.regression.responses.shape, np.nan)
        # As many transitions as columns determine drift, slopes and covariance.
        known = np.flatnonzero(self._n_past(np.arange(n)) >= n_columns)
        enough = np.flatnonzero(self._n_past(known) >= n_columns)
        if len(enough) == 0:
            return result
        residuals, covariances = map_chunks(
            lambda chunk: self._fit(known[chunk]), len(known), n * n_columns
        )
        outer = residuals[:, :, np.newaxis] * residuals[:, np.newaxis, :]
        outer = outer.reshape(len(known), -1)

        def whitened(chunk):
            positions = enough[chunk]
            weights = self._is_past(known[positions])[:, known].astype(np.float64)
            weights /= weights.sum(axis=1, keepdims=True)
            local = covariances[positions]
            pooled = (weights @ outer).reshape(local.shape)
            blend = shrink_to_pooled(local, pooled, self.model.shrinkage)
            return (whiten(np.linalg.cholesky(blend), residuals[positions]),)

        width = n + outer.shape[1]
        [result[known[enough]]] = map_chunks(whitened, len(enough), width)
        return result

    def _is_past(self, rows):
        """Which transitions ended before each of some rows began."""
        return self.end <= self.begin[rows, np.newaxis]

    def _n_past(self, rows):
        """Count the rows that ended before each of them began."""
        return np.searchsorted(np.sort(self.end[rows]), self.begin[rows], side="right")

    def _fit(self, rows):
        """Scaled residuals and covariances."""
        smoother, k = self.model.smoother, self.model.n_neighbors
        if k == GLOBAL:
            smoother, k = replace(smoother, kernel="uniform"), smoother.n_transitions
        vectors = smoother.search.states
        states, available = vectors[rows], self._is_past(rows)
        # The units of distances and of the ridge come from the past, too.
        equal = available / available.sum(axis=1, keepdims=True)
        gaps = vectors - states[:, np.newaxis]
        gaps = gaps @ self.metric.matrices_over(vectors, equal)
        distances = np.where(available, np.linalg.norm(gaps, axis=2), np.inf)
        reach = smoother.reach(k, len(vectors))
        nearest = np.argsort(distances, axis=1, kind="stable")[:, :reach]
        distances = np.take_along_axis(distances, nearest, axis=1)
        regression = smoother.regression
        slopes = regression.table[:, : regression.n_slopes]
        whitening = whitening_over(slopes, equal) if regression.n_slopes else None
        fit = smoother.fit(states, distances, nearest, k, whitening)
        return regression.residuals(rows, fit.drift()), fit.covariance()


def _fingerprint(paths):
    """Digest of numbers, boundaries and times, which tells the training paths."""
    digest = hashlib.blake2b(paths.values.tobytes())
    digest.update(paths.indptr.tobytes())
    if paths.times is not None:
        digest.update(paths.times.tobytes())
    return digest.digest()
