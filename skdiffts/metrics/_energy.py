"""Energy distance between two samples."""

from scipy.spatial.distance import cdist

from skdiffts._chunks import slices
from skdiffts._panels import check_samples

__all__ = ["energy_distance"]


def energy_distance(X, Y):
    r"""Compute the unbiased energy distance between two samples.

    .. math::
        \widehat E = \frac{2}{nm} \sum_{i,j} |x_i - y_j|
        - \frac{1}{n(n-1)} \sum_{i \ne j} |x_i - x_j|
        - \frac{1}{m(m-1)} \sum_{i \ne j} |y_i - y_j|

    is the U-statistic of :math:`2 E|X - Y| - E|X - X'| - E|Y - Y'|` [1]_, which is
    zero only for equal distributions. Being unbiased, the estimate may be negative.

    Parameters
    ----------
    X : array-like of shape (n_samples_X, n_features)
        First sample, of two rows or more.
    Y : array-like of shape (n_samples_Y, n_features)
        Second sample, of two rows or more.

    Returns
    -------
    distance : float
        Estimate, in the units of the data.

    References
    ----------
    .. [1] Szekely, G. J. and Rizzo, M. L. (2013). Energy statistics: a class of
       statistics based on distances. Journal of Statistical Planning and Inference,
       143(8), 1249-1272.

    Examples
    --------
    >>> from skdiffts.metrics import energy_distance
    >>> energy_distance([[0.0], [2.0]], [[0.0], [2.0]])
    -2.0
    >>> energy_distance([[0.0], [2.0]], [[5.0], [7.0]])
    6.0
    """
    X, Y = check_samples(min_rows=2, X=X, Y=Y)
    between = sum(cdist(X[rows], Y).sum() for rows in slices(len(X), len(Y)))
    return float(
        2 * between / (len(X) * len(Y)) - _mean_distance(X) - _mean_distance(Y)
    )


def _mean_distance(X):
    """Mean distance between two different rows."""
    total = 0.0
    for rows in slices(len(X), len(X)):
        # Every pair once: within the block, and from the block to the rows after it.
        total += (
            cdist(X[rows], X[rows]).sum() + 2 * cdist(X[rows], X[rows.stop :]).sum()
        )
    return total / (len(X) * (len(X) - 1))
