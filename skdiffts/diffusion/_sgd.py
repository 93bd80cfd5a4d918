"""Stochastic gradient descent, with or without momentum."""

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import torch

from skdiffts._validation import Interval
from skdiffts.diffusion._optimizer import BaseOptimizer, BaseSteps

__all__ = ["SGD", "SGDSteps"]


@dataclass(kw_only=True, repr=False, eq=False)
class SGD(BaseOptimizer):
    r"""Stochastic gradient descent, with or without momentum.

    With the gradient g of the loss per column, cut to ``max_norm``,

    .. math:: m \leftarrow \mu\, m + g, \quad w \leftarrow w - \eta\, m

    in each step, m being zero at first. The step size :math:`\eta` is the
    ``learning_rate`` of the sampler, times the warm-up and the decay. It is not adapted to
    the size of the gradients, as Adam's is, and has to be far larger: on two modes in one
    column 0.5 hardly moves the network in 400 steps, and 2 finds them.

    Parameters
    ----------
    max_norm : float or None, default=1.0
        Norm to which the gradient of all parameters together is cut; None does not.
    warmup : int, default=100
        Steps over which the step size rises from zero.
    decay : {"cosine", "constant"}, default="cosine"
        Course of the step size after it: to zero at the last step along half a cosine, or
        constant.
    momentum : float, default=0.0
        Share :math:`\mu` of the last move that is kept, in [0, 1).

    References
    ----------
    .. [1] H. Robbins and S. Monro, "A Stochastic Approximation Method", Annals of
       Mathematical Statistics 22, 1951.
    .. [2] I. Sutskever et al., "On the importance of initialization and momentum in deep
       learning", ICML 2013 (momentum).

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import DiffusionResidualSampler
    >>> from skdiffts.diffusion import SGD
    >>> X = np.random.RandomState(0).standard_normal((100, 2))
    >>> sampler = DiffusionResidualSampler(
    ...     optimizer=SGD(momentum=0.9),
    ...     learning_rate=0.2,
    ...     max_iter=20,
    ...     early_stopping=False,
    ...     random_state=0,
    ... )
    >>> sampler.fit(X).sample(3, random_state=0).shape
    (3, 2)
    """

    momentum: float = 0.0

    _parameter_constraints: ClassVar[dict] = {
        **BaseOptimizer._parameter_constraints,
        "momentum": [Interval(Real, 0, 1, closed="left")],
    }

    def start(self, parameters):
        return SGDSteps(self, parameters)


class SGDSteps(BaseSteps):
    """Steps of stochastic gradient descent."""

    def __init__(self, options, parameters):
        super().__init__(options, parameters)
        self.moves = [torch.zeros_like(p) for p in parameters]

    def _move(self, gradients, learning_rate):
        for p, move, g in zip(self.parameters, self.moves, gradients, strict=True):
            move.mul_(self.options.momentum).add_(g)
            p.sub_(move, alpha=learning_rate)
