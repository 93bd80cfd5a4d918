"""Distributions of innovations that histories are compared with."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize_scalar

from skdiffts._gaussian import log_det, whiten
from skdiffts._student import fit_student, unit_student
from skdiffts.conditioning import BaseScale, MovingCorrelation, standardized

__all__ = ["ScaledNoise", "elliptical_density"]

# Bounds of the logarithm of the degrees of freedom beyond two.
LOG_SPARE = (-1.0, 6.0)


def elliptical_density(innovations, fitted, scored):
    """Log-density under a multivariate t distribution with one scale for all rows.

    Parameters
    ----------
    innovations : ndarray of shape (n_transitions, n_features)
        Innovations.
    fitted, scored : ndarray of int
        Transitions that the distribution is fitted to and that are scored.

    Returns
    -------
    ndarray of shape (n_scored,)
        Log-densities, in nats.
    """
    deviation = _positive(innovations[fitted].std(axis=0))
    training = innovations[fitted] / deviation
    location, shape, degrees = fit_student(training)
    factor = np.linalg.cholesky(_shrunk(shape, len(training)))
    # The shape of unit covariance, whose density has two moments for any degrees.
    factor = factor * np.sqrt(degrees / (degrees - 2.0))
    rows = whiten(factor, innovations[scored] / deviation - location)
    value, _, _ = unit_student((rows**2).sum(axis=1), degrees, rows.shape[1])
    return value - log_det(factor) - np.log(deviation).sum()


@dataclass(frozen=True, eq=False)
class ScaledNoise:
    """Scale strategy, correlation and multivariate t distribution of residuals.

    Parameters
    ----------
    scale : BaseScale
        Fitted strategy.
    factor : ndarray of shape (n_features, n_features)
        Cholesky factor of the correlation that the scale has left.
    degrees : float
        Degrees of freedom of the residuals.
    """

    scale: BaseScale
    factor: np.ndarray
    degrees: float

    @classmethod
    def fit(cls, strategy, fold, dt, drift):
        """Fit to the fitted transitions of a fold.

        Parameters
        ----------
        strategy : BaseScale
            Strategy that is not fitted yet.
        fold : Fold
            The fold.
        dt : ndarray of shape (n_transitions,)
            Length of each transition of all paths in time.
        drift : ndarray of shape (n_transitions, n_features)
            Drift of each transition per unit time.

        Returns
        -------
        ScaledNoise
            The fitted distribution.
        """
        given = fold.paths, dt[fold.fitted], drift[fold.fitted]
        scale = strategy.fit(*given)
        innovations = _innovations(*given)
        scores = _scale(scale, *given).divide(innovations)
        d = scores.shape[1]
        factor = np.eye(d)
        if not isinstance(strategy, MovingCorrelation):
            factor = np.linalg.cholesky(
                _shrunk(scores.T @ scores / len(scores), len(scores))
            )
            scores = whiten(factor, scores)
        squares = (scores**2).sum(axis=1)
        best = minimize_scalar(
            lambda spare: -unit_student(squares, 2.0 + np.exp(spare), d)[0].mean(),
            bounds=LOG_SPARE,
            method="bounded",
        )
        return cls(scale, factor, float(2.0 + np.exp(best.x)))

    def rescaled(self, fold, dt, drift):
        """Copy whose long run is that of another drift, all else as it is.

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
        ScaledNoise
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
        scale = _scale(self.scale, paths, dt, drift, scored)
        residuals = whiten(self.factor, scale.divide(innovations))
        squares = (residuals**2).sum(axis=1)
        value, _, _ = unit_student(squares, self.degrees, residuals.shape[1])
        return value + scale.log_slope(innovations) - log_det(self.factor)


def _innovations(paths, dt, drift):
    increments = paths.values[paths.ends] - paths.values[paths.starts]
    return standardized(increments, dt, drift)


def _scale(strategy, paths, dt, drift, rows=slice(None)):
    """Scale of some transitions of whole paths."""
    starts = paths.starts[rows]
    history = strategy.trace(paths, dt, drift)[starts]
    return strategy.scale(history, paths.clock[starts])


def _shrunk(matrix, n_rows):
    """Covariance whose correlations are shrunk as if a row a series said there are none."""
    share = len(matrix) / (len(matrix) + n_rows)
    return (1.0 - share) * matrix + share * np.diag(np.diag(matrix))


def _positive(deviation):
    return np.where(deviation > 0.0, deviation, 1.0)
