r"""Linear forward processes with scalar coefficients.

.. math:: dx_t = f(t)\, (x_t - c)\, dt + g(t)\, dW_t, \qquad
          x_t - c = m(t)\, (x_0 - c) + s(t)\, \xi, \quad \xi \sim N(0, I)

The diffusion time t runs from 0, the data, to 1, where the reverse process starts. It is
process time over the horizon T, so that f and :math:`g^2` are T times their values per unit
of process time. Functions of t take a number or an array, and return one of its shape. From
one time to a later one

.. math:: x_t - c = \frac{m(t)}{m(r)}\, (x_r - c)
          + \Bigl(s(t)^2 - \frac{m(t)^2}{m(r)^2}\, s(r)^2\Bigr)^{1/2} \xi.

In :math:`y = c + (x - c) / m(t)` all processes are the same, :math:`y = x_0 + \tilde\sigma
\xi` with the noise-to-signal ratio :math:`\tilde\sigma = s / m`. Losses, solvers and the
likelihood therefore depend on the log signal-to-noise ratio
:math:`\lambda = \log(m / s) = -\log\tilde\sigma` alone.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from sklearn.utils import check_array, check_random_state

from skdiffts._strategy import Strategy

__all__ = ["BaseSDE", "TerminalDistribution"]


@dataclass(frozen=True)
class TerminalDistribution:
    r"""Distribution of x at t = 1, :math:`N(c + m (x_0 - c), s^2 I)` given :math:`x_0`.

    Parameters
    ----------
    center : float or ndarray of shape (n_features,)
        Fixed point c of the drift.
    scale : float
        Factor m(1) of the data.
    std : float
        Spread s(1) given the data.
    limit_std : float or None
        Spread of the limit, a Gaussian about the center, of a process that runs on; None
        where the process spreads without end, or its coefficients end with the horizon.
    """

    center: float | np.ndarray
    scale: float
    std: float
    limit_std: float | None


@dataclass(kw_only=True, repr=False, eq=False)
class BaseSDE(Strategy, ABC):
    """Base of the forward processes.

    Diffusion time t lies in [0, 1]. Functions of t take a number or an array, and return
    one of the same shape.
    """

    @abstractmethod
    def drift_coef(self, t):
        """Coefficient f(t) of the drift.

        Parameters
        ----------
        t : float or ndarray
            Diffusion time.

        Returns
        -------
        float or ndarray
            Value at t.
        """

    @abstractmethod
    def g2(self, t):
        """Squared diffusion coefficient.

        Parameters
        ----------
        t : float or ndarray
            Diffusion time.

        Returns
        -------
        float or ndarray
            Value at t.
        """

    @abstractmethod
    def scale(self, t):
        """Factor m(t) of x_0 in x_t.

        Parameters
        ----------
        t : float or ndarray
            Diffusion time.

        Returns
        -------
        float or ndarray
            Value at t.
        """

    @abstractmethod
    def std(self, t):
        """Spread s(t) of x_t given x_0, a standard deviation.

        Parameters
        ----------
        t : float or ndarray
            Diffusion time.

        Returns
        -------
        float or ndarray
            Value at t.
        """

    @abstractmethod
    def time(self, log_snr):
        """Diffusion time at which the log signal-to-noise ratio has a value.

        Parameters
        ----------
        log_snr : float or ndarray
            Values of log(m / s), not below the value at t = 1.

        Returns
        -------
        float or ndarray
            Inverse of :meth:`log_snr`.
        """

    @property
    def center(self) -> float | np.ndarray:
        """Fixed point c of the drift, f(t) (x - c); zero but for OU and COU."""
        return 0.0

    @property
    def limit_std(self):
        """Spread of the Gaussian limit of x_t if run on; None without a limit."""
        return None

    def terminal_distribution(self):
        """Distribution at the horizon, t = 1, from which the reverse process starts.

        Returns
        -------
        TerminalDistribution
            Center, m(1), s(1) and the spread of the limit.
        """
        return TerminalDistribution(
            center=self.center,
            scale=float(self.scale(1.0)),
            std=float(self.std(1.0)),
            limit_std=self.limit_std,
        )

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

    def denoised(self, x, score, t):
        r"""Posterior mean of x_0 by Tweedie's formula.

        .. math:: E[x_0 | x_t = x] = c + \frac{x - c + s(t)^2 \nabla\log p_t(x)}{m(t)}

        Parameters
        ----------
        x : ndarray of shape (n_samples, n_features)
            Points.
        score : ndarray of shape (n_samples, n_features)
            Score of the distribution of x_t at the points.
        t : float
            Diffusion time in (0, 1].

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Posterior means.

        References
        ----------
        .. [1] B. Efron, "Tweedie's Formula and Selection Bias", Journal of the American
           Statistical Association 106, 2011.

        Examples
        --------
        >>> import numpy as np
        >>> from skdiffts.sde import VP
        >>> x = np.array([[2.0]])  # of N(0, 1), whose score is -x at every time
        >>> bool(np.allclose(VP().denoised(x, -x, 0.5), VP().scale(0.5) * x))
        True
        """
        moved = x - self.center + np.square(self.std(t)) * score
        return self.center + moved / self.scale(t)

    def sample_path(self, x, times, random_state=None):
        r"""Draw paths of the forward process from given rows.

        .. math:: x_t - c = \frac{m(t)}{m(r)}\, (x_r - c) + \Bigl(s(t)^2 -
                  \frac{m(t)^2}{m(r)^2}\, s(r)^2\Bigr)^{1/2} \xi

        from each time r to the next one t: without an error of discretisation.

        Parameters
        ----------
        x : array-like of shape (n_samples, n_features)
            Rows at time 0, one path for each, in the coordinates of the process.
        times : array-like of shape (n_times,)
            Rising diffusion times in [0, 1].
        random_state : int, RandomState instance or None, default=None
            Seed of the noise.

        Returns
        -------
        ndarray of shape (n_times, n_samples, n_features)
            Paths at the times.

        Raises
        ------
        ValueError
            If the times do not rise within [0, 1].

        Examples
        --------
        >>> import numpy as np
        >>> from skdiffts.sde import COU
        >>> x, times = np.zeros((1000, 1)), [0.0, 0.5, 1.0]
        >>> path = COU().sample_path(x, times, random_state=0)
        >>> path.shape, bool(abs(path[2].std() / COU().std(1.0) - 1.0) < 0.1)
        ((3, 1000, 1), True)
        """
        x = check_array(x, dtype=np.float64, input_name="x")
        times = check_array(
            times, dtype=np.float64, ensure_2d=False, input_name="times"
        )
        if times.ndim != 1 or not (np.diff(np.r_[0.0, times, 1.0]) >= 0.0).all():
            raise ValueError(
                f"times={times} do not rise from 0 to 1; pass times such as [0.0, 0.5, 1.0]."
            )
        rng = check_random_state(random_state)
        path, before = np.empty((len(times), *x.shape)), (1.0, 0.0)
        for i, t in enumerate(times):
            if t > 0.0:  # processes that start from noised data have s(0) > 0
                now = float(self.scale(t)), float(self.std(t))
                factor = now[0] / before[0]
                spread = np.sqrt(max(0.0, now[1] ** 2 - (factor * before[1]) ** 2))
                noise = rng.standard_normal(x.shape)
                x = self.center + factor * (x - self.center) + spread * noise
                before = now
            path[i] = x
        return path
