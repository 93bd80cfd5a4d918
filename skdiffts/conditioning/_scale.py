"""Scales that standardise innovations: none, volatilities, margins, or a factor."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from skdiffts._gaussian import log_det, whiten
from skdiffts._strategy import DefaultPartsMixin
from skdiffts.conditioning._base import BaseConditioning
from skdiffts.conditioning._margins import RankMargins, StudentMargins

__all__ = [
    "BaseScale",
    "CorrelatedScale",
    "DiagonalScale",
    "MarginScale",
    "NoScale",
    "OverVolatilityMixin",
    "TriangularScale",
    "UnitScale",
]


class UnitScale:
    """Scale of one: increments stay as they are."""

    @property
    def variance(self):
        """Variance of each series per unit time."""
        return 1.0

    @property
    def long_run_variance(self):
        """Variance of each series per unit time in the long run, at this level."""
        return self.variance

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

    def log_slope(self, vectors):
        """Log-determinant of the derivative of ``divide`` at vectors."""
        return np.zeros(len(vectors))


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

    @property
    def long_run_variance(self):
        """Squares of the long-run standard deviations."""
        return self.long_run**2

    def divide(self, vectors):
        return vectors / self.volatility

    def multiply(self, vectors):
        return vectors * self.volatility

    def multiply_factor(self, factors):
        return factors * self.volatility[:, :, np.newaxis]

    def at_long_run(self, vectors):
        return vectors * (self.long_run / self.volatility)

    def log_slope(self, vectors):
        return -np.log(self.volatility).sum(axis=1)


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

    @property
    def long_run_variance(self):
        """Diagonal of the long-run covariance."""
        return (self.long_run**2).sum(axis=1)

    def divide(self, vectors):
        return whiten(self.factor, vectors)

    def multiply(self, vectors):
        return _product(self.factor, vectors)

    def multiply_factor(self, factors):
        return self.factor @ factors

    def at_long_run(self, vectors):
        return self.divide(vectors @ self.long_run.T)

    def log_slope(self, vectors):
        return -log_det(self.factor)


@dataclass(frozen=True, eq=False)
class MarginScale(UnitScale):
    r"""Volatility of each series, then a map of each series to normal scores.

    ``divide`` is :math:`g_j = \Phi^{-1}(F_j(r_j / \sigma_j))` and ``multiply`` its
    inverse. Both are nonlinear: what concerns covariances takes the volatilities alone,
    as the distributions F have unit variance.

    Parameters
    ----------
    diagonal : DiagonalScale
        Volatilities.
    margins : StudentMargins or RankMargins
        Distributions F.
    """

    diagonal: DiagonalScale
    margins: StudentMargins | RankMargins

    @property
    def variance(self):
        """Variance of each series per unit time."""
        return self.diagonal.variance

    @property
    def long_run_variance(self):
        """Variance of each series per unit time in the long run."""
        return self.diagonal.long_run_variance

    def divide(self, vectors):
        return self.margins.transform(self.diagonal.divide(vectors))

    def multiply(self, vectors):
        return self.diagonal.multiply(self.margins.inverse_transform(vectors))

    def multiply_factor(self, factors):
        return self.diagonal.multiply_factor(factors)

    def at_long_run(self, vectors):
        unit = self.margins.inverse_transform(vectors)
        return self.divide(self.diagonal.long_run * unit)

    def log_slope(self, vectors):
        slopes = self.margins.log_slope(self.diagonal.divide(vectors)).sum(axis=1)
        return slopes + self.diagonal.log_slope(vectors)


@dataclass(frozen=True, eq=False)
class CorrelatedScale(UnitScale):
    r"""Scale of each series, then the inverse factor of a correlation of all.

    ``divide`` is :math:`e = L^{-1} g` with the normal scores or standardised innovations
    g that the inner scale gives.

    Parameters
    ----------
    inner : DiagonalScale or MarginScale
        Scale of each series.
    factor : ndarray of shape (n_paths, n_features, n_features)
        Lower Cholesky factors L of the correlations.
    long_run : ndarray of shape (n_features, n_features)
        Lower Cholesky factor of the long run.
    """

    inner: UnitScale
    factor: np.ndarray
    long_run: np.ndarray

    @property
    def variance(self):
        """Variance of each series per unit time."""
        return self.inner.variance

    @property
    def long_run_variance(self):
        """Variance of each series per unit time in the long run."""
        return self.inner.long_run_variance

    def divide(self, vectors):
        return whiten(self.factor, self.inner.divide(vectors))

    def multiply(self, vectors):
        return self.inner.multiply(_product(self.factor, vectors))

    def multiply_factor(self, factors):
        return self.inner.multiply_factor(self.factor @ factors)

    def at_long_run(self, vectors):
        return whiten(self.factor, self.inner.at_long_run(vectors @ self.long_run.T))

    def log_slope(self, vectors):
        return self.inner.log_slope(vectors) - log_det(self.factor)


@dataclass(kw_only=True, repr=False, eq=False)
class BaseScale(BaseConditioning):
    """Base of the strategies that innovations can be divided by."""

    @property
    def has_margins(self):
        """Whether each series is mapped to normal scores by a distribution of its own."""
        return False

    def remembers_innovations(self, states):
        """Tell whether the scale of paths depends on their past innovations.

        Parameters
        ----------
        states : ndarray of shape (n_paths, n_features)
            First rows of paths.

        Returns
        -------
        bool
            True for a history with any numbers, unless these are the rows themselves.
        """
        return self.start(states).shape[1] > 0

    def fit(self, paths, dt, drift=None):
        """Learn the scale from training paths.

        Parameters
        ----------
        paths : Paths
            Training paths.
        dt : ndarray of shape (n_transitions,)
            Length of each transition in time.
        drift : ndarray of shape (n_transitions, n_features), default=None
            Conditional mean of each increment per unit time; None is zero.

        Returns
        -------
        BaseScale
            The strategy itself.
        """
        return self

    def rescaled(self, paths, dt, drift=None):
        """Copy with the long run of other innovations, all else as it is.

        Parameters
        ----------
        paths : Paths
            Paths.
        dt : ndarray of shape (n_transitions,)
            Length of each transition in time.
        drift : ndarray of shape (n_transitions, n_features), default=None
            Conditional mean of each increment per unit time; None is zero.

        Returns
        -------
        BaseScale
            The copy; the strategy itself if it has no long run that could be renewed.
        """
        return self

    @abstractmethod
    def scale(self, history, clock=None):
        """Scale of the next innovation.

        Parameters
        ----------
        history : ndarray of shape (n_paths, n_memory)
            History that includes the present rows.
        clock : ndarray of shape (n_paths,), default=None
            Clock of the present rows; strategies with ``uses_clock`` need it.

        Returns
        -------
        UnitScale
            A volatility for each series, or a factor.
        """


class OverVolatilityMixin(DefaultPartsMixin):
    """Clock and margins of a scale that has another one as its part ``volatility``."""

    volatility: BaseScale | None

    @property
    def uses_clock(self):
        """Whether the scale depends on the clock."""
        return self.volatility is not None and self.volatility.uses_clock

    @property
    def has_margins(self):
        """Whether each series is mapped to normal scores by a distribution of its own."""
        return self._part("volatility").has_margins


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

    def scale(self, history, clock=None):
        return UnitScale()


def _product(factors, vectors):
    """Products of matrices and vectors, path by path."""
    return np.matmul(factors, vectors[..., np.newaxis])[..., 0]
