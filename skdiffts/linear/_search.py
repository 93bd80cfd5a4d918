"""Cross-fitted search for the target and the shrinkage of a covariance."""

from functools import cached_property

import numpy as np
from scipy.linalg import LinAlgError, cholesky

from skdiffts._gaussian import log_det
from skdiffts.linear._folds import fold_numbers
from skdiffts.linear._radius import StudentRadius
from skdiffts.linear._scatter import forms_of, robust_weights, second_moments
from skdiffts.linear._targets import (
    components_plus_diagonal,
    quadratic_inverse_shrinkage,
)

__all__ = ["N_COMPONENTS", "QIS", "SHRINKAGES", "CovarianceSearch", "Moments"]

# Name of the target with nonlinearly shrunk eigenvalues.
QIS = "qis"
N_COMPONENTS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
SHRINKAGES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
# Ratio of rows to columns, or its inverse, below which eigenvalues are not shrunk one by
# one: near a square the smallest ones say nothing.
SQUARE = 1.25
# Weights of the target with which numbers of components are compared first: a target that
# is right stands best alone, one that is not needs the sample beside it.
FIRST_SHRINKAGES = (0.6, 1.0)
# Addition to the diagonal of a singular correlation matrix, relative to its ones.
FLOOR = 1e-10
# Relative difference of likelihoods that rounding makes: eigenvalues that are shrunk to one
# are the target without components.
ROUNDING = 1e-12


class Moments:
    """Scaled second moments of some rows, and the targets that they lead to.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, d)
        Centred rows.
    weights : ndarray of shape (n_rows,)
        Weights of their outer products.

    Attributes
    ----------
    scale : ndarray of shape (d,)
        Root mean squares.
    correlation : ndarray of shape (d, d)
        Correlation matrix about zero.
    """

    def __init__(self, rows, weights):
        self.n_rows = len(rows)
        self.scale, self.correlation = second_moments(rows, weights)

    def shrunk(self, target, shrinkage):
        """Correlation matrix shrunk to a target.

        Parameters
        ----------
        target : int or "qis"
            Number of components, or nonlinearly shrunk eigenvalues.
        shrinkage : float
            Weight of the target.

        Returns
        -------
        ndarray of shape (d, d)
            Matrix with ones on the diagonal.
        """
        blend = (1.0 - shrinkage) * self.correlation
        if shrinkage > 0.0:
            blend += shrinkage * self._target(target)
        blend[np.diag_indices(len(blend))] += FLOOR
        root = np.sqrt(np.diagonal(blend))
        return blend / np.outer(root, root)

    def _target(self, name):
        """Target in the units of the correlation matrix."""
        if name == 0:
            return np.eye(len(self.correlation))
        values, vectors = self._eigen
        if name == QIS:
            return quadratic_inverse_shrinkage(values, vectors, self.n_rows)
        return components_plus_diagonal(values, vectors, name)

    @cached_property
    def _eigen(self):
        """Eigenvalues in increasing order, and vectors; not all targets need them."""
        values, vectors = np.linalg.eigh(self.correlation)
        return np.maximum(values, 0.0), vectors


class CovarianceSearch:
    """Likelihoods of candidates on rows that neither matrix nor target has seen.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, d)
        Centred rows.
    importance : ndarray of shape (n_rows,)
        Importance of the rows, with mean one.
    groups : ndarray of shape (n_rows,) or None
        Path of each row.
    candidate : tuple of (int or "qis", float), default=None
        The only target and shrinkage; None compares numbers of components below a third
        of d, weights of the target, and shrunk eigenvalues.

    Attributes
    ----------
    weights : ndarray of shape (n_rows,)
        Importance times robust weight of the rows.
    values : dict
        Cross-fitted log-likelihood of a row for each (target, shrinkage).
    """

    def __init__(
        self,
        rows,
        importance,
        groups,
        *,
        candidate=None,
    ):
        self.rows, self.importance = rows, importance
        self.weights = importance * robust_weights(rows, importance)
        self.values, self._forms = {}, {}
        folds = fold_numbers(len(rows), groups)
        self.folds = []
        for fold in np.unique(folds):
            held, used = folds == fold, folds != fold
            # A fold may hold all that counts.
            used = used if self.weights[used].any() else held
            moments = Moments(rows[used], self.weights[used])
            self.folds.append((np.flatnonzero(held), moments))
        if candidate is None:
            self._ascend()
        else:
            self._score(*candidate)

    @property
    def best(self):
        """Target and shrinkage with the highest likelihood, the first of equal ones."""
        highest = max(self.values.values())
        enough = highest - ROUNDING * (1.0 + abs(highest))
        return next(key for key, value in self.values.items() if value >= enough)

    @property
    def value(self):
        """Highest cross-fitted log-likelihood of a row, in nats."""
        return self.values[self.best]

    def radius(self):
        """Radius of the cross-fitted forms of the best candidate.

        Returns
        -------
        StudentRadius
            Its distribution.
        """
        d = self.rows.shape[1]
        forms, log_dets = self._forms[self.best]
        return StudentRadius.fit(forms, log_dets, d, self.importance)

    def whiten(self, root):
        """Residuals of each row under a whitening that has not seen it.

        Parameters
        ----------
        root : callable
            Makes a whitening of a scale and a correlation matrix.

        Returns
        -------
        residuals : ndarray of shape (n_rows, d)
            Residuals.
        log_det : float
            Mean log-determinant of the whitening.
        """
        residuals, log_dets = np.empty_like(self.rows), 0.0
        for held, moments in self.folds:
            whitening = root(moments.scale, moments.shrunk(*self.best))
            residuals[held] = whitening.whiten(self.rows[held])
            log_dets += whitening.log_det * self.importance[held].sum()
        return residuals, log_dets / self.importance.sum()

    def _ascend(self):
        """Climb in the number of components and in the shrinkage, in turn."""
        n, d = self.rows.shape
        components = [k for k in N_COMPONENTS if k < max(1, d / 3)]
        for shrinkage in FIRST_SHRINKAGES:
            for k in components:
                self._score(k, shrinkage)
        last = None
        while last != self.best:
            last = self.best
            i, j = components.index(last[0]), SHRINKAGES.index(last[1])
            for k in components[max(0, i - 1) : i + 2]:
                self._score(k, last[1])
            for shrinkage in SHRINKAGES[max(0, j - 1) : j + 2]:
                self._score(last[0], shrinkage)
        least = min(moments.n_rows for _, moments in self.folds)
        if n * SQUARE < d or d * SQUARE < least:
            self._score(QIS, 1.0)

    def _score(self, target, shrinkage):
        """Cross-fitted likelihood of a candidate; minus infinity if it is singular."""
        key = target, shrinkage
        if key in self.values:
            return
        n, d = self.rows.shape
        forms, log_dets = np.empty((2, n))
        try:
            for held, moments in self.folds:
                blend = moments.shrunk(target, shrinkage)
                factor = cholesky(blend, lower=True, check_finite=False)
                forms[held] = forms_of(factor, self.rows[held] / moments.scale)
                log_dets[held] = 2.0 * (log_det(factor) + np.log(moments.scale).sum())
        except LinAlgError:
            self.values[key] = -np.inf
            return
        self._forms[key] = forms, log_dets
        radius = StudentRadius.fit(forms, log_dets, d, self.importance, exact=False)
        value = radius.mean_log_density(forms, log_dets, d, self.importance / n)
        self.values[key] = value
