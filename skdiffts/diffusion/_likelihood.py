r"""Log-density of the probability flow.

In the angle :math:`\theta` of the noise level, :math:`z = \cos\theta\, y` follows
:math:`dz / d\theta = v(z, \theta)`, and

.. math:: \log p(z_0) = \log p(z_T) + \int \nabla \cdot v(z_\theta, \theta)\, d\theta.

The velocity is bounded at both ends, so that classical Runge-Kutta steps at fixed
angles suffice; being fixed, they give a row the same density in every batch.
"""

import itertools

import numpy as np
import torch

from skdiffts._torch import to_numpy, to_tensor

__all__ = ["log_density"]

N_STEPS = 32
CHUNK_ROWS = 512


def log_density(module, u, log_snr_range, prior):
    """Log-density of whitened rows, with the exact divergence.

    Parameters
    ----------
    module : torch.nn.Module
        Velocity, in float64.
    u : ndarray of shape (n_samples, n_features)
        Whitened rows.
    log_snr_range : tuple of float
        Lowest and highest log signal-to-noise ratio.
    prior : object
        Law of y at the lowest ratio.

    Returns
    -------
    ndarray of shape (n_samples,)
        Log-density in nats.
    """
    last, first = (float(np.arctan(np.exp(-level))) for level in log_snr_range)
    # Levels gather where the data's detail is, at little noise.
    angles = first + (last - first) * np.linspace(0.0, 1.0, N_STEPS + 1) ** 2
    result = np.empty(len(u))
    for start in range(0, len(u), CHUNK_ROWS):
        rows = slice(start, start + CHUNK_ROWS)
        z, integral = _integrate(module, to_tensor(np.cos(first) * u[rows]), angles)
        y = to_numpy(z) / np.cos(last)
        result[rows] = prior.log_density(y) + to_numpy(integral)
    # From the density of y at the last level to z there, and from z to y at the first.
    d = u.shape[1]
    return result + d * (np.log(np.cos(first)) - np.log(np.cos(last)))


def _integrate(module, z, angles):
    """Carry z and the integral of the divergence along the flow."""
    integral = torch.zeros(len(z), dtype=z.dtype)
    for start, end in itertools.pairwise(angles):
        h = end - start
        middle = 0.5 * (start + end)
        v1, d1 = velocity_and_divergence(module, z, start)
        v2, d2 = velocity_and_divergence(module, z + 0.5 * h * v1, middle)
        v3, d3 = velocity_and_divergence(module, z + 0.5 * h * v2, middle)
        v4, d4 = velocity_and_divergence(module, z + h * v3, end)
        z = z + h / 6.0 * (v1 + 2.0 * v2 + 2.0 * v3 + v4)
        integral = integral + h / 6.0 * (d1 + 2.0 * d2 + 2.0 * d3 + d4)
    return z, integral


def velocity_and_divergence(module, z, angle):
    """Velocity and its exact divergence, one derivative per coordinate.

    Parameters
    ----------
    module : torch.nn.Module
        Velocity.
    z : torch.Tensor of shape (n_samples, n_features)
        Points.
    angle : float
        Angle of the noise level.

    Returns
    -------
    velocity : torch.Tensor of shape (n_samples, n_features)
        Velocity.
    divergence : torch.Tensor of shape (n_samples,)
        Trace of its Jacobian.
    """
    log_snr = torch.full((1, 1), -np.log(np.tan(angle)), dtype=z.dtype)
    with torch.enable_grad():
        z = z.detach().requires_grad_(True)
        velocity = module(z, log_snr)
        divergence = torch.zeros(len(z), dtype=z.dtype)
        d = z.shape[1]
        for j in range(d):
            [gradient] = torch.autograd.grad(
                velocity[:, j].sum(), z, retain_graph=j < d - 1
            )
            divergence += gradient[:, j]
    return velocity.detach(), divergence
