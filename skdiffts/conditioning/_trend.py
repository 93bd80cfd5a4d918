"""Line in the clock as the conditioning vector."""

from dataclasses import dataclass

import numpy as np

from skdiffts.conditioning._base import BaseConditioning

__all__ = ["Trend"]


@dataclass(kw_only=True, repr=False, eq=False)
class Trend(BaseConditioning):
    r"""The clock, from -1 at the first training row to 1 at the last.

    .. math:: z_i = \frac{2 t_i - t_{\min} - t_{\max}}{t_{\max} - t_{\min}}

    Beside the level it makes a series that reverts to a line. In rows after the training
    paths the line goes on.

    Attributes
    ----------
    center_, half_range_ : float
        Middle, and half the length, of the training time.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.conditioning import ConditioningUnion, State, Trend
    >>> rng = np.random.RandomState(0)
    >>> X = 0.05 * np.arange(200.0)[:, np.newaxis] + rng.normal(size=(200, 1))
    >>> union = ConditioningUnion(parts=[("level", State()), ("trend", Trend())])
    >>> KernelDriftVolEstimator("all", conditioning=union).fit(X).n_conditioning_
    2
    """

    @property
    def uses_clock(self):
        """Whether the vector depends on the clock."""
        return True

    @property
    def extrapolates(self):
        """Whether the vector leaves the training range as time goes on."""
        return True

    def fit(self, paths, dt):
        clock = paths.clock
        first, last = float(clock.min()), float(clock.max())
        self.center_ = 0.5 * (first + last)
        self.half_range_ = 0.5 * (last - first) or 1.0
        return self

    def vector(self, history, states, clock):
        return ((clock - self.center_) / self.half_range_)[:, np.newaxis]

    def own_columns(self, vector, n_features):
        return np.repeat(vector[:, np.newaxis], n_features, axis=1)

    def shared_columns(self, vector):
        return vector[:, :0]
