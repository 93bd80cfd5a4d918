"""Variance preserving process."""

from dataclasses import dataclass

import numpy as np

from skdiffts.sde._scheduled import ScheduledSDE

__all__ = ["VP"]


@dataclass(kw_only=True, repr=False, eq=False)
class VP(ScheduledSDE):
    r"""Variance preserving process.

    .. math:: dx_t = -\tfrac12 \beta(t)\, x_t\, dt + \sqrt{\beta(t)}\, dW_t, \qquad
              x_t | x_0 \sim N(m(t)\, x_0, s(t)^2 I), \quad
              m(t) = e^{-\alpha(t)/2}, \quad s(t)^2 = 1 - e^{-\alpha(t)}, \quad
              \alpha(t) = \int_0^t \beta(u)\, du

    At t = 1 :math:`e^{-\alpha(1)/2}` of the data is left, 0.7 % by default; run on, x
    tends to :math:`N(0, I)`, which is stationary. Rates are per unit of t: a horizon T
    multiplies both by T.

    Parameters
    ----------
    beta_min : float, default=0.1
        Lowest value of beta, positive.
    beta_max : float, default=20.0
        Highest value of beta, at least ``beta_min``.
    schedule : {"linear", "cosine", "exponential", "geometric"}, default="linear"
        Course of beta between the two: "linear" and "exponential" (a straight line in
        log beta) rise; "cosine" rises along half a period of a cosine, flat at both
        ends; "geometric" is "exponential" backwards, it falls from ``beta_max`` to
        ``beta_min``.

    Notes
    -----
    With the geometric schedule and the default limits alpha(1) is 3.76, so that x_1
    still holds 15 % of x_0: prefer the matched prior of the sampler.

    References
    ----------
    .. [1] Y. Song et al., "Score-Based Generative Modeling through Stochastic
       Differential Equations", ICLR 2021, eq. (11).

    Examples
    --------
    >>> from skdiffts.sde import VP
    >>> sde = VP(beta_max=10.0)
    >>> bool(abs(sde.scale(0.5) ** 2 + sde.std(0.5) ** 2 - 1) < 1e-12)
    True
    """

    @property
    def limit_std(self):
        return 1.0

    def drift_coef(self, t):
        return -0.5 * self.beta(t)

    def g2(self, t):
        return self.beta(t)

    def scale(self, t):
        return np.exp(-0.5 * self.integrated_beta(t))

    def std(self, t):
        return np.sqrt(-np.expm1(-self.integrated_beta(t)))

    def log_snr(self, t):
        return -0.5 * np.log(np.expm1(self.integrated_beta(t)))

    def time(self, log_snr):
        return self._time_of(np.logaddexp(0.0, -2.0 * np.asarray(log_snr)))
