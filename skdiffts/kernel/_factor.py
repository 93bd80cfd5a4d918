"""Volatility factors: a lower triangle for each row, or one matrix for all rows."""

from dataclasses import dataclass

import numpy as np

from skdiffts._gaussian import log_det, whiten
from skdiffts.linear import Whitening

__all__ = ["RowFactors", "SharedFactor"]


@dataclass(frozen=True, eq=False)
class RowFactors:
    """Lower Cholesky factor of each row.

    Parameters
    ----------
    factors : ndarray of shape (n_rows, n_features, n_features)
        Lower triangular matrices.
    """

    factors: np.ndarray

    @property
    def log_det(self):
        """Log-determinant for each row."""
        return log_det(self.factors)

    def whiten(self, innovations):
        """Multiply by the inverse factors."""
        return whiten(self.factors, innovations)

    def multiply(self, residuals):
        """Multiply by the factors."""
        return np.matmul(self.factors, residuals[..., np.newaxis])[..., 0]

    def cholesky(self, n_rows):
        """Lower Cholesky factor of each row."""
        return self.factors


@dataclass(frozen=True, eq=False)
class SharedFactor:
    """One square factor of the covariance for all rows.

    Parameters
    ----------
    whitening : Whitening
        The factor and its inverse.
    """

    whitening: Whitening

    @property
    def log_det(self):
        """Log-determinant of the factor."""
        return -self.whitening.log_det

    def whiten(self, innovations):
        """Multiply by the inverse factor."""
        return self.whitening.whiten(innovations)

    def multiply(self, residuals):
        """Multiply by the factor."""
        return self.whitening.unwhiten(residuals)

    def cholesky(self, n_rows):
        """Lower Cholesky factor of the covariance, read-only for each row."""
        inverse = self.whitening.inverse
        if np.any(np.triu(inverse, 1)):
            inverse = np.linalg.cholesky(inverse @ inverse.T)
        return np.broadcast_to(inverse, (n_rows, *inverse.shape))
