"""Rank transform of each column to a normal distribution."""

from dataclasses import dataclass
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri, ndtri_exp

from skdiffts._validation import Interval
from skdiffts.marginals._base import BaseColumnMap, BaseFittedColumn, Unchanged
from skdiffts.marginals._pareto import ParetoTail
from skdiffts.marginals._spline import RationalQuadraticSpline

__all__ = ["RankNormal"]

# Columns with fewer distinct values have no shape worth straightening.
MIN_DISTINCT = 10
MIN_EXCEEDANCES = 5
# Share of the bulk's width below which knots are merged: ties stay a steep rise, not a
# jump. It also bounds the scale of a tail.
MIN_GAP = 1e-3


@dataclass(kw_only=True, repr=False, eq=False)
class RankNormal(BaseColumnMap):
    r"""Map each column to a normal distribution: ranks inside, Pareto tails beyond.

    .. math:: g(x) = \Phi^{-1}(F(x)), \qquad
              1 - F(x) = p \left(1 + \xi \frac{x - q}{\beta}\right)^{-1 / \xi},
              \quad x > q

    Between the quantiles of p and 1 - p, g is a monotone spline through quantiles that
    are equidistant on the normal scale; beyond them the exceedances follow generalised
    Pareto distributions, so that draws leave the range of the training rows and every value has
    a density. The slope of g is continuous, so the density is. A column with fewer than
    10 distinct values, or with nearly all in one place, is left as it is.

    It pays where columns have heavy tails of their own. Clusters, and a factor that
    makes all columns large at once (the multivariate t distribution), are modelled
    better by the mixture base of the network, without a map.

    Parameters
    ----------
    tail : float, default=0.05
        Share p of the rows in each tail, at least 5 rows.
    n_knots : int, default=8
        Number of quantiles in the bulk, both thresholds included.

    References
    ----------
    .. [1] J. Pickands, "Statistical Inference Using Extreme Order Statistics", Ann.
       Statist. 3, 1975, theorem 7.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.marginals import RankNormal
    >>> X = np.random.RandomState(0).standard_t(3, size=(1000, 1))
    >>> column_map = RankNormal().build(X)
    >>> V = column_map.transform(X)
    >>> print(f"{np.abs(X).max():.1f}, mapped {np.abs(V).max():.1f}")
    18.6, mapped 3.7
    >>> print(f"{np.abs(column_map.inverse_transform(V) - X).max():.6f}")
    0.000000
    """

    tail: float = 0.05
    n_knots: int = 8

    _parameter_constraints: ClassVar[dict] = {
        "tail": [Interval(Real, 0.0, 0.4, closed="neither")],
        "n_knots": [Interval(Integral, 2, None, closed="left")],
    }

    def build_column(self, x):
        n = len(x)
        if len(np.unique(x)) < MIN_DISTINCT:
            return Unchanged()
        n_beyond = max(round(self.tail * n), min(MIN_EXCEEDANCES, n // 3))
        limit = -ndtri(n_beyond / n)
        v = np.linspace(-limit, limit, self.n_knots)
        # Hazen's quantiles: the thresholds are half-way between neighbours in rank.
        knots = np.quantile(x, ndtr(v), method="hazen")
        width = knots[-1] - knots[0]
        if width <= 1e-9 * np.abs(x).max():
            return Unchanged()
        ramp = MIN_GAP * width * np.arange(self.n_knots)
        knots = np.maximum.accumulate(knots - ramp) + ramp
        return RankNormalColumn(x, knots, v)


class RankNormalColumn(BaseFittedColumn):
    """Spline between two thresholds and a Pareto tail beyond each.

    Parameters
    ----------
    x : ndarray of shape (n_samples,)
        Training values.
    knots, v : ndarray of shape (n_knots,)
        Values and their normal scores, rising strictly and the scores symmetric.
    """

    def __init__(self, x, knots, v):
        self.limit = v[-1]
        self.log_share = log_ndtr(-self.limit)
        min_scale = MIN_GAP * (knots[-1] - knots[0])
        self.sides = []
        for sign, threshold in ((-1.0, knots[0]), (1.0, knots[-1])):
            exceedances = sign * (x - threshold)
            tail = ParetoTail(exceedances[exceedances > 0.0], min_scale)
            self.sides.append((sign, threshold, tail))
        # The tails' densities, on the normal scale, are the slopes at the thresholds.
        share = np.exp(self.log_share - _log_normal(self.limit))
        ends = [share * tail.hazard(0.0) for _, _, tail in self.sides]
        self.spline = RationalQuadraticSpline(knots, v, *ends)

    def transform(self, x):
        v = self.spline.transform(self._inside(x))
        for sign, threshold, tail in self.sides:
            beyond = sign * (x - threshold) > 0.0
            survival = tail.log_survival(sign * (x[beyond] - threshold))
            v[beyond] = -sign * ndtri_exp(self.log_share + survival)
        return v

    def inverse_transform(self, v):
        x = self.spline.inverse_transform(np.clip(v, -self.limit, self.limit))
        for sign, threshold, tail in self.sides:
            beyond = sign * v > self.limit
            survival = log_ndtr(-sign * v[beyond]) - self.log_share
            x[beyond] = threshold + sign * tail.quantile(survival)
        return x

    def log_slope(self, x):
        value, derivative = self.spline.log_slope(self._inside(x))
        for sign, threshold, tail in self.sides:
            beyond = sign * (x - threshold) > 0.0
            e = sign * (x[beyond] - threshold)
            log_survival = self.log_share + tail.log_survival(e)
            v, hazard = -ndtri_exp(log_survival), tail.hazard(e)
            value[beyond] = log_survival + np.log(hazard) - _log_normal(v)
            bend = v * np.exp(value[beyond]) - (1.0 + tail.shape) * hazard
            derivative[beyond] = sign * bend
        return value, derivative

    def _inside(self, x):
        (_, first, _), (_, last, _) = self.sides
        return np.clip(x, first, last)


def _log_normal(v):
    """Logarithm of the standard normal density."""
    return -0.5 * (v**2 + np.log(2.0 * np.pi))
