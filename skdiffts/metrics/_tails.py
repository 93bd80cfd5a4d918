"""Tail index, tail asymmetry and kurtosis of aggregated returns."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_array, check_scalar

from skdiffts._panels import check_panel
from skdiffts.metrics._autocovariance import centre

__all__ = ["aggregational_kurtosis", "gain_loss_asymmetry", "hill_index"]


def hill_index(paths, *, share=0.05):
    r"""Estimate the tail index of losses and gains.

    .. math::
        \hat\xi = \frac1k \sum_{i=1}^{k} \log \frac{x_{(i)}}{x_{(k+1)}}

    over the k largest values of all rows of all paths, each less its mean [1]_, and
    the same for the losses :math:`-x`. It estimates :math:`\xi` of a tail
    :math:`x^{-1/\xi}`. With a share of 5 % it is 0.21 for a Gaussian and 0.3 to 0.4 for
    daily returns of markets.

    Parameters
    ----------
    paths : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Panel of returns, or one path.
    share : float, default=0.05
        Share of the rows in the tail, below 1/2.

    Returns
    -------
    index : ndarray of shape (2, n_features)
        Indices of losses and gains; NaN for a tail with values of both signs.

    References
    ----------
    .. [1] Hill, B. M. (1975). A simple general approach to inference about the tail of
       a distribution. The Annals of Statistics, 3(5), 1163-1174.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import hill_index
    >>> rng = np.random.RandomState(0)
    >>> signs = rng.choice([-1, 1], (20_000, 1))
    >>> hill_index(signs * (1 + rng.pareto(2.0, (20_000, 1)))).round(1).ravel()
    array([0.5, 0.5])
    """
    rows, k = _tail(centre(check_panel(paths)), share)
    index = []
    for side in (-rows, rows):
        largest = np.sort(side, axis=0)[-k - 1 :]
        inside = np.where(largest[0] > 0, largest[0], np.nan)
        index.append(np.log(largest[1:] / inside).mean(axis=0))
    return np.stack(index)


def gain_loss_asymmetry(paths, *, share=0.05):
    r"""Compare the mean size of the largest losses and gains.

    .. math::
        \frac{L - G}{L + G}, \qquad L = E[-r \mid r \le q_s], \quad
        G = E[r \mid r \ge q_{1-s}]

    with quantiles q of all rows of all paths. It is positive for stock indices, whose
    losses are larger than their gains [1]_.

    Parameters
    ----------
    paths : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Panel of returns, or one path.
    share : float, default=0.05
        Share s of the rows in the tail, below 1/2.

    Returns
    -------
    asymmetry : ndarray of shape (n_features,)
        Between -1 and 1 for positive losses and gains; 0 for symmetric distributions.

    References
    ----------
    .. [1] Cont, R. (2001). Empirical properties of asset returns: stylized facts and
       statistical issues. Quantitative Finance, 1(2), 223-236.

    Examples
    --------
    >>> from skdiffts.metrics import gain_loss_asymmetry
    >>> gain_loss_asymmetry([[-3.0], [0.0], [0.0], [1.0]], share=0.25)
    array([0.5])
    """
    rows, k = _tail(check_panel(paths), share)
    rows = np.sort(rows, axis=0)
    losses, gains = -rows[:k].mean(axis=0), rows[-k:].mean(axis=0)
    total = np.where(losses + gains == 0, np.nan, losses + gains)
    return (losses - gains) / total


def aggregational_kurtosis(paths, *, scales=(1, 5, 20)):
    r"""Estimate the excess kurtosis of sums over several time scales.

    .. math::
        \kappa(\tau) = \frac{\overline{c^4}}{\overline{c^2}^2} - 3, \qquad
        c = R - \bar R, \quad R_j = \sum_{i=1}^{\tau} r_{j \tau + i}

    over sums that do not overlap, all paths pooled. Returns have heavy tails at
    :math:`\tau = 1`, and sums approach a Gaussian slowly [1]_; for independent rows the
    kurtosis decreases as :math:`1/\tau`.

    Parameters
    ----------
    paths : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Panel of returns, or one path.
    scales : tuple of int, default=(1, 5, 20)
        Numbers of rows :math:`\tau` in a sum, at most the length.

    Returns
    -------
    kurtosis : ndarray of shape (n_scales, n_features)
        Excess kurtosis; NaN for a feature that is constant.

    References
    ----------
    .. [1] Cont, R. (2001). Empirical properties of asset returns: stylized facts and
       statistical issues. Quantitative Finance, 1(2), 223-236.

    Examples
    --------
    >>> from skdiffts.metrics import aggregational_kurtosis
    >>> returns = [[1.0], [1.0], [-1.0], [-1.0], [1.0], [1.0], [-1.0], [-1.0]]
    >>> aggregational_kurtosis(returns, scales=(1, 2))
    array([[-2.],
           [-2.]])
    """
    paths = check_panel(paths)
    scales = check_array(scales, dtype=None, ensure_2d=False, input_name="scales")
    n, length, d = paths.shape
    kurtosis = []
    for tau in scales:
        check_scalar(tau, "scales", Integral, min_val=1, max_val=length)
        blocks = paths[:, : length - length % tau].reshape(n, -1, tau, d)
        sums = centre(blocks.sum(axis=2))
        variance = np.mean(sums**2, axis=(0, 1))
        variance = np.where(variance == 0, np.nan, variance)
        kurtosis.append(np.mean(sums**4, axis=(0, 1)) / variance**2 - 3)
    return np.stack(kurtosis)


def _tail(paths, share):
    """Rows of all paths, and the number of rows in a tail."""
    check_scalar(
        share, "share", Real, min_val=0.0, max_val=0.5, include_boundaries="neither"
    )
    rows = paths.reshape(-1, paths.shape[2])
    if len(rows) < 2:
        raise ValueError("paths has one row only, hence no tail; pass more rows.")
    return rows, max(1, int(share * len(rows)))
