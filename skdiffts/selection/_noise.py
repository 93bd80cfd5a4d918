"""Distribution of innovations that histories are compared with."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize_scalar

from skdiffts._gaussian import log_det, whiten
from skdiffts._student import (
    FLOOR,
    squared_distances,
    student_weights,
    unit_student,
)
from skdiffts.conditioning import BaseScale, standardized

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
    def fit(cls, strategy, fold, paths, dt, drift, scored):
        """Fit to the fitted transitions of a fold, and evaluate others.

        Parameters
        ----------
        strategy : BaseScale
            Strategy that is not fitted yet.
        fold : Fold
            The fold.
        paths : Paths
            All paths.
        dt : ndarray of shape (n_transitions,)
            Length of each transition of all paths in time.
        drift : ndarray of shape (n_transitions, n_features)
            Drift of each transition per unit time.
        scored : ndarray of int
            Transitions that are evaluated.

        Returns
        -------
        noise : Noise
            The fitted distribution.
        value : ndarray of shape (n_scored,)
            Log-densities, in nats.
        """
        scale = strategy.fit(fold.paths, dt[fold.fitted], drift[fold.fitted])
        # Rows of a fold are first rows of paths, or whole paths: histories are the same.
        history = scale.trace(paths, dt, drift)
        fitted = np.flatnonzero(fold.fitted)
        innovations = _innovations(paths, dt, drift)
        inner = _scale_at(scale, history, paths, fitted)
        residuals = inner.divide(innovations[fitted])
        deviation = residuals.std(axis=0)
        deviation = np.where(deviation > 0.0, deviation, 1.0)
        location, shape, degrees = _fit_elliptical(residuals / deviation)
        factor = np.linalg.cholesky(_shrunk(shape, len(residuals)))
        factor = factor * np.sqrt(degrees / (degrees - 2.0)) * deviation[:, np.newaxis]
        noise = cls(scale, location * deviation, factor, degrees)
        outer = _scale_at(scale, history, paths, scored)
        return noise, noise._log_density(outer, innovations[scored])

    def rescaled(self, fold, dt, drift):
        """Copy with the long run of another drift, all else as it is.

        Parameters
        ----------
        fold : Fold
            The fold.
        dt : ndarray of shape (n_transitions,)
            Length of each transition of all paths in time.
        drift : ndarray of shape (n_transitions, n_features)
            Drift of each transition per unit time.

        Returns
        -------
        Noise
            The copy.
        """
        scale = self.scale.rescaled(fold.paths, dt[fold.fitted], drift[fold.fitted])
        return replace(self, scale=scale)

    def log_density(self, paths, dt, drift, scored):
        """Log-density of innovations, given all rows before them.

        Parameters
        ----------
        paths : Paths
            All paths.
        dt : ndarray of shape (n_transitions,)
            Length of each transition in time.
        drift : ndarray of shape (n_transitions, n_features)
            Drift of each transition per unit time.
        scored : ndarray of int
            Transitions that are scored.

        Returns
        -------
        ndarray of shape (n_scored,)
            Log-densities, in nats.
        """
        innovations = _innovations(paths, dt, drift)[scored]
        history = self.scale.trace(paths, dt, drift)
        scale = _scale_at(self.scale, history, paths, scored)
        return self._log_density(scale, innovations)

    def _log_density(self, scale, innovations):
        rows = whiten(self.factor, scale.divide(innovations) - self.location)
        value, _, _ = unit_student((rows**2).sum(axis=1), self.degrees, rows.shape[1])
        return value + scale.log_slope(innovations) - log_det(self.factor)


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


def _innovations(paths, dt, drift):
    increments = paths.targets[paths.ends] - paths.values[paths.starts]
    return standardized(increments, dt, drift)


def _scale_at(strategy, history, paths, rows):
    """Scale of some transitions of whole paths."""
    starts = paths.starts[rows]
    return strategy.scale(history[starts], paths.clock[starts])


def _shrunk(matrix, n_rows):
    """Covariance whose correlations are shrunk as if a row a series said there are none."""
    share = len(matrix) / (len(matrix) + n_rows)
    return (1.0 - share) * matrix + share * np.diag(np.diag(matrix))
