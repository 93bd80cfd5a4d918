"""Layers whose first weights come from a generator."""

import math

import torch
from torch import nn

__all__ = ["allocated", "filled", "linear"]


def allocated(layer):
    """Give the parameters of a layer on the device "meta" memory, in single precision.

    Elsewhere a layer of torch draws its parameters from the global generator when it is
    made, and ``nn.utils.skip_init`` imports sympy, most of a second in every process that
    fits.

    Parameters
    ----------
    layer : torch.nn.Module
        Layer whose parameters have shapes alone.

    Returns
    -------
    torch.nn.Module
        The layer itself, whose parameters are not set.
    """
    for name, parameter in list(layer.named_parameters()):
        values = torch.empty(parameter.shape, dtype=torch.float32)
        setattr(layer, name, nn.Parameter(values))
    return layer


def filled(layer, generator):
    r"""Set the weights of a layer from a generator, and its biases to zero.

    Weights are uniform within :math:`\pm 1 / \sqrt n`, with n the inputs of a unit.

    Parameters
    ----------
    layer : torch.nn.Module
        Layer with a weight and a bias.
    generator : torch.Generator or None
        Source of randomness; None sets the weights to zero, too.

    Returns
    -------
    torch.nn.Module
        The layer itself.
    """
    nn.init.zeros_(layer.bias)
    if generator is None:
        nn.init.zeros_(layer.weight)
    else:
        bound = 1.0 / math.sqrt(layer.weight[0].numel())
        nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
    return layer


def linear(n_in, n_out, generator):
    """Linear layer with weights from a generator, or zero without one.

    Parameters
    ----------
    n_in, n_out : int
        Inputs and outputs.
    generator : torch.Generator or None
        Source of randomness.

    Returns
    -------
    torch.nn.Linear
        The layer.
    """
    return filled(allocated(nn.Linear(n_in, n_out, device="meta")), generator)
