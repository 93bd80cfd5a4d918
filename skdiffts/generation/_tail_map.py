"""Map of the largest simulated values to a fitted tail of the training values."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skdiffts.marginals import ParetoTail

__all__ = ["TailMap"]

# Share of the training rows, and fewest of them, whose exceedances a tail is fitted to.
SHARE, FEWEST = 0.05, 30
# Smallest scale of a tail, in means of its exceedances.
LEAST = 1e-9


@dataclass(frozen=True, eq=False)
class TailMap:
    r"""Map of the numbers at one end by generalised Pareto distributions of exceedances.

    .. math:: x = u' + \bar F'^{-1}(\bar F(x - u))

    with the survival function :math:`\bar F` of simulated exceedances of u, and that of
    training ones of u'. Both are fitted to values, not to latent numbers: a power
    transform raises an error of a latent tail to a power. A value that comes once in a
    hundred years is then as large as the tail of the training rows says, however the
    residuals were extrapolated.

    Parameters
    ----------
    coordinate : Coordinate
        Map between values and latent numbers.
    sign : {1, -1}
        End of the column: 1 is the upper one.
    thresholds : tuple of two float
        Latent numbers from which tails are mapped, of simulated and of training rows.
    tails : tuple of two ParetoTail
        Tails of simulated and of training values.
    """

    coordinate: Any
    sign: int
    thresholds: tuple
    tails: tuple

    @staticmethod
    def level(n_rows):
        """Share of the rows between the middle and a tail."""
        return 1.0 - min(max(SHARE, FEWEST / n_rows), 0.5)

    @classmethod
    def fit(cls, coordinate, sign, simulated, training):
        """Fit both tails.

        Parameters
        ----------
        coordinate : Coordinate
            Map between values and latent numbers.
        sign : {1, -1}
            End of the column.
        simulated, training : ndarray of shape (n_rows,)
            Latent numbers.

        Returns
        -------
        TailMap or None
            None where the column has a bound at this end, or too few different values.
        """
        support = coordinate.support
        bound = support.high if sign > 0 else support.low
        if np.isfinite(bound) or len(training) < 2 * FEWEST:
            return None
        level = cls.level(len(training))
        thresholds, tails = [], []
        for z in (simulated, training):
            threshold = sign * np.quantile(sign * z, level, method="hazen")
            base = coordinate.smooth_restore(np.array([threshold]))
            exceedances = sign * (
                coordinate.smooth_restore(z[sign * z > sign * threshold]) - base
            )
            is_atom = np.isin(base, support.atoms).any()
            if is_atom or len(exceedances) < FEWEST // 2:
                return None
            thresholds.append(float(threshold))
            tails.append(ParetoTail(exceedances, LEAST * exceedances.mean()))
        return cls(coordinate, sign, tuple(thresholds), tuple(tails))

    def map(self, z, otherwise):
        """Map simulated latent numbers in the tail.

        Parameters
        ----------
        z : ndarray of shape (n,)
            Simulated numbers.
        otherwise : ndarray of shape (n,)
            Result for numbers that are not in the tail.

        Returns
        -------
        ndarray of shape (n,)
            Mapped numbers.
        """
        return self._between(z, otherwise, 0, 1)

    def unmap(self, z, otherwise):
        """Invert `map`."""
        return self._between(z, otherwise, 1, 0)

    def _between(self, z, otherwise, first, last):
        """Map numbers of one tail to the other."""
        u, v = self.thresholds[first], self.thresholds[last]
        chosen = (self.sign * z > self.sign * u) & np.isfinite(z)
        result = np.array(otherwise, dtype=np.float64)
        if not chosen.any():
            return result
        base, wanted = self.coordinate.smooth_restore(np.array([u, v]))
        exceedance = self.sign * (self.coordinate.smooth_restore(z[chosen]) - base)
        log_survival = self.tails[first].log_survival(np.maximum(exceedance, 0.0))
        value = wanted + self.sign * self.tails[last].quantile(log_survival)
        result[chosen] = self.coordinate.smooth_transform(value)
        return result
