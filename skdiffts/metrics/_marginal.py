"""Difference between the marginal distributions of two panels."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_scalar

from skdiffts._panels import check_panels

__all__ = ["marginal_difference"]


def marginal_difference(X, Y, *, n_bins=50):
    r"""Measure the difference between the histograms of two panels.

    .. math::
        \frac{1}{T d} \sum_{i, k} \tfrac12 \sum_b
        \Bigl| \frac{\#\{p : x_{p,i,k} \in b\}}{P}
             - \frac{\#\{q : y_{q,i,k} \in b\}}{Q} \Bigr|

    at each time i of each feature k, over P and Q paths, with bins b of equal width on
    the range of X at that time, and two more for values below and above it. This is the
    marginal distribution difference of [1]_ as a total variation: between 0 and 1,
    without units, and with the mass outside the range of the real values.

    Parameters
    ----------
    X : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Real panel.
    Y : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Generated panel, of the same length.
    n_bins : int, default=50
        Number of bins within the range of X.

    Returns
    -------
    difference : float
        Mean total variation. It is biased upwards if there are few paths per bin: for
        stationary paths pool the times, ``X.reshape(-1, 1, n_features)``.

    References
    ----------
    .. [1] Ni, H., Szpruch, L., Wiese, M., Liao, S. and Xiao, B. (2020). Conditional
       Sig-Wasserstein GANs for time series generation. arXiv:2006.05421.

    Examples
    --------
    >>> from skdiffts.metrics import marginal_difference
    >>> X, Y = [[[0.0]], [[1.0]]], [[[0.0]], [[9.0]]]
    >>> marginal_difference(X, Y, n_bins=2)
    0.5
    """
    X, Y = check_panels(X, Y, same_length=True)
    check_scalar(n_bins, "n_bins", Integral, min_val=1)
    low, high = X.min(axis=0), X.max(axis=0)
    shares = [_shares(panel, low, high, n_bins) for panel in (X, Y)]
    return float(np.abs(shares[0] - shares[1]).sum(axis=-1).mean() / 2)


def _shares(panel, low, high, n_bins):
    """Share of paths in each bin, of shape (length, n_features, n_bins + 2)."""
    n, length, d = panel.shape
    # A constant of X has one bin, and any other value lies outside.
    width = np.where(high > low, high - low, 1.0) / n_bins
    # The range is closed: its upper end belongs to the last bin.
    bins = np.clip(np.floor((panel - low) / width), 0, n_bins - 1)
    bins = np.where(panel < low, -1, np.where(panel > high, n_bins, bins)).astype(int)
    cells = np.arange(length * d).reshape(length, d) * (n_bins + 2)
    size = length * d * (n_bins + 2)
    counts = np.bincount((bins + 1 + cells).ravel(), minlength=size)
    return counts.reshape(length, d, n_bins + 2) / n
