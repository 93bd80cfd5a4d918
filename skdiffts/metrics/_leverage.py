"""Leverage effect, and asymmetry between coarse and fine volatility, of returns."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_scalar

from skdiffts._panels import check_panel
from skdiffts.metrics._autocovariance import centre, check_lags

__all__ = ["coarse_fine_asymmetry", "leverage"]


def leverage(paths, *, lags=(1, 2, 5, 10)):
    r"""Estimate the correlation of returns with the size of later returns.

    .. math:: \operatorname{corr}(r_i, |r_{i+h}|)

    over all rows of all paths. It is negative for stocks at small lags, since negative
    returns are followed by higher volatility [1]_.

    Parameters
    ----------
    paths : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Panel of returns, or one path.
    lags : tuple of int, default=(1, 2, 5, 10)
        Lags h in rows, each less than the length.

    Returns
    -------
    correlation : ndarray of shape (n_lags, n_features)
        Correlations; NaN for a feature that is constant.

    References
    ----------
    .. [1] Bouchaud, J.-P., Matacz, A. and Potters, M. (2001). Leverage effect in
       financial markets: the retarded volatility model. Physical Review Letters,
       87(22), 228701.

    Examples
    --------
    >>> from skdiffts.metrics import leverage
    >>> leverage([[1.0], [1.0], [-1.0], [2.0], [-1.0], [2.0]], lags=[1]).round(2)
    array([[-0.95]])
    """
    paths = check_panel(paths)
    length = paths.shape[1]
    lags = check_lags(lags, length)
    size = np.abs(paths)
    return np.stack([_correlation(paths[:, : length - h], size[:, h:]) for h in lags])


def coarse_fine_asymmetry(paths, *, lags=(1, 2, 3, 4, 5), span=5):
    r"""Estimate the asymmetry between coarse and fine volatility.

    .. math::
        \operatorname{corr}(V^-_i, r_{i+h}^2) - \operatorname{corr}(V^+_i, r_{i-h}^2),
        \qquad
        V^-_i = \Bigl(\sum_{j=0}^{s-1} r_{i-j}\Bigr)^2, \quad
        V^+_i = \Bigl(\sum_{j=0}^{s-1} r_{i+j}\Bigr)^2

    over all rows of all paths. It changes sign under time reversal, hence is zero for
    reversible series. For markets it is positive: coarse volatility predicts fine
    volatility better than the converse [1]_. Coarse and fine returns never share a row
    here, unlike in the lagged difference of published benchmarks.

    Parameters
    ----------
    paths : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Panel of returns, or one path, of `span` + the largest lag rows or more.
    lags : tuple of int, default=(1, 2, 3, 4, 5)
        Lags h in rows, one or more.
    span : int, default=5
        Number of rows s in a coarse return.

    Returns
    -------
    difference : ndarray of shape (n_lags, n_features)
        Differences of correlations; NaN for a feature that is constant.

    References
    ----------
    .. [1] Muller, U. A., Dacorogna, M. M., Dave, R. D., Olsen, R. B., Pictet, O. V. and
       von Weizsacker, J. E. (1997). Volatilities of different time resolutions:
       analyzing the dynamics of market components. Journal of Empirical Finance, 4,
       213-239.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import coarse_fine_asymmetry
    >>> returns = np.random.RandomState(0).standard_normal((100, 1))
    >>> there, back = map(coarse_fine_asymmetry, (returns, returns[::-1]))
    >>> float(np.abs(there + back).max().round(12))
    0.0
    """
    paths = check_panel(paths)
    check_scalar(span, "span", Integral, min_val=1)
    length = paths.shape[1]
    if length <= span:
        raise ValueError(
            f"span={span} must be less than the {length} rows of the paths; "
            "pass a smaller span or longer paths."
        )
    lags = check_lags(lags, length, min_lag=1)
    if max(lags) > length - span:
        raise ValueError(
            f"lags={list(map(int, lags))} and span={span} reach over "
            f"{max(lags) + span} rows, and the paths have {length}; pass smaller lags "
            "or longer paths."
        )
    windows = np.lib.stride_tricks.sliding_window_view(paths, span, axis=1)
    coarse, fine = windows.sum(axis=-1) ** 2, paths**2
    n = coarse.shape[1]
    # Window i spans rows i to i + span - 1.
    return np.stack(
        [
            _correlation(coarse[:, : n - h], fine[:, span - 1 + h :])
            - _correlation(coarse[:, h:], fine[:, : n - h])
            for h in lags
        ]
    )


def _correlation(x, y):
    """Correlation of two panels, feature by feature, NaN where one is constant."""
    x, y = centre(x), centre(y)
    spread = np.sqrt(np.mean(x**2, axis=(0, 1)) * np.mean(y**2, axis=(0, 1)))
    return np.mean(x * y, axis=(0, 1)) / np.where(spread == 0, np.nan, spread)
