"""Autocovariance and autocorrelation of a panel, about the mean of all its rows."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_array, check_scalar

from skdiffts._panels import check_panel

__all__ = [
    "autocorrelation",
    "autocovariance",
    "centre",
    "check_lags",
    "deviation",
    "is_constant",
]


def autocovariance(paths, lag=0):
    r"""Compute the autocovariance matrix of a panel.

    .. math::
        C(h) = \frac{1}{P (T - h)}
        \sum_p \sum_{i=1}^{T-h} (x_{p,i+h} - \bar x)(x_{p,i} - \bar x)^\top

    over P paths of T rows, with the mean :math:`\bar x` of all rows of all paths.
    For a vector autoregression with matrix A it estimates :math:`A^h \Gamma_0`.

    Parameters
    ----------
    paths : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Panel, or one path.
    lag : int, default=0
        Lag h in rows, less than the length.

    Returns
    -------
    covariance : ndarray of shape (n_features, n_features)
        Covariance of the later row (first axis) with the earlier row (second axis).

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import autocovariance
    >>> path = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    >>> autocovariance(path), autocovariance(path, lag=1)
    (array([[1.]]), array([[-1.]]))
    """
    paths = check_panel(paths)
    check_scalar(lag, "lag", Integral, min_val=0)
    check_lags([lag], paths.shape[1], name="lag")
    values, d = centre(paths), paths.shape[2]
    later = values[:, lag:].reshape(-1, d)
    earlier = values[:, : values.shape[1] - lag].reshape(-1, d)
    return later.T @ earlier / len(later)


def autocorrelation(paths, lags, *, power=1, path_numbers=None):
    r"""Compute the autocorrelation of each feature of a panel.

    .. math:: \rho_k(h) = C_{kk}(h) / C_{kk}(0)

    with the autocovariance C of :func:`autocovariance`, of the values x or of the
    squares :math:`(x - \bar x)^2`. Returns of markets are uncorrelated, while the
    autocorrelation of their squares decays slowly: volatility clustering [1]_.

    Parameters
    ----------
    paths : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Panel, or one path.
    lags : array-like of int of shape (n_lags,)
        Lags h in rows, each less than the length.
    power : {1, 2}, default=1
        1 for the values, 2 for the squares of the centred values.
    path_numbers : array-like of int of shape (length,), default=None
        For paths of different lengths, passed as one path, one below the other: the
        number of the path that each row belongs to. No pair of rows crosses a path.

    Returns
    -------
    correlation : ndarray of shape (n_lags, n_features)
        Autocorrelation; NaN for a feature that is constant.

    References
    ----------
    .. [1] Cont, R. (2001). Empirical properties of asset returns: stylized facts and
       statistical issues. Quantitative Finance, 1(2), 223-236.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import autocorrelation
    >>> path = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    >>> autocorrelation(path, lags=[0, 1, 2])
    array([[ 1.],
           [-1.],
           [ 1.]])
    """
    paths = check_panel(paths)
    longest = paths.shape[1]
    if path_numbers is not None:
        path_numbers, longest = _check_path_numbers(path_numbers, paths)
    lags = check_lags(lags, longest)
    if power not in (1, 2):
        raise ValueError(
            f"power={power} is unknown; pass 1 for the values or 2 for their squares."
        )
    values = centre(paths)
    if power == 2:
        values = centre(values**2)
    variance = np.mean(values**2, axis=(0, 1))
    # A constant feature has no autocorrelation.
    variance[variance == 0] = np.nan
    return np.stack([_lagged_mean(values, h, path_numbers) for h in lags]) / variance


def centre(values):
    """Subtract the mean of each feature; a constant one becomes exactly zero."""
    constant = is_constant(values, (0, 1))
    return np.where(constant, 0.0, values - values.mean(axis=(0, 1)))


def deviation(values, axis):
    """Compute the standard deviation, one where the values are constant."""
    # The mean of a constant is rounded, so that its deviation need not be zero.
    return np.where(is_constant(values, axis), 1.0, values.std(axis=axis))


def is_constant(values, axis):
    """Whether values differ by rounding at most."""
    rounding = 8 * np.finfo(np.float64).eps * np.abs(values).max(axis=axis)
    return np.ptp(values, axis=axis) <= rounding


def check_lags(lags, length, *, name="lags", min_lag=0):
    """Turn lags into integers, each of which leaves at least one pair of rows."""
    lags = check_array(lags, dtype=None, ensure_2d=False, input_name=name)
    if lags.ndim != 1 or not np.issubdtype(lags.dtype, np.integer):
        raise ValueError(
            f"{name}={lags} must be one list of integers, such as {name}=[1, 5, 10]."
        )
    if min(lags) < min_lag or max(lags) >= length:
        shown = lags[0] if name == "lag" else list(map(int, lags))
        raise ValueError(
            f"{name}={shown} must lie between {min_lag} and {length - 1} for paths of "
            f"{length} rows; pass other lags or longer paths."
        )
    return lags


def _check_path_numbers(numbers, paths):
    """Turn the path number of each row into an array; also give the longest path."""
    numbers = check_array(
        numbers, dtype=None, ensure_2d=False, input_name="path_numbers"
    )
    if len(paths) > 1 or numbers.shape != (paths.shape[1],):
        raise ValueError(
            f"path_numbers has shape {numbers.shape} and paths {paths.shape}; pass the "
            "rows (length, n_features) of all paths, and a number for each row."
        )
    starts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
    if len(np.unique(numbers)) < len(starts):
        raise ValueError(
            "path_numbers mixes the rows of different paths; pass path after path."
        )
    return numbers, int(np.diff(starts, append=len(numbers)).max())


def _lagged_mean(values, lag, path_numbers):
    """Mean over pairs of rows of one path of (later row) times (earlier row)."""
    stop = values.shape[1] - lag
    products = values[:, lag:] * values[:, :stop]
    if path_numbers is not None:
        products = products[:, path_numbers[lag:] == path_numbers[:stop]]
    return products.mean(axis=(0, 1))
