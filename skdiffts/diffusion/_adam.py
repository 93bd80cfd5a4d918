"""Adam without the import of torch's compiler."""

import torch
from torch.optim.adam import adam

__all__ = ["Adam"]


class Adam:
    """Fused Adam on clipped gradients.

    The function behind torch.optim.Adam; the class would import torch's compiler, some
    seconds in every process that fits.

    Parameters
    ----------
    parameters : list of torch.nn.Parameter
        What is moved, all on one device.
    """

    def __init__(self, parameters):
        self.parameters = parameters
        self.means = [torch.zeros_like(p) for p in parameters]
        self.squares = [torch.zeros_like(p) for p in parameters]
        self.steps = [
            torch.zeros((), device=p.device, dtype=torch.float32) for p in parameters
        ]

    def step(self, gradients, learning_rate):
        """Move the parameters against the gradients, whose norm is cut at one."""
        norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
        torch._foreach_mul_(gradients, torch.clamp(1.0 / (norm + 1e-6), max=1.0))
        with torch.no_grad():
            adam(
                self.parameters,
                list(gradients),
                self.means,
                self.squares,
                [],
                self.steps,
                fused=True,
                amsgrad=False,
                beta1=0.9,
                beta2=0.99,
                lr=learning_rate,
                weight_decay=0.0,
                eps=1e-8,
                maximize=False,
            )
