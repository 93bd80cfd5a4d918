"""Latent coordinate of one column: cells of its values, and the value of each cell."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from skdiffts.columns._power import power_inverse, power_transform
from skdiffts.columns._support import Support

__all__ = ["Coordinate", "Grid", "Plain"]

ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class Coordinate(ABC):
    """Map of the values of a column to cells of a latent number.

    Parameters
    ----------
    support : Support
        Values of the column.
    power : float
        Exponent of the power transform.
    """

    support: Support
    power: float = 1.0

    @abstractmethod
    def transform(self, x):
        """Latent number that stands for each value in histories."""

    @abstractmethod
    def restore(self, z):
        """Value in whose cell each latent number lies."""

    @abstractmethod
    def cells(self, x):
        """Bounds of the cell of each value, equal ones for a point."""

    @abstractmethod
    def log_slope(self, x):
        """Log ratio of the densities of a value and its latent number, or cell."""

    @abstractmethod
    def contains(self, x):
        """Tell which numbers the column can take."""

    def smooth_restore(self, z):
        """Value of each latent number, on a grid without its steps."""
        return self.restore(z)

    def smooth_transform(self, x):
        """Latent number of each value, which need not be on a grid."""
        return self.transform(x)

    @property
    def has_power(self):
        """Whether the exponent makes a difference."""
        return False

    @property
    def has_cells(self):
        """Whether some values stand for intervals."""
        return False


@dataclass(frozen=True, eq=False)
class Plain(Coordinate):
    """Any number, which is its own coordinate."""

    def transform(self, x):
        """Latent number that stands for each value in histories."""
        return x

    def restore(self, z):
        """Value in whose cell each latent number lies."""
        return z

    def cells(self, x):
        """Bounds of the cell of each value, equal ones for a point."""
        return x, x

    def log_slope(self, x):
        """Log ratio of the densities of a value and of its latent number."""
        return np.zeros_like(x)

    def contains(self, x):
        """Tell which numbers the column can take."""
        return np.ones(x.shape, dtype=bool)


@dataclass(frozen=True, eq=False)
class Grid(Coordinate):
    r"""Multiples of a unit: the cell of a value ends half a unit beside it.

    With a lower bound l the coordinate is a power transform of
    :math:`u = (x - l) / h + 1/2`, and the lowest cell is a half-line.
    """

    @property
    def has_power(self):
        """Whether the exponent makes a difference."""
        return np.isfinite(self.support.low)

    @property
    def has_cells(self):
        """Whether some values stand for intervals."""
        return True

    def _steps(self, x):
        low = self.support.low
        return (x - (low if self.has_power else 0.0)) / self.support.unit

    def _place(self, u):
        """Latent number of a place between cells, in units above the lower bound."""
        return power_transform(u, self.power) if self.has_power else u - 0.5

    def transform(self, x):
        """Latent number that stands for each value in histories."""
        return self._place(np.round(self._steps(x)) + 0.5)

    def restore(self, z):
        """Value in whose cell each latent number lies."""
        if self.has_power:
            steps = np.floor(power_inverse(z, self.power))
        else:
            steps = np.floor(z + 0.5)
        origin = self.support.low if self.has_power else 0.0
        x = origin + steps * self.support.unit
        return np.clip(x, self.support.low, self.support.high)

    def smooth_restore(self, z):
        """Value of each latent number, on a grid without its steps."""
        if not self.has_power:
            return z * self.support.unit
        steps = power_inverse(z, self.power) - 0.5
        return self.support.low + steps * self.support.unit

    def smooth_transform(self, x):
        """Latent number of each value, which need not be on a grid."""
        return self._place(self._steps(x) + 0.5)

    def cells(self, x):
        """Bounds of the cell of each value."""
        steps = np.round(self._steps(x))
        low, high = self._place(np.maximum(steps, 0.5)), self._place(steps + 1.0)
        if not self.has_power:
            low, high = steps - 0.5, steps + 0.5
        tolerance = 0.5 * self.support.unit
        low = np.where(x < self.support.low + tolerance, -np.inf, low)
        high = np.where(x > self.support.high - tolerance, np.inf, high)
        return low, high

    def log_slope(self, x):
        """Minus the log of the unit: probabilities count per unit of length."""
        return np.full_like(x, -np.log(self.support.unit))

    def contains(self, x):
        """Tell which numbers the column can take."""
        steps = self._steps(x)
        whole = np.abs(steps - np.round(steps)) <= ROUNDING * np.maximum(1, abs(steps))
        tolerance = ROUNDING * self.support.unit
        low, high = self.support.low - tolerance, self.support.high + tolerance
        return whole & (x >= low) & (x <= high)
