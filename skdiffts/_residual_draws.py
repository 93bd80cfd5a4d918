"""Distributions of residuals: their interface, and seeded draws of a fitted sampler."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator

from skdiffts._chunks import slices
from skdiffts._gaussian import transport
from skdiffts._seeding import draw_residuals, draw_seed

__all__ = ["ResidualDistribution", "ResidualDraws"]

# Draws that the moments of a sampler are measured on. Volatility that is fed back
# multiplies an error of the variance by ten and more; the standard error is half a
# percent for normal residuals.
N_DRAWS = 2**16


class ResidualDistribution(ABC):
    """Distribution of residuals, which may depend on the history before each of them.

    Draws are made in two steps: noise that knows no history, many rows at a time, and
    the residuals that it becomes after a history.
    """

    # Whether `residuals` and the densities look at histories.
    knows_state: bool

    @abstractmethod
    def in_use(self, sampler, state_residuals):
        """Take what sampler and parameters of a generator are now.

        Parameters
        ----------
        sampler : estimator
            Fitted sampler.
        state_residuals : "auto" or bool
            Parameter of the generator.

        Returns
        -------
        ResidualDistribution
            The same with this sampler; the sampler alone for False.
        """

    @abstractmethod
    def draw(self, n_samples, random_state):
        """Draw the noise of residuals, before a history is known.

        Parameters
        ----------
        n_samples : int
            Number of rows.
        random_state : int, RandomState instance or None
            Seed.

        Returns
        -------
        ndarray of shape (n_samples, n_noise)
            Independent rows.
        """

    @abstractmethod
    def residuals(self, noise, history):
        """Residuals that noise becomes.

        Parameters
        ----------
        noise : ndarray of shape (n_samples, n_noise)
            Noise.
        history : History
            History before each row.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Residuals.
        """

    @abstractmethod
    def log_density(self, residuals, history):
        """Log-density of residuals.

        Parameters
        ----------
        residuals : ndarray of shape (n_rows, n_features)
            Residuals.
        history : History
            History before each row.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log-densities in nats.
        """

    @abstractmethod
    def log_density_of_draws(self, residuals, history):
        """Log-density of residuals as they are drawn.

        Parameters
        ----------
        residuals : ndarray of shape (n_rows, n_features)
            Residuals.
        history : History
            History before each row.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log-densities in nats; draws of a sampler may have corrected moments.
        """

    @abstractmethod
    def describe(self):
        """Say on what residuals depend.

        Returns
        -------
        str
            Words; "" for nothing.
        """


@dataclass(frozen=True, eq=False)
class ResidualDraws(ResidualDistribution):
    r"""Seeded draws of a sampler, corrected where volatility feeds them back.

    .. math:: \varepsilon = \bar e + A\,(u - \bar u), \qquad A\,\Sigma A = S

    with a draw u, mean :math:`\bar u` and covariance :math:`\Sigma` of the sampler, and
    mean :math:`\bar e` and covariance S of the residuals. A is symmetric. Of all affine
    maps with these moments this one moves the draws least.

    Parameters
    ----------
    sampler : estimator
        Fitted distribution of the residuals.
    matrix : ndarray of shape (n_features, n_features) or None, default=None
        The matrix A; None leaves draws as they are.
    shift : ndarray of shape (n_features,) or None, default=None
        Shift :math:`\bar e - A \bar u`.
    """

    sampler: Any
    matrix: Any = None
    shift: Any = None

    @classmethod
    def fit(cls, sampler, residuals, dynamics):
        """Measure the moments of a sampler where they matter.

        A volatility of past increments multiplies what is drawn: a variance that is off
        by a tenth, as in a kernel density, doubles it in the long run. Draws stay as
        they are for dynamics whose scale has no history, and for samplers whose
        attribute ``match_moments`` is true.

        Parameters
        ----------
        sampler : estimator
            Fitted distribution of the residuals.
        residuals : ndarray of shape (n_residuals, n_features)
            Residuals that the sampler was fitted to.
        dynamics : estimator
            Fitted dynamics.

        Returns
        -------
        ResidualDraws
            Draws of the sampler.

        Raises
        ------
        ValueError
            If the sampler draws numbers that are not finite.
        """
        inner = sampler.estimator if isinstance(sampler, FrozenEstimator) else sampler
        matched = getattr(inner, "match_moments", False)
        if matched or not _feeds_back(dynamics, residuals.shape[1]):
            return cls(sampler)
        target = residuals.mean(axis=0)
        centred = residuals - target
        mean, covariance = _moments(sampler, target)
        matrix = transport(covariance, centred.T @ centred / len(centred))
        return cls(sampler, matrix, target - mean @ matrix)

    knows_state = False

    def in_use(self, sampler, state_residuals):
        return replace(self, sampler=sampler)

    def draw(self, n_samples, random_state):
        draws = draw_residuals(self.sampler, n_samples, random_state)
        return draws if self.matrix is None else draws @ self.matrix + self.shift

    def residuals(self, noise, history):
        return noise

    def log_density(self, residuals, history):
        return self.sampler.score_samples(residuals)

    def log_density_of_draws(self, residuals, history):
        if self.matrix is None:
            return self.sampler.score_samples(residuals)
        rows = np.linalg.solve(self.matrix, (residuals - self.shift).T).T
        return self.sampler.score_samples(rows) - np.linalg.slogdet(self.matrix)[1]

    def describe(self):
        return ""


def _feeds_back(dynamics, n_features):
    """Tell whether the scale of increments depends on past ones, whatever chose it."""
    start = dynamics.start_history(np.zeros((1, n_features)))
    return np.size(getattr(start, "scale", ())) > 0


def _moments(sampler, center):
    """Mean and covariance of seeded draws; sums are taken about a centre near the mean."""
    d, rng = len(center), np.random.RandomState(0)
    total, squares = np.zeros(d), np.zeros((d, d))
    for rows in slices(N_DRAWS, d):
        n, seed = rows.stop - rows.start, int(draw_seed(rng))
        draws = draw_residuals(sampler, n, seed) - center
        total += draws.sum(axis=0)
        squares += draws.T @ draws
    if not np.isfinite(squares).all():
        raise ValueError(
            f"sampler={sampler!r} draws NaN or infinity; pass one whose draws are finite."
        )
    mean = total / N_DRAWS
    return center + mean, squares / N_DRAWS - np.outer(mean, mean)
