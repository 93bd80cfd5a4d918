"""Empty conditioning vector: a random walk."""

from dataclasses import dataclass

import numpy as np

from skdiffts.conditioning._base import BaseConditioning

__all__ = ["Constant"]


@dataclass(kw_only=True, repr=False, eq=False)
class Constant(BaseConditioning):
    r"""No coordinate at all: increments have one mean, and levels a random walk.

    .. math:: z_i = ()

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.conditioning import Constant
    >>> Constant().vector(np.empty((3, 0)), np.zeros((3, 2)), np.arange(3.0)).shape
    (3, 0)
    """

    def vector(self, history, states, clock):
        return np.empty((len(states), 0))
