"""Linear process with coefficients given by the user."""

from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from scipy.optimize import brentq

from skdiffts._validation import Interval
from skdiffts.sde._base import BaseSDE

__all__ = ["LinearSDE"]

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


@dataclass(kw_only=True, repr=False, eq=False)
class LinearSDE(BaseSDE):
    r"""Linear process whose coefficients are functions of time.

    In process time :math:`\tau = T t`, up to the horizon T,

    .. math:: dx_\tau = a(\tau)\, x_\tau\, d\tau + b(\tau)\, dW_\tau, \qquad
              x_\tau | x_0 \sim N(m\, x_0, s^2 I), \quad
              m = e^{B(\tau)}, \quad B(\tau) = \int_0^\tau a, \quad
              (s / m)^2 = \int_0^\tau b(u)^2 e^{-2 B(u)}\, du.

    At the horizon the distribution is the one above with :math:`\tau = T`; its limit is not
    known. The integrals are taken by a Gauss-Legendre rule of 40 nodes, which is exact to rounding
    for smooth coefficients, and inverted numerically.

    Parameters
    ----------
    drift : callable
        Coefficient a of the drift, sign included, a function of an array of times in [0,
        horizon]: negative where x is drawn to zero.
    noise : callable
        Coefficient b of the noise, not its square, a function of an array of times,
        positive.
    horizon : float, default=1.0
        Process time T at which the process ends, positive.

    Notes
    -----
    Texts that write :math:`dX = -\alpha X\, dt + \sqrt\beta\, dW` have ``drift=lambda t:
    -alpha(t)`` and ``noise=lambda t: np.sqrt(beta(t))``.

    References
    ----------
    .. [1] S. Sarkka and A. Solin, "Applied Stochastic Differential Equations",
       Cambridge University Press, 2019, eq. (6.2).

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.sde import LinearSDE
    >>> sde = LinearSDE(drift=np.zeros_like, noise=lambda t: 2.0 + 0.0 * t)
    >>> round(float(sde.std(0.25)), 12)
    1.0
    """

    drift: Any = None
    noise: Any = None
    horizon: float = 1.0

    _parameter_constraints: ClassVar[dict] = {
        "drift": [callable],
        "noise": [callable],
        "horizon": [Interval(Real, 0, None, closed="neither")],
    }

    def drift_coef(self, t):
        tau = self.horizon * np.asarray(t, dtype=np.float64)
        return self.horizon * np.asarray(self.drift(tau))[()]

    def g2(self, t):
        tau = self.horizon * np.asarray(t, dtype=np.float64)
        return self.horizon * np.square(self.noise(tau))[()]

    def scale(self, t):
        return np.exp(_integral(self.drift_coef, t))

    def std(self, t):
        return self.scale(t) * np.sqrt(self._ratio2(t))

    def log_snr(self, t):
        return -0.5 * np.log(self._ratio2(t))

    def time(self, log_snr):
        return np.vectorize(self._invert, otypes=[float])(log_snr)[()]

    def _ratio2(self, t):
        """Squared noise-to-signal ratio."""
        return _integral(
            lambda u: self.g2(u) * np.exp(-2.0 * _integral(self.drift_coef, u)), t
        )

    def _invert(self, log_snr):
        target = np.exp(-2.0 * log_snr)
        if target >= self._ratio2(1.0):
            return 1.0
        return brentq(lambda t: self._ratio2(t) - target, 0.0, 1.0, xtol=1e-14)


def _integral(function, t):
    """Integral of a function from 0 to each time."""
    t = np.asarray(t, dtype=np.float64)
    points = (NODES + 1.0) / 2.0
    nodes = t[..., np.newaxis] * points
    values = np.broadcast_to(function(nodes), nodes.shape)
    return (values @ WEIGHTS * t / 2.0)[()]
