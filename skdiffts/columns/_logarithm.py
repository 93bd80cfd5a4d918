"""Logarithm as the coordinate of a positive column."""

from dataclasses import dataclass

import numpy as np

from skdiffts.columns._coordinate import Coordinate
from skdiffts.columns._support import Support

__all__ = ["Logarithm"]

# Share of the least training value below which the map is a line, so that later values
# may be zero or less.
LEAST = 0.1
# Largest logarithm of a number.
LARGEST = 700.0


@dataclass(frozen=True, eq=False)
class Logarithm(Coordinate):
    r"""Logarithm of a column, continued by its tangent far below the training values.

    .. math:: z = \log x \text{ for } x \ge e, \qquad z = \log e + x / e - 1
              \text{ for } x < e

    The end e is a tenth of the least training value. A later value at or below zero, such
    as a temperature in degrees, has a density, and simulated values hardly ever come there.

    Parameters
    ----------
    support : Support
        Support of the column.
    end : float
        End of the logarithm.
    """

    power: float = 0.0
    end: float = 1.0

    @classmethod
    def fit(cls, support: Support, values):
        """Place the end below the training values.

        Parameters
        ----------
        support : Support
            Support of the column.
        values : ndarray of shape (n_rows,)
            Training values.

        Returns
        -------
        Logarithm
            The coordinate.

        Raises
        ------
        ValueError
            If some values are not positive.
        """
        if values.min() <= 0.0:
            raise ValueError(
                f"a column has {values.min():g} and support={support!r}, which takes its "
                "logarithm; pass another support, such as 'real'."
            )
        return cls(support, end=LEAST * float(values.min()))

    def transform(self, x):
        """Latent number of each value."""
        line = np.log(self.end) + x / self.end - 1.0
        return np.where(x < self.end, line, np.log(np.maximum(x, self.end)))

    def restore(self, z):
        """Value of each latent number."""
        first = np.log(self.end)
        line = self.end * (1.0 + z - first)
        return np.where(z < first, line, np.exp(np.clip(z, first, LARGEST)))

    def cells(self, x):
        """Bounds of the cell of each value, equal ones for a point."""
        z = self.transform(x)
        return z, z

    def log_slope(self, x):
        """Log of the density of a value over the density of its latent number."""
        return -np.log(np.maximum(x, self.end))

    def contains(self, x):
        """Tell which numbers the column can take."""
        return np.ones(x.shape, dtype=bool)
