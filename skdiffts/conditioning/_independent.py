"""Rows that do not depend on the level of the row before."""

from dataclasses import dataclass

import numpy as np

from skdiffts.conditioning._base import BaseConditioning

__all__ = ["Independent"]


@dataclass(kw_only=True, repr=False, eq=False)
class Independent(BaseConditioning):
    r"""Rows that return to their mean in one step, such as returns.

    .. math:: \mu(x_i)\, dt = m - x_i, \qquad x_{i+1} = m + \sqrt{dt}\, L\, \varepsilon_{i+1}

    The slope of a linear drift is known, where :class:`State` would estimate it, in many
    series with an error that costs more than a small autocorrelation is worth. Beside a
    season, rows return to the season. As a conditioning vector it is the present row.

    Attributes
    ----------
    rate_ : float
        One over the median time step.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.conditioning import Independent
    >>> X = 5.0 + np.random.RandomState(0).standard_normal((200, 1))
    >>> options = {"conditioning": Independent(), "additive_drift": "linear"}
    >>> drift, _ = KernelDriftVolEstimator("all", **options).fit(X).coefficients(X)
    >>> (X + drift)[:3, 0].round(2)  # the same mean of the next row, whatever X
    array([5.06, 5.06, 5.06])
    """

    def fit(self, paths, dt):
        self.rate_ = 1.0 / float(np.median(dt))
        return self

    def vector(self, history, states, clock):
        return states

    def shared_columns(self, vector):
        return vector[:, :0]

    def known_drift(self, vector, n_features):
        return -self.rate_ * vector
