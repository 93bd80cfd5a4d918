"""Scales that increments are divided by: one, volatilities, or a Cholesky factor."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from skdiffts._gaussian import whiten
from skdiffts.conditioning._base import BaseConditioning

__all__ = ["BaseScale", "DiagonalScale", "NoScale", "TriangularScale", "UnitScale"]


class UnitScale:
    """Scale of one: increments stay as they are."""

    @property
    def variance(self):
        """Variance of each series per unit time."""
        return 1.0

    def divide(self, vectors):
        """Divide vectors by the scale."""
        return vectors

    def multiply(self, vectors):
        """Multiply vectors by the scale."""
        return vectors

    def multiply_factor(self, factors):
        """Multiply factors of covariances by the scale."""
        return factors

    def at_long_run(self, vectors):
        """Rescale vectors so that ``multiply`` gives them at the long-run scale."""
        return vectors


@dataclass(frozen=True, eq=False)
class DiagonalScale(UnitScale):
    """Volatility of each series.

    Parameters
    ----------
    volatility : ndarray of shape (n_paths, n_features)
        Standard deviations per root of time.
    long_run : ndarray of shape (n_features,)
        Long-run standard deviations.
    """

    volatility: np.ndarray
    long_run: np.ndarray

    @property
    def variance(self):
        """Variance of each series per unit time."""
        return self.volatility**2

    def divide(self, vectors):
        return vectors / self.volatility

    def multiply(self, vectors):
        return vectors * self.volatility

    def multiply_factor(self, factors):
        return factors * self.volatility[:, :, np.newaxis]

    def at_long_run(self, vectors):
        return vectors * (self.long_run / self.volatility)


@dataclass(frozen=True, eq=False)
class TriangularScale(UnitScale):
    """Lower factor of a covariance.

    Parameters
    ----------
    factor : ndarray of shape (n_paths, n_features, n_features)
        Lower triangular factors per root of time.
    long_run : ndarray of shape (n_features, n_features)
        Long-run factor.
    """

    factor: np.ndarray
    long_run: np.ndarray

    @property
    def variance(self):
        """Variance of each series per unit time."""
        return (self.factor**2).sum(axis=2)

    def divide(self, vectors):
        return whiten(self.factor, vectors)

    def multiply(self, vectors):
        return np.matmul(self.factor, vectors[..., np.newaxis])[..., 0]

    def multiply_factor(self, factors):
        return self.factor @ factors

    def at_long_run(self, vectors):
        return self.divide(vectors @ self.long_run.T)


@dataclass(kw_only=True, repr=False, eq=False)
class BaseScale(BaseConditioning):
    """Base of the strategies that increments can be divided by."""

    @abstractmethod
    def scale(self, history):
        """Scale of the next increment.

        Parameters
        ----------
        history : ndarray of shape (n_paths, n_memory)
            Histories that include the present rows.

        Returns
        -------
        UnitScale
            A volatility for each series, or a factor.
        """


@dataclass(kw_only=True, repr=False, eq=False)
class NoScale(BaseScale):
    """Scale of one, the default: increments are not divided.

    As conditioning it gives the logarithm of the scale, a column of zeros.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.conditioning import NoScale
    >>> NoScale().scale(np.empty((3, 0))).variance
    1.0
    """

    def vector(self, history, states, clock):
        return np.zeros((len(states), 1))

    def scale(self, history):
        return UnitScale()
