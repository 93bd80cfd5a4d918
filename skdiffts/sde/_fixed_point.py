"""Processes with a constant rate about a fixed point, and constant volatility."""

from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from skdiffts._validation import Interval
from skdiffts.sde._base import BaseSDE

__all__ = ["FixedPointSDE"]


@dataclass(kw_only=True, repr=False, eq=False)
class FixedPointSDE(BaseSDE):
    """Process whose drift is linear about a fixed point, towards it or away from it.

    Parameters
    ----------
    theta : float, default=1.0
        Rate of the drift, positive.
    mu : float or array-like of shape (n_features,), default=0.0
        Fixed point, in units of the whitened data: one number for all columns, or one
        for each.
    sigma : float, default=1.0
        Volatility, positive.
    horizon : float, default=1.0
        Process time T at which the process ends, positive.
    """

    theta: float = 1.0
    mu: Any = 0.0
    sigma: float = 1.0
    horizon: float = 1.0

    _parameter_constraints: ClassVar[dict] = {
        "theta": [Interval(Real, 0, None, closed="neither")],
        "mu": [Interval(Real, None, None, closed="neither"), "array-like"],
        "sigma": [Interval(Real, 0, None, closed="neither")],
        "horizon": [Interval(Real, 0, None, closed="neither")],
    }

    @property
    def center(self):
        return self.mu if np.ndim(self.mu) == 0 else np.asarray(self.mu, float)

    def g2(self, t):
        return self.horizon * self.sigma**2 * np.ones_like(t, dtype=np.float64)[()]
