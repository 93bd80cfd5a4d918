r"""Student t margins: each column to normal scores and back, with exact density."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, ndtr, ndtri, stdtr, stdtrit

__all__ = ["StudentMargins"]

# Degrees of freedom that are compared; infinity is the Gaussian distribution. The variance
# must exist: a simulated series has it.
DEGREES = (2.3, 2.6, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0, 60.0, np.inf)
N_ITERATIONS = 40
# Smallest probability that has a normal score in floating point.
TINY = 1e-300
LOG_TWO_PI = np.log(2.0 * np.pi)


@dataclass(frozen=True, eq=False)
class StudentMargins:
    r"""Centred t distribution of each column.

    .. math:: s_{ij} = \Phi^{-1}(F_j(x_{ij})), \qquad
        \log p(x_i) = \log p(s_i) + \sum_j [\log f_j(x_{ij}) - \log \varphi(s_{ij})]

    Parameters
    ----------
    degrees : ndarray of shape (d,)
        Degrees of freedom; infinity is the Gaussian distribution.
    scale : ndarray of shape (d,)
        Scale of the t distributions.
    """

    degrees: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, rows, importance=None, *, degrees=DEGREES):
        """Maximise the likelihood of each column.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, d)
            Centred rows.
        importance : ndarray of shape (n_rows,), default=None
            Importance of the rows; None is one for each.
        degrees : sequence of float, default=(2.3, 2.6, ..., 60, inf)
            Candidates for the degrees of freedom.

        Returns
        -------
        StudentMargins
            The fitted margins.
        """
        n, d = rows.shape
        weights = np.ones(n) if importance is None else importance
        weights = weights / weights.sum()
        squares = rows**2
        moment = np.maximum(weights @ squares, np.finfo(float).tiny)
        squares = squares / moment
        values, scales = np.empty((2, len(degrees), d))
        for i, nu in enumerate(degrees):
            scales[i] = _scale(squares, weights, nu)
            values[i] = weights @ _log_density(squares / scales[i], nu)
            values[i] -= 0.5 * np.log(scales[i])
        best = values.argmax(axis=0)
        scale = np.sqrt(moment * scales[best, np.arange(d)])
        return cls(np.array(degrees)[best], scale)

    @property
    def variance(self):
        """Variance of each column."""
        heavy = np.isfinite(self.degrees)
        degrees = np.where(heavy, self.degrees, 4.0)
        return self.scale**2 * np.where(heavy, degrees / (degrees - 2.0), 1.0)

    def to_normal(self, rows):
        """Normal scores, and what they change of the log-density.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, d)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_rows, d)
            Normal scores.
        log_jacobian : ndarray of shape (n_rows,)
            Log-determinant of the map's derivative.
        """
        x = rows / self.scale
        tail = np.maximum(stdtr(self.degrees, -np.abs(x)), TINY)
        scores = np.where(np.isinf(self.degrees), x, -np.sign(x) * ndtri(tail))
        log_ratio = _log_density(x**2, self.degrees) - _log_density(scores**2, np.inf)
        return scores, (log_ratio - np.log(self.scale)).sum(axis=1)

    def from_normal(self, scores):
        """Rows with given normal scores.

        Parameters
        ----------
        scores : ndarray of shape (n_rows, d)
            Normal scores.

        Returns
        -------
        ndarray of shape (n_rows, d)
            Rows.
        """
        tail = np.maximum(ndtr(-np.abs(scores)), TINY)
        heavy = np.isfinite(self.degrees)
        degrees = np.where(heavy, self.degrees, 1.0)
        x = -np.sign(scores) * stdtrit(degrees, tail)
        return np.where(heavy, x, scores) * self.scale


def _scale(squares, weights, degrees):
    """Squared scales by parameter-expanded expectation-maximisation."""
    scale = np.ones(squares.shape[1])
    if np.isinf(degrees):
        return scale
    scale *= (degrees - 2.0) / degrees
    for _ in range(N_ITERATIONS):
        rows = (degrees + 1.0) / (degrees + squares / scale)
        rows *= weights[:, np.newaxis]
        new = (rows * squares).sum(axis=0) / rows.sum(axis=0)
        new = np.maximum(new, np.finfo(float).tiny)
        settled = np.abs(new / scale - 1.0).max() < 1e-4
        scale = new
        if settled:
            break
    return scale


def _log_density(squares, degrees):
    """Log-density of the unit t distribution at the root of squares."""
    heavy = np.isfinite(degrees)
    nu = np.where(heavy, degrees, 1.0)
    half, total = 0.5 * nu, 0.5 * (nu + 1.0)
    constant = gammaln(total) - gammaln(half) - 0.5 * np.log(nu * np.pi)
    student = constant - total * np.log1p(squares / nu)
    return np.where(heavy, student, -0.5 * (squares + LOG_TWO_PI))
