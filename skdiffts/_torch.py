"""Where NumPy meets torch: tensors, generators, threads of seeds."""

import numpy as np
import torch

__all__ = ["BLOCK_ROWS", "draw_seed", "generator", "to_numpy", "to_tensor"]

# Rows that are sampled with one generator. Fixed, so that draws do not depend on how
# work is split; near the size that runs fastest on a CPU.
BLOCK_ROWS = 1024


def to_tensor(array, dtype=torch.float64, device="cpu"):
    """Tensor with the values of an array.

    Parameters
    ----------
    array : array-like
        Numbers.
    dtype : torch.dtype, default=torch.float64
        Type of the tensor.
    device : str, default="cpu"
        Device of the tensor.

    Returns
    -------
    torch.Tensor
        A copy, so that read-only arrays are safe.
    """
    return torch.tensor(np.asarray(array), dtype=dtype, device=device)


def to_numpy(tensor):
    """Values of a tensor as a float64 array.

    Parameters
    ----------
    tensor : torch.Tensor
        Numbers on any device.

    Returns
    -------
    ndarray
        Array of the same shape.
    """
    return tensor.detach().cpu().to(torch.float64).numpy()


def draw_seed(rng, size=None):
    """Seeds drawn from a NumPy random state.

    Parameters
    ----------
    rng : numpy.random.RandomState
        Source of randomness.
    size : int, default=None
        Number of seeds; None is one.

    Returns
    -------
    int or ndarray of shape (size,)
        Seeds below 2^31 - 1.
    """
    return rng.randint(np.iinfo(np.int32).max, size=size)


def generator(seed, device="cpu"):
    """Torch generator that leaves the global one alone.

    Parameters
    ----------
    seed : int
        Seed.
    device : str, default="cpu"
        Device on which it draws.

    Returns
    -------
    torch.Generator
        Seeded generator.
    """
    return torch.Generator(device).manual_seed(int(seed))
