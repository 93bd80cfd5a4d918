"""Processes whose noise comes at a scheduled rate beta(t)."""

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np
from scipy.optimize import brentq

from skdiffts._validation import Interval, StrOptions
from skdiffts.sde._base import BaseSDE

__all__ = ["ScheduledSDE"]


@dataclass(kw_only=True, repr=False, eq=False)
class ScheduledSDE(BaseSDE):
    """Rate beta(t), its integral alpha(t) and the inverse of that.

    Parameters
    ----------
    beta_min : float, default=0.1
        Lowest value of beta, positive.
    beta_max : float, default=20.0
        Highest value of beta, at least ``beta_min``.
    schedule : {"linear", "cosine", "exponential", "geometric"}, default="linear"
        How beta runs between the two: "linear" and "exponential" (a straight line in
        log beta) rise; "cosine" rises along half a period of a cosine, flat at both
        ends; "geometric" is "exponential" backwards, it falls from ``beta_max`` to
        ``beta_min``.
    """

    beta_min: float = 0.1
    beta_max: float = 20.0
    schedule: str = "linear"

    _parameter_constraints: ClassVar[dict] = {
        "beta_min": [Interval(Real, 0, None, closed="neither")],
        "beta_max": [Interval(Real, 0, None, closed="neither")],
        "schedule": [StrOptions({"linear", "cosine", "exponential", "geometric"})],
    }

    def _validate_params(self):
        super()._validate_params()
        if self.beta_min > self.beta_max:
            raise ValueError(
                f"beta_min={self.beta_min} exceeds beta_max={self.beta_max}; pass "
                "beta_min <= beta_max."
            )

    def beta(self, t):
        """Rate of the noise.

        Parameters
        ----------
        t : float or ndarray
            Diffusion time in [0, 1].

        Returns
        -------
        float or ndarray
            Rate at t.
        """
        low, high = self.beta_min, self.beta_max
        if self.schedule == "linear":
            return low + (high - low) * t
        if self.schedule == "cosine":
            return low + (high - low) * (1.0 - np.cos(np.pi * t)) / 2.0
        start, log_ratio = self._exponential()
        return start * np.exp(log_ratio * t)

    def integrated_beta(self, t):
        """Integral alpha(t) of beta from 0 to t.

        Parameters
        ----------
        t : float or ndarray
            Diffusion time in [0, 1].

        Returns
        -------
        float or ndarray
            Integral from 0 to t.
        """
        low, high = self.beta_min, self.beta_max
        if self.schedule == "linear":
            return low * t + (high - low) * np.square(t) / 2.0
        if self.schedule == "cosine":
            return low * t + (high - low) * (t - np.sin(np.pi * t) / np.pi) / 2.0
        start, log_ratio = self._exponential()
        if log_ratio == 0.0:
            return start * t
        return start * np.expm1(log_ratio * t) / log_ratio

    def _time_of(self, alpha):
        """Time at which the integral of beta has a value, clipped to [0, 1]."""
        low, high = self.beta_min, self.beta_max
        if self.schedule == "linear":
            # The root of low t + (high - low) t^2 / 2 = alpha, without cancellation.
            root = low + np.sqrt(low**2 + 2.0 * (high - low) * alpha)
            t = 2.0 * alpha / root
        elif self.schedule == "cosine":
            t = np.vectorize(self._invert, otypes=[float])(alpha)
        else:
            start, log_ratio = self._exponential()
            with np.errstate(invalid="ignore", divide="ignore"):
                t = (
                    alpha / start
                    if log_ratio == 0.0
                    else np.log1p(np.maximum(log_ratio * alpha / start, -1.0))
                    / log_ratio
                )
        return np.clip(t, 0.0, 1.0)[()]

    def _exponential(self):
        """Give start and log-ratio of the schedules linear in log beta."""
        log_ratio = np.log(self.beta_max / self.beta_min)
        if self.schedule == "geometric":
            return self.beta_max, -log_ratio
        return self.beta_min, log_ratio

    def _invert(self, alpha):
        if alpha >= self.integrated_beta(1.0):
            return 1.0
        return brentq(lambda t: self.integrated_beta(t) - alpha, 0.0, 1.0, xtol=1e-15)
