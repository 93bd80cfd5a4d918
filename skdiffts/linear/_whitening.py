"""Linear maps from innovations to residuals."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from skdiffts._gaussian import log_det

__all__ = ["WHITENINGS", "CholeskyRoot", "SeriesScale", "SoftenedRoot", "Whitening"]

# Multiple of the identity that softens the correlation: directions of tiny variance, whose
# distribution is the first to change, are not blown up.
SOFTNESS = 1.0


@dataclass(frozen=True, eq=False)
class Whitening(ABC):
    """Square matrix that turns innovations into residuals.

    Parameters
    ----------
    matrix : ndarray of shape (d, d)
        Matrix W; residuals are W times innovations.
    inverse : ndarray of shape (d, d)
        Its inverse, the volatility factor.
    log_det : float
        Log-determinant of W.
    """

    matrix: np.ndarray
    inverse: np.ndarray
    log_det: float

    @classmethod
    @abstractmethod
    def fit(cls, scale, correlation) -> Self:
        """Derive the map from a covariance.

        Parameters
        ----------
        scale : ndarray of shape (d,)
            Standard deviations.
        correlation : ndarray of shape (d, d)
            Positive definite correlation matrix.

        Returns
        -------
        Whitening
            The map.
        """

    def whiten(self, innovations):
        """Residuals of innovations.

        Parameters
        ----------
        innovations : ndarray of shape (n_rows, d)
            Rows in the units of the series.

        Returns
        -------
        ndarray of shape (n_rows, d)
            Residuals.
        """
        return innovations @ self.matrix.T

    def unwhiten(self, residuals):
        """Innovations with given residuals.

        Parameters
        ----------
        residuals : ndarray of shape (n_rows, d)
            Residuals.

        Returns
        -------
        ndarray of shape (n_rows, d)
            Rows in the units of the series.
        """
        return residuals @ self.inverse.T


class SoftenedRoot(Whitening):
    r"""Softened symmetric root of the correlation.

    .. math:: W = \Bigl(\frac{C + I}{2}\Bigr)^{-1/2} D^{-1/2}

    Residuals stand near the series that they are named after, and their order follows the
    order of the columns. They are not white: the correlation that is left is small.
    """

    @classmethod
    def fit(cls, scale, correlation):
        values, vectors = np.linalg.eigh(correlation)
        values = (values + SOFTNESS) / (1.0 + SOFTNESS)
        inverse = scale[:, np.newaxis] * ((vectors * np.sqrt(values)) @ vectors.T)
        matrix = ((vectors / np.sqrt(values)) @ vectors.T) / scale
        size = -0.5 * np.log(values).sum() - np.log(scale).sum()
        return cls(matrix, inverse, size)


class CholeskyRoot(Whitening):
    """Inverse of the lower Cholesky factor: white, in an order of its own."""

    @classmethod
    def fit(cls, scale, correlation):
        factor = scale[:, np.newaxis] * cholesky(correlation, lower=True)
        matrix = solve_triangular(factor, np.eye(len(scale)), lower=True)
        return cls(matrix, factor, -log_det(factor))


class SeriesScale(Whitening):
    """Standard deviations alone: residuals are as correlated as the series."""

    @classmethod
    def fit(cls, scale, correlation):
        return cls(np.diag(1.0 / scale), np.diag(scale), -np.log(scale).sum())


WHITENINGS: dict[str, type[Whitening]] = {
    "softened": SoftenedRoot,
    "cholesky": CholeskyRoot,
    "series": SeriesScale,
}
