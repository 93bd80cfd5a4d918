"""Invertible affine map to coordinates with covariance near I."""

import numpy as np
from sklearn.covariance import ledoit_wolf

__all__ = ["Whitening"]

# Eigenvalues of the correlation matrix below this share of the largest are raised to
# it: a duplicated column keeps a width that the density can bear.
EIGENVALUE_FLOOR = 1e-6


class Whitening:
    r"""PCA whitening with a shrunk covariance.

    .. math:: u = \Lambda^{-1/2} V' D^{-1} (x - \bar x)

    with the standard deviations D and the eigenvectors V of the Ledoit-Wolf estimate of
    the correlation matrix.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Training rows.
    """

    def __init__(self, X):
        self.mean = X.mean(axis=0)
        scale = X.std(axis=0)
        # A constant column gets a width that is negligible beside its value.
        tiny = 1e-6 * np.where(self.mean == 0.0, 1.0, np.abs(self.mean))
        scale = np.where(scale > 1e-9 * np.abs(self.mean), scale, tiny)
        covariance, _ = ledoit_wolf((X - self.mean) / scale, assume_centered=True)
        eigenvalues, vectors = np.linalg.eigh(covariance)
        floor = EIGENVALUE_FLOOR * max(eigenvalues[-1], EIGENVALUE_FLOOR)
        roots = np.sqrt(np.maximum(eigenvalues, floor))
        self.matrix = vectors / roots / scale[:, np.newaxis]
        self.inverse = (vectors * roots).T * scale
        self.log_det = -np.log(roots).sum() - np.log(scale).sum()

    def transform(self, X):
        """Whitened rows."""
        return (X - self.mean) @ self.matrix

    def inverse_transform(self, U):
        """Rows in the units of the data."""
        return U @ self.inverse + self.mean
