"""Differences between two panels in autocorrelation, correlation and covariance."""

from collections.abc import Callable

import numpy as np

from skdiffts._panels import check_panels
from skdiffts.metrics._autocovariance import autocorrelation, autocovariance, centre

__all__ = [
    "autocorrelation_difference",
    "covariance_difference",
    "cross_correlation_difference",
]

# Series whose autocorrelation is compared, from centred values.
TRANSFORMS: dict[str, Callable] = {
    "values": lambda values: values,
    "absolute": np.abs,
    "squares": np.square,
}

# The default lags are smaller than this.
MAX_LAG = 64


def autocorrelation_difference(X, Y, *, of="values", lags=None):
    r"""Compare the autocorrelations of two panels.

    .. math::
        \frac1d \sum_k \Bigl(\sum_h (\rho^X_k(h) - \rho^Y_k(h))^2\Bigr)^{1/2}

    with :func:`autocorrelation` :math:`\rho_k(h)` of feature k, of the values or of
    the sizes :math:`|x - \bar x|` or squares of the centred values, which show
    volatility clustering. It is the ACD of [1]_.

    Parameters
    ----------
    X : array-like of shape (n_paths, length, n_features) or (length, n_features)
        First panel.
    Y : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Second panel.
    of : {"values", "absolute", "squares"}, default="values"
        Series whose autocorrelation is compared.
    lags : array-like of int, default=None
        Lags h in rows; None is 1, 2, ... up to 63, or less for shorter paths.

    Returns
    -------
    difference : float
        Mean over features. A feature that is constant counts as uncorrelated.

    References
    ----------
    .. [1] Ang, Y., Huang, Q., Bao, Y., Tung, A. K. H. and Huang, Z. (2023). TSGBench:
       time series generation benchmark. Proceedings of the VLDB Endowment, 17(3),
       305-318.

    Examples
    --------
    >>> from skdiffts.metrics import autocorrelation_difference
    >>> X, Y = [[1.0], [-1.0], [1.0], [-1.0]], [[1.0], [1.0], [-1.0], [-1.0]]
    >>> round(autocorrelation_difference(X, Y, lags=[2]), 3)
    2.0
    """
    X, Y = check_panels(X, Y)
    if of not in TRANSFORMS:
        raise ValueError(f"of={of!r} is unknown; pass one of {sorted(TRANSFORMS)}.")
    if lags is None:
        lags = np.arange(1, min(MAX_LAG, X.shape[1], Y.shape[1]))
    if len(lags) == 0:
        raise ValueError("X or Y has paths of one row; pass longer paths.")
    rho_X, rho_Y = (
        np.nan_to_num(autocorrelation(TRANSFORMS[of](centre(panel)), lags))
        for panel in (X, Y)
    )
    return float(np.linalg.norm(rho_X - rho_Y, axis=0).mean())


def cross_correlation_difference(X, Y, *, lag=0):
    r"""Compare the correlations between the features of two panels.

    .. math::
        \operatorname{mean}_{k \ne l} |r^X_{kl}(h) - r^Y_{kl}(h)|, \qquad
        r_{kl}(h) = \frac{C_{kl}(h)}{(C_{kk}(0)\, C_{ll}(0))^{1/2}}

    with :func:`autocovariance` C. The correlational score of published tables is a sum,
    hence not comparable between numbers of features; at lag 0 it equals this mean times
    :math:`d (d - 1) / 20`.

    Parameters
    ----------
    X : array-like of shape (n_paths, length, n_features) or (length, n_features)
        First panel, of two features or more.
    Y : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Second panel.
    lag : int, default=0
        Lag h in rows, of feature k behind feature l.

    Returns
    -------
    difference : float
        Mean over ordered pairs of different features. A feature that is constant
        counts as uncorrelated.

    Examples
    --------
    >>> from skdiffts.metrics import cross_correlation_difference
    >>> X, Y = [[1.0, 1.0], [-1.0, -1.0]], [[1.0, -1.0], [-1.0, 1.0]]
    >>> round(cross_correlation_difference(X, Y), 3)
    2.0
    """
    X, Y = check_panels(X, Y, min_features=2)
    different = ~np.eye(X.shape[2], dtype=bool)
    r_X, r_Y = (_correlation(panel, lag)[different] for panel in (X, Y))
    return float(np.abs(r_X - r_Y).mean())


def covariance_difference(X, Y, *, lag=0):
    r"""Compare the stationary covariances of two panels.

    .. math:: |C^Y(h) - C^X(h)|_F / |C^X(0)|_F

    with :func:`autocovariance` C and the Frobenius norm. At every lag it is relative to
    the covariance, so that it is defined for uncorrelated series, too.

    Parameters
    ----------
    X : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Real panel, which the error is relative to.
    Y : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Generated panel.
    lag : int, default=0
        Lag h in rows.

    Returns
    -------
    difference : float
        Relative error.

    Examples
    --------
    >>> from skdiffts.metrics import covariance_difference
    >>> covariance_difference([[1.0], [-1.0]], [[2.0], [-2.0]])
    3.0
    """
    X, Y = check_panels(X, Y)
    size = np.linalg.norm(autocovariance(X))
    if size == 0:
        raise ValueError(
            "X is constant, so that no error is relative to its covariance; "
            "compare autocovariance(Y) with zero."
        )
    return float(np.linalg.norm(autocovariance(Y, lag) - autocovariance(X, lag)) / size)


def _correlation(panel, lag):
    """Lagged correlation matrix, zero where a feature is constant."""
    std = np.sqrt(np.diag(autocovariance(panel)))
    inverse = np.divide(1.0, std, out=np.zeros_like(std), where=std > 0)
    return inverse[:, np.newaxis] * autocovariance(panel, lag) * inverse
