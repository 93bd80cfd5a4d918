r"""Monotone rational quadratic spline.

Between knots, with :math:`\xi = (x - x_k) / (x_{k+1} - x_k)`, the secant :math:`s_k` and
the slopes :math:`d_k` at the knots,

.. math:: g(x) = y_k + \frac{(y_{k+1} - y_k)\, [s_k \xi^2 + d_k \xi (1 - \xi)]}
          {s_k + (d_{k+1} + d_k - 2 s_k)\, \xi (1 - \xi)},

which increases for all positive slopes and is inverted by a quadratic equation.
"""

import numpy as np

__all__ = ["RationalQuadraticSpline"]


class RationalQuadraticSpline:
    """Increasing spline through given points; slopes inside are means of the secants.

    Parameters
    ----------
    x, y : ndarray of shape (n_knots,)
        Knots, rising strictly.
    first, last : float
        Positive slopes at the ends.

    References
    ----------
    .. [1] J. A. Gregory and R. Delbourgo, "Piecewise Rational Quadratic Interpolation
       to Monotonic Data", IMA Journal of Numerical Analysis 2, 1982.
    """

    def __init__(self, x, y, first, last):
        self.x, self.y = x, y
        self.widths = np.diff(x)
        self.secants = np.diff(y) / self.widths
        # Geometric means: the inverse map gets the same curve, up to their weights.
        logs = np.log(self.secants)
        share = self.widths[1:] / (self.widths[1:] + self.widths[:-1])
        inner = np.exp(share * logs[:-1] + (1.0 - share) * logs[1:])
        self.slopes = np.concatenate([[first], inner, [last]])

    def transform(self, x):
        """Values of the spline."""
        k, secant, d0, d1 = self._piece(self.x, x)
        r = (x - self.x[k]) / self.widths[k]
        bend = r * (1.0 - r)
        rise = (secant * r**2 + d0 * bend) / (secant + (d0 + d1 - 2.0 * secant) * bend)
        return self.y[k] + secant * self.widths[k] * rise

    def inverse_transform(self, y):
        """Arguments at which the spline has given values."""
        k, secant, d0, d1 = self._piece(self.y, y)
        rise = (y - self.y[k]) / (secant * self.widths[k])
        b = d0 - rise * (d0 + d1 - 2.0 * secant)
        a = secant - b
        root = np.sqrt(b**2 + 4.0 * a * secant * rise)
        # Of the two forms of the solution the one in which nothing cancels.
        r = np.where(b >= 0.0, 2.0 * secant * rise, root - b) / np.where(
            b >= 0.0, b + root, 2.0 * a
        )
        return self.x[k] + self.widths[k] * r

    def log_slope(self, x):
        """Logarithm of the derivative, and its derivative."""
        k, secant, d0, d1 = self._piece(self.x, x)
        r = (x - self.x[k]) / self.widths[k]
        bend = r * (1.0 - r)
        excess = d0 + d1 - 2.0 * secant
        top = d1 * r**2 + 2.0 * secant * bend + d0 * (1.0 - r) ** 2
        bottom = secant + excess * bend
        value = 2.0 * np.log(secant) + np.log(top) - 2.0 * np.log(bottom)
        of_top = 2.0 * (d1 * r + secant * (1.0 - 2.0 * r) - d0 * (1.0 - r))
        of_bottom = excess * (1.0 - 2.0 * r)
        return value, (of_top / top - 2.0 * of_bottom / bottom) / self.widths[k]

    def _piece(self, knots, values):
        """Index, secant and slopes at the ends of the piece in which values lie."""
        k = np.clip(np.searchsorted(knots, values) - 1, 0, len(self.widths) - 1)
        return k, self.secants[k], self.slopes[k], self.slopes[k + 1]
