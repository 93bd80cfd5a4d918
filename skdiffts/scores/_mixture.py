"""Exact score model of a Gaussian mixture."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from scipy.special import logsumexp
from torch import nn

from skdiffts._chunks import slices
from skdiffts._noise_level import tensor_cosine_sine
from skdiffts._torch import to_numpy, to_tensor
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
    """Exact velocity of a Gaussian mixture, with its density and its draws.

    Components whose covariances are multiples of one matrix share its axes: one rotation
    then serves all of them.

    Parameters
    ----------
    weights : array-like of shape (n_components,)
        Weights.
    means : array-like of shape (n_components, n_features)
        Means.
    covariances : array-like of shape (n_components, n_features, n_features)
        Covariances.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.scores import MixtureVelocity
    >>> velocity = MixtureVelocity([0.5, 0.5], [[-1.0], [1.0]], [[[0.1]], [[0.2]]])
    >>> velocity.draw(3, np.random.RandomState(0)).shape
    (3, 1)
    >>> velocity.components()[2].ravel().round(12)
    array([0.1, 0.2])
    """

    log_weights: torch.Tensor
    means: torch.Tensor
    eigenvalues: torch.Tensor
    rotation: torch.Tensor
    rotated_means: torch.Tensor

    def __init__(self, weights, means, covariances):
        super().__init__()
        covariances = np.asarray(covariances, dtype=np.float64)
        self.set_components(weights, means, *_axes(covariances))

    def set_components(self, weights, means, eigenvalues, vectors):
        """Take components by the axes of their covariances.

        Parameters
        ----------
        weights : array-like of shape (n_components,)
            Weights.
        means : array-like of shape (n_components, n_features)
            Means.
        eigenvalues : ndarray of shape (n_components, n_features)
            Variances along the axes.
        vectors : ndarray of shape (1, d, d) or (n_components, d, d)
            Axes, in columns: one set for all components or one for each.
        """
        means = np.asarray(means, dtype=np.float64)
        d = means.shape[1]
        self.register_buffer("log_weights", to_tensor(np.log(weights)))
        self.register_buffer("means", to_tensor(means))
        self.register_buffer("eigenvalues", to_tensor(eigenvalues))
        # All eigenvectors side by side: one matrix product rotates to every component.
        rotation = np.ascontiguousarray(vectors.transpose(1, 0, 2).reshape(d, -1))
        self.register_buffer("rotation", to_tensor(rotation))
        rotated_means = np.einsum(
            "kd,kde->ke", means, np.broadcast_to(vectors, (*eigenvalues.shape, d))
        )
        self.register_buffer("rotated_means", to_tensor(rotated_means))

    @property
    def shares_axes(self):
        """Whether one rotation serves all components."""
        return self.rotation.shape[1] == self.rotation.shape[0]

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
        if self.shares_axes:
            of_component = slope * centered - sine * self.rotated_means
            center = velocity @ self.rotation
        else:
            rotation = self.rotation.view(-1, *self.eigenvalues.shape)
            of_component = torch.einsum("nke,dke->nkd", slope * centered, rotation)
            of_component = of_component - sine * self.means
            center = velocity
        spread = (of_component - center[:, None]).square().sum(dim=2)
        local = slope.sum(dim=2) - (cosine / sine)[..., 0] * spread
        return velocity, (posterior * local).sum(dim=1)

    def components(self):
        """Parameters of the mixture.

        Returns
        -------
        weights : ndarray of shape (n_components,)
            Weights.
        means : ndarray of shape (n_components, n_features)
            Means.
        covariances : ndarray of shape (n_components, n_features, n_features)
            Covariances.
        """
        variances, means = to_numpy(self.eigenvalues), to_numpy(self.means)
        k, d = variances.shape
        # Components may share their axes.
        vectors = to_numpy(self.rotation).reshape(d, -1, d).transpose(1, 0, 2)
        vectors = np.broadcast_to(vectors, (k, d, d))
        covariances = np.einsum("kij,kj,klj->kil", vectors, variances, vectors)
        return np.exp(to_numpy(self.log_weights)), means, covariances

    def log_density(self, rows):
        """Log-density of rows without noise.

        Parameters
        ----------
        rows : ndarray of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples,)
            Log-densities, in nats.
        """
        variances = to_numpy(self.eigenvalues)
        n_components, d = variances.shape
        constants = to_numpy(self.log_weights) - 0.5 * np.log(variances).sum(axis=1)
        rotation, means = to_numpy(self.rotation), to_numpy(self.rotated_means)
        result = np.empty(len(rows))
        for some in slices(len(rows), n_components * d):
            rotated = (rows[some] @ rotation).reshape(len(rows[some]), -1, d)
            forms = ((rotated - means) ** 2 / variances).sum(axis=2)
            result[some] = logsumexp(constants - 0.5 * forms, axis=1)
        return result - 0.5 * d * np.log(2.0 * np.pi)

    def draw(self, n_samples, rng):
        """Draw rows.

        Parameters
        ----------
        n_samples : int
            Number of rows.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Draws.
        """
        variances = to_numpy(self.eigenvalues)
        n_components, d = variances.shape
        weights = np.exp(to_numpy(self.log_weights))
        component = rng.choice(n_components, size=n_samples, p=weights / weights.sum())
        rows = rng.standard_normal((n_samples, d)) * np.sqrt(variances[component])
        rotation = to_numpy(self.rotation).reshape(d, -1, d)
        if self.shares_axes:
            rows = rows @ rotation[:, 0].T
        else:
            for k in range(n_components):
                rows[component == k] = rows[component == k] @ rotation[:, k].T
        return rows + to_numpy(self.means)[component]

    def _components(self, z, log_snr):
        """Posterior weight, slope and centered point of each component."""
        cosine, sine = (part[..., None] for part in tensor_cosine_sine(log_snr))
        # In its own axes, component k of z has mean cos * mean and these variances.
        variances = cosine**2 * self.eigenvalues + sine**2
        rotated = (z @ self.rotation).view(len(z), -1, z.shape[1])
        centered = rotated - cosine * self.rotated_means
        energy = (centered**2 / variances).sum(dim=2) + variances.log().sum(dim=2)
        posterior = torch.softmax(self.log_weights - 0.5 * energy, dim=1)
        slope = sine * cosine * (1.0 - self.eigenvalues) / variances
        return sine, cosine, posterior, slope, centered

    def _mean(self, sine, posterior, slope, centered):
        """Mean of the components' velocities."""
        local = posterior[..., None] * slope * centered
        local = local.sum(dim=1) if self.shares_axes else local.flatten(1)
        velocity = local @ self.rotation.T
        return velocity - sine[:, 0] * (posterior @ self.means)


def _axes(covariances):
    """Variances along the axes of each component, and the axes of one or of each."""
    size = np.trace(covariances, axis1=1, axis2=2)
    size = np.divide(size, size[0], out=np.ones_like(size), where=size[0] > 0.0)
    multiples = size[:, np.newaxis, np.newaxis] * covariances[0]
    if np.abs(covariances - multiples).max() <= 1e-9 * np.abs(multiples).max():
        eigenvalues, vectors = np.linalg.eigh(covariances[:1])
        return size[:, np.newaxis] * eigenvalues, vectors
    return np.linalg.eigh(covariances)


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
