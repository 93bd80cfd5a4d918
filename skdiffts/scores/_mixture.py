"""Exact score model of a Gaussian mixture."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import nn

from skdiffts._torch import to_tensor
from skdiffts.scores._base import BaseScoreModel

__all__ = ["GaussianMixtureScore"]


@dataclass(kw_only=True, repr=False, eq=False)
class GaussianMixtureScore(BaseScoreModel):
    r"""Score model of a known Gaussian mixture: an oracle, or a classical base law.

    Noise turns component k into :math:`N(\mu_k, \Sigma_k + \tilde\sigma^2 I)`, whose
    posterior mean of :math:`x_0` is linear.

    Parameters
    ----------
    weights : array-like of shape (n_components,)
        Weights of the components, which sum to one.
    means : array-like of shape (n_components, n_features)
        Means in the coordinates in which the diffusion runs.
    covariances : array-like of shape (n_components, n_features, n_features)
        Covariances in the same coordinates.

    Examples
    --------
    >>> import torch
    >>> from skdiffts.scores import GaussianMixtureScore
    >>> model = GaussianMixtureScore(weights=[1.0], means=[[0.0]], covariances=[[[1.0]]])
    >>> module = model.build(torch.zeros(1, 1), torch.Generator())
    >>> v = module(torch.ones(1, 1, dtype=torch.float64), torch.zeros(1, 1))
    >>> abs(v.item()) < 1e-12
    True
    """

    weights: object = None
    means: object = None
    covariances: object = None

    _parameter_constraints: ClassVar[dict] = {
        "weights": ["array-like"],
        "means": ["array-like"],
        "covariances": ["array-like"],
    }

    def build(self, data, generator):
        """Make the module; neither data nor generator is needed.

        Parameters
        ----------
        data : torch.Tensor of shape (n_samples, n_features)
            Ignored.
        generator : torch.Generator
            Ignored.

        Returns
        -------
        torch.nn.Module
            The exact velocity, in float64.
        """
        return _MixtureVelocity(self.weights, self.means, self.covariances)


class _MixtureVelocity(nn.Module):
    def __init__(self, weights, means, covariances):
        super().__init__()
        eigenvalues, vectors = np.linalg.eigh(np.asarray(covariances, dtype=float))
        self.register_buffer("log_weights", to_tensor(np.log(weights)))
        self.register_buffer("means", to_tensor(means))
        self.register_buffer("eigenvalues", to_tensor(eigenvalues))
        self.register_buffer("vectors", to_tensor(vectors))

    def forward(self, z, log_snr):
        """Velocity from the posterior mean of each component."""
        noise = torch.exp(-log_snr)
        cosine = 1.0 / torch.sqrt(1.0 + noise**2)
        sine = noise * cosine
        # Everything in z: component k has mean cos * mu_k and the variances below.
        variances = (cosine**2)[..., None] * self.eigenvalues + (sine**2)[..., None]
        centered = z[:, None, :] - cosine[..., None] * self.means
        rotated = torch.einsum("nkd,kde->nke", centered, self.vectors)
        energy = (rotated**2 / variances + torch.log(variances)).sum(dim=2)
        posterior = torch.softmax(self.log_weights - 0.5 * energy, dim=1)
        # sin * cos * (1 - eigenvalue) / variance is the slope of a component's velocity.
        slope = (sine * cosine)[..., None] * (1.0 - self.eigenvalues) / variances
        velocity = torch.einsum("nke,kde->nkd", slope * rotated, self.vectors)
        velocity = velocity - sine[..., None] * self.means
        return torch.einsum("nk,nkd->nd", posterior, velocity)
