"""Next step of paths: its parts, its residuals and its increments."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skdiffts.kernel._factor import RowFactors, SharedFactor

__all__ = ["InnovationMoments", "NextStep"]


@dataclass(frozen=True, eq=False)
class InnovationMoments:
    r"""Map of standardised innovations to mean zero and variance one.

    A volatility that remembers squared innovations stays at its long run if these have
    mean zero and variance one in units of the volatility. Its likelihood does not see to
    that, and an error is multiplied by ten and more in long paths.

    Parameters
    ----------
    mean, deviation : ndarray of shape (n_features,)
        Moments of innovations over their volatility.
    largest, farthest : ndarray of shape (n_features,)
        Sizes beyond which standardised innovations, and innovations, are cut.
    """

    mean: np.ndarray
    deviation: np.ndarray
    largest: np.ndarray
    farthest: np.ndarray

    @classmethod
    def fit(
        cls, innovations, volatility, weights=None, largest=np.inf, farthest=np.inf
    ):
        """Measure the moments of innovations.

        Parameters
        ----------
        innovations : ndarray of shape (n_transitions, n_features)
            Innovations per root of time.
        volatility : ndarray of shape (n_transitions, n_features)
            Their volatility.
        weights : ndarray of shape (n_transitions,) or None
            Importance of the transitions; None is one for each.
        largest, farthest : ndarray of shape (n_features,), default=np.inf
            Sizes beyond which standardised innovations, and innovations, are cut.

        Returns
        -------
        InnovationMoments
            The moments.
        """
        u = np.clip(innovations / volatility, -largest, largest)
        mean = np.average(u, axis=0, weights=weights)
        variance = np.average((u - mean) ** 2, axis=0, weights=weights)
        deviation = np.sqrt(np.where(variance > 0.0, variance, 1.0))
        return cls(mean, deviation, largest, farthest)

    def unchanged(self):
        """Cut large innovations only."""
        zeros = np.zeros_like(self.mean)
        return replace(self, mean=zeros, deviation=zeros + 1.0)

    def correct(self, innovations, volatility):
        """Innovations whose standardised values have mean zero and variance one."""
        u = np.clip(innovations / volatility, -self.largest, self.largest)
        innovations = volatility * (u - self.mean) / self.deviation
        return np.clip(innovations, -self.farthest, self.farthest)


@dataclass(frozen=True, eq=False)
class NextStep:
    """Parts of the next increment of some paths.

    Parameters
    ----------
    first : ndarray of shape (n_paths, n_features)
        Drift per unit time that is subtracted before innovations are scaled.
    drift : ndarray of shape (n_paths, n_features)
        Drift of scaled innovations per unit time.
    scale : UnitScale
        Scale of the innovations.
    factor : RowFactors or SharedFactor
        Factor of the covariance of scaled innovations per unit time.
    """

    first: np.ndarray
    drift: np.ndarray
    scale: Any
    factor: RowFactors | SharedFactor

    def whiten(self, increments, dt):
        """Residuals of increments, and the log-Jacobian.

        Parameters
        ----------
        increments : ndarray of shape (n_paths, n_features)
            Increments.
        dt : ndarray of shape (n_paths, 1)
            Lengths in time.

        Returns
        -------
        residuals : ndarray of shape (n_paths, n_features)
            Residuals.
        log_jacobian : ndarray of shape (n_paths,)
            Log-determinant of the map.
        """
        root = np.sqrt(dt)
        innovations = (increments - self.first * dt) / root
        scaled = self.scale.divide(innovations) - self.drift * root
        log_slope = self.scale.log_slope(innovations) - self.factor.log_det
        size = increments.shape[1] * np.log(root[:, 0])
        return self.factor.whiten(scaled), log_slope - size

    def increments(self, residuals, dt, moments=None):
        """Increments that have given residuals.

        Parameters
        ----------
        residuals : ndarray of shape (n_paths, n_features)
            Residuals.
        dt : ndarray of shape (n_paths, 1)
            Lengths in time.
        moments : InnovationMoments, default=None
            Moments that innovations are given; None leaves them as they are.

        Returns
        -------
        ndarray of shape (n_paths, n_features)
            Increments.
        """
        innovations = self.innovations(residuals, dt)
        if moments is not None:
            innovations = moments.correct(innovations, np.sqrt(self.scale.variance))
        return self.first * dt + np.sqrt(dt) * innovations

    def innovations(self, residuals, dt):
        """Innovations per root of time that have given residuals."""
        scaled = self.drift * np.sqrt(dt) + self.factor.multiply(residuals)
        return self.scale.multiply(scaled)
