"""Nearest training transitions, with or without some of them."""

import numpy as np
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors

from skdiffts._chunks import map_chunks
from skdiffts.kernel._scaling import spread

__all__ = ["METRICS", "NeighborSearch", "map_neighbors", "metric_map"]

METRICS = ("euclidean", "standardized", "whitened")

# Up to so many columns a tree is faster than all distances (measured, N up to 100,000).
TREE_COLUMNS = 7
# Squared distance, relative to the squares that it is expanded into, below which digits
# are lost.
CLOSE = 1e-4


def metric_map(metric, states, whitening):
    """Linear map of conditioning vectors under which distances are Euclidean.

    Parameters
    ----------
    metric : str or array-like of shape (n_conditioning,)
        Name of the metric, or weights of the standardised columns.
    states : ndarray of shape (n_transitions, n_conditioning)
        Conditioning vectors of the training transitions.
    whitening : ndarray of shape (n_conditioning, n_directions)
        Map to unit covariance.

    Returns
    -------
    ndarray of shape (n_conditioning, n_directions)
        Matrix to multiply centred vectors by.

    Raises
    ------
    ValueError
        If the weights are not one non-negative number a column.
    """
    n_conditioning = states.shape[1]
    if isinstance(metric, str) and metric == "euclidean":
        return np.eye(n_conditioning)
    if isinstance(metric, str) and metric == "whitened":
        return whitening
    weights = np.ones(n_conditioning)
    if not isinstance(metric, str):
        weights = np.asarray(metric, dtype=np.float64)
        shape = (n_conditioning,)
        if weights.shape != shape or not (weights >= 0.0).all() or weights.max() == 0.0:
            raise ValueError(
                f"metric={metric!r} has no weight for each of the {n_conditioning} "
                "column(s) of the conditioning vector; pass as many non-negative "
                "numbers, not all zero."
            )
    scale, varies = spread(states)
    return np.diag(np.where(varies, weights / scale, 0.0))


def map_neighbors(find, queries, n_neighbors, function, numbers_per_row, n_jobs):
    """Apply a function to chunks of queries and their neighbours.

    Parameters
    ----------
    find : callable
        Takes queries and ``n_neighbors``, returns distances and indices.
    queries : ndarray of shape (n_queries, ...)
        What it takes.
    n_neighbors : int
        Number of neighbours.
    function : callable
        Takes queries, distances and indices; returns a tuple of arrays.
    numbers_per_row : int
        Working memory of the function for one query, in numbers.
    n_jobs : int or None
        Threads over chunks.

    Returns
    -------
    tuple of ndarray
        Arrays of ``n_queries`` rows.
    """

    def run(batch):
        rows = queries[batch]
        distances, indices = find(rows, n_neighbors)

        def apply(chunk):
            return function(rows[chunk], distances[chunk], indices[chunk])

        return map_chunks(apply, len(rows), numbers_per_row, n_jobs)

    # The search is fast for many queries at once, the function near the cache.
    return map_chunks(run, len(queries), n_neighbors)


class NeighborSearch:
    """Neighbours of queries among the training conditioning vectors.

    Parameters
    ----------
    states : ndarray of shape (n_transitions, n_conditioning)
        Conditioning vectors of the training transitions.
    neighbors : estimator with ``kneighbors`` or None
        Search structure; None stands for scikit-learn's, with the Euclidean metric.
    n_jobs : int or None
        Parallel jobs of the default search.
    metric : ndarray of shape (n_conditioning, n_directions)
        Linear map under which distances are Euclidean.
    """

    def __init__(self, states, neighbors, n_jobs, metric):
        self.states = states
        # Centred, since the fast search expands squares and loses what offset costs.
        self.center = states.mean(axis=0)
        self.metric = metric
        self.points = self.map(states)
        self.is_default = neighbors is None
        expanded = self.is_default and self.points.shape[1] > TREE_COLUMNS
        # None where distances are those of differences already.
        self.size = (self.points**2).sum(axis=1).max() if expanded else None
        if self.is_default:
            # One job by default, in whatever joblib context: workers call it, too.
            neighbors = NearestNeighbors(
                algorithm="brute" if expanded else "kd_tree", n_jobs=n_jobs or 1
            )
        self.search = clone(neighbors).fit(self.points)

    def query(self, states, n_neighbors):
        """Distances and indices of the nearest neighbours, in increasing order.

        Parameters
        ----------
        states : ndarray of shape (n_queries, n_conditioning)
            Queries.
        n_neighbors : int
            Number of neighbours.

        Returns
        -------
        distances, indices : ndarray of shape (n_queries, n_neighbors)
            Nearest first.
        """
        points = self.map(states)
        distances, indices = self.search.kneighbors(points, n_neighbors)
        if self.size is not None:
            # Differences give zero for a duplicate, where expanded squares do not.
            size = self.size + (points**2).sum(axis=1, keepdims=True)
            rows, columns = np.nonzero(distances**2 < CLOSE * size)
            gaps = self.points[indices[rows, columns]] - points[rows]
            distances[rows, columns] = np.linalg.norm(gaps, axis=1)
        return distances, indices

    def query_others(self, own, n_neighbors):
        """Neighbours of training transitions among all the others.

        Parameters
        ----------
        own : ndarray of int of shape (n_queries,)
            Training transitions to query.
        n_neighbors : int
            Number of neighbours, less than the number of transitions.

        Returns
        -------
        distances, indices : ndarray of shape (n_queries, n_neighbors)
            Nearest first, the query itself left out.
        """
        distances, indices = self.query(self.states[own], n_neighbors + 1)
        keep = indices != own[:, np.newaxis]
        # Among many duplicates a query may be missing from its own list.
        keep[keep.all(axis=1), -1] = False
        shape = (len(own), n_neighbors)
        return distances[keep].reshape(shape), indices[keep].reshape(shape)

    def map(self, states):
        """Points whose Euclidean distances are those of the metric."""
        return (states - self.center) @ self.metric
