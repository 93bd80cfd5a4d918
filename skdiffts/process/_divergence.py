r"""Divergence of a velocity: by formula, by derivatives, or with probes.

Hutchinson's estimate of the trace of a Jacobian J from P directions is

.. math:: \nabla \cdot v \approx \frac1P \sum_p e_p' J e_p, \qquad e_p \in \{-1, 1\}^d,

exact for the diagonal of J; what it gets wrong comes from the other entries.
"""

import numpy as np
import torch
from scipy.linalg import hadamard

from skdiffts._torch import to_tensor

__all__ = ["probe_sets", "velocity_and_divergence"]


def velocity_and_divergence(module, z, log_snr, probes=None):
    """Velocity and its divergence at each row.

    Parameters
    ----------
    module : torch.nn.Module
        Velocity. Where it has a method ``velocity_and_divergence(z, log_snr)`` of its
        own, the exact divergence comes from there, else from one derivative a column.
    z : torch.Tensor of shape (n_samples, n_features)
        Points.
    log_snr : torch.Tensor of shape (n_samples, 1) or (1, 1)
        Log signal-to-noise ratio.
    probes : torch.Tensor of shape (n_probes, n_features), default=None
        Directions of Hutchinson's estimate, the same for all rows; None is the exact
        divergence.

    Returns
    -------
    velocity : torch.Tensor of shape (n_samples, n_features)
        Velocity.
    divergence : torch.Tensor of shape (n_samples,)
        Trace of its Jacobian.
    """
    if probes is None and hasattr(module, "velocity_and_divergence"):
        with torch.no_grad():
            return module.velocity_and_divergence(z, log_snr)
    d = z.shape[1]
    n_derivatives = d if probes is None else len(probes)
    with torch.enable_grad():
        z = z.detach().requires_grad_(True)
        velocity = module(z, log_snr)
        divergence = torch.zeros(len(z), dtype=z.dtype)
        for j in range(n_derivatives):
            along = velocity[:, j] if probes is None else velocity @ probes[j]
            [gradient] = torch.autograd.grad(
                along.sum(), z, retain_graph=j < n_derivatives - 1
            )
            divergence += gradient[:, j] if probes is None else gradient @ probes[j]
    return velocity.detach(), divergence if probes is None else divergence / len(probes)


def probe_sets(n_sets, n_probes, n_features, seed):
    """Draw sets of directions with entries of plus and minus one.

    They are rows of a Hadamard matrix with random signs of its columns, in random
    order: each is uniform on the sign vectors, so the estimate is unbiased, and they are
    orthogonal as long as rows last, so that enough of them give the exact trace.

    Parameters
    ----------
    n_sets : int
        Number of sets.
    n_probes : int
        Directions in a set; rows beyond the order of the matrix begin anew.
    n_features : int
        Number of columns.
    seed : int
        Seed of signs and order.

    Returns
    -------
    list of torch.Tensor of shape (n_probes, n_features)
        Sets of directions.
    """
    rng = np.random.RandomState(seed)
    signs = rng.choice([-1, 1], size=n_features)
    matrix = hadamard(1 << int(n_features - 1).bit_length(), dtype=np.int8)
    rows = np.resize(rng.permutation(len(matrix)), n_sets * n_probes)
    return list(to_tensor(signs * matrix[rows, :n_features]).split(n_probes))
