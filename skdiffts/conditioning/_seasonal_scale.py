"""Season in the volatility: harmonics of the clock in the log scale of each series."""

from dataclasses import dataclass

import numpy as np

from skdiffts._student import unit_student

__all__ = ["SeasonalScale"]

# Degrees of freedom of the likelihood: innovations have heavy tails before the
# volatility is known.
DEGREES = 6.0
N_ITERATIONS = 15
TOLERANCE = 1e-5
# Prior precision of a coefficient, in rows, and largest log scale.
RIDGE = 5.0
BOUND = 4.0


@dataclass(frozen=True, eq=False)
class SeasonalScale:
    r"""Volatility :math:`\exp(f(t)'\, b_j)` of each series with points f of a season.

    Parameters
    ----------
    season : BaseConditioning
        Fitted strategy that depends on the clock alone.
    coefficients : ndarray of shape (n_points, n_features)
        Coefficients b.
    center : ndarray of shape (n_points,)
        Training mean of the points, which is subtracted.
    """

    season: object
    coefficients: np.ndarray
    center: np.ndarray

    @classmethod
    def fit(cls, season, innovations, clock):
        """Maximise a Student likelihood by Fisher scoring.

        Parameters
        ----------
        season : BaseConditioning
            Fitted strategy that depends on the clock alone.
        innovations : ndarray of shape (n_rows, n_features)
            Innovations.
        clock : ndarray of shape (n_rows,)
            Clock of the rows before them.

        Returns
        -------
        SeasonalScale
            Fitted season.
        """
        points = _points(season, clock)
        center = points.mean(axis=0)
        design = points - center
        information = 2.0 * DEGREES / (DEGREES + 3.0)
        gram = information * design.T @ design
        gram += information * RIDGE * np.eye(len(gram))
        squares = innovations**2
        mean = squares.mean(axis=0)
        squares = squares / np.where(mean > 0.0, mean, 1.0)
        coefficients = np.zeros((design.shape[1], squares.shape[1]))
        for _ in range(N_ITERATIONS):
            log_scale = np.clip(design @ coefficients, -BOUND, BOUND)
            relative = squares * np.exp(-2.0 * log_scale)
            relative /= np.maximum(relative.mean(axis=0), np.finfo(float).tiny)
            _, slope, _ = unit_student(relative, DEGREES)
            score = design.T @ (-2.0 * slope * relative - 1.0)
            score -= information * RIDGE * coefficients
            change = np.linalg.solve(gram, score)
            coefficients = coefficients + change
            if np.abs(change).max() < TOLERANCE:
                break
        return cls(season, coefficients, center)

    def volatility(self, clock):
        """Volatility of each series, about one in the mean.

        Parameters
        ----------
        clock : ndarray of shape (n_rows,)
            Clock of the rows before the innovations.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Factors of the volatility.
        """
        log_scale = (_points(self.season, clock) - self.center) @ self.coefficients
        return np.exp(np.clip(log_scale, -BOUND, BOUND))


def _points(season, clock):
    """Points of a strategy that has no history and takes no state."""
    nothing = np.empty((len(clock), 0))
    return season.vector(nothing, nothing, clock)
