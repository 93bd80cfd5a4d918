"""Processes whose noise comes at a scheduled rate beta(t)."""

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np

from skdiffts._validation import Interval, StrOptions
from skdiffts.sde._base import BaseSDE
from skdiffts.sde._schedules import SCHEDULES

__all__ = ["ScheduledSDE"]


@dataclass(kw_only=True, repr=False, eq=False)
class ScheduledSDE(BaseSDE):
    """Process with a rate beta(t), its integral alpha(t) and the inverse of alpha.

    Parameters
    ----------
    beta_min : float, default=0.1
        Lowest value of beta, positive.
    beta_max : float, default=20.0
        Highest value of beta, at least ``beta_min``.
    schedule : {"linear", "cosine", "exponential", "geometric"}, default="linear"
        Course of beta between the two, see :class:`skdiffts.sde.VP`.
    """

    beta_min: float = 0.1
    beta_max: float = 20.0
    schedule: str = "linear"

    _parameter_constraints: ClassVar[dict] = {
        "beta_min": [Interval(Real, 0, None, closed="neither")],
        "beta_max": [Interval(Real, 0, None, closed="neither")],
        "schedule": [StrOptions(set(SCHEDULES))],
    }

    def _validate_params(self):
        super()._validate_params()
        if self.beta_min > self.beta_max:
            raise ValueError(
                f"beta_min={self.beta_min} exceeds beta_max={self.beta_max}; pass "
                "beta_min <= beta_max."
            )

    @property
    def _schedule(self):
        return SCHEDULES[self.schedule](self.beta_min, self.beta_max)

    def beta(self, t):
        """Rate of the noise.

        Parameters
        ----------
        t : float or ndarray
            Diffusion time.

        Returns
        -------
        float or ndarray
            Rate at t.
        """
        return self._schedule.rate(t)

    def integrated_beta(self, t):
        """Integral alpha(t) of beta from 0 to t.

        Parameters
        ----------
        t : float or ndarray
            Diffusion time.

        Returns
        -------
        float or ndarray
            Integral from 0 to t.
        """
        return self._schedule.integral(t)

    def _time_of(self, alpha):
        """Time at which the integral of beta has a value, clipped to [0, 1]."""
        return np.clip(self._schedule.time(alpha), 0.0, 1.0)[()]
