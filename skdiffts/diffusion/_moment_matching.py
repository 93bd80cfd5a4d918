"""Moment matching: an affine map that gives draws the mean and scatter of the data."""

import numpy as np
from sklearn.covariance import ledoit_wolf

from skdiffts._gaussian import transport, whiten
from skdiffts._student import fit_student, squared_distances, student_weights

__all__ = ["moment_map"]

# Largest correction applied. A larger mismatch means failed training or tails too heavy
# for moments; the draws are then left unchanged.
LARGEST_FACTOR = 2.0
LARGEST_SHIFT = 0.5


def moment_map(draws, rows):
    r"""Affine map that gives draws the mean and the scatter of rows.

    .. math:: u \mapsto u A + b, \qquad
              A = \Sigma^{-1/2} (\Sigma^{1/2} S \Sigma^{1/2})^{1/2} \Sigma^{-1/2}

    with the scatter :math:`\Sigma` of the draws and S of the rows, the latter shrunk
    (Ledoit-Wolf): of all such maps the one that moves draws least (optimal transport
    between Gaussians). The scatter is the covariance of weighted rows; the weights
    come from the t distribution that fits the rows best, so that far rows have the less
    influence, the heavier the tails. Without heavy tails it is the covariance.

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
    center, shape, degrees = fit_student(rows)
    weights = student_weights(squared_distances(rows, center, shape), d, degrees)
    weighted = np.sqrt(weights)[:, np.newaxis] * (rows - center)
    target, _ = ledoit_wolf(weighted, assume_centered=True)
    _, scatter, _ = fit_student(draws, degrees)
    matrix = transport(scatter, target)
    factors = np.linalg.eigvalsh(matrix)
    if factors[0] <= 1.0 / LARGEST_FACTOR or factors[-1] >= LARGEST_FACTOR:
        return nothing
    gap = rows.mean(axis=0) - draws.mean(axis=0)
    if (
        np.linalg.norm(whiten(np.linalg.cholesky(scatter), gap[np.newaxis]))
        > LARGEST_SHIFT
    ):
        return nothing
    return matrix, rows.mean(axis=0) - draws.mean(axis=0) @ matrix
