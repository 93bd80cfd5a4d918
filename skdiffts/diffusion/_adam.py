"""Adam without the import of torch's compiler."""

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import torch
from torch.optim.adam import adam

from skdiffts._validation import Interval
from skdiffts.diffusion._optimizer import BaseOptimizer, BaseSteps

__all__ = ["Adam", "AdamSteps"]


@dataclass(kw_only=True, repr=False, eq=False)
class Adam(BaseOptimizer):
    r"""Adam with clipped gradients, a warm-up and a falling step size.

    With the gradient g of the loss per column, cut to ``max_norm``,

    .. math:: m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \quad
              v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \quad
              w \leftarrow w - \eta\, \frac{m / (1 - \beta_1^k)}
              {\sqrt{v / (1 - \beta_2^k)} + 10^{-8}}

    in step k. The step size :math:`\eta` is the ``learning_rate`` of the sampler, times the
    warm-up and the decay.

    Parameters
    ----------
    max_norm : float or None, default=1.0
        Norm to which the gradient of all parameters together is cut; None does not.
    warmup : int, default=100
        Steps over which the step size rises from zero.
    decay : {"cosine", "constant"}, default="cosine"
        Course of the step size after the warm-up: to zero at the last step along half a
        cosine, or constant.
    beta1 : float, default=0.9
        Decay of the mean of the gradients, in [0, 1).
    beta2 : float, default=0.99
        Decay of the mean of their squares, in [0, 1). The usual value is 0.999; a shorter
        memory suits runs of a few thousand steps.

    References
    ----------
    .. [1] D. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015.

    Examples
    --------
    >>> from skdiffts.diffusion import Adam
    >>> plain = Adam(beta2=0.999, max_norm=None, warmup=0, decay="constant")
    >>> plain.rate(0, 1000), Adam().rate(0, 1000), round(Adam().rate(500, 1000), 12)
    (1.0, 0.01, 0.5)
    """

    beta1: float = 0.9
    beta2: float = 0.99

    _parameter_constraints: ClassVar[dict] = {
        **BaseOptimizer._parameter_constraints,
        "beta1": [Interval(Real, 0, 1, closed="left")],
        "beta2": [Interval(Real, 0, 1, closed="left")],
    }

    def start(self, parameters):
        return AdamSteps(self, parameters)


class AdamSteps(BaseSteps):
    """Fused steps of Adam.

    They call the function behind torch.optim.Adam; the class would import torch's
    compiler, some seconds in every process that fits.
    """

    def __init__(self, options, parameters):
        super().__init__(options, parameters)
        self.means = [torch.zeros_like(p) for p in parameters]
        self.squares = [torch.zeros_like(p) for p in parameters]
        self.steps = [
            torch.zeros((), device=p.device, dtype=torch.float32) for p in parameters
        ]

    def _move(self, gradients, learning_rate):
        adam(
            self.parameters,
            list(gradients),
            self.means,
            self.squares,
            [],
            self.steps,
            fused=True,
            amsgrad=False,
            beta1=self.options.beta1,
            beta2=self.options.beta2,
            lr=learning_rate,
            weight_decay=0.0,
            eps=1e-8,
            maximize=False,
        )
