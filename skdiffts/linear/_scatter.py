"""Second moments of rows: robust weights, and quadratic forms with one row deleted."""

import numpy as np
from scipy.linalg import cholesky

from skdiffts._gaussian import whiten
from skdiffts.linear._radius import StudentRadius

__all__ = ["deleted_forms", "forms_of", "robust_weights", "second_moments"]

N_ITERATIONS = 4
# Least share of the identity in the matrix that judges how far out a row is.
MIN_SHRINKAGE = 0.1
# Least 1 - leverage: a row alone in its direction is not infinitely far from the others.
MIN_LEFT = 0.05


def second_moments(rows, weights):
    """Root mean squares of the columns, and correlation matrix about zero.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, d)
        Centred rows.
    weights : ndarray of shape (n_rows,)
        Weights of their outer products.

    Returns
    -------
    scale : ndarray of shape (d,)
        Root mean squares; one for a column of zeros.
    correlation : ndarray of shape (d, d)
        Matrix with ones on the diagonal.
    """
    root = np.sqrt(weights / weights.sum())[:, np.newaxis]
    weighted = root * rows
    scale = np.sqrt((weighted**2).sum(axis=0))
    scale = np.where(scale > 0.0, scale, 1.0)
    weighted /= scale
    correlation = weighted.T @ weighted
    np.fill_diagonal(correlation, 1.0)
    return scale, correlation


def forms_of(factor, scaled):
    """Quadratic forms of rows, given a Cholesky factor.

    Parameters
    ----------
    factor : ndarray of shape (d, d)
        Lower triangular factor.
    scaled : ndarray of shape (n_rows, d)
        Rows in the units of the factor.

    Returns
    -------
    ndarray of shape (n_rows,)
        Squared Mahalanobis distances.
    """
    return (whiten(factor, scaled) ** 2).sum(axis=1)


def deleted_forms(forms, shares):
    r"""Quadratic forms and log-determinants after each row is deleted from the matrix.

    With :math:`A_{-i} = A - c_i r_i r_i'` and :math:`q_i = r_i' A^{-1} r_i`,

    .. math::
        r_i' A_{-i}^{-1} r_i = \frac{q_i}{1 - c_i q_i}, \qquad
        \log\det A_{-i} = \log\det A + \log(1 - c_i q_i)

    Parameters
    ----------
    forms : ndarray of shape (n_rows,)
        Quadratic forms q with the matrix A.
    shares : ndarray of shape (n_rows,)
        Weight c of each outer product in A.

    Returns
    -------
    forms : ndarray of shape (n_rows,)
        Quadratic forms with the row deleted.
    change : ndarray of shape (n_rows,)
        Change of the log-determinant.
    """
    left = np.maximum(1.0 - shares * forms, MIN_LEFT)
    return forms / left, np.log(left)


def robust_weights(rows, importance):
    """Row weights of the scatter matrix of a multivariate t distribution.

    Alternates between the matrix, shrunk towards its diagonal, and the most likely radius
    of the rows, each with itself deleted.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, d)
        Centred rows.
    importance : ndarray of shape (n_rows,)
        Importance of the rows, with mean one.

    Returns
    -------
    ndarray of shape (n_rows,)
        Weights with mean one, without the importance.

    References
    ----------
    .. [1] D. Tyler, "A Distribution-Free M-Estimator of Multivariate Scatter", Annals of
       Statistics, 1987.
    """
    n, d = rows.shape
    weights = np.ones(n)
    shrinkage = max(MIN_SHRINKAGE, min(0.5, d / n))
    for _ in range(N_ITERATIONS):
        used = weights * importance
        scale, correlation = second_moments(rows, used)
        matrix = (1.0 - shrinkage) * correlation + shrinkage * np.eye(d)
        factor = cholesky(matrix, lower=True, check_finite=False)
        forms = forms_of(factor, rows / scale)
        forms, change = deleted_forms(forms, (1.0 - shrinkage) * used / used.sum())
        # The determinants of the scale and the factor are common to all rows.
        radius = StudentRadius.fit(forms, change, d, importance, exact=False)
        weights = radius.row_weights(forms, d)
        weights /= np.average(weights, weights=importance)
    return weights
