"""Mixture of Student t distributions whose parameters depend on coordinates of a state."""

import warnings
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from scipy.special import expit, gammaincinv
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from skdiffts._chunks import slices
from skdiffts._torch import to_numpy, to_tensor

__all__ = ["ConditionalMixture"]

# Least degrees of freedom of a component, whose draws then have a third moment.
LEAST_DEGREES, FIRST_DEGREES = 3.0, 10.0
# Added to variances of the components at the start, in units of residuals.
REGULARISATION = 1e-2
# Width of the hidden layers, and standardised coordinates beyond which nothing changes.
WIDTH, FARTHEST = 32, 3.0


@dataclass(frozen=True, eq=False)
class ConditionalMixture:
    r"""Distribution of rows given coordinates c, with density and draws in closed form.

    .. math::
        z = m(c) + A(c)^{-1} v, \qquad
        v \mid c \sim \sum_k \pi_k(c)\, t_{\nu_k}\bigl(\mu_k + \delta_k(c),\
        e^{2 s_k(c)}\, (W_k' W_k)^{-1}\bigr)

    A and the :math:`W_k` are lower triangular with a positive diagonal. A network of two
    hidden layers gives m, the logarithms of the diagonal of A, what is below it, the
    changes of the logits of :math:`\pi`, the :math:`\delta_k` and the :math:`s_k`. Where
    its last layer is zero, rows do not depend on c.

    Parameters
    ----------
    parameters : dict of str to ndarray
        Mixture: ``logits`` of shape (n_components,), ``centers`` (n_components,
        n_features), ``factors`` (n_components, n_features, n_features), whose diagonal
        has the logarithms, and ``degrees``, logarithms above the least. Network:
        ``weight_0`` to ``weight_2`` and ``bias_0`` to ``bias_2``.
    center, scale : ndarray of shape (n_coordinates,)
        What coordinates are standardised by.
    low, high : ndarray of shape (n_coordinates,)
        Range that standardised coordinates are clipped to.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.scores import ConditionalMixture
    >>> rows = np.random.RandomState(0).standard_normal((100, 2))
    >>> mixture = ConditionalMixture.start(rows, rows, n_components=2, seed=0)
    >>> mixture.log_density(rows[:3], rows[:3]).shape
    (3,)
    """

    parameters: Any
    center: np.ndarray
    scale: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def start(cls, rows, coordinates, n_components=4, seed=0):
        """Mixture of given rows that does not depend on coordinates yet.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, n_features)
            Rows, which a Gaussian mixture is fitted to.
        coordinates : ndarray of shape (n_rows, n_coordinates)
            Coordinates, for their range.
        n_components : int, default=4
            Number of components.
        seed : int, default=0
            Seed of the mixture and of the first layers of the network.

        Returns
        -------
        ConditionalMixture
            Mixture whose network has a last layer of zeros.
        """
        rng = np.random.RandomState(seed)
        k, d = min(n_components, len(rows)), rows.shape[1]
        mixture = GaussianMixture(k, reg_covar=REGULARISATION, random_state=rng)
        with warnings.catch_warnings():
            # A start that has not settled is a start all the same.
            warnings.simplefilter("ignore", ConvergenceWarning)
            mixture.fit(rows)
        factors = np.linalg.inv(np.linalg.cholesky(mixture.covariances_))
        diagonal = np.log(np.diagonal(factors, axis1=1, axis2=2))
        parameters = {
            "logits": np.log(mixture.weights_),
            "centers": mixture.means_,
            "factors": np.tril(factors, -1) + diagonal[..., np.newaxis] * np.eye(d),
            "degrees": np.full(k, np.log(FIRST_DEGREES - LEAST_DEGREES)),
        }
        n_effects = 2 * d + d * (d - 1) // 2 + k * (d + 2)
        widths = [coordinates.shape[1], WIDTH, WIDTH, n_effects]
        for layer, (n_in, n_out) in enumerate(pairwise(widths)):
            weights = rng.standard_normal((n_in, n_out)) / np.sqrt(n_in)
            parameters[f"weight_{layer}"] = weights if layer < 2 else 0.0 * weights
            parameters[f"bias_{layer}"] = np.zeros(n_out)
        center, scale = coordinates.mean(axis=0), coordinates.std(axis=0)
        scale = np.where(scale > 0.0, scale, 1.0)
        standard = (coordinates - center) / scale
        low = np.maximum(standard.min(axis=0), -FARTHEST)
        high = np.minimum(standard.max(axis=0), FARTHEST)
        return cls(parameters, center, scale, low, high)

    @property
    def n_features(self):
        """Columns of the rows."""
        return self.parameters["centers"].shape[1]

    @property
    def noise_size(self):
        """Columns of the noise that a draw takes: two uniform ones, the others normal."""
        return 2 + self.n_features

    def standardized(self, coordinates):
        """Standardise coordinates, and clip them to the range of training.

        Parameters
        ----------
        coordinates : ndarray of shape (n_rows, n_coordinates)
            Coordinates.

        Returns
        -------
        ndarray of shape (n_rows, n_coordinates)
            What the network takes.
        """
        return np.clip((coordinates - self.center) / self.scale, self.low, self.high)

    def log_density(self, rows, coordinates):
        """Log-density of rows.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, n_features)
            Rows.
        coordinates : ndarray of shape (n_rows, n_coordinates)
            Coordinates of the state of each row.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log-densities in nats.
        """
        inputs, result = self.standardized(coordinates), np.empty(len(rows))
        parameters = {key: to_tensor(value) for key, value in self.parameters.items()}
        size = self.parameters["factors"].size + len(self.parameters["bias_2"])
        with torch.no_grad():
            for part in slices(len(rows), size):
                given = to_tensor(rows[part]), to_tensor(inputs[part])
                result[part] = to_numpy(self.tensor_log_density(parameters, *given))
        return result

    @staticmethod
    def tensor_log_density(parameters, rows, inputs, dropout=None):
        """Log-density of rows as a tensor, with gradients in the parameters.

        Parameters
        ----------
        parameters : dict of str to Tensor
            Parameters of the mixture.
        rows : Tensor of shape (n_rows, n_features)
            Rows.
        inputs : Tensor of shape (n_rows, n_coordinates)
            Standardised coordinates.
        dropout : callable, default=None
            Map of the hidden layers while the network is trained.

        Returns
        -------
        Tensor of shape (n_rows,)
            Log-densities.
        """
        effects = _effects(parameters, inputs, torch.nn.functional.silu, dropout)
        shift, log_diagonal, lower, logits, centers, log_scales = effects
        n, d = rows.shape
        below = torch.zeros(n, d, d, dtype=rows.dtype)
        below[:, *np.tril_indices(d, -1)] = lower
        moved = rows - shift
        v = log_diagonal.exp() * moved + (below @ moved[..., None])[..., 0]
        factors, degrees = (
            parameters["factors"],
            _degrees(parameters["degrees"], torch.exp),
        )
        log_factor = torch.diagonal(factors, dim1=1, dim2=2)
        centred = v[:, None] - centers
        white = log_factor.exp() * centred
        white = white + torch.einsum("kij,nkj->nki", torch.tril(factors, -1), centred)
        squares = (white**2).sum(dim=2) * torch.exp(-2.0 * log_scales)
        half = 0.5 * (degrees + d)
        density = torch.lgamma(half) - torch.lgamma(0.5 * degrees)
        density = density - 0.5 * d * torch.log(np.pi * degrees) + log_factor.sum(dim=1)
        density = density - d * log_scales - half * torch.log1p(squares / degrees)
        density = density + torch.log_softmax(logits, dim=1)
        return torch.logsumexp(density, dim=1) + log_diagonal.sum(dim=1)

    def draw(self, noise, coordinates):
        """Rows that noise becomes.

        Parameters
        ----------
        noise : ndarray of shape (n_rows, noise_size)
            Two columns of uniform numbers, then columns of standard normal ones.
        coordinates : ndarray of shape (n_rows, n_coordinates)
            Coordinates of the state of each row.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Independent rows given the coordinates.
        """
        # Behind uniform numbers, so that a row has one draw whatever the others are.
        result = np.empty((len(noise), self.n_features))
        inputs = self.standardized(coordinates)
        for part in slices(len(noise), self.parameters["factors"].size):
            result[part] = self._draw(noise[part], inputs[part])
        return result

    def _draw(self, noise, inputs):
        p = self.parameters
        effects = _effects(p, inputs, _silu)
        shift, log_diagonal, lower, logits, centers, log_scales = effects
        n, d = shift.shape
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        edges = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
        component = (noise[:, :1] > edges[:, :-1]).sum(axis=1)
        half = 0.5 * _degrees(p["degrees"], np.exp)[component]
        precision = gammaincinv(half, noise[:, 1]) / half
        inverse = np.linalg.inv(_factors(p["factors"]))[component]
        spread = np.exp(log_scales[np.arange(n), component]) / np.sqrt(precision)
        v = spread[:, np.newaxis] * np.einsum("nij,nj->ni", inverse, noise[:, 2:])
        v += centers[np.arange(n), component]
        matrix = np.zeros((n, d, d))
        matrix[:, *np.tril_indices(d, -1)] = lower
        matrix[:, np.arange(d), np.arange(d)] = np.exp(log_diagonal)
        return shift + np.linalg.solve(matrix, v[..., np.newaxis])[..., 0]


