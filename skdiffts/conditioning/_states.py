"""The present row, and rows before it, as the conditioning vector."""

from dataclasses import dataclass
from numbers import Integral
from typing import ClassVar

import numpy as np

from skdiffts._validation import Interval
from skdiffts.conditioning._base import BaseConditioning, by_series

__all__ = ["LaggedStates", "State"]


@dataclass(kw_only=True, repr=False, eq=False)
class State(BaseConditioning):
    """The present row: a Markov model of first order.

    .. math:: z_i = x_i

    Examples
    --------
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.conditioning import State
    >>> KernelDriftVolEstimator(conditioning=State())
    KernelDriftVolEstimator(conditioning=State())
    """

    def vector(self, history, states, clock):
        return states

    def own_columns(self, vector, n_features):
        return by_series(vector, n_features)


@dataclass(kw_only=True, repr=False, eq=False)
class LaggedStates(BaseConditioning):
    r"""The last p rows: with the global limit of the kernel, a VAR(p).

    .. math:: z_i = (x_i, x_{i-1}, \dots, x_{i-p+1})

    Parameters
    ----------
    n_lags : int, default=2
        Number p of rows; 1 is :class:`State`.

    References
    ----------
    .. [1] H. Lütkepohl, "New Introduction to Multiple Time Series Analysis", Springer,
       2005, equation (2.1.1).

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.conditioning import LaggedStates
    >>> X = np.random.RandomState(0).standard_normal((100, 1)).cumsum(axis=0)
    >>> estimator = KernelDriftVolEstimator("all", conditioning=LaggedStates(n_lags=3))
    >>> np.isnan(estimator.fit_transform(X)[:, 0]).nonzero()[0]
    array([0, 1, 2])
    """

    n_lags: int = 2

    _parameter_constraints: ClassVar[dict] = {
        "n_lags": [Interval(Integral, 1, None, closed="left")],
    }

    @property
    def n_history(self):
        """Number of rows that a vector is made of, the present one included."""
        return self.n_lags

    def start(self, states):
        return np.tile(states, (1, self.n_lags))

    def update(self, history, step):
        d = step.states.shape[1]
        return np.hstack([step.states, history[:, :-d]])

    def vector(self, history, states, clock):
        return history

    def own_columns(self, vector, n_features):
        return by_series(vector, n_features)

    def last_increments(self, history, states):
        d = states.shape[1]
        before = history[:, d : 2 * d]
        return states[:, : before.shape[1]] - before
