"""Mean and covariance of draws made those of the data."""

import numpy as np
from sklearn.covariance import ledoit_wolf

__all__ = ["moment_map"]

# What a trained network can be off by. Beyond, the tails are so heavy that moments of
# draws say little: nothing is changed then.
LARGEST_FACTOR = 2.0
LARGEST_SHIFT = 0.5


def moment_map(draws, rows):
    r"""Affine map that gives draws the mean and the covariance of rows.

    .. math:: u \mapsto u A + b, \qquad
              A = \Sigma^{-1/2} (\Sigma^{1/2} S \Sigma^{1/2})^{1/2} \Sigma^{-1/2}

    with the covariance :math:`\Sigma` of the draws and the Ledoit-Wolf estimate S of that
    of the rows: of all such maps the one that moves draws least (optimal transport
    between Gaussians).

    Parameters
    ----------
    draws : ndarray of shape (n_draws, n_features)
        Draws from a model of the rows.
    rows : ndarray of shape (n_samples, n_features)
        Data.

    Returns
    -------
    matrix : ndarray of shape (n_features, n_features)
        Symmetric factor A.
    shift : ndarray of shape (n_features,)
        Shift b.
    """
    d = rows.shape[1]
    nothing = np.eye(d), np.zeros(d)
    if not np.isfinite(draws).all():
        return nothing
    target, _ = ledoit_wolf(rows)
    covariance = np.cov(draws, rowvar=False).reshape(d, d)
    variances, axes = np.linalg.eigh(covariance)
    if variances[0] <= 0.0:
        return nothing
    root = axes * np.sqrt(variances) @ axes.T
    inverse = axes / np.sqrt(variances) @ axes.T
    values, vectors = np.linalg.eigh(root @ target @ root)
    middle = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    matrix = inverse @ middle @ inverse
    gap = rows.mean(axis=0) - draws.mean(axis=0)
    factors = np.linalg.eigvalsh(matrix)
    small = factors[0] > 1.0 / LARGEST_FACTOR and factors[-1] < LARGEST_FACTOR
    if not small or np.linalg.norm(gap @ inverse) > LARGEST_SHIFT:
        return nothing
    return matrix, rows.mean(axis=0) - draws.mean(axis=0) @ matrix
