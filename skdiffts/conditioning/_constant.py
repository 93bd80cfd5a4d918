"""Constant conditioning vector: a random walk."""

from dataclasses import dataclass

import numpy as np

from skdiffts.conditioning._base import BaseConditioning

__all__ = ["Constant"]


@dataclass(kw_only=True, repr=False, eq=False)
class Constant(BaseConditioning):
    r"""The same vector after every row: increments have one mean, levels are a walk.

    .. math:: z_i = 0, \qquad x_{i+1} = x_i + \mu\, dt + \sqrt{dt}\, L\, \varepsilon_{i+1}

    For series with a unit root, such as logarithms of prices, which a drift that depends
    on the level would pull back to the mean of the training rows.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.conditioning import Constant
    >>> X = np.arange(20.0)[:, np.newaxis] + 0.1 * np.random.RandomState(0).rand(20, 1)
    >>> walk = KernelDriftVolEstimator(conditioning=Constant()).fit(X)
    >>> drift, _ = walk.coefficients(X)
    >>> drift[:2, 0].round(3), round(float(np.diff(X, axis=0).mean()), 3)
    (array([1.002, 1.002]), 1.002)
    """

    def vector(self, history, states, clock):
        return np.zeros((len(states), 1))

    def shared_columns(self, vector):
        return vector[:, :0]
