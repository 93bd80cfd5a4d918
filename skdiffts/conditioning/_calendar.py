"""Position in periods of the calendar as the conditioning vector."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from skdiffts._validation import Interval
from skdiffts.conditioning._base import BaseConditioning

__all__ = ["CalendarFeatures", "points_on_circles"]

# Lengths in days.
PERIODS = {"day": 1.0, "week": 7.0, "year": 365.2425}


@dataclass(kw_only=True, repr=False, eq=False)
class CalendarFeatures(BaseConditioning):
    r"""Position in periods of the calendar, as points on circles.

    .. math:: z_i = (\cos 2\pi h\, t_i / P,\ \sin 2\pi h\, t_i / P)
              \quad \text{for every period } P, \ h = 1, \dots, H

    Parameters
    ----------
    periods : sequence of {"day", "week", "year"} or float, default=("day", "year")
        Periods P; names need the dates of an index, numbers are in the unit of the
        clock: days for dates, else the number of the index, or of the row in its path.
        Dates with a time zone are read in UTC, whose hours have no summer time.
    n_harmonics : int, default=1
        Number H of circles a period; more of them tell near times better apart.

    Raises
    ------
    ValueError
        In ``fit``, if a period is no name and no positive number, or is a name where
        the paths have no dates.

    Notes
    -----
    Arrays have no index: the rows of each path are counted from its first one, so that a
    held-out part of a series begins at another phase than it has. Pass a frame with an
    index where paths are cut, as cross-validation does.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.conditioning import CalendarFeatures, ConditioningUnion, State
    >>> X = np.sin(np.arange(200.0) / 24.0 * 2.0 * np.pi)[:, np.newaxis]
    >>> X = X + np.random.RandomState(0).normal(scale=0.1, size=X.shape)
    >>> season = CalendarFeatures(periods=[24.0])
    >>> union = ConditioningUnion(parts=[("state", State()), ("hour", season)])
    >>> KernelDriftVolEstimator(conditioning=union).fit(X).n_conditioning_
    3
    """

    # Days of the periods that have names.
    named: ClassVar[dict[str, float]] = PERIODS
    periods: Any = ("day", "year")
    n_harmonics: int = 1

    _parameter_constraints: ClassVar[dict] = {
        "periods": ["array-like"],
        "n_harmonics": [Interval(Integral, 1, None, closed="left")],
    }

    @property
    def uses_clock(self):
        """Whether the vector depends on the clock."""
        return True

    def fit(self, paths, dt):
        for period in self.periods:
            named = isinstance(period, str)
            if (named and period not in PERIODS) or (not named and not period > 0.0):
                raise ValueError(
                    f"periods has {period!r}; pass 'day', 'week', 'year' or positive "
                    "numbers."
                )
            if named and not paths.dated:
                raise ValueError(
                    f"periods has {period!r}, but X has no dates; pass a frame with a "
                    "DatetimeIndex, or a number of rows."
                )
        return self

    def vector(self, history, states, clock):
        lengths = np.array([float(PERIODS.get(p, p)) for p in self.periods])
        return points_on_circles(clock, lengths, self.n_harmonics)

    def own_columns(self, vector, n_features):
        return np.repeat(vector[:, np.newaxis], n_features, axis=1)

    def shared_columns(self, vector):
        return vector[:, :0]


def points_on_circles(clock, lengths, n_harmonics):
    """Cosine and sine of the harmonics of each period.

    Parameters
    ----------
    clock : ndarray of shape (n_rows,)
        Clock.
    lengths : ndarray of shape (n_periods,)
        Periods, in the unit of the clock.
    n_harmonics : int
        Number of circles a period.

    Returns
    -------
    ndarray of shape (n_rows, 2 * n_periods * n_harmonics)
        Period by period, harmonic by harmonic, cosine before sine.
    """
    turns = np.outer(clock, 1.0 / lengths) % 1.0
    angles = 2.0 * np.pi * (turns[:, :, np.newaxis] * np.arange(1, n_harmonics + 1))
    points = np.empty((*angles.shape, 2))
    np.cos(angles, out=points[..., 0])
    np.sin(angles, out=points[..., 1])
    return points.reshape(len(clock), -1)
