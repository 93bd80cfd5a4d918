"""Student's t distribution: its fit and its robust weights."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import digamma, gammaln

from skdiffts._gaussian import log_det, whiten

__all__ = [
    "DEGREES",
    "FLOOR",
    "fit_student",
    "likeliest_degrees",
    "squared_distances",
    "student_weights",
    "unit_student",
]

N_ITERATIONS = 50
# Below, the covariance is infinite; above, the density is Gaussian to the eye.
DEGREES = (2.1, 200.0)
FLOOR = 1e-6


def fit_student(rows, degrees=None):
    r"""Fit a multivariate t distribution by expectation-conditional-maximisation.

    Given location, shape and degrees of freedom, rows are weighted by
    :math:`(\nu + d) / (\nu + \delta_i)` with their squared Mahalanobis distance
    :math:`\delta_i`; then :math:`\nu` maximises the likelihood.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        Rows, more than columns.
    degrees : float, default=None
        Degrees of freedom; None fits them too.

    Returns
    -------
    location : ndarray of shape (n_features,)
        Center.
    shape : ndarray of shape (n_features, n_features)
        Covariance times (nu - 2) / nu.
    degrees : float
        Degrees of freedom nu.

    References
    ----------
    .. [1] C. Liu and D. Rubin, "ML Estimation of the t Distribution Using EM and its
       Extensions, ECM and ECME", Statistica Sinica, 1995, section 4.
    """
    n, d = rows.shape
    location, shape = rows.mean(axis=0), np.cov(rows.T, bias=True).reshape(d, d)
    shape = shape + FLOOR * np.eye(d)
    given, degrees, last = degrees, degrees or 10.0, np.inf
    for _ in range(N_ITERATIONS):
        distances = squared_distances(rows, location, shape)
        half_log_det = log_det(np.linalg.cholesky(shape))
        if given is None:
            degrees = likeliest_degrees(distances, d)
        current = half_log_det - _log_density(distances, d, degrees).mean()
        if last - current < 1e-6:
            break
        last = current
        weights = student_weights(distances, d, degrees)
        location = weights @ rows / weights.sum()
        centered = rows - location
        shape = (weights[:, np.newaxis] * centered).T @ centered / n
        shape = shape + FLOOR * np.eye(d)
    return location, shape, degrees


def likeliest_degrees(distances, d):
    """Degrees of freedom of a t distribution with a given center and shape.

    Parameters
    ----------
    distances : ndarray of shape (n_samples,)
        Squared Mahalanobis distances to the center.
    d : int or ndarray of int of shape (n_samples,)
        Number of columns, of all rows or of each.

    Returns
    -------
    float
        Maximiser of the likelihood, within bounds.
    """

    def deviance(log_degrees):
        return -_log_density(distances, d, np.exp(log_degrees)).mean()

    best = minimize_scalar(deviance, bounds=np.log(DEGREES), method="bounded")
    return float(np.exp(best.x))


def student_weights(distances, d, degrees):
    r"""Weights :math:`(\nu + d) / (\nu + \delta_i)` of rows: the farther, the less.

    Parameters
    ----------
    distances : ndarray of shape (n_samples,)
        Squared Mahalanobis distances to the center.
    d : int
        Number of columns.
    degrees : float
        Degrees of freedom.

    Returns
    -------
    ndarray of shape (n_samples,)
        Weights; about 1 throughout where the degrees are many.
    """
    return (degrees + d) / (degrees + distances)


def squared_distances(rows, location, shape):
    """Squared Mahalanobis distances of rows.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        Rows.
    location : ndarray of shape (n_features,)
        Center.
    shape : ndarray of shape (n_features, n_features)
        Positive definite matrix.

    Returns
    -------
    ndarray of shape (n_samples,)
        Squared distances.
    """
    return (whiten(np.linalg.cholesky(shape), rows - location) ** 2).sum(axis=1)


def _log_density(distances, d, degrees):
    """Log-density of a t distribution with unit shape, given squared distances."""
    half, total = 0.5 * degrees, 0.5 * (degrees + d)
    constant = gammaln(total) - gammaln(half) - 0.5 * d * np.log(degrees * np.pi)
    return constant - total * np.log1p(distances / degrees)


def unit_student(squares, degrees, d=1):
    r"""Log-density of a t distribution with unit covariance, and its derivatives.

    .. math:: \log p = \log\frac{\Gamma(\frac{\nu + d}2)}{\Gamma(\frac\nu2)}
              - \tfrac d2 \log(\pi (\nu - 2))
              - \tfrac{\nu + d}2 \log\Bigl(1 + \frac{q}{\nu - 2}\Bigr)

    Parameters
    ----------
    squares : ndarray
        Squared distances q to the center.
    degrees : float or ndarray
        Degrees of freedom, above 2.
    d : int, default=1
        Number of columns.

    Returns
    -------
    value, slope, slope_degrees : ndarray
        Log-densities, and their derivatives by q and by the degrees of freedom.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts._student import unit_student
    >>> [part.round(4).tolist() for part in unit_student(np.array([0.0, 1.0]), 4.0)]
    [[-0.6343, -1.6479], [-1.25, -0.8333], [-0.1098, 0.1041]]
    """
    half, total, spare = 0.5 * degrees, 0.5 * (degrees + d), degrees - 2.0
    constant = gammaln(total) - gammaln(half) - 0.5 * d * np.log(np.pi * spare)
    logs = np.log1p(squares / spare)
    slope = -total / (spare + squares)
    slope_degrees = 0.5 * (digamma(total) - digamma(half) - d / spare - logs)
    slope_degrees = slope_degrees - slope * squares / spare
    return constant - total * logs, slope, slope_degrees
