r"""Moments over all training transitions at once, where neighbours are many.

Where a good part of the transitions are neighbours of a query, finding and collecting
them takes longer than weighing all. With one row per transition, :math:`F_k`, the
products :math:`F_k F_k'` are a table, so that the moments of a chunk of queries,

.. math:: M = \sum_k w_k F_k F_k' \Big/ \sum_k w_k,

are one matrix product of weights and table, about the center of the data; then they are
shifted to the queries. Distances are a matrix product, too.
"""

import numpy as np

from skdiffts.kernel._neighbors import CLOSE, KERNELS

__all__ = ["ProductTable"]

# Numbers that the table may hold (16 MiB): it travels with the estimator.
MAX_NUMBERS = 2**21
# Cost of a neighbour, found, collected and multiplied, and of a transition, in
# units of one multiplication per product (measured with one thread, d from 1 to 20).
NEIGHBOR, TRANSITION = 2500.0, 150.0
# Total weight below which rounding may have made it.
FAINT = 1e-6


class ProductTable:
    """Products of regressors and responses of all training transitions.

    Parameters
    ----------
    smoother : Smoother
        Training transitions.
    """

    def __init__(self, smoother):
        regression, points = smoother.regression, smoother.search.points
        table, importance = regression.table, regression.importance[:, np.newaxis]
        self.regression, self.search = regression, smoother.search
        self.kernel = smoother.kernel
        self.upper = np.triu_indices(table.shape[1])
        # The last column is the total weight.
        products = table[:, self.upper[0]] * table[:, self.upper[1]]
        self.products = np.hstack([products * importance, importance])
        squares = (points**2).sum(axis=1)
        self.size = squares.max()
        # Times (z, z'z, 1) these are squared distances.
        self.lifted = np.vstack([-2.0 * points.T, np.ones(len(points)), squares])

    @staticmethod
    def is_faster(smoother, n_neighbors):
        """Whether weighing all transitions takes less time than finding neighbours.

        Parameters
        ----------
        smoother : Smoother
            Training transitions.
        n_neighbors : int
            Neighbours that set the bandwidth.

        Returns
        -------
        bool
            False as well where another search was given, or where ties count ("uniform").
        """
        if smoother.kernel == "uniform" or not smoother.search.is_default:
            return False
        n, n_columns = smoother.n_transitions, smoother.n_columns
        n_products = n_columns * (n_columns + 1) // 2 + 1
        sparse = smoother.reach(n_neighbors, n) * (NEIGHBOR + n_columns**2)
        dense = n * (TRANSITION + n_products)
        return n * n_products <= MAX_NUMBERS and dense <= sparse

    @property
    def numbers_per_query(self):
        """Working memory of one query: a few arrays, all of which stay in the cache."""
        return 8 * len(self.products)

    def moments(self, states, n_neighbors):
        """Moments about queries, and their bandwidths.

        Parameters
        ----------
        states : ndarray of shape (n_queries, n_conditioning)
            Queries.
        n_neighbors : int
            Which neighbour's distance is the bandwidth.

        Returns
        -------
        moments : ndarray of shape (n_queries, n_columns, n_columns)
            Moments about each query.
        bandwidth : ndarray of shape (n_queries,)
            Bandwidths.
        lost : ndarray of bool of shape (n_queries,)
            Queries whose digits were lost, since what counts lies close together or
            equally far: their moments are not to be used.
        """
        points = self.search.map(states)
        size = (points**2).sum(axis=1, keepdims=True)
        distances = np.hstack([points, size, np.ones_like(size)]) @ self.lifted
        np.maximum(distances, 0.0, out=distances)
        bandwidth = np.partition(distances, n_neighbors - 1)[:, n_neighbors - 1]
        lost = ~(bandwidth > CLOSE * (self.size + size[:, 0]))
        bandwidth[lost] = np.inf
        distances /= bandwidth[:, np.newaxis]
        weights = KERNELS[self.kernel](np.sqrt(distances, out=distances))
        sums = weights @ self.products
        lost |= ~(sums[:, -1] > FAINT)
        sums[lost, -1] = 1.0
        moments = np.empty((len(states), *self.regression.table.shape[1:] * 2))
        row, column = self.upper
        moments[:, row, column] = sums[:, :-1] / sums[:, -1:]
        moments[:, column, row] = moments[:, row, column]
        lost |= self._shift(moments, states)
        return moments, np.sqrt(bandwidth), lost

    def _shift(self, moments, states):
        """Shift moments from the center to the queries; tell where digits are lost."""
        q = self.regression.n_slopes
        if q == 0:
            return False
        trace = np.trace(moments[:, :q, :q], axis1=1, axis2=2)
        offset = self.regression.scale_states(states)
        moments[:, :q] -= offset[:, :, np.newaxis] * moments[:, q, np.newaxis]
        moments[:, :, :q] -= moments[:, :, q, np.newaxis] * offset[:, np.newaxis]
        left = np.trace(moments[:, :q, :q], axis1=1, axis2=2)
        moved = moments[:, q, q] * (offset**2).sum(axis=1)
        return ~(left > CLOSE * (trace + moved))
