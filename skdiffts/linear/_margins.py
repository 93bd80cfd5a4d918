r"""Student t margins: each column to normal scores and back, with exact density."""

from dataclasses import dataclass

import numpy as np

from skdiffts._student import unit_student
from skdiffts._student_scores import StudentScores

__all__ = ["StudentMargins"]

# Degrees of freedom that are compared; infinity is the Gaussian distribution.
DEGREES = (2.2, 2.4, 2.6, 2.8, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0, 60.0, np.inf)


@dataclass(frozen=True, eq=False)
class StudentMargins:
    r"""Centred t distribution of each column, with the second moment of its rows.

    A free scale would gain no likelihood that holds, and simulated series would have
    another variance than the data: with 2.3 degrees of freedom, easily twice as much.

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
        """Maximise the likelihood of each column in the degrees of freedom.

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
        weights = np.ones(len(rows)) if importance is None else importance
        weights = weights / weights.sum()
        moment = np.maximum(weights @ rows**2, np.finfo(float).tiny)
        squares = rows**2 / moment
        values = [weights @ _log_density(squares, nu) for nu in degrees]
        best = np.array(degrees)[np.argmax(values, axis=0)]
        return cls(best, np.sqrt(moment * _unit(best)))

    @property
    def variance(self):
        """Variance of each column."""
        return self.scale**2 / _unit(self.degrees)

    def to_normal(self, rows):
        """Map rows to normal scores.

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
        deviation = np.sqrt(self.variance)
        unit, student = rows / deviation, StudentScores(self.degrees)
        scores = student.transform(unit)
        log_slope, _ = student.log_slope(unit, scores)
        return scores, (log_slope - np.log(deviation)).sum(axis=1)

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
        unit = StudentScores(self.degrees).inverse_transform(scores)
        return unit * np.sqrt(self.variance)


def _unit(degrees):
    """Squared scale with which a t distribution has variance one."""
    return 1.0 - 2.0 / np.asarray(degrees)


def _log_density(squares, degrees):
    """Log-density of the t distribution of unit variance at the root of squares."""
    if np.isinf(degrees):
        return -0.5 * (squares + np.log(2.0 * np.pi))
    return unit_student(squares, degrees)[0]
