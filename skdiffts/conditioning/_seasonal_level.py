"""Products of a season and the level of each series as the conditioning vector."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skdiffts._strategy import DefaultPartsMixin
from skdiffts.conditioning._base import BaseConditioning, by_series
from skdiffts.conditioning._calendar import CalendarFeatures

__all__ = ["SeasonalLevel"]


@dataclass(kw_only=True, repr=False, eq=False)
class SeasonalLevel(DefaultPartsMixin, BaseConditioning):
    r"""Season times level: a reversion to the mean whose strength has a season.

    .. math:: z_i = (f_m(t_i)\, (x_{ij} - \bar x_j)), \qquad
              m = 1, \dots, M, \quad j = 1, \dots, d

    with the points f of a season. Column :math:`(m - 1) d + j` belongs to series j.

    Parameters
    ----------
    season : BaseConditioning, default=None
        Strategy that depends on the clock alone, such as ``Phase``; None is
        ``CalendarFeatures()``.

    Attributes
    ----------
    season_ : BaseConditioning
        The fitted season.
    center_ : ndarray of shape (n_features,)
        Training means of the series.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.conditioning import ConditioningUnion, Phase, SeasonalLevel, State
    >>> X = np.random.RandomState(0).normal(size=(200, 2))
    >>> season = Phase(period=24.0)
    >>> union = ConditioningUnion(
    ...     parts=[
    ...         ("level", State()),
    ...         ("season", season),
    ...         ("seasonal_level", SeasonalLevel(season=season)),
    ...     ]
    ... )
    >>> KernelDriftVolEstimator("all", conditioning=union).fit(X).n_conditioning_
    8
    """

    season: BaseConditioning | None = None

    _default_parts: ClassVar[dict] = {"season": CalendarFeatures}
    _parameter_constraints: ClassVar[dict] = {"season": [BaseConditioning, None]}

    @property
    def uses_clock(self):
        """Whether the vector depends on the clock."""
        return True

    def fit(self, paths, dt):
        self.season_ = self._part("season").fit(paths, dt)
        self.center_ = paths.values.mean(axis=0)
        return self

    def vector(self, history, states, clock):
        points = self.season_.vector(history, states, clock)
        products = points[:, :, np.newaxis] * (states - self.center_)[:, np.newaxis]
        return products.reshape(len(states), -1)

    def own_columns(self, vector, n_features):
        return by_series(vector, n_features)

    def shared_columns(self, vector):
        return vector[:, :0]
