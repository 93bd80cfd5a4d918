"""Returns whose log-variance is a hidden autoregression."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval, validate_params

from skdiffts.datasets._volatility_transition import StochasticVolatilityLaw

__all__ = ["make_stochastic_volatility"]


@validate_params(
    {
        "n_rows": [Interval(Integral, 1, None, closed="left")],
        "n_series": [Interval(Integral, 1, None, closed="left")],
        "persistence": [Interval(Real, 0, 1, closed="left")],
        "vol_of_vol": [Interval(Real, 0, None, closed="neither")],
        "leverage": [Interval(Real, -1, 1, closed="neither")],
        "volatility": [Interval(Real, 0, None, closed="neither")],
        "correlation": [Interval(Real, 0, 1, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_stochastic_volatility(
    n_rows=2000,
    n_series=1,
    *,
    persistence=0.97,
    vol_of_vol=0.2,
    leverage=-0.5,
    volatility=1.0,
    correlation=0.5,
    random_state=None,
):
    r"""Simulate returns whose log-variance is a hidden autoregression.

    .. math::
        r_{j+1} = e^{h_j / 2} \, u_j, \qquad
        h_{j+1} = m + \varphi (h_j - m) + \eta \, v_j,

    with standard normal u and v of correlation :math:`\rho` (leverage) [1]_. Returns
    are white, have heavy tails, and their squares are correlated for long.

    Parameters
    ----------
    n_rows : int, default=2000
        Number of rows.
    n_series : int, default=1
        Number of series; two of them have correlated u, and equally correlated v.
    persistence : float, default=0.97
        Autoregression :math:`\varphi` of the log-variance, in [0, 1).
    vol_of_vol : float, default=0.2
        Standard deviation :math:`\eta` of a step of the log-variance.
    leverage : float, default=-0.5
        Correlation :math:`\rho` of a return with the step of its log-variance.
    volatility : float, default=1.0
        Median volatility :math:`e^{m / 2}` of a return.
    correlation : float, default=0.5
        Correlation between two series, in [0, 1).
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    X : ndarray of shape (n_rows, 2 * n_series)
        Path of the whole state: first the returns, then the log-variance of the next
        return of each series. An observer sees ``X[:, :n_series]``.
    truth : StochasticVolatilityLaw
        Exact distribution of the whole state. The distribution of the returns given past
        returns alone, an integral over the hidden part, has no closed form; their
        stationary moments have one.

    References
    ----------
    .. [1] Harvey, A. C. and Shephard, N. (1996). Estimation of an asymmetric
       stochastic volatility model for asset returns. Journal of Business and Economic
       Statistics, 14(4), 429-434.

    Examples
    --------
    >>> from skdiffts.datasets import make_stochastic_volatility
    >>> X, truth = make_stochastic_volatility(n_rows=500, random_state=0)
    >>> returns, log_variance = X[:, :1], X[:, 1:]
    >>> returns.shape
    (500, 1)
    >>> truth.autocorrelation_of_squares([1, 20]).round(2)
    array([0.19, 0.09])
    """
    C = np.full((n_series, n_series), float(correlation))
    np.fill_diagonal(C, 1.0)
    truth = StochasticVolatilityLaw(
        persistence=persistence,
        vol_of_vol=vol_of_vol,
        leverage=leverage,
        mean_log_variance=2.0 * np.log(volatility),
        correlation=C,
    )
    return truth.sample(1, n_rows, random_state=random_state)[0], truth
