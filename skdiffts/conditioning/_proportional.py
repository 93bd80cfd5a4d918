"""Volatility in proportion to the level, as for prices and counts."""

from copy import copy
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from skdiffts.conditioning._base import Step, standardized
from skdiffts.conditioning._scale import (
    BaseScale,
    NoScale,
    OverVolatilityMixin,
    UnitScale,
)

__all__ = ["LevelScale", "ProportionalScale"]

# Levels below this share of the lowest training level count as that.
LEAST_LEVEL = 0.1


@dataclass(frozen=True, eq=False)
class LevelScale(UnitScale):
    """Level of each series, then another scale.

    Parameters
    ----------
    inner : UnitScale
        Scale of innovations over their level.
    level : ndarray of shape (n_paths, n_features)
        Levels, above zero.
    """

    inner: UnitScale
    level: np.ndarray

    @property
    def variance(self):
        """Variance of each series per unit time."""
        return self.inner.variance * self.level**2

    @property
    def long_run_variance(self):
        """Variance of each series per unit time in the long run, at this level."""
        return self.inner.long_run_variance * self.level**2

    def divide(self, vectors):
        return self.inner.divide(vectors / self.level)

    def multiply(self, vectors):
        return self.level * self.inner.multiply(vectors)

    def multiply_factor(self, factors):
        return self.level[:, :, np.newaxis] * self.inner.multiply_factor(factors)

    def at_long_run(self, vectors):
        return self.inner.at_long_run(vectors)

    def log_slope(self, vectors):
        log_level = np.log(self.level).sum(axis=1)
        return self.inner.log_slope(vectors / self.level) - log_level


@dataclass(kw_only=True, repr=False, eq=False)
class ProportionalScale(OverVolatilityMixin, BaseScale):
    r"""Innovations over the level of their series, then another scale.

    .. math:: r_{ij} = \ell_{i-1,j}\, \sigma_{ij}\, u_{ij}, \qquad
        \ell_{ij} = \max(x_{ij}, \ell_j^{\min}) / \bar x_j

    for series that are positive in all training rows, and :math:`\ell = 1` for the
    others. What prices, counts and volatility indices do in a day is a share of their
    level; another scale then sees the shares.

    Parameters
    ----------
    volatility : BaseScale, default=None
        Scale of the innovations over the level; None is a constant one.

    Attributes
    ----------
    volatility_ : BaseScale
        The fitted scale.
    mean_ : ndarray of shape (n_features,)
        Training mean of the positive series; NaN for the others.

    Notes
    -----
    A level below a tenth of the lowest one of training counts as that, so that simulated
    series neither stop at zero nor leave the numbers there.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.conditioning import Constant, ProportionalScale
    >>> X = np.exp(0.02 * np.random.RandomState(0).normal(size=(300, 1)).cumsum(axis=0))
    >>> walk = KernelDriftVolEstimator(
    ...     conditioning=Constant(), scale=ProportionalScale()
    ... )
    >>> _, factor = walk.fit(X).factor(np.array([[1.0], [2.0]]))
    >>> round(float(factor[1, 0, 0] / factor[0, 0, 0]), 6)
    2.0
    """

    volatility: BaseScale | None = None

    _default_parts: ClassVar[dict] = {"volatility": NoScale}
    _parameter_constraints: ClassVar[dict] = {"volatility": [BaseScale, None]}

    def remembers_innovations(self, states):
        # Levels, which the history holds, are no innovations.
        return self.volatility_.remembers_innovations(states)

    def fit(self, paths, dt, drift=None):
        least = paths.values.min(axis=0)
        self.mean_ = np.where(least > 0.0, paths.values.mean(axis=0), np.nan)
        self._least = LEAST_LEVEL * least
        self.volatility_ = self._part("volatility").fit(
            self._shares(paths, dt, drift), dt
        )
        return self

    def rescaled(self, paths, dt, drift=None):
        other = copy(self)
        other.volatility_ = self.volatility_.rescaled(
            self._shares(paths, dt, drift), dt
        )
        return other

    def start(self, states):
        return np.hstack([states, self.volatility_.start(states)])

    def update(self, history, step):
        before, inner = self._split(history)
        root = np.sqrt(step.dt)[:, np.newaxis]
        shares = root * step.innovations / self._level(before)
        inner_step = Step(step.states, shares, step.dt, step.clock)
        return np.hstack([step.states, self.volatility_.update(inner, inner_step)])

    def trace(self, paths, dt, drift=None):
        inner = self.volatility_.trace(self._shares(paths, dt, drift), dt)
        return np.hstack([paths.values, inner])

    def vector(self, history, states, clock):
        return self.volatility_.vector(self._split(history)[1], states, clock)

    def scale(self, history, clock=None):
        states, inner = self._split(history)
        return LevelScale(self.volatility_.scale(inner, clock), self._level(states))

    def _split(self, history):
        """Present rows, and histories of the other scale."""
        d = self.mean_.size
        return history[:, :d], history[:, d:]

    def _level(self, states):
        level = np.maximum(states, self._least) / self.mean_
        return np.where(np.isnan(level), 1.0, level)

    def _shares(self, paths, dt, drift):
        """Paths whose increments are innovations over the level before them."""
        increments = paths.values[paths.ends] - paths.values[paths.starts]
        innovations = standardized(increments, dt, drift)
        level = self._level(paths.values[paths.starts])
        values = np.zeros_like(paths.values)
        values[paths.ends] = np.sqrt(dt)[:, np.newaxis] * innovations / level
        return replace(paths, values=_cumulated(values, paths))


def _cumulated(values, paths):
    """Sum along each path."""
    sums = values.cumsum(axis=0)
    return sums - np.repeat(sums[paths.first_rows], paths.lengths, axis=0)
