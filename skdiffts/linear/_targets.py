"""Structured targets of a correlation matrix: factors plus diagonal, and QIS."""

import numpy as np
from sklearn.isotonic import isotonic_regression

__all__ = ["components_plus_diagonal", "quadratic_inverse_shrinkage"]

# Least share of a series' variance that is its own in a target with factors.
MIN_OWN_VARIANCE = 0.02
# Relative size below which an eigenvalue counts as zero.
NULL = 1e-10


def components_plus_diagonal(eigenvalues, eigenvectors, n_components):
    r"""Principal components of a correlation matrix plus the rest of each series.

    .. math::
        T = V_k \Lambda_k V_k' + \operatorname{diag}(1 - V_k \Lambda_k V_k')

    Parameters
    ----------
    eigenvalues : ndarray of shape (d,)
        Eigenvalues of the correlation matrix in increasing order.
    eigenvectors : ndarray of shape (d, d)
        Their vectors, in columns.
    n_components : int
        Number k of components.

    Returns
    -------
    ndarray of shape (d, d)
        Positive definite matrix.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.linear._targets import components_plus_diagonal
    >>> correlation = np.array([[1.0, 0.5], [0.5, 1.0]])
    >>> components_plus_diagonal(*np.linalg.eigh(correlation), 1)
    array([[1.  , 0.75],
           [0.75, 1.  ]])
    """
    d = len(eigenvalues)
    loadings = eigenvectors[:, d - n_components :]
    target = (loadings * eigenvalues[d - n_components :]) @ loadings.T
    diagonal = np.diagonal(target)
    own = np.maximum(1.0 - diagonal, MIN_OWN_VARIANCE)
    target[np.diag_indices(d)] = diagonal + own
    return target


def quadratic_inverse_shrinkage(eigenvalues, eigenvectors, n_rows):
    """Nonlinear shrinkage of the eigenvalues of a sample matrix.

    Eigenvalues attract each other. Where they are closer to each other than sampling
    noise leaves them, as in whitened rows, they would pass each other and end
    farther apart than before: isotonic regression keeps their order.

    Parameters
    ----------
    eigenvalues : ndarray of shape (d,)
        Eigenvalues in increasing order.
    eigenvectors : ndarray of shape (d, d)
        Their vectors, in columns.
    n_rows : int
        Number of rows that the matrix is a mean over.

    Returns
    -------
    ndarray of shape (d, d)
        Positive definite matrix with the trace of the sample matrix.

    References
    ----------
    .. [1] O. Ledoit and M. Wolf, "Quadratic Shrinkage for Large Covariance Matrices",
       Bernoulli, 2022.
    """
    d = len(eigenvalues)
    ratio = d / n_rows
    bandwidth = min(ratio**2, 1.0 / ratio**2) ** 0.35 / d**0.35
    floor = NULL * max(eigenvalues[-1], np.finfo(float).tiny)
    inverse = 1.0 / np.maximum(eigenvalues[max(0, d - n_rows) :], floor)
    gap = inverse[:, np.newaxis] - inverse
    kernel = inverse[:, np.newaxis] / (
        gap**2 + (bandwidth * inverse[:, np.newaxis]) ** 2
    )
    smooth = (kernel * gap).mean(axis=0)
    conjugate = (kernel * bandwidth * inverse[:, np.newaxis]).mean(axis=0)
    amplitude = smooth**2 + conjugate**2
    if d <= n_rows:
        left = 1.0 - ratio
        mixed = left**2 + 2.0 * ratio * left * smooth + ratio**2 * amplitude
        shrunk = isotonic_regression(1.0 / (inverse * mixed))
    else:
        null = 1.0 / ((ratio - 1.0) * inverse.mean())
        shrunk = np.concatenate(
            [
                np.full(d - n_rows, null),
                isotonic_regression(1.0 / (inverse * amplitude)),
            ]
        )
    shrunk *= eigenvalues.sum() / shrunk.sum()
    return (eigenvectors * shrunk) @ eigenvectors.T
