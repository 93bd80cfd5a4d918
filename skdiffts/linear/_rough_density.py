"""Rough density of residuals, by which drifts are compared."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky

from skdiffts._gaussian import log_det
from skdiffts.linear._margins import StudentMargins
from skdiffts.linear._radius import StudentRadius
from skdiffts.linear._scatter import deleted_forms, forms_of, robust_weights
from skdiffts.linear._search import Moments

__all__ = ["RoughDensity"]

# Components of the target, at most a third of the columns, and its weight. They are the
# same for all drifts, so that what a fixed target owes to the row that it judges is common
# to all: one factorisation does.
N_COMPONENTS = 4
SHRINKAGE = 0.5
DEGREES = (2.6, 4.0, 8.0, np.inf)


@dataclass(frozen=True, eq=False)
class RoughDensity:
    """Margins of each series, a covariance with a fixed target, and the radius.

    Without margins a series with heavy tails would outweigh all others in the comparison.

    Parameters
    ----------
    margins : StudentMargins
        Margins of the residuals.
    scale : ndarray of shape (d,)
        Root mean squares of the normal scores.
    factor : ndarray of shape (d, d)
        Cholesky factor of their shrunk correlation.
    radius : StudentRadius
        Distribution of the quadratic forms.
    value : float
        Log-likelihood of a row, each deleted from the moments, in nats.
    """

    margins: StudentMargins
    scale: np.ndarray
    factor: np.ndarray
    radius: StudentRadius
    value: float

    @classmethod
    def fit(cls, rows, importance):
        """Fit margins, moments and radius.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, d)
            Centred rows.
        importance : ndarray of shape (n_rows,)
            Importance of the rows, with mean one.

        Returns
        -------
        RoughDensity
            The fitted density.
        """
        n, d = rows.shape
        margins = StudentMargins.fit(rows, importance, degrees=DEGREES)
        scores, log_jacobian = margins.to_normal(rows)
        weights = importance * robust_weights(scores, importance)
        moments = Moments(scores, weights)
        correlation = moments.shrunk(min(N_COMPONENTS, d // 3), SHRINKAGE)
        factor = cholesky(correlation, lower=True, check_finite=False)
        shares = (1.0 - SHRINKAGE) * weights / weights.sum()
        forms, change = deleted_forms(forms_of(factor, scores / moments.scale), shares)
        log_dets = _log_det(factor, moments.scale) + change
        radius = StudentRadius.fit(forms, log_dets, d, importance, exact=False)
        value = radius.mean_log_density(forms, log_dets, d, importance / n)
        value += float(importance @ log_jacobian) / n
        return cls(margins, moments.scale, factor, radius, value)

    def log_density(self, rows):
        """Log-density of rows.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, d)
            Centred rows.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log-densities, in nats.
        """
        scores, log_jacobian = self.margins.to_normal(rows)
        forms = forms_of(self.factor, scores / self.scale)
        log_dets = _log_det(self.factor, self.scale)
        density = self.radius.log_density(forms, log_dets, rows.shape[1])
        return density + log_jacobian


def _log_det(factor, scale):
    """Log-determinant of the covariance."""
    return 2.0 * (log_det(factor) + np.log(scale).sum())
