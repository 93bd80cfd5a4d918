"""Student's t distribution of each column, mapped to the normal distribution."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from skdiffts._student import unit_student
from skdiffts.marginals._base import BaseColumnMap, BaseFittedColumn, Unchanged

__all__ = ["StudentNormal"]

# Degrees of freedom that are compared: with more, far tails underflow.
DEGREES = (2.2, 2.4, 2.6, 2.8, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0, 60.0)
# Smallest probability that has a normal score in floating point.
TINY = 1e-300
SMALLEST = 5e-324
# Relative error of a probability that its quantile may leave, and steps to get there.
TOLERANCE, MAX_STEPS = 1e-12, 8


@dataclass(kw_only=True, repr=False, eq=False)
class StudentNormal(BaseColumnMap):
    r"""Map each column from its t distribution to a normal distribution.

    .. math:: g(x) = \Phi^{-1}\Bigl(F_\nu\Bigl(\frac{x - \mu}{\sigma}\Bigr)\Bigr)

    with the distribution function :math:`F_\nu` of the t distribution of unit variance,
    mean :math:`\mu` and standard deviation :math:`\sigma` of the column, and the degrees of
    freedom :math:`\nu` that maximise its likelihood.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.marginals import StudentNormal
    >>> X = np.random.RandomState(0).standard_t(3, size=(1000, 1))
    >>> V = StudentNormal().build(X).transform(X)
    >>> bool(np.abs(X).max() / X.std() > 6.0), bool(np.abs(V).max() / V.std() < 4.0)
    (True, True)
    """

    def build_column(self, x):
        mean, deviation = x.mean(), x.std()
        if deviation <= 1e-9 * abs(mean):
            return Unchanged()  # a constant, up to rounding
        squares = ((x - mean) / deviation) ** 2
        values = [unit_student(squares, degrees)[0].mean() for degrees in DEGREES]
        return StudentColumn(mean, deviation, DEGREES[int(np.argmax(values))])


class StudentColumn(BaseFittedColumn):
    """Map from a t distribution to the standard normal one.

    Parameters
    ----------
    mean, deviation : float
        Mean and standard deviation.
    degrees : float
        Degrees of freedom, above 2.
    """

    def __init__(self, mean, deviation, degrees):
        self.mean, self.deviation, self.degrees = mean, deviation, degrees
        # Of a t distribution of unit variance.
        self.scale = np.sqrt(1.0 - 2.0 / degrees)

    def transform(self, x):
        z = (x - self.mean) / self.deviation
        tail = np.maximum(stdtr(self.degrees, -np.abs(z) / self.scale), TINY)
        return -np.sign(z) * ndtri(tail)

    def inverse_transform(self, v):
        tail = np.maximum(ndtr(-np.abs(v)), TINY)
        t = self._quantile(tail)
        return self.mean - self.deviation * self.scale * np.sign(v) * t

    def _quantile(self, tail):
        """Quantiles of small probabilities; SciPy below 1.12 finds the far ones roughly."""
        t = stdtrit(self.degrees, tail)
        for _ in range(MAX_STEPS):
            reached = np.maximum(stdtr(self.degrees, t), SMALLEST)
            error = np.log(reached / tail)
            if not (np.abs(error) > TOLERANCE).any():
                break
            log_density, _, _ = unit_student((self.scale * t) ** 2, self.degrees)
            # Newton's method for the logarithm, which is nearly that of a power of t.
            width = np.exp(np.log(reached) - log_density) / self.scale
            t = t - error * width
        return t

    def log_slope(self, x):
        z, score = (x - self.mean) / self.deviation, self.transform(x)
        density, by_square, _ = unit_student(z**2, self.degrees)
        value = density + 0.5 * (score**2 + np.log(2.0 * np.pi))
        derivative = 2.0 * z * by_square + score * np.exp(value)
        return value - np.log(self.deviation), derivative / self.deviation
