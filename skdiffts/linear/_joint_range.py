"""Joint range of rows along their leading principal directions."""

from dataclasses import dataclass

import numpy as np

__all__ = ["JointRange"]

N_DIRECTIONS = 8
# Variance of a direction over the largest one below which it has no range.
FLAT = 1e-10
# What was learnt within the range ends so far beyond it, in ranges. From .1 to 1 moments of
# paths are the same to a tenth; of 3 they are worse (examples/benchmarks/
# high_dimension_fade.py).
FADE = 0.3


@dataclass(frozen=True, eq=False)
class JointRange:
    """Range of training rows along up to eight principal directions.

    Parameters
    ----------
    center : ndarray of shape (d,)
        Mean of the rows.
    axes : ndarray of shape (d, n_directions)
        Directions, of unit length.
    low, high : ndarray of shape (n_directions,)
        Least and largest score of a row, below and above zero.
    """

    center: np.ndarray
    axes: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def fit(cls, states):
        """Measure the range of rows along the principal directions of their covariance.

        Parameters
        ----------
        states : ndarray of shape (n_rows, d)
            Rows.

        Returns
        -------
        JointRange
            Their range.
        """
        center = states.mean(axis=0)
        covariance = np.cov(states.T).reshape(2 * [len(center)])
        variances, axes = np.linalg.eigh(covariance)
        axes = axes[:, variances > FLAT * variances[-1]][:, -N_DIRECTIONS:]
        scores = (states - center) @ axes
        return cls(center, axes, scores.min(axis=0), scores.max(axis=0))

    def excess(self, states):
        """Largest score of each row, in ranges of the training rows.

        Parameters
        ----------
        states : ndarray of shape (n_rows, d)
            Rows.

        Returns
        -------
        ndarray of shape (n_rows,)
            At most 1 for the training rows.
        """
        scores = (states - self.center) @ self.axes
        relative = np.maximum(scores / self.low, scores / self.high)
        return relative.max(axis=1, initial=0.0)

    def share(self, states):
        """Weight of the model learnt within the range, which fades beyond it.

        Parameters
        ----------
        states : ndarray of shape (n_rows, d)
            Rows.

        Returns
        -------
        ndarray of shape (n_rows,)
            One within the range, zero beyond 1.3 times the range.
        """
        return np.clip(1.0 + (1.0 - self.excess(states)) / FADE, 0.0, 1.0)

    def rays(self, share):
        """Rows on both sides of the center along each direction, at a given distance.

        Parameters
        ----------
        share : float
            Distance from the center, in units of the range.

        Returns
        -------
        ndarray of shape (2 * n_directions, d)
            Rows.
        """
        ends = [end[:, np.newaxis] * self.axes.T for end in (self.low, self.high)]
        return self.center + share * np.concatenate(ends)
