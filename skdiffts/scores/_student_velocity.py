"""Exact score model of Student's t distribution, with its exact density and draws."""

import numpy as np
import torch

from skdiffts._torch import to_numpy, to_tensor
from skdiffts.linear import StructuredCovariance, StudentRadius
from skdiffts.scores._mixture import MixtureVelocity
from skdiffts.scores._scale_mixture import mixing_scales

__all__ = ["StudentVelocity", "structured_velocity"]


class StudentVelocity(MixtureVelocity):
    r"""Velocity of a t distribution, as a Gaussian mixture of one shape.

    .. math:: x = \mu + \sqrt{\tau}\, S^{1/2} \xi, \qquad
              1 / \tau \sim \Gamma(\nu / 2, \nu / 2)

    The scales :math:`\tau` are cut into ranges for the velocity; density and draws
    belong to the t distribution itself, whose tails no finite mixture has.

    Parameters
    ----------
    location : ndarray of shape (n_features,)
        Center.
    shape : ndarray of shape (n_features, n_features)
        Shape matrix S.
    degrees : float
        Degrees of freedom, above 2.
    """

    degrees: torch.Tensor
    smallest_scale: torch.Tensor

    def __init__(self, location, shape, degrees):
        torch.nn.Module.__init__(self)
        weights, scales = mixing_scales(degrees, len(location))
        variances, vectors = np.linalg.eigh(shape)
        means = np.tile(location, (len(weights), 1))
        eigenvalues = scales[:, np.newaxis] * variances
        self.set_components(weights, means, eigenvalues, vectors[np.newaxis])
        self.register_buffer("degrees", to_tensor(degrees))
        self.register_buffer("smallest_scale", to_tensor(scales[0]))

    def log_density(self, rows):
        variances, degrees = self._variances(), float(self.degrees)
        rotated = rows @ to_numpy(self.rotation) - to_numpy(self.rotated_means)[0]
        radius = StudentRadius(degrees, 1.0)
        forms, log_det = (rotated**2 / variances).sum(axis=1), np.log(variances).sum()
        return radius.log_density(forms, log_det, len(variances))

    def draw(self, n_samples, rng):
        variances, degrees = self._variances(), float(self.degrees)
        noise = rng.standard_normal((n_samples, len(variances)))
        precision = rng.chisquare(degrees, size=(n_samples, 1)) / degrees
        rows = noise * np.sqrt(variances / precision)
        return rows @ to_numpy(self.rotation).T + to_numpy(self.means)[0]

    def _variances(self):
        """Eigenvalues of the shape matrix."""
        return to_numpy(self.eigenvalues[0]) / float(self.smallest_scale)


def structured_velocity(rows, candidate=None):
    """Velocity of the t distribution with a covariance that is shrunk to structure.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        Rows.
    candidate : tuple of (int or "qis", float), default=None
        Target and weight of the covariance; None chooses them.

    Returns
    -------
    velocity : MixtureVelocity
        Velocity, in float64; a Gaussian's where no tail is heavy.
    candidate : tuple of (int or "qis", float)
        Target and weight in use.
    """
    center = rows.mean(axis=0)
    fitted = StructuredCovariance.fit(rows - center, candidate=candidate)
    radius = fitted.radius
    shape = radius.scale * fitted.covariance
    if np.isinf(radius.degrees):
        velocity = MixtureVelocity([1.0], [center], [shape])
    else:
        velocity = StudentVelocity(center, shape, radius.degrees)
    return velocity, fitted.candidate
