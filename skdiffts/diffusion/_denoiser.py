"""What a solver and a user see of a velocity network."""

import itertools

import numpy as np
import torch

__all__ = ["Denoiser"]


class Denoiser:
    """Posterior mean of x_0, computed by a velocity network in its own precision.

    Parameters
    ----------
    module : torch.nn.Module
        Velocity.
    """

    def __init__(self, module):
        self.module = module
        tensors = itertools.chain(module.parameters(), module.buffers())
        self.dtype = next((t.dtype for t in tensors), torch.float32)

    def __call__(self, y, log_snr):
        """Posterior mean given y = x_0 + noise.

        Parameters
        ----------
        y : torch.Tensor of shape (n_samples, n_features)
            Values x / m(t).
        log_snr : float
            Log signal-to-noise ratio.

        Returns
        -------
        torch.Tensor of shape (n_samples, n_features)
            Posterior mean, in the precision of y.
        """
        angle = np.arctan(np.exp(-log_snr))
        cosine, sine = float(np.cos(angle)), float(np.sin(angle))
        velocity = self.velocity(cosine * y, log_snr)
        return (cosine**2 * y).sub_(velocity, alpha=sine)

    def velocity(self, z, log_snr):
        """Velocity at z = cos * y, in the precision of z."""
        level = torch.full((1, 1), log_snr, dtype=self.dtype)
        return self.module(z.to(self.dtype), level).to(z.dtype)
