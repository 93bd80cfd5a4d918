"""Bridge from NumPy to torch: tensors, generators, threads of seeds, devices."""

from contextlib import contextmanager

import numpy as np
import torch

from skdiffts._seeding import draw_seed

__all__ = [
    "BLOCK_ROWS",
    "generator",
    "global_generators",
    "has_closed_form",
    "resolve_device",
    "seeded_blocks",
    "to_numpy",
    "to_tensor",
]

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


@contextmanager
def global_generators(seed, device="cpu"):
    """Lend torch's global generators, seeded, to code that draws from no other.

    Parameters
    ----------
    seed : int
        Seed.
    device : str, default="cpu"
        Device whose generator is lent beside the CPU's.

    Yields
    ------
    None
        Afterwards the generators are where they were.
    """
    cuda = device == "cuda"
    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if cuda else []):
        torch.default_generator.manual_seed(int(seed))
        if cuda:
            torch.cuda.manual_seed(int(seed))
        yield


def has_closed_form(module):
    """Whether a velocity corrects a base with density and draws in closed form.

    Parameters
    ----------
    module : torch.nn.Module
        Velocity.

    Returns
    -------
    bool
        Whether there is ``module.base`` with methods ``log_density`` and ``draw``.
    """
    base = getattr(module, "base", None)
    return hasattr(base, "log_density") and hasattr(base, "draw")


def resolve_device(device):
    """Device that a user's choice stands for.

    Parameters
    ----------
    device : {"cpu", "cuda", "auto"}
        "auto" is "cuda" where torch sees a CUDA device, else "cpu".

    Returns
    -------
    str
        "cpu" or "cuda".

    Raises
    ------
    ValueError
        If there is no CUDA device and ``device`` asks for one.
    """
    available = torch.cuda.is_available()
    if device == "cuda" and not available:
        raise ValueError(
            "device='cuda', but torch finds no CUDA device; pass device='cpu', or "
            "'auto', which takes one where there is one."
        )
    return "cuda" if available and device != "cpu" else "cpu"


def seeded_blocks(n_samples, rng):
    """Blocks of rows that are drawn with a seed each.

    Parameters
    ----------
    n_samples : int
        Number of rows.
    rng : numpy.random.RandomState
        Source of the seeds.

    Yields
    ------
    rows : slice
        Rows of the block.
    seed : int
        Its seed.
    """
    for block, seed in enumerate(draw_seed(rng, -(-n_samples // BLOCK_ROWS))):
        yield slice(block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS), seed
