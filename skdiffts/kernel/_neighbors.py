"""Nearest training transitions, with or without some of them."""

import numpy as np
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors

__all__ = ["NeighborSearch"]


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
    """

    def __init__(self, states, neighbors, n_jobs):
        # Centred, since the fast search expands squares and loses what offset costs.
        self.center = states.mean(axis=0)
        self.states = states - self.center
        self.exact = neighbors is None
        search = NearestNeighbors(n_jobs=n_jobs) if self.exact else clone(neighbors)
        self.search = search.fit(self.states)

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
        centered = states - self.center
        distances, indices = self.search.kneighbors(centered, n_neighbors)
        if self.exact:
            # Differences give zero for a duplicate, where expanded squares do not.
            difference = self.states[indices] - centered[:, np.newaxis]
            distances = np.sqrt(np.einsum("qkd,qkd->qk", difference, difference))
        return distances, indices

    def original_states(self, rows):
        """Conditioning vectors of given training transitions."""
        return self.states[rows] + self.center

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
        distances, indices = self.query(self.original_states(own), n_neighbors + 1)
        keep = indices != own[:, np.newaxis]
        # Among many duplicates a query may be missing from its own list.
        keep[keep.all(axis=1), -1] = False
        shape = (len(own), n_neighbors)
        return distances[keep].reshape(shape), indices[keep].reshape(shape)

    def query_past(self, states, available, n_neighbors):
        """Neighbours among the transitions that each query may use.

        Parameters
        ----------
        states : ndarray of shape (n_queries, n_conditioning)
            Queries.
        available : ndarray of bool of shape (n_queries, n_transitions)
            Which transitions each query may use; at least one.
        n_neighbors : int
            Number of neighbours.

        Returns
        -------
        distances, indices : ndarray of shape (n_queries, n_neighbors)
            Nearest first; a missing neighbour is infinitely far.
        """
        distances, indices = self.query(states, len(self.states))
        usable = np.take_along_axis(available, indices, axis=1)
        distances = np.where(usable, distances, np.inf)
        nearest = np.argsort(distances, axis=1, kind="stable")[:, :n_neighbors]
        return (
            np.take_along_axis(distances, nearest, axis=1),
            np.take_along_axis(indices, nearest, axis=1),
        )
