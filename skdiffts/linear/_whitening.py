"""Linear maps from innovations to residuals."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from skdiffts._gaussian import log_det

__all__ = ["WHITENINGS", "Whitening", "cholesky_root", "series_scale", "softened_root"]

# Multiple of the identity that softens the correlation: directions of tiny variance, whose
# distribution is the first to change, are not blown up.
SOFTNESS = 1.0


@dataclass(frozen=True, eq=False)
class Whitening:
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


def softened_root(scale, correlation):
    r"""Softened symmetric root of the correlation.

    .. math:: W = \Bigl(\frac{C + I}{2}\Bigr)^{-1/2} D^{-1/2}

    Residuals stand near the series that they are named after, and follow the order of the
    columns. They are not quite white, but their correlation is small.

    Parameters
    ----------
    scale : ndarray of shape (d,)
        Standard deviations, the diagonal of the root of D.
    correlation : ndarray of shape (d, d)
        Positive definite correlation matrix C.

    Returns
    -------
    Whitening
        The map.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.linear import softened_root
    >>> softened_root(np.array([1.0, 2.0]), np.eye(2)).matrix
    array([[1. , 0. ],
           [0. , 0.5]])
    """
    values, vectors = np.linalg.eigh(correlation)
    values = (values + SOFTNESS) / (1.0 + SOFTNESS)
    inverse = scale[:, np.newaxis] * ((vectors * np.sqrt(values)) @ vectors.T)
    matrix = ((vectors / np.sqrt(values)) @ vectors.T) / scale
    size = -0.5 * np.log(values).sum() - np.log(scale).sum()
    return Whitening(matrix, inverse, size)


def cholesky_root(scale, correlation):
    """Inverse of the lower Cholesky factor: white, but dependent on the columns' order.

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
    factor = scale[:, np.newaxis] * cholesky(correlation, lower=True)
    matrix = solve_triangular(factor, np.eye(len(scale)), lower=True)
    return Whitening(matrix, factor, -log_det(factor))


def series_scale(scale, correlation):
    """Divide by standard deviations: residuals are as correlated as the series.

    Parameters
    ----------
    scale : ndarray of shape (d,)
        Standard deviations.
    correlation : ndarray of shape (d, d)
        Not used.

    Returns
    -------
    Whitening
        The map.
    """
    return Whitening(np.diag(1.0 / scale), np.diag(scale), -np.log(scale).sum())


WHITENINGS = {
    "softened": softened_root,
    "cholesky": cholesky_root,
    "series": series_scale,
}
