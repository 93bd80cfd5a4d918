"""Distribution of innovations that histories are compared with."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from skdiffts._gaussian import log_det, whiten
from skdiffts._student import (
    FLOOR,
    squared_distances,
    student_weights,
    unit_student,
)
from skdiffts.conditioning import BaseScale

__all__ = ["Noise"]

# Degrees of freedom of the first fit, and bounds of the logarithm of those beyond two.
START_DEGREES = 6.0
LOG_SPARE = (-2.5, 5.3)
# Iterations of the location and the shape, and mean change of weights that ends them.
N_ITERATIONS = 30
N_SCALINGS = 10
TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class Noise:
    """Scale strategy, and a multivariate t distribution of the residuals it leaves.

    Parameters
    ----------
    scale : BaseScale
        Fitted strategy.
    location : ndarray of shape (n_features,)
        Center of the residuals.
    factor : ndarray of shape (n_features, n_features)
        Cholesky factor of their covariance.
    degrees : float
        Degrees of freedom.
    """

    scale: BaseScale
    location: np.ndarray
    factor: np.ndarray
    degrees: float

    @classmethod
    def fit(cls, strategy, scale, innovations):
        """Fit to innovations.

        Parameters
        ----------
        strategy : BaseScale
            Fitted strategy.
        scale : UnitScale
            Its scale of each innovation.
        innovations : ndarray of shape (n_transitions, n_features)
            Innovations per root of time.

        Returns
        -------
        Noise
            The fitted distribution.
        """
        residuals = scale.divide(innovations)
        deviation = residuals.std(axis=0)
        deviation = np.where(deviation > 0.0, deviation, 1.0)
        location, shape, degrees = _fit_elliptical(residuals / deviation)
        factor = np.linalg.cholesky(_shrunk(shape, len(residuals)))
        factor = factor * np.sqrt(degrees / (degrees - 2.0)) * deviation[:, np.newaxis]
        return cls(strategy, location * deviation, factor, degrees)

    def log_density(self, scale, innovations):
        """Log-density of innovations, given all rows before them.

        Parameters
        ----------
        scale : UnitScale
            Scale of each innovation.
        innovations : ndarray of shape (n_transitions, n_features)
            Innovations per root of time.

        Returns
        -------
        ndarray of shape (n_transitions,)
            Log-densities, in nats.
        """
        residuals, log_slope = scale.divide_with_slope(innovations)
        rows = whiten(self.factor, residuals - self.location)
        value, _, _ = unit_student((rows**2).sum(axis=1), self.degrees, rows.shape[1])
        return value + log_slope - log_det(self.factor)


def _fit_elliptical(rows):
    """Location, shape and degrees of freedom; the last ones by one line search."""
    d = rows.shape[1]
    location, shape = _location_and_shape(rows, START_DEGREES)
    distances = squared_distances(rows, location, shape)

    def deviance(spare):
        degrees = 2.0 + np.exp(spare)
        scale = _scale_of_distances(distances, d, degrees)
        covariance = scale * degrees / (degrees - 2.0)
        value = unit_student(distances / covariance, degrees, d)[0].mean()
        return 0.5 * d * np.log(covariance) - value

    best = minimize_scalar(deviance, bounds=LOG_SPARE, method="bounded")
    degrees = float(2.0 + np.exp(best.x))
    return *_location_and_shape(rows, degrees), degrees


def _scale_of_distances(distances, d, degrees):
    """Factor of the shape that is most likely with given degrees of freedom."""
    scale = 1.0
    for _ in range(N_SCALINGS):
        weights = student_weights(distances / scale, d, degrees)
        scale = float((weights * distances).sum() / weights.sum() / d)
    return scale


def _location_and_shape(rows, degrees):
    """Location and shape by parameter-expanded expectation-maximisation.

    It divides by the sum of the weights where plain expectation-maximisation divides by
    the number of rows, and converges in a few steps where tails are heavy.
    """
    n, d = rows.shape
    weights = np.ones(n)
    for _ in range(N_ITERATIONS):
        location = weights @ rows / weights.sum()
        centered = rows - location
        shape = (weights[:, np.newaxis] * centered).T @ centered / weights.sum()
        shape = shape + FLOOR * np.eye(d)
        last = weights
        distances = squared_distances(rows, location, shape)
        weights = student_weights(distances, d, degrees)
        if np.abs(weights / last - 1.0).mean() < TOLERANCE:
            break
    return location, shape


def _shrunk(matrix, n_rows):
    """Covariance whose correlations are shrunk as if a row a series said there are none."""
    share = len(matrix) / (len(matrix) + n_rows)
    return (1.0 - share) * matrix + share * np.diag(np.diag(matrix))
