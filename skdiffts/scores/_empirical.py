"""Exact score model of the training sample."""

from dataclasses import dataclass

import torch
from torch import nn

from skdiffts._chunks import slices
from skdiffts._noise_level import tensor_cosine_sine
from skdiffts.scores._base import BaseScoreModel

__all__ = ["EmpiricalScore"]


@dataclass(kw_only=True, repr=False, eq=False)
class EmpiricalScore(BaseScoreModel):
    r"""Exact score of the empirical distribution, which a network that memorises learns.

    .. math:: E[x_0 | z] = \sum_i w_i(z)\, x_i, \qquad
              w_i(z) \propto \exp\left(-\frac{|z - \cos\theta\, x_i|^2}
              {2 \sin^2\theta}\right)

    Draws are training rows with noise of the first level: a kernel density estimate
    with a very small bandwidth. The module works in float64.

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
        return _EmpiricalVelocity(data.double())


class _EmpiricalVelocity(nn.Module):
    data: torch.Tensor

    def __init__(self, data):
        super().__init__()
        self.register_buffer("data", data)

    def forward(self, z, log_snr):
        """Velocity, in chunks of rows."""
        velocities = [
            (cosine * rows - weights @ self.data) / sine
            for rows, cosine, sine, weights in self._posteriors(z, log_snr)
        ]
        return torch.cat(velocities)

    def velocity_and_divergence(self, z, log_snr):
        r"""Velocity and its divergence, from the second moment of the posterior.

        .. math:: \nabla \cdot v = d \cot\theta - \frac{\cos\theta}{\sin^3\theta}
                  \left(\sum_i w_i |x_i|^2 - \Big|\sum_i w_i x_i\Big|^2\right)
        """
        velocities, divergences = [], []
        squares = self.data.square().sum(dim=1)
        for rows, cosine, sine, weights in self._posteriors(z, log_snr):
            denoised = weights @ self.data
            variance = weights @ squares - denoised.square().sum(dim=1)
            velocities.append((cosine * rows - denoised) / sine)
            slope = z.shape[1] - variance / sine[:, 0] ** 2
            divergences.append((cosine / sine)[:, 0] * slope)
        return torch.cat(velocities), torch.cat(divergences)

    def _posteriors(self, z, log_snr):
        """Yield chunks: rows, cosine, sine, and probabilities of the training rows."""
        squares = self.data.square().sum(dim=1)
        cosines, sines = (
            part.expand(len(z), 1) for part in tensor_cosine_sine(log_snr.to(z.dtype))
        )
        for chunk in slices(len(z), len(self.data)):
            rows, cosine, sine = z[chunk], cosines[chunk], sines[chunk]
            # Up to a term that all rows share, -|z - cos x|^2 / (2 sin^2).
            energy = cosine * (rows @ self.data.T) - 0.5 * cosine**2 * squares
            yield rows, cosine, sine, torch.softmax(energy / sine**2, dim=1)
