"""Exponentially weighted correlations beside volatilities, as scale."""

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np

from skdiffts._chunks import slices
from skdiffts._gaussian import log_det, whiten
from skdiffts._strategy import DefaultPartsMixin
from skdiffts._validation import Interval, StrOptions
from skdiffts.conditioning._base import standardized
from skdiffts.conditioning._products import correlations, symmetric
from skdiffts.conditioning._scale import BaseScale, TriangularScale
from skdiffts.conditioning._volatility import EWVolatility

__all__ = ["EWCovariance"]

REVERSIONS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
# Share of no correlation that is always there, so that equal series have a factor.
FLOOR = 1e-3
# Share of the long-run products that is always there.
STANDSTILL = 1e-12


@dataclass(kw_only=True, repr=False, eq=False)
class EWCovariance(DefaultPartsMixin, BaseScale):
    r"""Volatility of each series, and correlations that move slowly, with mean reversion.

    With innovations over their volatility, :math:`u_{ij} = (x_{ij} - x_{i-1,j} -
    \mu_{ij}\, dt_i) / (\sigma_{i-1,j} \sqrt{dt_i})`,

    .. math::
        C_i &= \delta\, C_{i-1} + (1 - \delta)\, u_i u_i', \qquad
        \delta = 2^{-1 / \text{halflife}}, \\
        R_i &= \rho\, \bar R + (1 - \rho)\, \operatorname{corr}(C_i), \qquad
        D_i = \operatorname{diag}(\sigma_i), \\
        G_i G_i' &= D_i R_i D_i,

    where :math:`\bar R` is the correlation of u over the training paths and
    :math:`\operatorname{corr}(C) = \operatorname{diag}(C)^{-1/2}\, C\,
    \operatorname{diag}(C)^{-1/2}`. As ``scale`` it divides the increments, all of them
    together, by the lower factor G; as conditioning it gives what the volatility does.

    Parameters
    ----------
    halflife : float, default=140.0
        Rows after which the weight of a product of increments has halved.
    reversion : float or "auto", default="auto"
        Weight :math:`\rho`, above 0 and up to 1, of the long-run correlation. "auto" is
        the one of a few with the highest Gaussian likelihood of u.
    volatility : EWVolatility, default=None
        Volatility of each series; None is ``EWVolatility()``.

    Attributes
    ----------
    volatility_ : EWVolatility
        The fitted volatility.
    correlation_ : ndarray of shape (n_features, n_features)
        Correlation of the long run.
    reversion_ : float
        Weight of the long run in use.

    Notes
    -----
    Correlations do not depend on the size of the increments, so that simulated ones
    cannot run away. A path begins at the correlations of the long run. Where
    correlations move, residuals depend a little on the order of the columns: factors of
    one covariance in two orders differ by a rotation, which then moves as well.

    References
    ----------
    .. [1] R. Engle, "Dynamic Conditional Correlation", Journal of Business & Economic
       Statistics 20, 2002, equations (2), (17) and (18).

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.conditioning import EWCovariance
    >>> X = np.random.RandomState(0).standard_t(4, size=(300, 2)).cumsum(axis=0)
    >>> estimator = KernelDriftVolEstimator("all", scale=EWCovariance(halflife=50.0))
    >>> estimator.fit(X).loo_residuals_.shape
    (299, 2)
    """

    halflife: float = 140.0
    reversion: float | str = "auto"
    volatility: EWVolatility | None = None

    _default_parts: ClassVar[dict] = {"volatility": EWVolatility}
    _parameter_constraints: ClassVar[dict] = {
        "halflife": [Interval(Real, 0, None, closed="neither")],
        "reversion": [Interval(Real, 0, 1, closed="right"), StrOptions({"auto"})],
        "volatility": [EWVolatility, None],
    }

    def fit(self, paths, dt, drift=None):
        self.volatility_ = self._part("volatility").fit(paths, dt, drift)
        past = self.volatility_.trace(paths, dt, drift)[paths.starts]
        increments = paths.values[paths.ends] - paths.values[paths.starts]
        u = self._standardize(past, standardized(increments, dt, drift))
        self._lower = np.tril_indices(u.shape[1])
        self._products = u.T @ u / len(u)
        self.correlation_ = correlations(self._products)
        candidates = REVERSIONS if self.reversion == "auto" else (self.reversion,)
        if len(candidates) == 1:
            [self.reversion_] = candidates
            return self
        history = self.trace(paths, dt, drift)[paths.starts]
        likelihoods = np.zeros(len(candidates))
        for rows in slices(len(u), u.shape[1] ** 2):
            moving = self._moving(history[rows])
            likelihoods += [
                self._likelihood(share, moving, u[rows]) for share in candidates
            ]
        self.reversion_ = candidates[int(np.argmax(likelihoods))]
        return self

    def start(self, states):
        volatility = self.volatility_.start(states)
        products = np.tile(self._products[self._lower], (len(states), 1))
        return np.hstack([volatility, products])

    def update(self, history, step):
        volatility, products = self._split(history)
        u = self._standardize(volatility, step.innovations)
        rows, columns = self._lower
        decay = 0.5 ** (1.0 / self.halflife)
        products = decay * products + (1.0 - decay) * u[:, rows] * u[:, columns]
        return np.hstack([self.volatility_.update(volatility, step), products])

    def vector(self, history, states, clock):
        return self.volatility_.vector(self._split(history)[0], states, clock)

    def scale(self, history, clock=None):
        diagonal = self.volatility_.scale(self._split(history)[0])
        factor = self._factor(self.reversion_, self._moving(history))
        [long_run] = self._factor(1.0, self.correlation_[np.newaxis])
        return TriangularScale(
            diagonal.multiply_factor(factor),
            diagonal.long_run[:, np.newaxis] * long_run,
        )

    def _split(self, history):
        """Histories of the volatilities, and products of standardised increments."""
        n_features = self.volatility_.long_run_.size
        return history[:, :n_features], history[:, n_features:]

    def _standardize(self, volatility, innovations):
        """Innovations over their volatility."""
        return self.volatility_.scale(volatility).divide(innovations)

    def _moving(self, history):
        """Correlations of recent innovations."""
        products = symmetric(self._split(history)[1])
        # After a long standstill all other terms have vanished.
        products += STANDSTILL * self._products
        return correlations(products)

    def _factor(self, share, moving):
        """Lower factors of a blend of correlations."""
        blend = share * self.correlation_ + (1.0 - share) * moving
        blend = (1.0 - FLOOR) * blend + FLOOR * np.eye(blend.shape[1])
        return np.linalg.cholesky(blend)

    def _likelihood(self, share, moving, u):
        """Gaussian log-likelihood of transitions, up to a constant."""
        factor = self._factor(share, moving)
        residuals = whiten(factor, u)
        return np.sum(-log_det(factor) - 0.5 * (residuals**2).sum(axis=1))
