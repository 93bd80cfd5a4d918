r"""Linear forward processes with scalar coefficients.

.. math:: dx_t = f(t)\, (x_t - c)\, dt + g(t)\, dW_t, \qquad
          x_t - c = m(t)\, (x_0 - c) + s(t)\, \xi, \quad \xi \sim N(0, I)

In :math:`y = c + (x - c) / m(t)` all of them are the same process, :math:`y = x_0 + \tilde\sigma
\xi` with the noise-to-signal ratio :math:`\tilde\sigma = s / m`. Losses, solvers and the
likelihood therefore see nothing but the log signal-to-noise ratio
:math:`\lambda = \log(m / s) = -\log\tilde\sigma`.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from skdiffts._strategy import Strategy

__all__ = ["BaseSDE"]


@dataclass(kw_only=True, repr=False, eq=False)
class BaseSDE(Strategy, ABC):
    """Base of the forward processes on the diffusion time t in [0, 1]."""

    @abstractmethod
    def drift_coef(self, t):
        """Coefficient f(t) of the drift.

        Parameters
        ----------
        t : float or ndarray
            Diffusion time in [0, 1].

        Returns
        -------
        float or ndarray
            Its value at t.
        """

    @abstractmethod
    def g2(self, t):
        """Squared diffusion coefficient.

        Parameters
        ----------
        t : float or ndarray
            Diffusion time in [0, 1].

        Returns
        -------
        float or ndarray
            Its value at t.
        """

    @abstractmethod
    def scale(self, t):
        """Factor m(t) of x_0 in x_t.

        Parameters
        ----------
        t : float or ndarray
            Diffusion time in [0, 1].

        Returns
        -------
        float or ndarray
            Its value at t.
        """

    @abstractmethod
    def std(self, t):
        """Spread s(t) of x_t given x_0, a standard deviation.

        Parameters
        ----------
        t : float or ndarray
            Diffusion time in [0, 1].

        Returns
        -------
        float or ndarray
            Its value at t.
        """

    @abstractmethod
    def time(self, log_snr):
        """Diffusion time at which the log signal-to-noise ratio has a value.

        Parameters
        ----------
        log_snr : float or ndarray
            Values of log(m / s), at least that of t = 1.

        Returns
        -------
        float or ndarray
            Inverse of :meth:`log_snr`.
        """

    @property
    def center(self):
        """Fixed point c of the drift, f(t) (x - c); zero but for OU and COU."""
        return 0.0

    def log_snr(self, t):
        """Log signal-to-noise ratio log(m(t) / s(t)), which falls in t.

        Parameters
        ----------
        t : float or ndarray
            Diffusion time in (0, 1].

        Returns
        -------
        float or ndarray
            Log ratio.
        """
        return np.log(self.scale(t)) - np.log(self.std(t))
