"""Past increments as the conditioning vector."""

from dataclasses import dataclass
from numbers import Integral
from typing import ClassVar

import numpy as np

from skdiffts._validation import Interval
from skdiffts.conditioning._base import BaseConditioning, by_series

__all__ = ["LaggedIncrements"]


@dataclass(kw_only=True, repr=False, eq=False)
class LaggedIncrements(BaseConditioning):
    r"""The last p increments, for series whose level says nothing, such as log prices.

    .. math:: z_i = (\Delta x_i, \Delta x_{i-1}, \dots, \Delta x_{i-p+1}), \qquad
              \Delta x_i = x_i - x_{i-1}

    Parameters
    ----------
    n_lags : int, default=1
        Number p of increments.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.conditioning import LaggedIncrements
    >>> X = np.random.RandomState(0).standard_normal((100, 1)).cumsum(axis=0)
    >>> estimator = KernelDriftVolEstimator("all", conditioning=LaggedIncrements())
    >>> np.isnan(estimator.fit_transform(X)[:, 0]).nonzero()[0]
    array([0, 1])
    """

    n_lags: int = 1

    _parameter_constraints: ClassVar[dict] = {
        "n_lags": [Interval(Integral, 1, None, closed="left")],
    }

    @property
    def n_history(self):
        """Number of rows that a vector is made of, the present one included."""
        return self.n_lags + 1

    def start(self, states):
        return np.zeros((len(states), self.n_lags * states.shape[1]))

    def update(self, history, step):
        d = step.states.shape[1]
        return np.hstack([step.increments, history[:, :-d]])

    def vector(self, history, states, clock):
        return history

    def own_columns(self, vector, n_features):
        return by_series(vector, n_features)

    def last_increments(self, history, states):
        return history[:, : states.shape[1]]
