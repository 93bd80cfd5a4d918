"""Returns whose log-variance is a hidden autoregression: exact distribution."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from sklearn.utils import check_array

from skdiffts.datasets._innovations import StandardNormal
from skdiffts.datasets._transition import BaseTransitionLaw, burn_in_of

__all__ = ["StochasticVolatilityLaw"]


@dataclass(frozen=True, kw_only=True, eq=False)
class StochasticVolatilityLaw(BaseTransitionLaw):
    r"""Returns r, observed, and their log-variances h, hidden.

    .. math::
        r_{j+1} = e^{h_j / 2} \, u_j, \qquad
        h_{j+1} = m + \varphi (h_j - m) + \eta \, v_j, \qquad
        (u_j, v_j) \sim N\left(0,
        \begin{pmatrix} C & \rho C \\ \rho C & C \end{pmatrix}\right).

    The state (r, h) is Markov [1]_, with dt = 1; the returns alone are not. With
    :math:`s^2 = \eta^2 / (1 - \varphi^2)`, and since :math:`e^h` is log-normal,

    .. math::
        \mathrm{Cov}(h_k, h_l) = s^2 C_{kl}, \qquad
        \mathrm{Cov}(r_k, r_l) = C_{kl} \, e^{m + s^2 (1 + C_{kl}) / 4}, \qquad
        \mathrm{Cov}(r_k, h_l) = \rho \eta C_{kl} \, e^{m / 2 + s^2 / 8}.

    Parameters
    ----------
    persistence : float
        Autoregression :math:`\varphi` of the log-variance, in [0, 1).
    vol_of_vol : float
        Standard deviation :math:`\eta` of a step of the log-variance.
    leverage : float
        Correlation :math:`\rho` of a return with the step of its log-variance.
    mean_log_variance : float
        Mean m of the log-variance.
    correlation : ndarray of shape (n_series, n_series)
        Correlation C between the series.

    Attributes
    ----------
    dt : float
        Time between two rows, 1.
    innovation : StandardNormal
        Distribution of the whitened innovations of the state.
    n_series : int
        Number of series; the first ``n_series`` features are the returns.
    stationary_covariance : ndarray of shape (n_features, n_features)
        Covariance of the state.
    lag1_autocovariance : ndarray of shape (n_features, n_features)
        Covariance of the next state with this one.
    excess_kurtosis : float
        Excess kurtosis of the returns.

    References
    ----------
    .. [1] Harvey, A. C. and Shephard, N. (1996). Estimation of an asymmetric
       stochastic volatility model for asset returns. Journal of Business and Economic
       Statistics, 14(4), 429-434.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.datasets import StochasticVolatilityLaw
    >>> truth = StochasticVolatilityLaw(
    ...     persistence=0.95,
    ...     vol_of_vol=0.25,
    ...     leverage=-0.5,
    ...     mean_log_variance=0.0,
    ...     correlation=np.eye(1),
    ... )
    >>> truth.stationary_covariance.round(2)
    array([[ 1.38, -0.14],
           [-0.14,  0.64]])
    >>> round(truth.excess_kurtosis, 2)
    2.7
    """

    dt = 1.0

    persistence: float
    vol_of_vol: float
    leverage: float
    mean_log_variance: float
    correlation: np.ndarray = field(repr=False)

    def __post_init__(self):
        shape = np.shape(self.correlation)
        if len(shape) != 2 or shape[0] != shape[1]:
            raise ValueError(
                f"correlation has shape {shape}; pass a square matrix, a row for each "
                "series."
            )
        for name, low in (("persistence", 0.0), ("leverage", -1.0)):
            value = getattr(self, name)
            if not low <= value < 1.0 or value == -1.0:
                raise ValueError(
                    f"{name}={value} gives no stationary density; pass a "
                    f"number above {low:.0f} and below 1."
                )
        if not self.vol_of_vol > 0.0:
            raise ValueError(
                f"vol_of_vol={self.vol_of_vol} must be a positive number; pass the "
                "standard deviation of a step of the log-variance."
            )

    @cached_property
    def innovation(self):
        """Standard normal distribution."""
        return StandardNormal(2 * self.n_series)

    def drift(self, x):
        """Drift of the state: a return is forgotten in a step, log-variances revert.

        Parameters
        ----------
        x : ndarray of shape (n, n_features)
            States.

        Returns
        -------
        ndarray of shape (n, n_features)
            Drift at each state.
        """
        returns, log_variance = np.hsplit(x, 2)
        reversion = 1.0 - self.persistence
        return np.hstack(
            [-returns, -reversion * (log_variance - self.mean_log_variance)]
        )

    def covariance(self, x):
        """Covariance of the state: the volatility scales the returns.

        Parameters
        ----------
        x : ndarray of shape (n, n_features)
            States.

        Returns
        -------
        ndarray of shape (n, n_features, n_features)
            Covariance at each state.
        """
        n = self.n_series
        scale = np.full(x.shape, self.vol_of_vol)
        scale[:, :n] = np.exp(0.5 * x[:, n:])
        return scale[:, :, None] * self._state_correlation * scale[:, None, :]

    @cached_property
    def _state_correlation(self):
        pair = np.array([[1.0, self.leverage], [self.leverage, 1.0]])
        return np.kron(pair, self.correlation)

    @property
    def n_series(self):
        """Number of series, half of the features."""
        return len(self.correlation)

    @property
    def stationary_covariance(self):
        """Covariance of returns and log-variances."""
        C, m, s2 = self.correlation, self.mean_log_variance, self._log_variance_spread
        returns = C * np.exp(m + s2 * (1 + C) / 4)
        across = self.leverage * self.vol_of_vol * C * np.exp(m / 2 + s2 / 8)
        return np.block([[returns, across], [across, s2 * C]])

    @property
    def lag1_autocovariance(self):
        """Covariance of the next state with this one; returns have none."""
        n = self.n_series
        result = self.persistence * self.stationary_covariance
        result[:n] = 0.0
        return result

    @property
    def excess_kurtosis(self):
        r"""Excess kurtosis of the returns, :math:`3 e^{s^2} - 3`."""
        return float(3.0 * np.expm1(self._log_variance_spread))

    def autocorrelation_of_squares(self, lags):
        r"""Compute the autocorrelation of the squared returns.

        .. math::
            \frac{(1 + \rho^2 \eta^2 \varphi^{2 h - 2}) \, e^{s^2 \varphi^h} - 1}
            {3 e^{s^2} - 1}, \qquad h \ge 1

        Parameters
        ----------
        lags : array-like of int of shape (n_lags,)
            Lags h, from 1.

        Returns
        -------
        correlation : ndarray of shape (n_lags,)
            Autocorrelation, the same for all series.
        """
        h = check_array(lags, ensure_2d=False, input_name="lags").astype(float)
        if h.ndim != 1 or h.min() < 1:
            raise ValueError(f"lags={lags} must be integers from 1; drop the others.")
        s2, shock = self._log_variance_spread, self.leverage * self.vol_of_vol
        kick = 1.0 + (shock * self.persistence ** (h - 1)) ** 2
        top = kick * np.exp(s2 * self.persistence**h) - 1.0
        return top / (3.0 * np.exp(s2) - 1.0)

    @property
    def _log_variance_spread(self):
        """Stationary variance of a log-variance."""
        return self.vol_of_vol**2 / (1.0 - self.persistence**2)

    def _default_burn_in(self):
        return burn_in_of(self.persistence)
