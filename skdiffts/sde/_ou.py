"""Ornstein-Uhlenbeck process."""

from dataclasses import dataclass

import numpy as np

from skdiffts.sde._fixed_point import FixedPointSDE

__all__ = ["OU"]


@dataclass(kw_only=True, repr=False, eq=False)
class OU(FixedPointSDE):
    r"""Ornstein-Uhlenbeck process.

    In process time :math:`\tau = T t`, up to the horizon T,

    .. math:: dx_\tau = \theta\, (\mu - x_\tau)\, d\tau + \sigma\, dW_\tau, \qquad
              x_\tau | x_0 \sim N\bigl(\mu + m\, (x_0 - \mu), s^2 I\bigr), \quad
              m = e^{-\theta \tau}, \quad
              s^2 = \tfrac{\sigma^2}{2\theta}\, (1 - e^{-2\theta \tau}).

    At the horizon :math:`e^{-\theta T}` of the data is left; run on, x tends to
    :math:`N(\mu, \tfrac{\sigma^2}{2\theta} I)`, which is stationary.

    Parameters
    ----------
    theta : float, default=5.0
        Rate at which the data are forgotten, positive.
    mu : float or array-like of shape (n_features,), default=0.0
        Fixed point, in units of the whitened data: one number for all columns, or one
        for each.
    sigma : float, default=3.0
        Volatility, positive.
    horizon : float, default=1.0
        Process time T at which the process ends, positive.

    References
    ----------
    .. [1] W. Tang and H. Zhao, "Score-based diffusion models via stochastic
       differential equations: a technical tutorial", arXiv:2402.07487, section 2.

    Examples
    --------
    >>> from skdiffts.sde import OU
    >>> round(float(OU(theta=0.5, sigma=1.0).scale(1.0)), 4)
    0.6065
    >>> OU(theta=0.5, sigma=1.0, horizon=20.0).terminal_distribution().limit_std
    1.0
    """

    theta: float = 5.0
    sigma: float = 3.0

    @property
    def limit_std(self):
        return float(self.sigma / np.sqrt(2.0 * self.theta))

    def drift_coef(self, t):
        return -self.horizon * self.theta * np.ones_like(t, dtype=np.float64)[()]

    def scale(self, t):
        return np.exp(-self.theta * self.horizon * np.asarray(t))

    def std(self, t):
        decay = -np.expm1(-2.0 * self.theta * self.horizon * np.asarray(t))
        return self.sigma * np.sqrt(decay / (2.0 * self.theta))

    def time(self, log_snr):
        ratio2 = np.exp(-2.0 * np.asarray(log_snr))
        growth = np.log1p(2.0 * self.theta * ratio2 / self.sigma**2)
        return np.clip(growth / (2.0 * self.theta * self.horizon), 0.0, 1.0)[()]