def _effects(parameters, inputs, silu, dropout=None):
    """Parameters of the distribution of each row, as arrays or as tensors."""
    hidden = inputs
    for layer in (0, 1):
        hidden = hidden @ parameters[f"weight_{layer}"] + parameters[f"bias_{layer}"]
        hidden = silu(hidden)
        hidden = hidden if dropout is None else dropout(hidden)
    output = hidden @ parameters["weight_2"] + parameters["bias_2"]
    k, d = parameters["centers"].shape
    ends = np.cumsum([0, d, d, d * (d - 1) // 2, k, k * d, k]).tolist()
    parts = [output[:, first:last] for first, last in pairwise(ends)]
    shift, log_diagonal, lower, logits, centers, log_scales = parts
    centers = parameters["centers"] + centers.reshape(-1, k, d)
    logits = parameters["logits"] + logits
    return shift, log_diagonal, lower, logits, centers, log_scales


def _silu(hidden):
    return hidden * expit(hidden)


def _degrees(logarithms, exp):
    return LEAST_DEGREES + exp(logarithms)


def _factors(stored):
    """Triangular factors of which the logarithms of the diagonal are stored."""
    diagonal = np.exp(np.diagonal(stored, axis1=1, axis2=2))
    return np.tril(stored, -1) + diagonal[..., np.newaxis] * np.eye(stored.shape[1])
