"""Whitening: an invertible map to coordinates of similar widths."""

import copy

import numpy as np
from sklearn.covariance import ledoit_wolf

from skdiffts.linear import StructuredCovariance
from skdiffts.marginals import Identity

__all__ = ["Whitening"]

# Eigenvalues of the correlation matrix below this share of the largest are raised to
# it: a duplicated column keeps a width that the density can bear.
EIGENVALUE_FLOOR = 1e-6
# Floor on the width of a principal direction, relative to the widest. Networks learn wide
# directions first: equal widths (1) amplify the noise of narrow ones, and without a floor
# (0) these are not learnt at all.
WIDTH_FLOOR = 1.0 / 6.0
# Columns from which the correlation is shrunk to structure: undoing the sample's own
# correlation would remove chance correlations for good.
MANY_COLUMNS = 21


class Whitening:
    r"""Standardised columns whose narrow directions are widened.

    .. math:: u = V K \Lambda^{-1/2} V' D^{-1} (g(x) - \bar g)

    with the standard deviations D and the eigenvectors V of a shrunk estimate of the
    correlation matrix of g(x): Ledoit and Wolf's, from 21 columns on one with
    structure (:class:`skdiffts.linear.StructuredCovariance`). The widths K are the roots
    of its eigenvalues, none less than a sixth of the largest, times one number that makes
    the mean variance of u one. Without narrow directions it only scales each column.
    Columns are never rotated into others, so that column-wise structure stays
    column-wise.

    K matters only for what the network can learn: on a mixture of five Gaussians in 20
    dimensions full whitening (K = 1) costs a nat.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Training rows.
    column_map : FittedColumns, default=None
        Map g; None is the identity.

    Attributes
    ----------
    mean : ndarray of shape (n_features,)
        Mean of the mapped rows.
    matrix, inverse : ndarray of shape (n_features, n_features)
        Factor from centred mapped rows to u, and its inverse.
    log_det : float
        Log-determinant of ``matrix``.
    narrowest : float
        Smallest of the widths K.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.process import Whitening
    >>> X = np.random.RandomState(0).standard_normal((100, 2)) * [1.0, 10.0]
    >>> whitening = Whitening(X)
    >>> u = whitening.transform(X)
    >>> bool(abs(np.mean(u**2) - 1.0) < 0.02)
    True
    >>> np.allclose(whitening.inverse_transform(u), X)
    True
    """

    def __init__(self, X, column_map=None):
        self.column_map = Identity().build(X) if column_map is None else column_map
        X = self.column_map.transform(X)
        self.mean = X.mean(axis=0)
        scale = X.std(axis=0)
        # A constant column gets a width that is negligible beside its value.
        tiny = 1e-6 * np.where(self.mean == 0.0, 1.0, np.abs(self.mean))
        scale = np.where(scale > 1e-9 * np.abs(self.mean), scale, tiny)
        eigenvalues, vectors = np.linalg.eigh(_correlation((X - self.mean) / scale))
        floor = EIGENVALUE_FLOOR * max(eigenvalues[-1], EIGENVALUE_FLOOR)
        roots = np.sqrt(np.maximum(eigenvalues, floor))
        widths = np.maximum(roots, WIDTH_FLOOR * roots[-1])
        widths /= np.sqrt(np.mean(widths**2))
        self.narrowest = widths.min()
        factors = widths / roots
        self.matrix = (vectors * factors) @ vectors.T / scale[:, np.newaxis]
        self.inverse = (vectors / factors) @ vectors.T * scale
        self.log_det = np.log(factors).sum() - np.log(scale).sum()

    @property
    def affine(self):
        """Whether the whitening is a linear map and a shift, by trial."""
        probe = 3.0 * np.random.RandomState(0).standard_normal((16, len(self.mean)))
        shift = probe @ self.inverse
        mapped = self.inverse_transform(probe) - self.mean
        return np.allclose(mapped, shift, atol=1e-9 * np.abs(shift).max())

    def followed_by(self, matrix, shift):
        """Compose with an affine map of the whitened rows.

        Parameters
        ----------
        matrix : ndarray of shape (n_features, n_features)
            Factor.
        shift : ndarray of shape (n_features,)
            Shift.

        Returns
        -------
        Whitening
            Whitening whose inverse first maps u to ``u @ matrix + shift``.
        """
        other = copy.copy(self)
        other.matrix = self.matrix @ np.linalg.inv(matrix)
        other.inverse = matrix @ self.inverse
        other.mean = self.mean + shift @ self.inverse
        other.log_det = self.log_det - np.linalg.slogdet(matrix)[1]
        return other

    def transform(self, X):
        """Whiten rows.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Rows in the units of the data.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Rows u.
        """
        return (self.column_map.transform(X) - self.mean) @ self.matrix

    def inverse_transform(self, U):
        """Undo the whitening.

        Parameters
        ----------
        U : ndarray of shape (n_samples, n_features)
            Whitened rows.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Rows in the units of the data.
        """
        return self.column_map.inverse_transform(U @ self.inverse + self.mean)

    def log_jacobian(self, X):
        """Log-determinant of the Jacobian at rows.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Rows in the units of the data.

        Returns
        -------
        ndarray of shape (n_samples,)
            Log-determinants.
        """
        value, _ = self.column_map.log_slope(X)
        return self.log_det + value.sum(axis=1)

    def pull_back(self, score, X):
        """Score at rows, from the score at the whitened rows.

        By the chain rule for densities, in which the Jacobian has a gradient, too.

        Parameters
        ----------
        score : ndarray of shape (n_samples, n_features)
            Gradient of the log-density of u.
        X : ndarray of shape (n_samples, n_features)
            Rows in the units of the data.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Gradient of the log-density of the rows.
        """
        value, derivative = self.column_map.log_slope(X)
        return score @ self.matrix.T * np.exp(value) + derivative


def _correlation(rows):
    """Shrunk second moments of standardised rows."""
    n, d = rows.shape
    if d < MANY_COLUMNS or n < 2 * MANY_COLUMNS:
        return ledoit_wolf(rows, assume_centered=True)[0]
    return StructuredCovariance.fit(rows).correlation
