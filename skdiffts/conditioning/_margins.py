"""Margins of standardised innovations: distributions with a second moment of one."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from skdiffts._student import unit_student
from skdiffts._student_scores import StudentScores
from skdiffts.marginals import RankNormal

__all__ = ["RankMargins", "StudentMargins"]

# Degrees of freedom are fitted within these bounds, locations within this distance.
DEGREES = (3.0, 100.0)
LOCATION = 0.5
# Normal scores are cut here: their tail probability, 3e-89, is still a float.
LIMIT = 20.0
# Normal scores at which second moments of rank margins are integrated.
NODES = np.linspace(-6.0, 6.0, 601)


@dataclass(frozen=True, eq=False)
class StudentMargins:
    r"""Student distribution of each series, and its map to normal scores.

    .. math:: u_j = m_j + \sqrt{1 - m_j^2}\ t_j, \qquad g_j = \Phi^{-1}(F_j(u_j))

    where :math:`t_j` has a Student distribution with :math:`\nu_j` degrees of freedom
    and unit variance, so that :math:`E\, u_j^2 = 1` in the distribution itself: what is
    simulated by the inverse map has the second moment that volatilities are built on.

    Parameters
    ----------
    degrees : ndarray of shape (n_features,)
        Degrees of freedom.
    location : ndarray of shape (n_features,)
        Means m, between -1/2 and 1/2.
    """

    degrees: np.ndarray
    location: np.ndarray

    @classmethod
    def fit(cls, u):
        """Maximise the likelihood of each series.

        Parameters
        ----------
        u : ndarray of shape (n_rows, n_features)
            Innovations over their volatility.

        Returns
        -------
        StudentMargins
            Fitted margins.
        """
        degrees, location = zip(*(_fit_series(series) for series in u.T), strict=True)
        return cls(np.array(degrees), np.array(location))

    def transform(self, u):
        """Map standardised innovations to normal scores.

        Parameters
        ----------
        u : ndarray of shape (n_rows, n_features)
            Standardised innovations.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Normal scores, at most 20 in size.
        """
        return self._scores.transform(self._center(u))

    def inverse_transform(self, scores):
        """Map normal scores to standardised innovations.

        Parameters
        ----------
        scores : ndarray of shape (n_rows, n_features)
            Normal scores; beyond 20 they are cut.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Standardised innovations.
        """
        unit = self._scores.inverse_transform(scores)
        return self.location + self._spread * unit

    def log_slope(self, u):
        """Logarithm of the derivative of the map to normal scores.

        Parameters
        ----------
        u : ndarray of shape (n_rows, n_features)
            Standardised innovations.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Log ratio of the densities of the margins and of the normal scores.
        """
        center = self._center(u)
        value, _ = self._scores.log_slope(center, self._scores.transform(center))
        return value - np.log(self._spread)

    @property
    def _scores(self):
        """Normal scores of the t distributions."""
        return StudentScores(self.degrees, LIMIT)

    @property
    def _spread(self):
        """Standard deviation of each series."""
        return np.sqrt(1.0 - self.location**2)

    def _center(self, u):
        return (u - self.location) / self._spread


@dataclass(frozen=True, eq=False)
class RankMargins:
    r"""Ranks of each series with Pareto tails, and their map to normal scores.

    .. math:: g_j = T_j(c_j u_j), \qquad c_j^2 = E[T_j^{-1}(g)^2], \quad g \sim N(0, 1)

    with the map T of :class:`~skdiffts.marginals.RankNormal`, so that the second moment
    of :math:`u_j` is one in the distribution itself.

    Parameters
    ----------
    columns : object
        Maps T that ``RankNormal`` has built.
    factor : ndarray of shape (n_features,)
        Factors c.
    """

    columns: Any
    factor: np.ndarray

    @classmethod
    def fit(cls, u):
        """Fit the map of each series.

        Parameters
        ----------
        u : ndarray of shape (n_rows, n_features)
            Innovations over their volatility.

        Returns
        -------
        RankMargins
            Fitted margins.
        """
        columns = RankNormal().build(u)
        scores = np.repeat(NODES[:, np.newaxis], u.shape[1], axis=1)
        density = np.exp(-0.5 * NODES**2)
        moment = density @ columns.inverse_transform(scores) ** 2 / density.sum()
        return cls(columns, np.sqrt(np.where(moment > 0.0, moment, 1.0)))

    def transform(self, u):
        """Map standardised innovations to normal scores.

        Parameters
        ----------
        u : ndarray of shape (n_rows, n_features)
            Standardised innovations.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Normal scores.
        """
        return self.columns.transform(self.factor * u)

    def inverse_transform(self, scores):
        """Map normal scores to standardised innovations.

        Parameters
        ----------
        scores : ndarray of shape (n_rows, n_features)
            Normal scores.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Standardised innovations.
        """
        return self.columns.inverse_transform(scores) / self.factor

    def log_slope(self, u):
        """Logarithm of the derivative of the map to normal scores.

        Parameters
        ----------
        u : ndarray of shape (n_rows, n_features)
            Standardised innovations.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Log slopes.
        """
        value, _ = self.columns.log_slope(self.factor * u)
        return value + np.log(self.factor)


def _fit_series(u):
    """Degrees of freedom and location of one series."""
    least = DEGREES[0] - 0.1

    def negative(x):
        degrees, m = least + np.exp(x[0]), x[1]
        variance = 1.0 - m * m
        y = (u - m) / np.sqrt(variance)
        value, slope, slope_degrees = unit_student(y * y, degrees)
        slope_location = 2.0 * slope * y * (y * m / variance - 1.0 / np.sqrt(variance))
        loss = 0.5 * np.log(variance) - value.mean()
        gradient = -np.array(
            [slope_degrees.mean() * (degrees - least), slope_location.mean()]
        )
        gradient[1] -= m / variance
        return loss, gradient

    bounds = [tuple(np.log(np.array(DEGREES) - least)), (-LOCATION, LOCATION)]
    best = minimize(negative, [1.5, 0.0], jac=True, method="L-BFGS-B", bounds=bounds)
    return least + np.exp(best.x[0]), best.x[1]
