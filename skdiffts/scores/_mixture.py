"""Exact score model of a Gaussian mixture."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import nn

from skdiffts._noise_level import tensor_cosine_sine
from skdiffts._torch import to_tensor
from skdiffts.scores._base import BaseScoreModel

__all__ = ["GaussianMixtureScore", "MixtureVelocity", "full_covariances"]


@dataclass(kw_only=True, repr=False, eq=False)
class GaussianMixtureScore(BaseScoreModel):
    r"""Score model of a known Gaussian mixture.

    Noise turns component k into :math:`N(\mu_k, \Sigma_k + \tilde\sigma^2 I)`, whose
    posterior mean of :math:`x_0` is linear. The module works in float64, and needs neither
    data nor generator.

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

    is_trained = False

    weights: object = None
    means: object = None
    covariances: object = None

    _parameter_constraints: ClassVar[dict] = {
        "weights": ["array-like"],
        "means": ["array-like"],
        "covariances": ["array-like"],
    }

    def build(self, data, generator):
        return MixtureVelocity(self.weights, self.means, self.covariances)


class MixtureVelocity(nn.Module):
    """Exact velocity of a Gaussian mixture.

    Parameters
    ----------
    weights : array-like of shape (n_components,)
        Weights.
    means : array-like of shape (n_components, n_features)
        Means.
    covariances : array-like of shape (n_components, n_features, n_features)
        Covariances.
    """

    log_weights: torch.Tensor
    means: torch.Tensor
    eigenvalues: torch.Tensor
    rotation: torch.Tensor
    rotated_means: torch.Tensor

    def __init__(self, weights, means, covariances):
        super().__init__()
        means = np.asarray(means, dtype=np.float64)
        eigenvalues, vectors = np.linalg.eigh(np.asarray(covariances, dtype=np.float64))
        n_components, d = means.shape
        self.register_buffer("log_weights", to_tensor(np.log(weights)))
        self.register_buffer("means", to_tensor(means))
        self.register_buffer("eigenvalues", to_tensor(eigenvalues))
        # All eigenvectors side by side: one matrix product rotates to every component.
        rotation = vectors.transpose(1, 0, 2).reshape(d, n_components * d)
        self.register_buffer("rotation", to_tensor(rotation))
        rotated_means = np.einsum("kd,kde->ke", means, vectors)
        self.register_buffer("rotated_means", to_tensor(rotated_means))

    def forward(self, z, log_snr):
        """Velocity at z and a log signal-to-noise ratio.

        Parameters
        ----------
        z : torch.Tensor of shape (n_samples, n_features)
            Points.
        log_snr : torch.Tensor of shape (n_samples, 1) or (1, 1)
            Log signal-to-noise ratio of each point, or of all.

        Returns
        -------
        torch.Tensor of shape (n_samples, n_features)
            Velocity.
        """
        sine, _, posterior, slope, centered = self._components(z, log_snr)
        return self._mean(sine, posterior, slope, centered)

    def velocity_and_divergence(self, z, log_snr):
        r"""Velocity and its divergence in closed form.

        With the velocities :math:`v_k` of the components and their posterior weights
        :math:`p_k`,

        .. math:: \nabla \cdot v = \sum_k p_k \nabla \cdot v_k
                  - \cot\theta \sum_k p_k |v_k - v|^2

        Parameters
        ----------
        z : torch.Tensor of shape (n_samples, n_features)
            Points.
        log_snr : torch.Tensor of shape (n_samples, 1) or (1, 1)
            Log signal-to-noise ratio of each point, or of all.

        Returns
        -------
        velocity : torch.Tensor of shape (n_samples, n_features)
            Velocity.
        divergence : torch.Tensor of shape (n_samples,)
            Trace of its Jacobian.
        """
        sine, cosine, posterior, slope, centered = self._components(z, log_snr)
        velocity = self._mean(sine, posterior, slope, centered)
        rotation = self.rotation.view(-1, *self.eigenvalues.shape)
        of_component = torch.einsum("nke,dke->nkd", slope * centered, rotation)
        of_component = of_component - sine * self.means
        spread = (of_component - velocity[:, None]).square().sum(dim=2)
        local = slope.sum(dim=2) - (cosine / sine)[..., 0] * spread
        return velocity, (posterior * local).sum(dim=1)

    def _components(self, z, log_snr):
        """Posterior weight, slope and centered point of each component."""
        cosine, sine = (part[..., None] for part in tensor_cosine_sine(log_snr))
        # In its own axes, component k of z has mean cos * mean and these variances.
        variances = cosine**2 * self.eigenvalues + sine**2
        rotated = (z @ self.rotation).view(len(z), *self.eigenvalues.shape)
        centered = rotated - cosine * self.rotated_means
        energy = (centered**2 / variances + torch.log(variances)).sum(dim=2)
        posterior = torch.softmax(self.log_weights - 0.5 * energy, dim=1)
        slope = sine * cosine * (1.0 - self.eigenvalues) / variances
        return sine, cosine, posterior, slope, centered

    def _mean(self, sine, posterior, slope, centered):
        """Mean of the components' velocities."""
        local = posterior[..., None] * slope * centered
        velocity = local.flatten(1) @ self.rotation.T
        return velocity - sine[:, 0] * (posterior @ self.means)


def full_covariances(mixture):
    """Covariances of a fitted scikit-learn mixture, one matrix for each component.

    Parameters
    ----------
    mixture : sklearn.mixture.GaussianMixture
        Fitted mixture with any type of covariance.

    Returns
    -------
    ndarray of shape (n_components, n_features, n_features)
        Covariances.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.mixture import GaussianMixture
    >>> from skdiffts.scores import full_covariances
    >>> X = np.arange(8.0).reshape(4, 2) % 3
    >>> full_covariances(GaussianMixture(2, covariance_type="tied").fit(X)).shape
    (2, 2, 2)
    """
    k, d = mixture.means_.shape
    covariances = mixture.covariances_
    if mixture.covariance_type == "tied":
        return np.broadcast_to(covariances, (k, d, d))
    if mixture.covariance_type == "diag":
        return covariances[:, :, np.newaxis] * np.eye(d)
    if mixture.covariance_type == "spherical":
        return covariances[:, np.newaxis, np.newaxis] * np.eye(d)
    return covariances
