r"""Nearest training transitions, and their kernel weights.

.. math:: w_k(z) = K(|z - z_k| / h(z)), \qquad
          h(z) = \text{distance from } z \text{ to its } k\text{-th nearest neighbour}
"""

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from sklearn.base import clone
from sklearn.neighbors import KDTree, NearestNeighbors
from sklearn.utils import gen_even_slices

from skdiffts._chunks import map_chunks

__all__ = ["GLOBAL", "KERNELS", "NeighborSearch", "kernel_weights", "map_neighbors"]

# Number of neighbours that stands for the global limit, where all weights are equal.
GLOBAL = "all"
# Up to so many columns a tree is faster than all distances (measured, N up to 100,000).
TREE_COLUMNS = 7
# Squared distance, relative to the squares that it is expanded into, below which digits
# are lost.
CLOSE = 1e-4
# Points of a leaf of the tree, as many as in scikit-learn's estimator.
LEAF_SIZE = 30


def _cube(x):
    """Third power, several times as fast as NumPy's ``power``."""
    return x * x * x


KERNELS = {
    "gaussian": lambda u: np.exp(-0.5 * u**2),
    "epanechnikov": lambda u: np.maximum(1.0 - u**2, 0.0),
    "tricube": lambda u: _cube(np.maximum(1.0 - _cube(u), 0.0)),
    "uniform": lambda u: (u <= 1.0).astype(np.float64),
}


def kernel_weights(distances, bandwidth, kernel):
    """Weights of neighbours at given distances; each row sums to one.

    Parameters
    ----------
    distances : ndarray of shape (n_queries, n_neighbors)
        Distance from each query to each of its neighbours.
    bandwidth : ndarray of shape (n_queries,)
        Bandwidth h of each query, in the unit of the distances.
    kernel : {"gaussian", "epanechnikov", "tricube", "uniform"}
        Shape K of the kernel.

    Returns
    -------
    ndarray of shape (n_queries, n_neighbors)
        Non-negative weights that sum to one along each row.
    """
    h = bandwidth[:, np.newaxis]
    # A bandwidth of zero (k duplicates of the query) is the limit of small ones:
    # the duplicates share the weight and nothing else has any.
    u = np.divide(
        distances, h, out=np.where(distances > 0.0, np.inf, 0.0), where=h > 0.0
    )
    # Beyond 1e3 every kernel is zero, and no power of u overflows before.
    weights = KERNELS[kernel](np.minimum(u, 1e3, out=u))
    # A compact kernel vanishes at u = 1, so neighbours that are all equally far have
    # no weight at all; they then count alike.
    empty = ~weights.any(axis=1)
    weights[empty] = distances[empty] <= h[empty]
    weights /= weights.sum(axis=1, keepdims=True)
    return weights


def map_neighbors(find, queries, n_neighbors, function, numbers_per_row, n_jobs):
    """Apply a function to chunks of queries and their neighbours.

    Parameters
    ----------
    find : callable
        Takes queries and ``n_neighbors``, returns distances and indices.
    queries : ndarray of shape (n_queries, ...)
        Queries.
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
        Search structure, which is cloned; None stands for scikit-learn's, with the
        Euclidean metric.
    n_jobs : int or None
        Parallel jobs of the default search.
    metric : ndarray of shape (n_conditioning, n_directions)
        Linear map under which distances are Euclidean.
    """

    def __init__(self, states, neighbors, n_jobs, metric):
        self.states, self.metric = states, metric
        # Centred, since the fast search expands squares and loses digits to an offset.
        self.center = states.mean(axis=0)
        self.points = self.map(states)
        self.is_default = neighbors is None
        expanded = self.is_default and self.points.shape[1] > TREE_COLUMNS
        # None where distances are computed from differences already.
        self.size = (self.points**2).sum(axis=1).max() if expanded else None
        # One job by default, in whatever joblib context: workers call it, too.
        self.n_jobs = n_jobs or 1
        if self.is_default and not expanded:
            # A bare tree: the estimator's checks of a query take longer than the search.
            self.search = KDTree(self.points, leaf_size=LEAF_SIZE)
            return
        if self.is_default:
            neighbors = NearestNeighbors(algorithm="brute", n_jobs=self.n_jobs)
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
        if isinstance(self.search, KDTree):
            return self._query_tree(points, n_neighbors)
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
        """Points whose Euclidean distances equal the metric's."""
        return (states - self.center) @ self.metric

    def _query_tree(self, points, n_neighbors):
        """Neighbours of points by the tree, one slice of the points for each job."""
        jobs = min(effective_n_jobs(self.n_jobs), len(points))
        if jobs == 1:
            return self.search.query(points, n_neighbors)
        parts = Parallel(n_jobs=jobs, require="sharedmem")(
            delayed(self.search.query)(points[rows], n_neighbors)
            for rows in gen_even_slices(len(points), jobs)
        )
        distances, indices = zip(*parts, strict=True)
        return np.concatenate(distances), np.concatenate(indices)
