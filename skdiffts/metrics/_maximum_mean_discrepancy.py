"""Maximum mean discrepancy between two samples."""

import numpy as np
from scipy.spatial.distance import cdist, pdist
from sklearn.utils import check_array

from skdiffts._chunks import slices
from skdiffts._panels import check_samples

__all__ = ["maximum_mean_discrepancy"]

# Bandwidths in units of the median distance between rows of X.
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)

# Largest number of rows of X for the median distance.
N_MEDIAN = 1000


def maximum_mean_discrepancy(X, Y, *, bandwidths=None):
    r"""Compute the unbiased squared maximum mean discrepancy between two samples.

    .. math::
        \widehat{\mathrm{MMD}}{}^2 = \frac{1}{n(n-1)} \sum_{i \ne j} k(x_i, x_j)
        + \frac{1}{m(m-1)} \sum_{i \ne j} k(y_i, y_j)
        - \frac{2}{nm} \sum_{i,j} k(x_i, y_j)

    with a mean of Gaussian kernels :math:`k(x, y) = \operatorname{mean}_h
    \exp(-|x - y|^2 / 2 h^2)` is the U-statistic of [1]_, Lemma 6. Its mean is zero for
    equal distributions, hence it may be negative.

    Parameters
    ----------
    X : array-like of shape (n_samples_X, n_features)
        First sample, of two rows or more; the real one, which sets the bandwidths.
    Y : array-like of shape (n_samples_Y, n_features)
        Second sample, of two rows or more.
    bandwidths : array-like of shape (n_bandwidths,), default=None
        Bandwidths h; None takes a quarter, half, one, two and four times the median
        distance between rows of X, so that all generators compared with X share a
        kernel.

    Returns
    -------
    discrepancy : float
        Estimate of the squared discrepancy, below two.

    References
    ----------
    .. [1] Gretton, A., Borgwardt, K. M., Rasch, M. J., Scholkopf, B. and Smola, A.
       (2012). A kernel two-sample test. Journal of Machine Learning Research, 13,
       723-773.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import maximum_mean_discrepancy
    >>> X, Y = np.random.RandomState(0).standard_normal((2, 200, 3))
    >>> print(f"{maximum_mean_discrepancy(X, Y):.2f}")
    0.00
    >>> print(f"{maximum_mean_discrepancy(X, Y + 1):.2f}")
    0.14
    """
    X, Y = check_samples(min_rows=2, X=X, Y=Y)
    if bandwidths is None:
        bandwidths = np.array(FACTORS) * _median_distance(X)
    bandwidths = check_array(bandwidths, ensure_2d=False, input_name="bandwidths")
    if bandwidths.ndim != 1 or (bandwidths <= 0).any():
        raise ValueError(
            f"bandwidths={bandwidths} must be a list of positive numbers, "
            "such as bandwidths=[0.5, 1.0, 2.0]."
        )
    between = sum(
        _kernel_sum(X[rows], Y, bandwidths) for rows in slices(len(X), len(Y))
    )
    return float(
        _mean_within(X, bandwidths)
        + _mean_within(Y, bandwidths)
        - 2 * between / (len(X) * len(Y))
    )


def _median_distance(X):
    """Median distance between two different rows of X, or of some of them."""
    some = X[np.linspace(0, len(X) - 1, min(len(X), N_MEDIAN)).round().astype(int)]
    median = np.median(pdist(some))
    if median == 0:
        raise ValueError(
            "X repeats its rows, so that their median distance is 0.0; pass bandwidths."
        )
    return median


def _mean_within(X, bandwidths):
    """Mean of the kernel over pairs of different rows."""
    n = len(X)
    total = 0.0
    for rows in slices(n, n):
        block, later = X[rows], X[rows.stop :]
        # The kernel of a row with itself is one.
        total += _kernel_sum(block, block, bandwidths) - len(block)
        total += 2 * _kernel_sum(block, later, bandwidths)
    return total / (n * (n - 1))


def _kernel_sum(X, Y, bandwidths):
    """Sum of the kernel over all pairs."""
    squared = cdist(X, Y, "sqeuclidean")
    return sum(np.exp(squared / (-2.0 * h**2)).sum() for h in bandwidths) / len(
        bandwidths
    )
