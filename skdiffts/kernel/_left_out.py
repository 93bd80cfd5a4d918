"""Transitions that are predicted by a fit to all the others."""

import numpy as np

from skdiffts._chunks import map_chunks
from skdiffts.kernel._linear import damp
from skdiffts.kernel._neighbors import map_neighbors
from skdiffts.kernel._regression import Regression

__all__ = ["GLOBAL", "LeftOut", "PooledCovariance", "evenly_drawn", "shrink"]

# Number of neighbours that stands for the global limit, where all weights are equal.
GLOBAL = "all"

# Share of the training transitions, each seen from the others, whose leverage is within
# the limit up to which the local slope is followed.
SURROUNDED = 0.9
# Numbers in covariances (128 MiB) up to which they are kept; more are computed again when
# they are scored, in chunks, which takes the neighbour queries twice.
KEPT_NUMBERS = 2**24
# Weight, over the largest one, below which a transition says nothing any more.
FORGOTTEN = 1e-3


class LeftOut:
    """Residuals and covariances of transitions fitted without themselves.

    All candidate bandwidths come from one neighbour query.

    Parameters
    ----------
    smoother : Smoother
        Training transitions.
    rows : ndarray of int of shape (n_rows,)
        Those that are left out, one at a time.
    candidates : list of int or "all"
        Numbers of neighbours.

    Attributes
    ----------
    residuals : list of ndarray of shape (n_rows, n_features)
        For each candidate, in scaled coordinates.
    limits : list of float
        For each candidate, the leverage up to which the local slope is followed.
    """

    def __init__(self, smoother, rows, candidates):
        self.smoother, self.rows, self.candidates = smoother, rows, candidates
        self.local = [k for k in candidates if k != GLOBAL]
        n_features = smoother.regression.responses.shape[1]
        self.size = n_features**2
        self.keeps = len(rows) * len(self.local) * self.size <= KEPT_NUMBERS
        arrays = self._map_neighbors(self._fit) if self.local else ()
        self.kept = arrays[3::4]
        self.residuals, self.limits = [], []
        local = iter(zip(arrays[0::4], arrays[1::4], arrays[2::4], strict=True))
        for k in candidates:
            if k == GLOBAL:
                residuals, limit = self._residuals_of_all(), np.inf
            else:
                drift, anchored, leverage = next(local)
                limit = np.quantile(leverage, SURROUNDED)
                drift = damp(drift, anchored, leverage, limit)
                residuals = smoother.regression.residuals(rows, drift)
            self.residuals.append(residuals)
            self.limits.append(limit)

    def map_covariances(self, function):
        """Apply a function to chunks of the covariances of each candidate.

        Parameters
        ----------
        function : callable
            Takes the number of the candidate, positions among the rows and their scaled
            covariances, of shape (n_positions, n_features, n_features); returns an array
            with one row for each.

        Returns
        -------
        tuple of ndarray
            For each candidate, the rows stacked.
        """
        if self.keeps or not self.local:

            def score(chunk):
                positions = np.arange(len(self.rows))[chunk]
                kept = [covariances[chunk] for covariances in self.kept]
                return self._score(function, positions, iter(kept))

            # Covariances, their blend and its factor.
            n_jobs = self.smoother.n_jobs
            return map_chunks(score, len(self.rows), 4 * self.size, n_jobs)

        def refit(positions, distances, indices):
            covariances = (
                self.smoother.regression.covariance(cholesky)
                for _, cholesky in self._factorized(positions, distances, indices)
            )
            return self._score(function, positions, covariances)

        return self._map_neighbors(refit)

    def _score(self, function, positions, covariances):
        """Values of all candidates, given the covariances of the local ones."""
        return tuple(
            function(
                i,
                positions,
                self.smoother.regression.leave_one_out_global(self.rows[positions])[1]
                if k == GLOBAL
                else next(covariances),
            )
            for i, k in enumerate(self.candidates)
        )

    def _residuals_of_all(self):
        """Residuals of the global limit; their covariances come chunk by chunk."""
        leave_out = self.smoother.regression.leave_one_out_global
        [residuals] = map_chunks(
            lambda chunk: leave_out(self.rows[chunk])[:1],
            len(self.rows),
            4 * self.size,
        )
        return residuals

    def _map_neighbors(self, function):
        """Apply a function to chunks of positions and of their neighbours."""
        smoother = self.smoother
        reach = smoother.reach(max(self.local), smoother.n_transitions - 1)
        n_columns = smoother.regression.table.shape[1]
        return map_neighbors(
            lambda positions, n: smoother.search.query_others(self.rows[positions], n),
            np.arange(len(self.rows)),
            reach,
            function,
            (reach + 1 + 4 * n_columns) * n_columns,
            smoother.n_jobs,
        )

    def _factorized(self, positions, distances, indices):
        """Moments and their factors, one local candidate after the other."""
        smoother = self.smoother
        states = smoother.search.states[self.rows[positions]]
        for k in self.local:
            moments = smoother.moments(states, distances, indices, k)
            yield moments, smoother.regression.factorize(moments)

    def _fit(self, positions, distances, indices):
        """Drift, anchor, leverage and covariances, if they are kept, of candidates."""
        regression = self.smoother.regression
        arrays = []
        for moments, cholesky in self._factorized(positions, distances, indices):
            covariances = regression.covariance(cholesky)
            arrays += [
                regression.drift(cholesky),
                regression.anchored_drift(moments),
                regression.leverage(moments, cholesky),
                covariances if self.keeps else np.empty((len(positions), 0)),
            ]
        return tuple(arrays)


class PooledCovariance:
    """Covariance of all residuals, and of all but one for each residual.

    Parameters
    ----------
    residuals : ndarray of shape (n_rows, n_features)
        Residuals to leave out, one at a time.
    weights : ndarray of shape (n_rows,)
        Their importance, with mean one.

    Attributes
    ----------
    matrix : ndarray of shape (n_features, n_features)
        Weighted mean of the outer products.
    """

    def __init__(self, residuals, weights):
        self.residuals, self.weights = residuals, weights
        self.total = (weights[:, np.newaxis] * residuals).T @ residuals
        self.matrix = self.total / len(residuals)

    def without(self, positions):
        """Covariances without each of some residuals.

        Parameters
        ----------
        positions : ndarray of int of shape (n_positions,)
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


def evenly_drawn(importance, n_rows):
    """All transitions, or a fixed random subset (a regular one may hit a season).

    Of more transitions than are wanted those that are as good as forgotten are left out.

    Parameters
    ----------
    importance : ndarray of shape (n_transitions,)
        Weights of the transitions.
    n_rows : int
        Largest number wanted.

    Returns
    -------
    ndarray of int
        Transitions in increasing order.
    """
    if len(importance) <= n_rows:
        return np.arange(len(importance))
    kept = np.flatnonzero(importance >= FORGOTTEN * importance.max())
    if len(kept) <= n_rows:
        return kept
    rng = np.random.RandomState(0)
    return kept[np.sort(rng.choice(len(kept), n_rows, replace=False))]


def shrink(covariances, pooled, shrinkage):
    """Blend of local and pooled covariances, with the floor that keeps it definite."""
    blend = (1.0 - shrinkage) * covariances + shrinkage * pooled
    return Regression.add_floor(blend)
