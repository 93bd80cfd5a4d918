"""Exact score model of the training sample."""

from dataclasses import dataclass

import torch
from torch import nn

from skdiffts.scores._base import BaseScoreModel

__all__ = ["EmpiricalScore"]

# Distances held at a time (32 MiB).
CHUNK_NUMBERS = 2**22


@dataclass(kw_only=True, repr=False, eq=False)
class EmpiricalScore(BaseScoreModel):
    r"""Score model of the empirical law: what a network that memorises would learn.

    .. math:: E[x_0 | z] = \sum_i w_i(z)\, x_i, \qquad
              w_i(z) \propto \exp\left(-\frac{|z - \cos\theta\, x_i|^2}
              {2 \sin^2\theta}\right)

    Draws are training rows with noise of the first level: a kernel density estimate
    with a very small bandwidth.

    Examples
    --------
    >>> import torch
    >>> from skdiffts.scores import EmpiricalScore
    >>> module = EmpiricalScore().build(torch.zeros(1, 2), torch.Generator())
    >>> module(torch.ones(1, 2).double(), torch.zeros(1, 1)).shape
    torch.Size([1, 2])
    """

    is_trained = False

    def build(self, data, generator):
        """Make the module.

        Parameters
        ----------
        data : torch.Tensor of shape (n_samples, n_features)
            Whitened training data.
        generator : torch.Generator
            Ignored.

        Returns
        -------
        torch.nn.Module
            The exact velocity, in float64.
        """
        return _EmpiricalVelocity(data.double())


class _EmpiricalVelocity(nn.Module):
    data: torch.Tensor

    def __init__(self, data):
        super().__init__()
        self.register_buffer("data", data)

    def forward(self, z, log_snr):
        """Velocity, in chunks of rows."""
        velocities = []
        for rows, angle in self._chunks(z, log_snr):
            cosine, sine = angle.cos(), angle.sin()
            denoised = self._weights(rows, cosine, sine) @ self.data
            velocities.append((cosine * rows - denoised) / sine)
        return torch.cat(velocities)

    def velocity_and_divergence(self, z, log_snr):
        r"""Velocity and its divergence, from the second moment of the posterior.

        .. math:: \nabla \cdot v = d \cot\theta - \frac{\cos\theta}{\sin^3\theta}
                  \left(\sum_i w_i |x_i|^2 - \Big|\sum_i w_i x_i\Big|^2\right)
        """
        velocities, divergences = [], []
        squares = self.data.square().sum(dim=1)
        for rows, angle in self._chunks(z, log_snr):
            cosine, sine = angle.cos(), angle.sin()
            weights = self._weights(rows, cosine, sine)
            denoised = weights @ self.data
            variance = weights @ squares - denoised.square().sum(dim=1)
            velocities.append((cosine * rows - denoised) / sine)
            slope = z.shape[1] - variance / sine[:, 0] ** 2
            divergences.append((cosine / sine)[:, 0] * slope)
        return torch.cat(velocities), torch.cat(divergences)

    def _chunks(self, z, log_snr):
        """Rows and angles, few enough at a time."""
        size = max(1, CHUNK_NUMBERS // len(self.data))
        angle = torch.atan(torch.exp(-log_snr)).to(z.dtype).expand(len(z), 1)
        return zip(z.split(size), angle.split(size), strict=True)

    def _weights(self, z, cosine, sine):
        """Posterior probability of each training row."""
        # Up to a term that all rows share, -|z - cos x|^2 / (2 sin^2).
        energy = cosine * (z @ self.data.T)
        energy = energy - 0.5 * cosine**2 * self.data.square().sum(dim=1)
        return torch.softmax(energy / sine**2, dim=1)
