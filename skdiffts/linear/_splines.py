r"""Natural cubic splines of each series' own present value.

A spline is bounded: beyond the training range its value stays constant, and it is made
orthogonal to the straight line over the training rows, so that the coefficient of the line
equals the straight fit's, which a path follows far out.
"""

from dataclasses import dataclass

import numpy as np

__all__ = ["OwnSplines"]


@dataclass(frozen=True, eq=False)
class OwnSplines:
    """Spline columns of each series; all zero for a series without enough values.

    Parameters
    ----------
    center, scale : ndarray of shape (d,)
        Units of the series.
    low, high : ndarray of shape (d,)
        Training range, in these units.
    knots : ndarray of shape (n_knots, d)
        Knots, in these units.
    lines : ndarray of shape (2, n_knots - 2, d)
        Intercepts and slopes that are subtracted.
    spread : ndarray of shape (n_knots - 2, d)
        Root mean square of the columns; infinite where there is no spline.
    """

    center: np.ndarray
    scale: np.ndarray
    low: np.ndarray
    high: np.ndarray
    knots: np.ndarray
    lines: np.ndarray
    spread: np.ndarray

    @classmethod
    def fit(cls, states, weights, n_knots):
        """Place knots at quantiles and make the columns orthogonal to the line.

        Parameters
        ----------
        states : ndarray of shape (n_rows, d)
            Present values.
        weights : ndarray of shape (n_rows,)
            Weights of the rows: importance times step.
        n_knots : int
            Number of knots, at least 3.

        Returns
        -------
        OwnSplines
            The columns.
        """
        weights = weights / weights.sum()
        center = weights @ states
        scale = np.sqrt(weights @ (states - center) ** 2)
        varies = scale > 1e-13 * np.abs(states).max(axis=0)
        scale = np.where(varies, scale, 1.0)
        u = (states - center) / scale
        knots = np.quantile(u, np.linspace(0.05, 0.95, n_knots), axis=0)
        distinct = varies & (np.diff(knots, axis=0) > 1e-6).all(axis=0)
        # Series with few values get harmless knots and no spline.
        knots = np.where(distinct, knots, np.arange(n_knots)[:, np.newaxis])
        columns = _natural_splines(u, knots)
        mean, slope = weights @ columns, weights @ (columns * u)
        # u has mean zero and variance one where it varies.
        lines = np.stack([mean, slope])
        columns = columns - mean[:, np.newaxis] - slope[:, np.newaxis] * u
        spread = np.sqrt(weights @ columns**2)
        spread = np.where(distinct & (spread > 1e-6), spread, np.inf)
        low, high = u.min(axis=0), u.max(axis=0)
        return cls(center, scale, low, high, knots, lines, spread)

    def __call__(self, states):
        """Spline columns.

        Parameters
        ----------
        states : ndarray of shape (n_rows, d)
            Present values.

        Returns
        -------
        ndarray of shape (n_knots - 2, n_rows, d)
            Columns with mean zero and unit variance over the training rows.
        """
        u = np.clip((states - self.center) / self.scale, self.low, self.high)
        intercepts, slopes = self.lines[:, :, np.newaxis]
        columns = _natural_splines(u, self.knots) - intercepts - slopes * u
        return columns / self.spread[:, np.newaxis]


def _natural_splines(u, knots):
    """Columns that span natural cubic splines together with the lines.

    T. Hastie, R. Tibshirani and J. Friedman, "The Elements of Statistical Learning",
    2nd edition, eq. (5.4) and (5.5).
    """
    last = knots[-1]
    cubes = np.maximum(u - knots[:-1, np.newaxis], 0.0) ** 3
    cubes -= np.maximum(u - last, 0.0) ** 3
    cubes /= (last - knots[:-1])[:, np.newaxis]
    return cubes[:-1] - cubes[-1]
