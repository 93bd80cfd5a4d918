r"""Kernel weights with a k-nearest-neighbour bandwidth.

.. math:: w_k(z) = K(|z - z_k| / h(z)), \qquad
          h(z) = \text{distance from } z \text{ to its } k\text{-th nearest neighbour}
"""

import numpy as np

__all__ = ["KERNELS", "kernel_weights"]


def _cube(x):
    """Third power, several times as fast as that of NumPy."""
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
    total = weights.sum(axis=1, keepdims=True)
    if (total > 0.0).all():
        weights /= total
        return weights
    # A compact kernel vanishes at u = 1, so neighbours that are all equally far have
    # no weight at all; they then count alike.
    nearest = distances <= h
    weights = np.where(total > 0.0, weights, nearest)
    return weights / weights.sum(axis=1, keepdims=True)
