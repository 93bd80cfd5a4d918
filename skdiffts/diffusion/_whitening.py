"""Invertible map to coordinates of like widths."""

import copy

import numpy as np
from sklearn.covariance import ledoit_wolf

from skdiffts.diffusion._marginal import ColumnMap, MarginalMap

__all__ = ["Whitening"]

# Eigenvalues of the correlation matrix below this share of the largest are raised to
# it: a duplicated column keeps a width that the density can bear.
EIGENVALUE_FLOOR = 1e-6
# Directions narrower than this share of the widest are widened to it. A network finds
# wide directions first and all at once what is of one width: 1 would blow up the noise
# in narrow directions, and with 0 a network would not see them.
WIDTH_FLOOR = 1.0 / 6.0


class Whitening:
    r"""Standardised columns whose narrow directions are widened.

    .. math:: u = V K \Lambda^{-1/2} V' D^{-1} (g(x) - \bar g)

    with the standard deviations D and the eigenvectors V of the Ledoit-Wolf estimate of
    the correlation matrix of g(x). The widths K are the roots of its eigenvalues, none
    less than a sixth of the largest, times one number that makes the mean variance of u
    one. Where no direction is that narrow this is a scaling of each column; it never
    turns columns into others, so that what a column stands for is there to be found.

    The draws do not depend on K, but for what the network can learn. On a mixture of
    five Gaussians in 20 dimensions full whitening (K = 1) costs it a nat.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Training rows.
    marginal : MarginalMap, default=None
        Map g; None is the identity.
    """

    def __init__(self, X, marginal=None):
        if marginal is None:
            marginal = MarginalMap([ColumnMap()] * X.shape[1])
        self.marginal = marginal
        X = marginal.transform(X)
        self.mean = X.mean(axis=0)
        scale = X.std(axis=0)
        # A constant column gets a width that is negligible beside its value.
        tiny = 1e-6 * np.where(self.mean == 0.0, 1.0, np.abs(self.mean))
        scale = np.where(scale > 1e-9 * np.abs(self.mean), scale, tiny)
        covariance, _ = ledoit_wolf((X - self.mean) / scale, assume_centered=True)
        eigenvalues, vectors = np.linalg.eigh(covariance)
        floor = EIGENVALUE_FLOOR * max(eigenvalues[-1], EIGENVALUE_FLOOR)
        roots = np.sqrt(np.maximum(eigenvalues, floor))
        widths = np.maximum(roots, WIDTH_FLOOR * roots[-1])
        widths /= np.sqrt(np.mean(widths**2))
        self.narrowest = widths.min()
        factors = widths / roots
        self.matrix = (vectors * factors) @ vectors.T / scale[:, np.newaxis]
        self.inverse = (vectors / factors) @ vectors.T * scale
        self.log_det = np.log(factors).sum() - np.log(scale).sum()

    def followed_by(self, matrix, shift):
        """Whitening whose inverse first maps u to ``u @ matrix + shift``."""
        other = copy.copy(self)
        other.matrix = self.matrix @ np.linalg.inv(matrix)
        other.inverse = matrix @ self.inverse
        other.mean = self.mean + shift @ self.inverse
        other.log_det = self.log_det - np.linalg.slogdet(matrix)[1]
        return other

    def transform(self, X):
        """Whitened rows."""
        return (self.marginal.transform(X) - self.mean) @ self.matrix

    def inverse_transform(self, U):
        """Rows in the units of the data."""
        return self.marginal.inverse_transform(U @ self.inverse + self.mean)

    def log_jacobian(self, X):
        """Log-determinant of the Jacobian at rows."""
        value, _ = self.marginal.log_slope(X)
        return self.log_det + value.sum(axis=1)

    def pull_back(self, score, X):
        """Score at rows X, given that of the whitened rows.

        By the chain rule for their densities, so the map's own slope has a part.
        """
        value, derivative = self.marginal.log_slope(X)
        return score @ self.matrix.T * np.exp(value) + derivative
