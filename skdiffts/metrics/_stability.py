"""Long-run stability of simulated paths: explosion rate and drift."""

from numbers import Real

import numpy as np
from sklearn.utils import check_scalar

from skdiffts._panels import check_panels
from skdiffts.metrics._autocovariance import deviation, is_constant

__all__ = ["explosion_rate", "long_run_drift"]


def explosion_rate(X, Y, *, margin=10.0):
    r"""Measure the share of paths that leave the range of the data.

    .. math::
        \frac1m \#\{q : y_{q,i,k} \notin [a_k - c\,(b_k - a_k),\; b_k + c\,(b_k - a_k)]
        \text{ for some } i, k\}

    with the range :math:`[a_k, b_k]` of feature k over X and the margin c; the size of
    the range is one for a constant feature. Numbers that are not finite lie outside.

    Parameters
    ----------
    X : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Real panel.
    Y : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Simulated paths, far longer than the paths of X, for example a hundred times.
    margin : float, default=10.0
        Margin c, in ranges of the data.

    Returns
    -------
    rate : float
        Share of paths between 0 and 1; 0 for a stable generator.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import explosion_rate
    >>> X = np.random.RandomState(0).standard_normal((50, 1))
    >>> Y = np.stack([X, X * np.exp(np.arange(50.0))[:, np.newaxis]])
    >>> explosion_rate(X, Y)
    0.5
    """
    X, Y = check_panels(X, Y, finite=False)
    check_scalar(margin, "margin", Real, min_val=0.0)
    low, high = X.min(axis=(0, 1)), X.max(axis=(0, 1))
    reach = margin * np.where(is_constant(X, (0, 1)), 1.0, high - low)
    # NaN is not inside.
    inside = (low - reach <= Y) & (high + reach >= Y)
    return float(1.0 - inside.all(axis=(1, 2)).mean())


def long_run_drift(X, Y, *, share=0.1):
    r"""Measure the change of the marginal distribution from start to end of paths.

    .. math::
        \frac1d \sum_k \frac1{s_k} \bigl((\bar y_k^{\mathrm{end}} - \bar
        y_k^{\mathrm{start}})^2 + (s_k^{\mathrm{end}} - s_k^{\mathrm{start}})^2
        \bigr)^{1/2}

    with mean and standard deviation of feature k over the first and the last rows of
    all paths of Y, and :math:`s_k` over X: the Wasserstein-2 distance between Gaussian
    fits to both, in standard deviations of the data.

    Parameters
    ----------
    X : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Real panel, which sets the scale.
    Y : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Simulated paths.
    share : float, default=0.1
        Share of a path that counts as its start and as its end, at most 1/2.

    Returns
    -------
    drift : float
        Zero for constant mean and spread, 3 for a shift by 3 standard deviations,
        infinity for paths that are not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import long_run_drift
    >>> X = np.array([[1.0], [-1.0]])
    >>> long_run_drift(X, np.arange(10.0)[:, np.newaxis])
    9.0
    """
    X, Y = check_panels(X, Y, finite=False)
    check_scalar(
        share, "share", Real, min_val=0.0, max_val=0.5, include_boundaries="right"
    )
    if not np.isfinite(Y).all():
        return np.inf
    n = max(1, int(share * Y.shape[1]))
    scale = deviation(X, axis=(0, 1))
    start, end = Y[:, :n] / scale, Y[:, -n:] / scale
    with np.errstate(over="ignore", invalid="ignore"):
        shift = end.mean(axis=(0, 1)) - start.mean(axis=(0, 1))
        spread = end.std(axis=(0, 1)) - start.std(axis=(0, 1))
        drift = np.hypot(shift, spread).mean()
    return float(drift) if np.isfinite(drift) else np.inf
