"""Neighbour searches for large data, as values of ``neighbors``."""

from abc import ABC, abstractmethod
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.validation import check_is_fitted, validate_data

__all__ = ["FaissNeighbors", "SinglePrecisionNeighbors"]


class BaseNeighbors(BaseEstimator, ABC):
    """A search that finds candidates; distances are measured in double precision."""

    @abstractmethod
    def _build(self, points):
        """Build the structure on float32 points."""

    @abstractmethod
    def _find(self, queries, n_neighbors):
        """Rows of the neighbours of float32 queries, in any order."""

    def fit(self, X, y=None):
        """Build the search structure.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Points.
        y : None
            Ignored.

        Returns
        -------
        BaseNeighbors
            The fitted estimator itself.
        """
        self._validate_params()
        self.points_ = validate_data(self, X, dtype=np.float64)
        self._build(self.points_.astype(np.float32))
        return self

    def kneighbors(self, X, n_neighbors):
        """Nearest points of each query among those that the search finds.

        Parameters
        ----------
        X : array-like of shape (n_queries, n_features)
            Queries.
        n_neighbors : int
            Number of neighbours.

        Returns
        -------
        distances : ndarray of shape (n_queries, n_neighbors)
            Euclidean distances, increasing.
        indices : ndarray of shape (n_queries, n_neighbors)
            Rows of the training points.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        indices = self._find(X.astype(np.float32), n_neighbors)
        gaps = self.points_[indices] - X[:, np.newaxis]
        distances = np.sqrt(np.einsum("qkd,qkd->qk", gaps, gaps))
        order = np.argsort(distances, axis=1, kind="stable")
        distances = np.take_along_axis(distances, order, axis=1)
        return distances, np.take_along_axis(indices, order, axis=1)


class SinglePrecisionNeighbors(BaseNeighbors):
    """Nearest neighbours by scikit-learn in single precision: half the time and memory.

    Neighbours that single precision cannot tell apart may be confused, their distances
    not.

    Parameters
    ----------
    n_jobs : int, default=None
        Parallel jobs.

    Attributes
    ----------
    points_ : ndarray of shape (n_samples, n_features)
        Training points.
    n_features_in_ : int
        Number of columns.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.kernel import SinglePrecisionNeighbors
    >>> X = np.random.RandomState(0).standard_normal((200, 2)).cumsum(axis=0)
    >>> estimator = KernelDriftVolEstimator(30, neighbors=SinglePrecisionNeighbors())
    >>> estimator.fit(X).n_neighbors_
    30
    """

    _parameter_constraints = {"n_jobs": [Integral, None]}

    def __init__(self, *, n_jobs=None):
        self.n_jobs = n_jobs

    def _build(self, points):
        self._search = NearestNeighbors(n_jobs=self.n_jobs).fit(points)

    def _find(self, queries, n_neighbors):
        return self._search.kneighbors(queries, n_neighbors, return_distance=False)


class FaissNeighbors(BaseNeighbors):
    """Approximate search by faiss, for a million points and more.

    Parameters
    ----------
    index : str, default="HNSW32"
        Index of faiss by its factory string; "Flat" is exact.

    Attributes
    ----------
    points_ : ndarray of shape (n_samples, n_features)
        Training points.
    n_features_in_ : int
        Number of columns.

    Raises
    ------
    ImportError
        In ``fit``, if faiss is not installed.

    Notes
    -----
    An approximate search may miss neighbours; a query that finds fewer than are wanted
    gets its nearest one again in their place.

    References
    ----------
    .. [1] Y. Malkov and D. Yashunin, "Efficient and Robust Approximate Nearest Neighbor
       Search Using Hierarchical Navigable Small World Graphs", IEEE TPAMI, 2020.
    """

    _parameter_constraints = {"index": [str]}

    def __init__(self, *, index="HNSW32"):
        self.index = index

    def _build(self, points):
        try:
            import faiss
        except ImportError as error:
            raise ImportError(
                "FaissNeighbors needs faiss: pip install skdiffts[faiss]"
            ) from error
        self._index = faiss.index_factory(points.shape[1], self.index)
        self._index.train(points)
        self._index.add(points)

    def _find(self, queries, n_neighbors):
        # The list that an approximate search keeps has to be longer than the answer.
        if hasattr(self._index, "hnsw"):
            self._index.hnsw.efSearch = max(2 * n_neighbors, 64)
        _, indices = self._index.search(queries, n_neighbors)
        return np.where(indices < 0, indices[:, :1], indices)
