"""Student's t distribution of each column, mapped to the normal distribution."""

from dataclasses import dataclass

import numpy as np

from skdiffts._student import unit_student
from skdiffts._student_scores import StudentScores
from skdiffts.marginals._base import BaseColumnMap, BaseFittedColumn, Unchanged

__all__ = ["StudentNormal"]

# Degrees of freedom that are compared: with more, far tails underflow.
DEGREES = (2.2, 2.4, 2.6, 2.8, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0, 60.0)


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
    >>> print(f"{np.abs(X).max() / X.std():.1f}, mapped {np.abs(V).max() / V.std():.1f}")
    11.1, mapped 3.8
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

    def transform(self, x):
        return self._scores.transform(self._center(x))

    def inverse_transform(self, v):
        return self.mean + self.deviation * self._scores.inverse_transform(v)

    def log_slope(self, x):
        z = self._center(x)
        value, derivative = self._scores.log_slope(z, self._scores.transform(z))
        return value - np.log(self.deviation), derivative / self.deviation

    @property
    def _scores(self):
        return StudentScores(self.degrees)

    def _center(self, x):
        return (x - self.mean) / self.deviation
