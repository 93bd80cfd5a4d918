"""Exponentially weighted means over whole paths."""

import numpy as np
from scipy.signal import lfilter

__all__ = ["decays", "exponential_means"]


def decays(halflives):
    """Weights that one row later remain of exponentially weighted means.

    Parameters
    ----------
    halflives : sequence of float
        Rows after which a weight has halved.

    Returns
    -------
    ndarray of shape (n_halflives,)
        Factors between 0 and 1.
    """
    return 0.5 ** (1.0 / np.asarray(halflives, dtype=np.float64))


def exponential_means(values, paths, halflives, start):
    r"""Means :math:`m_i = \delta\, m_{i-1} + (1 - \delta)\, x_i` along each path.

    Parameters
    ----------
    values : ndarray of shape (n_transitions, n_columns)
        Values x of the rows that end a transition.
    paths : Paths
        Paths that the transitions belong to.
    halflives : sequence of float
        Rows after which a weight has halved, for each mean.
    start : ndarray of shape (n_columns,)
        Mean at the first row of each path.

    Returns
    -------
    ndarray of shape (n_rows, n_halflives, n_columns)
        Means that include each row.
    """
    means = np.empty((paths.n_rows, len(halflives), values.shape[1]))
    means[paths.first_rows] = start
    # Of the transitions, as the first row of each path ends none.
    bounds = paths.indptr - np.arange(len(paths.indptr))
    for first, n, begin in zip(
        paths.first_rows, paths.lengths, bounds[:-1], strict=True
    ):
        rows = values[begin : begin + n - 1]
        if n == 1:
            continue
        for k, decay in enumerate(decays(halflives)):
            means[first + 1 : first + n, k], _ = lfilter(
                [1.0 - decay], [1.0, -decay], rows, axis=0, zi=decay * start[np.newaxis]
            )
    return means
