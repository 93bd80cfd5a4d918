"""Schedules of the noise rate beta(t): the rate, its integral and the inverse."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

__all__ = ["SCHEDULES"]


@dataclass(frozen=True)
class LinearSchedule:
    """Rate on a straight line from ``low`` at t = 0 to ``high`` at t = 1."""

    low: float
    high: float

    def rate(self, t):
        """Rate beta(t)."""
        return self.low + (self.high - self.low) * t

    def integral(self, t):
        """Integral alpha(t) of the rate from 0 to t."""
        return self.low * t + (self.high - self.low) * np.square(t) / 2.0

    def time(self, alpha):
        """Time at which the integral has a value, which may lie beyond 1."""
        # The root of low t + (high - low) t^2 / 2 = alpha, without cancellation.
        discriminant = self.low**2 + 2.0 * (self.high - self.low) * alpha
        return 2.0 * alpha / (self.low + np.sqrt(discriminant))


@dataclass(frozen=True)
class CosineSchedule:
    """Rate along half a period of a cosine, from ``low`` to ``high``, flat at the ends."""

    low: float
    high: float

    def rate(self, t):
        """Rate beta(t)."""
        return self.low + (self.high - self.low) * (1.0 - np.cos(np.pi * t)) / 2.0

    def integral(self, t):
        """Integral alpha(t) of the rate from 0 to t."""
        rise = (t - np.sin(np.pi * t) / np.pi) / 2.0
        return self.low * t + (self.high - self.low) * rise

    def time(self, alpha):
        """Time at which the integral has a value, at most 1."""
        return np.vectorize(self._root, otypes=[float])(alpha)

    def _root(self, alpha):
        if alpha >= self.integral(1.0):
            return 1.0
        return brentq(lambda t: self.integral(t) - alpha, 0.0, 1.0, xtol=1e-15)


@dataclass(frozen=True)
class ExponentialSchedule:
    """Rate on a straight line in log beta, from ``start``, with a slope of either sign."""

    start: float
    slope: float

    def rate(self, t):
        """Rate beta(t)."""
        return self.start * np.exp(self.slope * t)

    def integral(self, t):
        """Integral alpha(t) of the rate from 0 to t."""
        if self.slope == 0.0:
            return self.start * t
        return self.start * np.expm1(self.slope * t) / self.slope

    def time(self, alpha):
        """Time at which the integral has a value; infinite where it never has."""
        if self.slope == 0.0:
            return alpha / self.start
        growth = np.maximum(self.slope * alpha / self.start, -1.0)
        with np.errstate(divide="ignore"):
            return np.log1p(growth) / self.slope


# By the names of the parameter ``schedule``; each is made of beta_min and beta_max.
SCHEDULES: dict[str, Callable] = {
    "linear": LinearSchedule,
    "cosine": CosineSchedule,
    "exponential": lambda low, high: ExponentialSchedule(low, np.log(high / low)),
    "geometric": lambda low, high: ExponentialSchedule(high, -np.log(high / low)),
}
