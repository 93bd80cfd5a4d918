"""Gaussian distributions: whitening, density, and the map from one to another."""

import numpy as np
from scipy.linalg import solve_triangular

__all__ = ["log_density", "log_det", "transport", "whiten"]


def whiten(factor, rows):
    r"""Multiply rows by the inverse of a lower triangular factor.

    Parameters
    ----------
    factor : ndarray of shape (d, d) or (n_rows, d, d)
        Lower triangular factor L, one for all rows or one for each.
    rows : ndarray of shape (n_rows, d)
        Centred rows r.

    Returns
    -------
    ndarray of shape (n_rows, d)
        Rows :math:`L^{-1} r`.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts._gaussian import whiten
    >>> whiten(np.diag([2.0, 4.0]), np.array([[2.0, 2.0]]))
    array([[1. , 0.5]])
    """
    if factor.ndim == 2:
        # A product of many rows takes a fraction of the time of their triangular solve.
        inverse = solve_triangular(factor, np.eye(len(factor)), lower=True)
        return rows @ inverse.T
    # NumPy has no batched triangular solve, and SciPy's is a loop in Python.
    return np.linalg.solve(factor, rows[..., np.newaxis])[..., 0]


def log_det(factor):
    """Log-determinant of a triangular factor with a positive diagonal.

    Parameters
    ----------
    factor : ndarray of shape (..., d, d)
        Triangular factors: half the log-determinant of their covariances.

    Returns
    -------
    float or ndarray of shape (...)
        Log-determinants.
    """
    return np.log(np.diagonal(factor, axis1=-2, axis2=-1)).sum(axis=-1)


def log_density(factor, rows):
    r"""Log-density of :math:`N(0, L L')`.

    Parameters
    ----------
    factor : ndarray of shape (d, d) or (n_rows, d, d)
        Lower triangular factor L, one for all rows or one for each.
    rows : ndarray of shape (n_rows, d)
        Centred rows.

    Returns
    -------
    ndarray of shape (n_rows,)
        Log-densities, in nats.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts._gaussian import log_density
    >>> log_density(np.eye(2), np.zeros((1, 2))).round(3)
    array([-1.838])
    """
    d = rows.shape[-1]
    squared = (whiten(factor, rows) ** 2).sum(axis=-1)
    return -0.5 * (squared + d * np.log(2.0 * np.pi)) - log_det(factor)


def transport(source, target):
    r"""Symmetric matrix that maps one covariance to another.

    .. math:: A = \Sigma^{-1/2} (\Sigma^{1/2} S \Sigma^{1/2})^{1/2} \Sigma^{-1/2},
        \qquad A \Sigma A = S

    It is the optimal transport between centred Gaussians [1]_: of all maps that do so,
    the one that moves rows least.

    Parameters
    ----------
    source, target : ndarray of shape (d, d)
        Covariances :math:`\Sigma` and S. Directions without variance in the source are
        mapped to zero.

    Returns
    -------
    ndarray of shape (d, d)
        Matrix A.

    References
    ----------
    .. [1] M. Knott and C. S. Smith, "On the optimal mapping of distributions", Journal
       of Optimization Theory and Applications 43, 1984.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts._gaussian import transport
    >>> transport(np.diag([4.0, 1.0]), np.diag([1.0, 9.0]))
    array([[0.5, 0. ],
           [0. , 3. ]])
    """
    variances, axes = np.linalg.eigh(source)
    dead = variances <= len(variances) * np.finfo(float).eps * variances[-1]
    scale = np.sqrt(np.where(dead, 0.0, variances))
    root = axes * scale @ axes.T
    inverse = axes / np.where(dead, np.inf, scale) @ axes.T
    values, vectors = np.linalg.eigh(root @ target @ root)
    middle = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    return inverse @ middle @ inverse
