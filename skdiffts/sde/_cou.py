"""Contractive Ornstein-Uhlenbeck process."""

from dataclasses import dataclass

import numpy as np

from skdiffts.sde._fixed_point import FixedPointSDE

__all__ = ["COU"]


@dataclass(kw_only=True, repr=False, eq=False)
class COU(FixedPointSDE):
    r"""Ornstein-Uhlenbeck process run outwards, so that its reversal contracts.

    In process time :math:`\tau = T t`, up to the horizon T,

    .. math:: dx_\tau = \theta\, (x_\tau - \mu)\, d\tau + \sigma\, dW_\tau, \qquad
              x_\tau | x_0 \sim N\bigl(\mu + m\, (x_0 - \mu), s^2 I\bigr), \quad
              m = e^{\theta \tau}, \quad
              s^2 = \tfrac{\sigma^2}{2\theta}\, (e^{2\theta \tau} - 1).

    At the horizon the data are blown up by :math:`e^{\theta T}`; run on, x spreads
    without end, and there is no limit.

    Parameters
    ----------
    theta : float, default=2.0
        Rate at which the data are blown up, positive.
    mu : float or array-like of shape (n_features,), default=0.0
        Fixed point, in units of the whitened data: one number for all columns, or one
        for each.
    sigma : float, default=10.0
        Volatility, positive.
    horizon : float, default=1.0
        Process time T at which the process ends, positive.

    Notes
    -----
    The noise-to-signal ratio stays below sigma / sqrt(2 theta), 5 by default: use the
    matched prior of the sampler.

    References
    ----------
    .. [1] W. Tang and H. Zhao, "Contractive Diffusion Probabilistic Models",
       arXiv:2401.13115, section 3.

    Examples
    --------
    >>> from skdiffts.sde import COU
    >>> bool(COU(theta=2.0).scale(1.0) > 7.0)
    True
    """

    theta: float = 2.0
    sigma: float = 10.0

    def drift_coef(self, t):
        return self.horizon * self.theta * np.ones_like(t, dtype=np.float64)[()]

    def scale(self, t):
        return np.exp(self.theta * self.horizon * np.asarray(t))

    def std(self, t):
        growth = np.expm1(2.0 * self.theta * self.horizon * np.asarray(t))
        return self.sigma * np.sqrt(growth / (2.0 * self.theta))

    def time(self, log_snr):
        share = 2.0 * self.theta * np.exp(-2.0 * np.asarray(log_snr)) / self.sigma**2
        decay = -np.log1p(-np.minimum(share, 1.0 - 1e-16))
        return np.clip(decay / (2.0 * self.theta * self.horizon), 0.0, 1.0)[()]
