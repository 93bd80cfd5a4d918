"""Dropout whose mask comes from a generator."""

import torch

__all__ = ["drop_units"]


def drop_units(hidden, probability, generator):
    """Set hidden units to zero at random and enlarge the others.

    Parameters
    ----------
    hidden : torch.Tensor of shape (n_samples, width)
        Hidden units.
    probability : float
        Probability with which a unit is dropped.
    generator : torch.Generator
        Source of the mask, on the CPU, so that every device drops the same units.

    Returns
    -------
    torch.Tensor of shape (n_samples, width)
        Units with the expectation of the hidden ones.
    """
    keep = torch.empty(hidden.shape, dtype=torch.float32).bernoulli_(
        1.0 - probability, generator=generator
    )
    return hidden * keep.to(hidden) / (1.0 - probability)
