"""Exponentially weighted volatility, as conditioning and as scale."""

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np
from scipy.optimize import minimize_scalar

from skdiffts._validation import Interval, StrOptions
from skdiffts.conditioning._base import standardized
from skdiffts.conditioning._scale import BaseScale, DiagonalScale

__all__ = ["EWVolatility"]

# Simulated variances stay within this factor of the extremes of training.
ENVELOPE = 4.0
LEAST_REVERSION = 1e-3


@dataclass(kw_only=True, repr=False, eq=False)
class EWVolatility(BaseScale):
    r"""Exponentially weighted volatility of each series, with mean reversion.

    With squared innovations relative to their training mean :math:`\bar v_j`, of which a
    share p (``pooling``) is the mean over all series,

    .. math::
        s_{ij} &= (1 - p)\, q_{ij} + p\, \tfrac1d \sum_l q_{il}, \qquad
        q_{ij} = \frac{(x_{ij} - x_{i-1,j} - \mu_{ij}\, dt_i)^2}{dt_i\, \bar v_j}, \\
        w_{ij} &= \delta\, w_{i-1,j} + (1 - \delta)\, s_{ij}, \qquad
        \delta = 2^{-1 / \text{halflife}}, \\
        h_{ij} &= \rho + (1 - \rho)\, w_{ij}

    is the variance of the next increment over :math:`\bar v_j dt`. It is the variance
    of a GARCH(1, 1) whose persistence :math:`1 - \rho_j (1 - \delta)` is below one for
    positive :math:`\rho` (``reversion``), so that simulated volatility is stationary, which a pure
    exponential recursion, :math:`\rho = 0`, is not.

    As conditioning it gives :math:`\tfrac12 \log h_i`, one column a series, or the single
    one of their mean h where ``pooling`` is 1. As ``scale`` it divides increments by
    :math:`\sqrt{\bar v_j h_{ij}}`.

    Parameters
    ----------
    halflife : float, default=20.0
        Rows after which the weight of an increment has halved.
    pooling : float, default=0.0
        Share, from 0 to 1, of the mean over all series in the squared increments.
    reversion : float or "auto", default="auto"
        Weight, from 0 to 1, of the long-run variance. "auto" is, for each series, the
        least one from the maximiser of the Gaussian likelihood of all series on with
        which :math:`q_{ij} / h_{i-1,j}` has a mean of at most one: with a mean above
        one, simulated volatility would rise above the volatility of training.

    Attributes
    ----------
    long_run_ : ndarray of shape (n_features,)
        Training mean of squared innovations.
    reversion_ : ndarray of shape (n_features,)
        Weight of the long-run variance in use.

    Notes
    -----
    A path begins at the long-run variance. In simulated and in new paths w is kept between
    a quarter of the smallest and four times the largest value of training.

    References
    ----------
    .. [1] J.P. Morgan/Reuters, "RiskMetrics Technical Document", 1996, section 5.2.
    .. [2] T. Bollerslev, "Generalized Autoregressive Conditional Heteroskedasticity",
       Journal of Econometrics, 1986, equation (3).

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.conditioning import EWVolatility
    >>> X = np.random.RandomState(0).standard_t(4, size=(300, 2)).cumsum(axis=0)
    >>> estimator = KernelDriftVolEstimator("all", scale=EWVolatility(halflife=10.0))
    >>> estimator.fit(X).loo_residuals_.shape
    (299, 2)
    """

    halflife: float = 20.0
    pooling: float = 0.0
    reversion: float | str = "auto"

    _parameter_constraints: ClassVar[dict] = {
        "halflife": [Interval(Real, 0, None, closed="neither")],
        "pooling": [Interval(Real, 0, 1, closed="both")],
        "reversion": [Interval(Real, 0, 1, closed="both"), StrOptions({"auto"})],
    }

    def fit(self, paths, dt, drift=None):
        increments = paths.values[paths.ends] - paths.values[paths.starts]
        squares = standardized(increments, dt, drift) ** 2
        long_run = squares.mean(axis=0)
        self.long_run_ = np.where(long_run > 0.0, long_run, 1.0)
        self._range = 0.0, np.inf
        weighted = self.trace(paths, dt, drift)
        self._range = weighted.min() / ENVELOPE, weighted.max() * ENVELOPE
        if isinstance(self.reversion, str):
            relative = squares / self.long_run_
            self.reversion_ = _calibrated_reversion(weighted[paths.starts], relative)
        else:
            self.reversion_ = np.full(len(long_run), float(self.reversion))
        return self

    def start(self, states):
        return np.ones(states.shape)

    def update(self, history, step):
        squares = step.innovations**2 / self.long_run_
        mean = squares.mean(axis=1, keepdims=True)
        squares = (1.0 - self.pooling) * squares + self.pooling * mean
        decay = 0.5 ** (1.0 / self.halflife)
        return np.clip(decay * history + (1.0 - decay) * squares, *self._range)

    def vector(self, history, states, clock):
        relative = np.maximum(self._relative(history), np.finfo(float).tiny)
        if self.pooling == 1.0:
            relative = relative.mean(axis=1, keepdims=True)
        return 0.5 * np.log(relative)

    def scale(self, history, clock=None):
        relative = np.maximum(self._relative(history), np.finfo(float).tiny)
        return DiagonalScale(
            np.sqrt(self.long_run_ * relative), np.sqrt(self.long_run_)
        )

    def _relative(self, history):
        """Variance of the next increment over the long-run variance."""
        return self.reversion_ + (1.0 - self.reversion_) * history


def _calibrated_reversion(past, squares):
    """Weight of the long-run variance of each series."""

    def variance(reversion):
        return reversion + (1.0 - reversion) * past

    def deviance(reversion):
        return (np.log(variance(reversion)) + squares / variance(reversion)).mean()

    # Not zero, where a stretch without any change would have no variance.
    bounds = LEAST_REVERSION, 1.0
    least = float(minimize_scalar(deviance, bounds=bounds, method="bounded").x)
    # The mean of each series is convex in the reversion and one where that is one.
    grid = least + (1.0 - least) * np.linspace(0.0, 1.0, 101)[:, np.newaxis] ** 2
    excess = np.array([(squares / variance(rho)).mean(axis=0) for rho in grid])
    first = np.argmax(excess <= 1.0 + 1e-9, axis=0)
    return grid[first, 0]
