"""Smooth increasing maps of numbers within bounds to all numbers."""

from dataclasses import dataclass

import numpy as np

from skdiffts.columns._power import log_slope, power_inverse, power_transform

__all__ = ["SmoothMap"]

# Distance, in its scale, that stands for a value at a bound that bends the map softly.
AT_BOUND = 1e-3


@dataclass(frozen=True, eq=False)
class SmoothMap:
    r"""Increasing map that bounds bend.

    * "identity": no bound, or atoms at both;
    * "power" and "mirrored power": a power transform of the distance, over s, to the
      lower or to the upper bound;
    * "soft" and "mirrored soft": :math:`x - l + s \log(1 - e^{-(x - l) / s})`, which is
      the distance to the bound l for all but small distances;
    * "odds": log-odds between two bounds.

    Parameters
    ----------
    kind : str
        One of these.
    low, high : float
        Bounds.
    size : float
        Scale s.
    power : float
        Exponent of a power transform.
    """

    kind: str
    low: float
    high: float
    size: float
    power: float

    def transform(self, x):
        """Latent numbers of values within the bounds."""
        if self.kind == "odds":
            return np.log(x - self.low) - np.log(self.high - x)
        if self.kind == "identity":
            return x
        if self.kind.startswith("mirrored"):
            return -self._above((self.high - x) / self.size)
        return self._above((x - self.low) / self.size)

    def restore(self, z):
        """Values of latent numbers."""
        if self.kind == "odds":
            return self.low + (self.high - self.low) / (1.0 + np.exp(-z))
        if self.kind == "identity":
            return z
        if self.kind.startswith("mirrored"):
            return self.high - self.size * self._distance(-z)
        return self.low + self.size * self._distance(z)

    def log_slope(self, x):
        """Log of the derivative of the map."""
        if self.kind == "odds":
            width = np.log(self.high - self.low)
            return width - np.log(x - self.low) - np.log(self.high - x)
        if self.kind == "identity":
            return np.zeros_like(x)
        mirrored = self.kind.startswith("mirrored")
        u = (self.high - x if mirrored else x - self.low) / self.size
        if self.kind.endswith("soft"):
            return -np.log(-np.expm1(-np.where(u > 0.0, u, AT_BOUND)))
        return log_slope(u, self.power) - np.log(self.size)

    def _above(self, u):
        if self.kind.endswith("soft"):
            u = np.where(u > 0.0, u, AT_BOUND)
            return self.size * (u + np.log(-np.expm1(-u)))
        return power_transform(u, self.power)

    def _distance(self, z):
        if self.kind.endswith("soft"):
            return np.logaddexp(0.0, z / self.size)
        return power_inverse(z, self.power)
