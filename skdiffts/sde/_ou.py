"""Ornstein-Uhlenbeck process."""

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np

from skdiffts._validation import Interval
from skdiffts.sde._base import BaseSDE

__all__ = ["OU"]


@dataclass(kw_only=True, repr=False, eq=False)
class OU(BaseSDE):
    r"""Ornstein-Uhlenbeck process.

    .. math:: dx_t = \theta\, (\mu - x_t)\, dt + \sigma\, dW_t, \qquad
              m(t) = e^{-\theta t}, \quad
              s(t)^2 = \tfrac{\sigma^2}{2\theta}\, (1 - e^{-2\theta t})

    Parameters
    ----------
    theta : float, default=5.0
        Rate at which the data are forgotten, positive.
    mu : float, default=0.0
        Fixed point, in units of the whitened data.
    sigma : float, default=3.0
        Volatility, positive.

    References
    ----------
    .. [1] W. Tang and H. Zhao, "Score-based diffusion models via stochastic
       differential equations: a technical tutorial", 2024, section 2.

    Examples
    --------
    >>> from skdiffts.sde import OU
    >>> round(float(OU(theta=0.5, sigma=1.0).scale(1.0)), 4)
    0.6065
    """

    theta: float = 5.0
    mu: float = 0.0
    sigma: float = 3.0

    _parameter_constraints: ClassVar[dict] = {
        "theta": [Interval(Real, 0, None, closed="neither")],
        "mu": [Interval(Real, None, None, closed="neither")],
        "sigma": [Interval(Real, 0, None, closed="neither")],
    }

    @property
    def center(self):
        return self.mu

    def drift_coef(self, t):
        return -self.theta * np.ones_like(t, dtype=np.float64)[()]

    def g2(self, t):
        return self.sigma**2 * np.ones_like(t, dtype=np.float64)[()]

    def scale(self, t):
        return np.exp(-self.theta * np.asarray(t))

    def std(self, t):
        decay = -np.expm1(-2.0 * self.theta * np.asarray(t))
        return self.sigma * np.sqrt(decay / (2.0 * self.theta))

    def time(self, log_snr):
        ratio2 = np.exp(-2.0 * np.asarray(log_snr))
        growth = np.log1p(2.0 * self.theta * ratio2 / self.sigma**2)
        return np.clip(growth / (2.0 * self.theta), 0.0, 1.0)[()]
