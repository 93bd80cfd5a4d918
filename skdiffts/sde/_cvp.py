"""Contractive variance preserving process."""

from dataclasses import dataclass

import numpy as np

from skdiffts.sde._scheduled import ScheduledSDE

__all__ = ["CVP"]


@dataclass(kw_only=True, repr=False, eq=False)
class CVP(ScheduledSDE):
    r"""Variance preserving process run outwards, so that its reversal contracts.

    .. math:: dx_t = \tfrac12 \beta(t)\, x_t\, dt + \sqrt{\beta(t)}\, dW_t, \qquad
              x_t | x_0 \sim N(m(t)\, x_0, s(t)^2 I), \quad
              m(t) = e^{\alpha(t)/2}, \quad s(t)^2 = e^{\alpha(t)} - 1

    with :math:`\alpha(t) = \int_0^t \beta(u)\, du`. At t = 1 the data are blown up by
    :math:`e^{\alpha(1)/2}`, 152 times by default; run on, x spreads without end, and there
    is no limit. Rates are per unit of t: a horizon T multiplies both by T.

    Parameters
    ----------
    beta_min : float, default=0.1
        Lowest value of beta, positive.
    beta_max : float, default=20.0
        Highest value of beta, at least ``beta_min``.
    schedule : {"linear", "cosine", "exponential", "geometric"}, default="linear"
        Course of beta between the two, see :class:`skdiffts.sde.VP`.

    Notes
    -----
    The noise-to-signal ratio never exceeds one: the process does not forget the data, so
    that it needs the matched prior of the sampler.

    References
    ----------
    .. [1] W. Tang and H. Zhao, "Contractive Diffusion Probabilistic Models",
       arXiv:2401.13115, section 3.

    Examples
    --------
    >>> from skdiffts.sde import CVP
    >>> sde = CVP()
    >>> bool(sde.std(1.0) / sde.scale(1.0) < 1.0)
    True
    """

    def drift_coef(self, t):
        return 0.5 * self.beta(t)

    def g2(self, t):
        return self.beta(t)

    def scale(self, t):
        return np.exp(0.5 * self.integrated_beta(t))

    def std(self, t):
        return np.sqrt(np.expm1(self.integrated_beta(t)))

    def log_snr(self, t):
        return -0.5 * np.log(-np.expm1(-self.integrated_beta(t)))

    def time(self, log_snr):
        # (std / scale)^2 = 1 - exp(-alpha), below one.
        ratio2 = np.exp(-2.0 * np.asarray(log_snr))
        return self._time_of(-np.log1p(-np.minimum(ratio2, 1.0 - 1e-16)))
