"""Known distributions of rows, and the print of a figure beside its bar."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import multivariate_t, ortho_group, t

from skdiffts.datasets import GaussianMixtureLaw
from skdiffts.scores import GaussianMixtureScore

LOG_2PI = np.log(2.0 * np.pi)


def report(what, figure, limit, *, at_least=False):
    """Print a figure, its bar and whether it holds."""
    holds = figure >= limit if at_least else figure <= limit
    word = "at least" if at_least else "at most"
    verdict = "holds" if holds else "FAILS"
    print(f"{what}: {figure:.4g} (bar: {word} {limit:.4g}) {verdict}", flush=True)


class Mixture(GaussianMixtureLaw):
    """Gaussian mixture with its exact denoised value."""

    def mapped(self, center, matrix):
        """Distribution of (x - center) matrix."""
        return Mixture(
            self.weights,
            (self.means - center) @ matrix,
            matrix.T @ self.covariances @ matrix,
        )

    def score_model(self):
        """Exact score model of the mixture."""
        return GaussianMixtureScore(
            weights=self.weights, means=self.means, covariances=self.covariances
        )

    def velocity(self):
        """Exact velocity, a module in float64."""
        empty = torch.zeros(1, self.means.shape[1])
        return self.score_model().build(empty, torch.Generator())


def well_separated_mixture(d, seed=0):
    """Five clusters of full covariance; every column has mean 0 and variance 1.

    Standard deviations along the axes of a component run from .14 to .7 (.1 to .28 in
    two dimensions) before the columns are scaled.
    """
    rng = np.random.RandomState(seed)
    k = 5
    weights = rng.uniform(0.5, 1.5, size=k)
    weights /= weights.sum()
    stds = np.geomspace(0.14, 0.7, d) if d > 2 else np.array([0.1, 0.28])[:d]
    axes = ortho_group.rvs(d, size=k, random_state=rng) if d > 1 else np.ones((k, 1, 1))
    covariances = np.einsum("kij,j,klj->kil", axes, stds**2, axes)
    means = rng.standard_normal((k, d))
    distribution = Mixture(weights, means, covariances)
    scale = np.diag(1.0 / np.sqrt(np.diag(distribution.covariance)))
    return distribution.mapped(distribution.mean, scale)


@dataclass(frozen=True)
class RingsAndBananas:
    """Independent pairs of columns, in turn a ring and a banana; d = 2 n_pairs."""

    n_pairs: int = 10
    ring_std: float = 0.1
    bend: float = 0.7
    banana_std: float = 0.3

    def sample(self, n, rng):
        columns = []
        for pair in range(self.n_pairs):
            if pair % 2 == 0:
                angle = rng.uniform(0.0, 2.0 * np.pi, size=n)
                radius = 1.0 + self.ring_std * rng.standard_normal(n)
                columns += [radius * np.cos(angle), radius * np.sin(angle)]
            else:
                along = rng.standard_normal(n)
                across = self.banana_std * rng.standard_normal(n)
                columns += [along, self.bend * (along**2 - 1.0) + across]
        return np.column_stack(columns)

    def log_density(self, X):
        total = np.zeros(len(X))
        for pair in range(self.n_pairs):
            a, b = X[:, 2 * pair], X[:, 2 * pair + 1]
            if pair % 2 == 0:
                radius = np.hypot(a, b)
                # The plane has two points for |r|: -r beyond the centre, negligible.
                total += normal_log_density((radius - 1.0) / self.ring_std)
                total -= np.log(self.ring_std) + np.log(2.0 * np.pi * radius)
            else:
                across = (b - self.bend * (a**2 - 1.0)) / self.banana_std
                total += normal_log_density(a) + normal_log_density(across)
                total -= np.log(self.banana_std)
        return total


@dataclass(frozen=True, eq=False)
class SkewT:
    """Skewed multivariate t of Azzalini and Capitanio (2003, JRSS B 65, eq. 26)."""

    scale: np.ndarray
    slant: np.ndarray
    df: float = 4.0

    def sample(self, n, rng):
        d = len(self.slant)
        delta = self.scale @ self.slant
        delta = delta / np.sqrt(1.0 + self.slant @ delta)
        joint = np.block([[np.ones((1, 1)), delta[None]], [delta[:, None], self.scale]])
        z = rng.standard_normal((n, d + 1)) @ np.linalg.cholesky(joint).T
        z = np.where(z[:, :1] > 0.0, 1.0, -1.0) * z[:, 1:]
        return z / np.sqrt(rng.chisquare(self.df, size=(n, 1)) / self.df)

    def log_density(self, X):
        d, df = X.shape[1], self.df
        energy = np.einsum("nd,nd->n", X, np.linalg.solve(self.scale, X.T).T)
        argument = (X @ self.slant) * np.sqrt((df + d) / (df + energy))
        symmetric = multivariate_t(np.zeros(d), self.scale, df).logpdf(X)
        return np.log(2.0) + symmetric + t.logcdf(argument, df + d)


def skew_t(d=20, seed=0):
    """Skewed t with four degrees of freedom and random correlations."""
    rng = np.random.RandomState(seed)
    root = rng.standard_normal((d, 2 * d))
    scale = root @ root.T
    stds = np.sqrt(np.diag(scale))
    return SkewT(scale / np.outer(stds, stds), 2.0 * rng.standard_normal(d))


def normal_log_density(x):
    return -0.5 * (x**2 + LOG_2PI)


def girsanov_bound(
    module, distribution, log_snr_range, *, n=20_000, n_levels=400, seed=0
):
    r"""Exact bound of the divergence from the truth to the model of the reverse SDE.

    :math:`\int E|\hat\xi - \xi^*|^2 d\lambda`, the error of the predicted noise against
    the exact one; the module runs in the coordinates of the distribution. In nats; the
    error of the starting distribution is not in it.
    """
    rng = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(distribution.sample(n, np.random.RandomState(seed)))
    low, high = log_snr_range
    shift = torch.rand(1, generator=rng, dtype=torch.float64)
    levels = low + (high - low) * (torch.arange(n) % n_levels + shift) / n_levels
    angle = torch.atan(torch.exp(-levels))[:, None]
    noise = torch.randn(x.shape, generator=rng, dtype=torch.float64)
    z = angle.cos() * x + angle.sin() * noise
    dtype = next((p.dtype for p in module.parameters()), torch.float64)
    with torch.no_grad():
        exact = distribution.velocity()(z, levels[:, None])
        learned = module(z.to(dtype), levels[:, None].to(dtype)).double()
    error = (angle.cos() * (learned - exact)).square().sum(dim=1)
    return float(error.mean() * (high - low))


def sampler_bound(sampler, distribution, **options):
    """Girsanov bound of a fitted sampler whose data are a mixture."""
    process = sampler.process()
    whitening = process.whitening
    white = distribution.mapped(whitening.mean, whitening.matrix)
    return girsanov_bound(sampler.module_, white, process.log_snr_range, **options)
