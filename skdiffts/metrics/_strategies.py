"""Transfer of the ranks of trading strategies from real to simulated returns."""

import numpy as np
from scipy.stats import rankdata

from skdiffts._panels import check_panel, check_panels
from skdiffts.metrics._autocovariance import check_lags

__all__ = ["sharpe_ratios", "strategy_rank_transfer", "strategy_returns"]


def strategy_returns(paths, *, lookbacks=(2, 5, 10)):
    r"""Compute the returns of simple trading strategies.

    For each number l of rows looked back upon there are four strategies, the positions
    of which use the rows :math:`i - l, \dots, i - 1` alone:

    * momentum: long where the return over these rows is positive, short elsewhere;
    * reversal: against the last return where it is larger than the root mean square of
      these rows;
    * relative strength: long the features with a return above the mean of all features,
      short the others, in proportion; only for several features;
    * inverse volatility: long all features in proportion to the reciprocal root mean
      square of these rows; only for several features.

    .. math:: r_i = \sum_k w_{i,k} \, x_{i,k}

    Parameters
    ----------
    paths : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Panel of returns, or one path, longer than the largest lookback.
    lookbacks : tuple of int, default=(2, 5, 10)
        Rows l, each less than the length.

    Returns
    -------
    returns : dict of str to ndarray of shape (n_paths, length - max(lookbacks))
        Returns of each strategy, a dozen by default, by its name.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import strategy_returns
    >>> rising = np.ones((5, 1))
    >>> for name, returns in strategy_returns(rising, lookbacks=(2,)).items():
    ...     print(name, returns)
    momentum, 2 rows [[1. 1. 1.]]
    reversal, 2 rows [[0. 0. 0.]]
    """
    paths = check_panel(paths)
    lookbacks = check_lags(lookbacks, paths.shape[1], name="lookbacks", min_lag=1)
    first = max(lookbacks)
    earned = paths[:, first:]
    returns = {}
    for rows in map(int, lookbacks):
        windows = np.lib.stride_tricks.sliding_window_view(
            paths[:, first - rows : -1], rows, axis=1
        )
        for name, weights in _positions(windows).items():
            returns[f"{name}, {rows} rows"] = (weights * earned).sum(axis=2)
    return returns


def sharpe_ratios(paths, *, lookbacks=(2, 5, 10)):
    r"""Compute the Sharpe ratios of simple trading strategies.

    .. math:: \operatorname{mean}(r) / \operatorname{sd}(r)

    over the rows of all paths, for the returns of :func:`strategy_returns`.

    Parameters
    ----------
    paths : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Panel of returns, or one path.
    lookbacks : tuple of int, default=(2, 5, 10)
        Rows that the strategies look back upon.

    Returns
    -------
    ratios : ndarray of shape (n_strategies,)
        Ratios per row, in the order of :func:`strategy_returns`; 0 for a strategy that
        never trades.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import sharpe_ratios
    >>> rng = np.random.RandomState(0)
    >>> trend = 1.0 + 0.1 * rng.standard_normal((500, 1))
    >>> round(float(sharpe_ratios(trend)[0]), 1)
    10.0
    """
    returns = strategy_returns(paths, lookbacks=lookbacks).values()
    pooled = np.stack([r.ravel() for r in returns])
    spread = pooled.std(axis=1)
    return pooled.mean(axis=1) / np.where(spread > 0, spread, np.inf)


def strategy_rank_transfer(X, Y, *, lookbacks=(2, 5, 10)):
    r"""Measure whether strategies rank alike in real and in simulated returns.

    .. math:: \operatorname{corr}(\operatorname{rank} S(X), \operatorname{rank} S(Y))

    with the Sharpe ratios S of :func:`sharpe_ratios`: the rank correlation of Spearman.
    A strategy chosen on simulated paths is of use only if the best there are the best
    in the market. Over short real data Sharpe ratios are mostly noise: read the value
    beside its floor, the correlation of one half of the real data with the other.

    Parameters
    ----------
    X : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Real returns.
    Y : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Simulated returns.
    lookbacks : tuple of int, default=(2, 5, 10)
        Rows that the strategies look back upon.

    Returns
    -------
    correlation : float
        1 for equal ranks, 0 for unrelated ranks, -1 for reversed ranks.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import strategy_rank_transfer
    >>> X = np.random.RandomState(0).standard_normal((200, 3))
    >>> strategy_rank_transfer(X, 2.0 * X)
    1.0
    """
    X, Y = check_panels(X, Y)
    ranks = [rankdata(sharpe_ratios(panel, lookbacks=lookbacks)) for panel in (X, Y)]
    centred = [rank - rank.mean() for rank in ranks]
    spread = np.sqrt(np.prod([np.square(rank).sum() for rank in centred]))
    return float(round(centred[0] @ centred[1] / spread, 12)) if spread > 0 else 0.0


def _positions(windows):
    """Weights (n_paths, n_rows, d) of the strategies, from windows (..., d, lookback)."""
    total = windows.sum(axis=-1)
    size = np.sqrt(np.square(windows).mean(axis=-1))
    last = windows[..., -1]
    d = total.shape[2]
    positions = {
        "momentum": np.sign(total) / d,
        "reversal": -np.sign(last) * (np.abs(last) > size) / d,
    }
    if d > 1:
        apart = total - total.mean(axis=2, keepdims=True)
        positions["relative strength"] = _divided(apart, np.abs(apart))
        # A feature that did not move has no volatility to divide by.
        inverse = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)
        positions["inverse volatility"] = _divided(inverse, inverse)
    return positions


def _divided(weights, sizes):
    """Weights over the sum of their sizes, zero where all are."""
    total = sizes.sum(axis=2, keepdims=True)
    return weights / np.where(total > 0, total, 1.0)
