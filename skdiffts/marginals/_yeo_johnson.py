"""Power transform of the columns."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import boxcox1p, inv_boxcox1p

from skdiffts.marginals._base import BaseColumnMap, BaseFittedColumn, Unchanged

__all__ = ["YeoJohnson"]

# Distance of the quartiles of the standard normal distribution.
NORMAL_QUARTILES = 1.3489795003921634


@dataclass(kw_only=True, repr=False, eq=False)
class YeoJohnson(BaseColumnMap):
    r"""Power transform of Yeo and Johnson, against skewness.

    With :math:`z = (x - \text{median}) / \text{spread}`,

    .. math:: g(x) = \frac{(1 + z)^\lambda - 1}{\lambda} \text{ for } z \ge 0, \qquad
              g(x) = -\frac{(1 - z)^{2 - \lambda} - 1}{2 - \lambda} \text{ for } z < 0,

    logarithms at the ends. The power of a column maximises the likelihood of a normal
    distribution of g(x) over [0, 2]: only these powers reach all real numbers, so that
    every draw has an inverse. Tails that are heavy on both sides stay as they are; for
    them see :class:`RankNormal`.

    References
    ----------
    .. [1] I.-K. Yeo and R. A. Johnson, "A New Family of Power Transformations to
       Improve Normality or Symmetry", Biometrika 87, 2000.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.marginals import YeoJohnson
    >>> X = np.exp(0.5 * np.random.RandomState(0).standard_normal((500, 1)))
    >>> V = YeoJohnson().build(X).transform(X)
    >>> print(f"skewness {np.mean((V - V.mean()) ** 3) / V.std() ** 3:.1f}")
    skewness 0.0
    """

    def build_column(self, x):
        median = np.median(x)
        spread = np.subtract(*np.quantile(x, [0.75, 0.25])) / NORMAL_QUARTILES
        if spread <= 1e-9 * max(abs(median), x.std()):
            spread = x.std()
        if spread <= 1e-9 * abs(median):
            return Unchanged()  # a constant, up to rounding
        return YeoJohnsonColumn(median, spread, x)


class YeoJohnsonColumn(BaseFittedColumn):
    """Power transform about a center, with the power of highest likelihood.

    Parameters
    ----------
    center, spread : float
        Center and unit.
    x : ndarray of shape (n_samples,)
        Training values.
    """

    def __init__(self, center, spread, x):
        self.center = center
        self.spread = spread
        z = (x - center) / spread
        lean = (np.sign(z) * np.log1p(np.abs(z))).mean()

        def loss(power):
            return 0.5 * np.log(_power(z, power).var()) - (power - 1.0) * lean

        self.power = minimize_scalar(loss, bounds=(0.0, 2.0), method="bounded").x

    def transform(self, x):
        return _power((x - self.center) / self.spread, self.power)

    def inverse_transform(self, v):
        powers = np.where(v < 0.0, 2.0 - self.power, self.power)
        return self.center + self.spread * np.sign(v) * inv_boxcox1p(np.abs(v), powers)

    def log_slope(self, x):
        z = (x - self.center) / self.spread
        bent = 1.0 + np.abs(z)
        value = (self.power - 1.0) * np.sign(z) * np.log(bent) - np.log(self.spread)
        return value, (self.power - 1.0) / bent / self.spread


def _power(z, power):
    """Transform of centered values."""
    powers = np.where(z < 0.0, 2.0 - power, power)
    return np.sign(z) * boxcox1p(np.abs(z), powers)
