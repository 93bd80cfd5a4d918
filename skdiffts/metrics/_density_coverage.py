"""Density and coverage of generated rows in the neighbourhoods of real rows."""

from numbers import Integral

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.utils import check_scalar

from skdiffts._chunks import slices
from skdiffts._panels import check_samples

__all__ = ["coverage", "density"]


def density(X, Y, *, n_neighbors=5):
    r"""Measure the density of generated rows around real rows.

    .. math::
        \frac{1}{k m} \sum_{j} \sum_{i} 1[\,|y_j - x_i| \le r_k(x_i)]

    with :math:`r_k(x_i)` the distance from a real row to its k-th nearest among the
    other real rows [1]_, equation 3. The mean is exactly 1 for equal distributions, and
    smaller where generated rows lie outside the support of the real rows. Density does
    not detect missing modes; :func:`coverage` does.

    Parameters
    ----------
    X : array-like of shape (n_real, n_features)
        Real rows, more than `n_neighbors`.
    Y : array-like of shape (n_generated, n_features)
        Generated rows.
    n_neighbors : int, default=5
        Number of neighbours k.

    Returns
    -------
    density : float
        About 1 for equal distributions; it may exceed 1.

    References
    ----------
    .. [1] Naeem, M. F., Oh, S. J., Uh, Y., Choi, Y. and Yoo, J. (2020). Reliable
       fidelity and diversity metrics for generative models. International Conference
       on Machine Learning, PMLR 119, 7176-7185.

    Examples
    --------
    >>> from skdiffts.metrics import density
    >>> X = [[0.0], [1.0], [2.0]]
    >>> density(X, [[0.5], [9.0]], n_neighbors=1)
    1.0
    """
    return float(_counts(X, Y, n_neighbors).mean() / n_neighbors)


def coverage(X, Y, *, n_neighbors=5):
    r"""Measure the share of real rows with a generated row in their neighbourhood.

    .. math::
        \frac1n \sum_i 1[\min_j |y_j - x_i| \le r_k(x_i)]

    with :math:`r_k(x_i)` as in :func:`density` [1]_, equation 4. For equal
    distributions the mean is :math:`1 - \prod_{l=1}^{k} (n - l)/(n + m - l)`, close to
    :math:`1 - 2^{-k}` for samples of equal size (their equation 9); a generator that
    misses a part of the distribution has a smaller coverage. Copies of the real rows
    have coverage 1.

    Parameters
    ----------
    X : array-like of shape (n_real, n_features)
        Real rows, more than `n_neighbors`.
    Y : array-like of shape (n_generated, n_features)
        Generated rows.
    n_neighbors : int, default=5
        Number of neighbours k.

    Returns
    -------
    coverage : float
        Share between 0 and 1.

    References
    ----------
    .. [1] Naeem, M. F., Oh, S. J., Uh, Y., Choi, Y. and Yoo, J. (2020). Reliable
       fidelity and diversity metrics for generative models. International Conference
       on Machine Learning, PMLR 119, 7176-7185.

    Examples
    --------
    >>> from skdiffts.metrics import coverage
    >>> X = [[0.0], [1.0], [2.0], [3.0]]
    >>> coverage(X, [[0.5], [9.0]], n_neighbors=1)
    0.5
    """
    return float((_counts(X, Y, n_neighbors) > 0).mean())


def _counts(X, Y, n_neighbors):
    """Share of generated rows around each real row, times the number of real rows."""
    X, Y = check_samples(X=X, Y=Y)
    check_scalar(n_neighbors, "n_neighbors", Integral, min_val=1)
    if len(X) <= n_neighbors:
        raise ValueError(
            f"n_neighbors={n_neighbors} must be less than the {len(X)} rows of X; "
            "pass fewer neighbours or more rows."
        )
    near = []
    for rows in slices(len(X), max(len(X), len(Y))):
        # The nearest neighbour is the row itself.
        radii = np.partition(cdist(X[rows], X), n_neighbors, axis=1)[:, [n_neighbors]]
        near.append((cdist(X[rows], Y) <= radii).mean(axis=1))
    return len(X) * np.concatenate(near)
