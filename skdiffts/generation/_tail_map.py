"""Map of the largest simulated values to a fitted tail of the training values."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skdiffts.marginals import ParetoTail

__all__ = ["TailMap"]

# Share of the training rows, and fewest of them, whose exceedances a tail is fitted to.
SHARE, FEWEST = 0.1, 30
# Rows of training beyond the number from which the tail takes the place of quantiles.
BEYOND = 10
# Log-survival at which two tails are compared.
LOG_RARE = -5.0
# Smallest scale of a tail, in means of its exceedances.
LEAST = 1e-9


@dataclass(frozen=True, eq=False)
class TailMap:
    r"""Map of the numbers at one end by generalised Pareto distributions of exceedances.

    .. math:: x = u' + \bar F'^{-1}(\bar F(x - u))

    with the survival function :math:`\bar F` of simulated exceedances of u, and of
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
        Tails of simulated values, and of those that they are mapped to.
    """

    coordinate: Any
    sign: int
    thresholds: tuple
    tails: tuple

    @staticmethod
    def level(n_rows):
        """Share of the rows between the middle and a tail."""
        return 1.0 - min(BEYOND / n_rows, 0.5)

    @classmethod
    def fit(cls, coordinate, sign, simulated, training, weight=1.0):
        """Fit both tails.

        Parameters
        ----------
        coordinate : Coordinate
            Map between values and latent numbers.
        sign : {1, -1}
            End of the column.
        simulated, training : ndarray of shape (n_rows,)
            Latent numbers.
        weight : float, default=1.0
            Part of the way to the tail of training.

        Returns
        -------
        TailMap or None
            None where the column has a bound at this end, or too few different values.
        """
        support, n = coordinate.support, len(training)
        bound = support.high if sign > 0 else support.low
        if np.isfinite(bound) or n < 2 * FEWEST:
            return None
        share, thresholds, tails = max(SHARE, FEWEST / n), [], []
        # Draws are many: their tail is the one beyond the threshold itself.
        near = max(BEYOND / n, FEWEST / len(simulated))
        for z, part in ((simulated, near), (training, share)):
            levels = [1.0 - part, cls.level(n)]
            ends = sign * np.quantile(sign * z, levels, method="hazen")
            base, first = sign * coordinate.smooth_restore(ends)
            values = sign * coordinate.smooth_restore(z[sign * z > sign * ends[0]])
            if np.isin(sign * base, support.atoms) or not (values > base).any():
                return None
            tail = ParetoTail(values - base, LEAST * (values - base).mean())
            thresholds.append(float(ends[1]))
            tails.append(tail.beyond(first - base))
        first, last = tails
        is_wider = last.quantile(LOG_RARE) > first.quantile(LOG_RARE)
        tails = [first, first.towards(last, weight if is_wider else 1.0)]
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
