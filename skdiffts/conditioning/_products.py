"""Correlations from mean products of series."""

import numpy as np

__all__ = ["correlations", "symmetric"]


def symmetric(products):
    """Symmetric matrices from their lower triangles.

    Parameters
    ----------
    products : ndarray of shape (..., d (d + 1) / 2)
        Lower triangles, row by row.

    Returns
    -------
    ndarray of shape (..., d, d)
        Matrices.
    """
    d = int(np.sqrt(2 * products.shape[-1]))
    rows, columns = np.tril_indices(d)
    matrices = np.empty((*products.shape[:-1], d, d))
    matrices[..., rows, columns] = products
    matrices[..., columns, rows] = products
    return matrices


def correlations(products):
    """Correlations of mean products; a series that never moves has none.

    Parameters
    ----------
    products : ndarray of shape (..., d, d)
        Mean products.

    Returns
    -------
    ndarray of shape (..., d, d)
        Matrices with unit diagonal.
    """
    variance = np.diagonal(products, axis1=-2, axis2=-1)
    deviation = np.sqrt(np.where(variance > 0.0, variance, 1.0))
    matrices = products / deviation[..., :, np.newaxis] / deviation[..., np.newaxis, :]
    diagonal = np.arange(products.shape[-1])
    matrices[..., diagonal, diagonal] = 1.0
    return matrices
