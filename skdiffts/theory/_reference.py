"""Reference distributions of the bounds, in whitened coordinates."""

import numpy as np
import torch
from sklearn.mixture import GaussianMixture
from sklearn.utils.validation import check_is_fitted

from skdiffts._torch import to_tensor
from skdiffts.scores import EmpiricalScore, GaussianMixtureScore, full_covariances
from skdiffts.theory._inputs import whitened_rows
from skdiffts.theory._quadrature import check_count

__all__ = ["draws_and_levels", "read_reference"]


class _Target:
    """Mixture of Gaussians, perhaps of width zero.

    Parameters
    ----------
    weights : ndarray of shape (n_components,)
        Weights.
    means : ndarray of shape (n_components, n_features)
        Means.
    covariances : ndarray of shape (n_components or 1, n_features, n_features)
        Covariances; one stands for all components.
    module : torch.nn.Module or None
        Exact velocity; None where the components are a sample of the distribution.
    """

    def __init__(self, weights, means, covariances, module):
        self.weights, self.means = weights, means
        self.covariances, self.module = covariances, module

    @property
    def known(self):
        """Whether the score of the distribution is known."""
        return self.module is not None

    def velocity(self, z, level):
        """Exact velocity at z at one log signal-to-noise ratio."""
        return self.module(z, torch.full((1, 1), level, dtype=torch.float64))

    def noised_log_density(self, y, noise2):
        """Log-density of x_0 with noise of a variance added."""
        values, vectors = np.linalg.eigh(self.covariances)
        roots = vectors / np.sqrt(values + noise2)[:, np.newaxis]
        log_dets = np.log(values + noise2).sum(axis=1)
        offsets = np.log(self.weights) - 0.5 * log_dets
        # One component at a time: rows are as many components.
        result = np.full(len(y), -np.inf)
        for k, mean in enumerate(self.means):
            root = roots[min(k, len(roots) - 1)]
            energy = np.square((y - mean) @ root).sum(axis=1)
            result = np.logaddexp(result, offsets[k] - 0.5 * energy)
        return result - 0.5 * y.shape[1] * np.log(2.0 * np.pi)

    def squared_distance(self, rows):
        """Mean squared distance of a draw from an independent one of some rows."""
        spread = np.trace(self.covariances, axis1=1, axis2=2)
        about = np.square(self.means - rows.mean(axis=0)).sum(axis=1) + spread
        return float(self.weights @ about + rows.var(axis=0).sum())


class _MixtureTarget(_Target):
    def draw(self, n_draws, rng):
        """Draw from the mixture."""
        component = rng.choice(len(self.weights), size=n_draws, p=self.weights)
        factors = np.linalg.cholesky(self.covariances)[component]
        noise = rng.standard_normal((n_draws, self.means.shape[1], 1))
        return self.means[component] + (factors @ noise)[..., 0]


class _RowsTarget(_Target):
    def draw(self, n_draws, rng):
        """Draw rows as evenly as their number allows."""
        return self.means[np.resize(rng.permutation(len(self.means)), n_draws)]


def read_reference(sampler, process, reference, empirical):
    """Distribution of a mixture or of rows, both in the units of the data.

    Parameters
    ----------
    sampler : DiffusionProcess or fitted estimator
        Model that is judged.
    process : DiffusionProcess
        Its process.
    reference : GaussianMixture or array-like
        Fitted mixture, or rows.
    empirical : bool
        Whether rows are the distribution and not a sample of it.

    Returns
    -------
    _Target
        Distribution with ``draw``, ``velocity`` and ``known``.
    """
    if isinstance(reference, GaussianMixture):
        check_is_fitted(reference)
        d = reference.means_.shape[1]
        if d != process.n_features:
            raise ValueError(
                f"reference has {d} features and the sampler was fitted to "
                f"{process.n_features}; pass a mixture of the same columns."
            )
        if not process.whitening.affine:
            raise ValueError(
                "reference is a mixture, but the sampler maps the columns non-linearly, "
                "which makes another distribution of it; pass rows."
            )
        matrix = process.whitening.matrix
        means = process.whitening.transform(reference.means_)
        covariances = matrix.T @ full_covariances(reference) @ matrix
        recipe = GaussianMixtureScore(
            weights=reference.weights_, means=means, covariances=covariances
        )
        module = recipe.build(None, None)
        return _MixtureTarget(reference.weights_, means, covariances, module)
    rows = whitened_rows(sampler, process, reference)
    n, d = rows.shape
    module = EmpiricalScore().build(to_tensor(rows), None) if empirical else None
    return _RowsTarget(np.full(n, 1.0 / n), rows, np.zeros((1, d, d)), module)


def draws_and_levels(process, target, n_draws, n_levels, rng):
    """Draws of a target, noise for them, and levels of the noise.

    Parameters
    ----------
    process : DiffusionProcess
        Model that is judged, whose range the levels cover.
    target : _Target
        Distribution of the draws.
    n_draws : int
        Number of draws, at least two.
    n_levels : int
        Number of levels, at least two.
    rng : RandomState instance
        Source of the draws and of the noise.

    Returns
    -------
    clean : torch.Tensor of shape (n_draws, n_features)
        Draws.
    noise : torch.Tensor of shape (n_draws, n_features)
        Standard normal noise.
    levels : ndarray of shape (n_levels,)
        Log signal-to-noise ratios at equal distances.
    """
    check_count(2, n_draws=n_draws, n_levels=n_levels)
    clean = to_tensor(target.draw(n_draws, rng))
    noise = to_tensor(rng.standard_normal(clean.shape))
    low, high = process.log_snr_range
    return clean, noise, np.linspace(low, high, n_levels)
