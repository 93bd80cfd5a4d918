"""Interface of optimisers: clipped gradients, course of the step size, and steps."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
import torch

from skdiffts._strategy import Strategy
from skdiffts._validation import Interval, StrOptions

__all__ = ["BaseOptimizer", "BaseSteps"]


@dataclass(kw_only=True, repr=False, eq=False)
class BaseOptimizer(Strategy, ABC):
    """Optimiser of the weights of a network; a child gives the step.

    Parameters
    ----------
    max_norm : float or None, default=1.0
        Norm to which the gradient of all parameters together is cut; None does not.
    warmup : int, default=100
        Steps over which the step size rises from zero.
    decay : {"cosine", "constant"}, default="cosine"
        Course of the step size after it: to zero at the last step along half a cosine, or
        constant.
    """

    max_norm: float | None = 1.0
    warmup: int = 100
    decay: str = "cosine"

    _parameter_constraints: ClassVar[dict] = {
        "max_norm": [Interval(Real, 0, None, closed="neither"), None],
        "warmup": [Interval(Integral, 0, None, closed="left")],
        "decay": [StrOptions({"cosine", "constant"})],
    }

    def rate(self, iteration, max_iter):
        """Share of the learning rate.

        Parameters
        ----------
        iteration : int
            Number of the step, from zero.
        max_iter : int
            Number of all steps.

        Returns
        -------
        float
            Factor in [0, 1].
        """
        share = min(1.0, (iteration + 1) / self.warmup) if self.warmup > 0 else 1.0
        if self.decay == "cosine":
            share *= 0.5 * (1.0 + np.cos(np.pi * iteration / max_iter))
        return float(share)

    def clip(self, gradients):
        """Cut gradients in place to the largest norm.

        Parameters
        ----------
        gradients : sequence of torch.Tensor
            Gradient of each parameter.
        """
        if self.max_norm is not None:
            norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
            cut = torch.clamp(self.max_norm / (norm + 1e-6), max=1.0)
            torch._foreach_mul_(gradients, cut)

    @abstractmethod
    def start(self, parameters):
        """Make the state of the optimiser for given parameters.

        Parameters
        ----------
        parameters : list of torch.nn.Parameter
            Parameters that steps move, all on one device.

        Returns
        -------
        BaseSteps
            State of the optimiser, which moves the parameters.
        """


class BaseSteps(ABC):
    """Steps of an optimiser along clipped gradients; a child gives the move.

    Parameters
    ----------
    options : BaseOptimizer
        Parameters of the optimiser.
    parameters : list of torch.nn.Parameter
        What is moved, all on one device.
    """

    def __init__(self, options, parameters):
        self.options, self.parameters = options, parameters

    def step(self, gradients, learning_rate):
        """Move the parameters against the gradients.

        Parameters
        ----------
        gradients : sequence of torch.Tensor
            Gradient of each parameter; they are clipped in place.
        learning_rate : float
            Step size.
        """
        self.options.clip(gradients)
        with torch.no_grad():
            self._move(gradients, learning_rate)

    @abstractmethod
    def _move(self, gradients, learning_rate):
        """Move the parameters against clipped gradients."""
