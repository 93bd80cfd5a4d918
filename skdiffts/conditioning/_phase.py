"""Position in one period, given in rows, as the conditioning vector."""

from dataclasses import dataclass
from numbers import Integral, Real
from typing import ClassVar

import numpy as np

from skdiffts._validation import Interval
from skdiffts.conditioning._base import BaseConditioning
from skdiffts.conditioning._calendar import points_on_circles

__all__ = ["Phase"]


@dataclass(kw_only=True, repr=False, eq=False)
class Phase(BaseConditioning):
    r"""Position in a period of P rows, as points on circles.

    .. math:: z_i = (\cos 2\pi h\, t_i / (P \tau),\ \sin 2\pi h\, t_i / (P \tau)),
              \qquad h = 1, \dots, H

    with the clock t and its median step :math:`\tau` between training rows. The period
    needs no dates; :class:`CalendarFeatures` takes periods in days.

    Parameters
    ----------
    period : float
        Period P in rows, more than 1.
    n_harmonics : int, default=1
        Number H of circles; more of them tell near phases better apart.

    Attributes
    ----------
    length_ : float
        Period in the unit of the clock.

    Notes
    -----
    In arrays the clock is the number of the row in its path: a path that is cut in two
    begins the second part at another phase. Pass a frame with an index, or one path.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.conditioning import Phase
    >>> X = np.sin(np.arange(200.0) / 24.0 * 2.0 * np.pi)[:, np.newaxis]
    >>> X = X + np.random.RandomState(0).normal(scale=0.1, size=X.shape)
    >>> estimator = KernelDriftVolEstimator(conditioning=Phase(period=24.0)).fit(X)
    >>> estimator.n_conditioning_
    2
    """

    period: float
    n_harmonics: int = 1

    _parameter_constraints: ClassVar[dict] = {
        "period": [Interval(Real, 1, None, closed="neither")],
        "n_harmonics": [Interval(Integral, 1, None, closed="left")],
    }

    @property
    def uses_clock(self):
        """Whether the vector depends on the clock."""
        return True

    def fit(self, paths, dt):
        self.length_ = float(self.period * np.median(paths.durations))
        return self

    def vector(self, history, states, clock):
        return points_on_circles(clock, np.array([self.length_]), self.n_harmonics)

    def own_columns(self, vector, n_features):
        return np.repeat(vector[:, np.newaxis], n_features, axis=1)

    def shared_columns(self, vector):
        return vector[:, :0]
