"""Sub-variance preserving process."""

from dataclasses import dataclass

import numpy as np

from skdiffts.sde._scheduled import ScheduledSDE

__all__ = ["SubVP"]


@dataclass(kw_only=True, repr=False, eq=False)
class SubVP(ScheduledSDE):
    r"""Sub-variance preserving process: at every time less noise than VP.

    .. math:: dx_t = -\tfrac12 \beta(t)\, x_t\, dt
              + \sqrt{\beta(t)\,(1 - e^{-2\alpha(t)})}\, dW_t, \qquad
              x_t | x_0 \sim N(m(t)\, x_0, s(t)^2 I), \quad
              m(t) = e^{-\alpha(t)/2}, \quad s(t) = 1 - e^{-\alpha(t)}

    with :math:`\alpha(t) = \int_0^t \beta(u)\, du`. At t = 1 :math:`e^{-\alpha(1)/2}` of
    the data is left, 0.7 % by default; run on, x tends to :math:`N(0, I)`. Rates are per
    unit of t: a horizon T multiplies both by T.

    Parameters
    ----------
    beta_min : float, default=0.1
        Lowest value of beta, positive.
    beta_max : float, default=20.0
        Highest value of beta, at least ``beta_min``.
    schedule : {"linear", "cosine", "exponential", "geometric"}, default="linear"
        Course of beta between the two, see :class:`skdiffts.sde.VP`.

    References
    ----------
    .. [1] Y. Song et al., "Score-Based Generative Modeling through Stochastic
       Differential Equations", ICLR 2021, eq. (14).

    Examples
    --------
    >>> from skdiffts.sde import VP, SubVP
    >>> bool(SubVP().std(0.1) < VP().std(0.1))
    True
    """

    @property
    def limit_std(self):
        return 1.0

    def drift_coef(self, t):
        return -0.5 * self.beta(t)

    def g2(self, t):
        return -self.beta(t) * np.expm1(-2.0 * self.integrated_beta(t))

    def scale(self, t):
        return np.exp(-0.5 * self.integrated_beta(t))

    def std(self, t):
        return -np.expm1(-self.integrated_beta(t))

    def time(self, log_snr):
        # std / scale = 2 sinh(alpha / 2).
        return self._time_of(2.0 * np.arcsinh(0.5 * np.exp(-np.asarray(log_snr))))
