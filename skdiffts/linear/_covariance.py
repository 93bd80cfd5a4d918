r"""Covariance shrunk to a target with structure, chosen by cross-fitted likelihood.

.. math:: \Sigma = D^{1/2} [(1 - \rho) C + \rho\, T] D^{1/2}

C is the correlation matrix of the rows, weighted against heavy tails, and T has k
principal components of C plus a diagonal, or nonlinearly shrunk eigenvalues. A target that
has seen the row by which it is judged always looks best with most components: matrix and
target are both fitted without the fold that scores them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cholesky

from skdiffts.linear._folds import fold_numbers
from skdiffts.linear._radius import StudentRadius
from skdiffts.linear._scatter import (
    deleted_forms,
    forms_of,
    robust_weights,
    second_moments,
)
from skdiffts.linear._targets import (
    components_plus_diagonal,
    quadratic_inverse_shrinkage,
)

__all__ = [
    "N_COMPONENTS",
    "QIS",
    "SHRINKAGES",
    "StructuredCovariance",
    "quick_value",
]

# Name of the target with nonlinearly shrunk eigenvalues.
QIS = "qis"
N_COMPONENTS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
SHRINKAGES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
# Weight of the target with which numbers of components are compared first.
FIRST_SHRINKAGE = 0.6
# Rounding that a correlation matrix of fewer rows than columns may lack on its diagonal.
FLOOR = 1e-10


@dataclass(frozen=True, eq=False)
class StructuredCovariance:
    """Covariance matrix of rows and the distribution of their radius.

    Parameters
    ----------
    scale : ndarray of shape (d,)
        Root of the diagonal D.
    correlation : ndarray of shape (d, d)
        Shrunk matrix, with ones on the diagonal.
    factor : ndarray of shape (d, d)
        Lower Cholesky factor of the covariance in the units of the rows.
    target : int or "qis"
        Number of components of the target, or the one with shrunk eigenvalues.
    shrinkage : float
        Weight of the target.
    radius : StudentRadius
        Distribution of the quadratic forms.
    value : float
        Cross-fitted log-likelihood of a row, in nats.
    row_shares : ndarray of shape (n_rows,)
        Weight of the outer product of each scaled training row in the correlation.
    """

    scale: np.ndarray
    correlation: np.ndarray
    factor: np.ndarray
    target: int | str
    shrinkage: float
    radius: StudentRadius
    value: float
    row_shares: np.ndarray

    @classmethod
    def fit(
        cls,
        rows,
        importance=None,
        groups=None,
        *,
        n_components=N_COMPONENTS,
        shrinkages=SHRINKAGES,
        robust=True,
    ):
        """Choose target and shrinkage, and fit them to all rows.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, d)
            Centred rows, such as leave-one-out residuals.
        importance : ndarray of shape (n_rows,), default=None
            Importance of the rows; None is one for each.
        groups : ndarray of shape (n_rows,), default=None
            Path of each row.
        n_components : sequence of int, default=(0, 1, 2, ..., 32)
            Candidates for the number of components; those above a third of d are
            left out.
        shrinkages : sequence of float, default=(0.0, 0.02, ..., 1.0)
            Candidates for the weight of the target.
        robust : bool, default=True
            Whether rows are weighted by the t distribution of their radius.

        Returns
        -------
        StructuredCovariance
            The fitted covariance.
        """
        n, d = rows.shape
        importance = np.ones(n) if importance is None else importance / importance.mean()
        weights = importance * robust_weights(rows, importance) if robust else importance
        search = _Search(rows, importance, weights, fold_numbers(n, groups))
        components = [k for k in n_components if k < max(1, d / 3)] or [0]
        search.run(components, shrinkages)
        target, shrinkage = search.best
        scale, moments = second_moments(rows, weights)
        correlation = _blend(_Moments(moments, n), target, shrinkage)
        factor = scale[:, np.newaxis] * cholesky(correlation, lower=True)
        return cls(
            scale=scale,
            correlation=correlation,
            factor=factor,
            target=target,
            shrinkage=shrinkage,
            radius=search.radius(target, shrinkage),
            value=search.values[search.best],
            row_shares=(1.0 - shrinkage) * weights / weights.sum(),
        )

    @property
    def covariance(self):
        """Covariance matrix in the units of the rows, up to the scale of the radius."""
        return self.correlation * np.outer(self.scale, self.scale)

    @property
    def log_det(self):
        """Log-determinant of the covariance matrix."""
        return 2.0 * np.log(np.diagonal(self.factor)).sum()

    def forms(self, rows):
        """Quadratic forms of rows.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, d)
            Centred rows.

        Returns
        -------
        ndarray of shape (n_rows,)
            Squared Mahalanobis distances.
        """
        return forms_of(self.factor, rows)

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
        return self.radius.log_density(self.forms(rows), self.log_det, rows.shape[1])

    def left_out_forms(self, rows):
        """Quadratic forms of the training rows, each deleted from the weighted moments.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, d)
            The training rows.

        Returns
        -------
        forms : ndarray of shape (n_rows,)
            Squared Mahalanobis distances.
        log_dets : ndarray of shape (n_rows,)
            Log-determinants of the matrices without the row.
        """
        forms, change = deleted_forms(self.forms(rows), self.row_shares)
        return forms, self.log_det + change


class _Moments:
    """Correlation matrix of some rows, with its eigenvectors once they are needed."""

    def __init__(self, correlation, n_rows):
        self.correlation, self.n_rows = correlation, n_rows
        self._eigen = None

    @property
    def eigen(self):
        """Eigenvalues in increasing order, and vectors."""
        if self._eigen is None:
            values, vectors = np.linalg.eigh(self.correlation)
            self._eigen = np.maximum(values, 0.0), vectors
        return self._eigen

    def target(self, name):
        """Target with a number of components, or with shrunk eigenvalues."""
        if name == QIS:
            return quadratic_inverse_shrinkage(*self.eigen, self.n_rows)
        if name == 0:
            return np.eye(len(self.correlation))
        return components_plus_diagonal(*self.eigen, name)


def _blend(moments, target, shrinkage):
    """Correlation matrix shrunk to a target."""
    blend = shrinkage * moments.target(target) if shrinkage > 0.0 else 0.0
    blend = blend + (1.0 - shrinkage) * moments.correlation
    blend[np.diag_indices(len(blend))] += FLOOR
    scale = np.sqrt(np.diagonal(blend))
    return blend / np.outer(scale, scale)


class _Search:
    """Cross-fitted quadratic forms and likelihoods of candidates."""

    def __init__(self, rows, importance, weights, folds):
        self.importance, self.d = importance / importance.sum(), rows.shape[1]
        self.values, self._forms = {}, {}
        self.parts = []
        order = []
        for fold in np.unique(folds):
            held, used = folds == fold, folds != fold
            if not weights[used].any():  # a single row
                held = used = np.ones(len(rows), dtype=bool)
            scale, correlation = second_moments(rows[used], weights[used])
            moments = _Moments(correlation, int(used.sum()))
            log_scale = 2.0 * np.log(scale).sum()
            self.parts.append((moments, rows[held] / scale, log_scale))
            order.append(np.flatnonzero(held))
        self.importance = self.importance[np.concatenate(order)]

    @property
    def best(self):
        """Target and shrinkage with the highest likelihood so far."""
        return max(self.values, key=self.values.__getitem__)

    def run(self, components, shrinkages):
        """Ascend in the number of components and the shrinkage, in turn."""
        first = min(shrinkages, key=lambda rho: abs(rho - FIRST_SHRINKAGE))
        for k in components:
            self.score(k, first)
        self.score(QIS, 1.0)
        for _ in range(2):
            k = max(
                (key for key in self.values if key[0] != QIS), key=self.values.__getitem__
            )[0]
            for rho in shrinkages:
                self.score(k, rho)
            rho = max(
                (key for key in self.values if key[0] != QIS), key=self.values.__getitem__
            )[1]
            i = components.index(k)
            for near in components[max(0, i - 1) : i + 2]:
                self.score(near, rho)

    def score(self, target, shrinkage):
        """Cross-fitted likelihood of a candidate; minus infinity if it is singular."""
        key = (target, shrinkage)
        if key in self.values:
            return
        pairs = []
        for moments, held, log_scale in self.parts:
            try:
                blend = _blend(moments, target, shrinkage)
                factor = cholesky(blend, lower=True, check_finite=False)
            except LinAlgError:
                self.values[key] = -np.inf
                return
            log_det = 2.0 * np.log(np.diagonal(factor)).sum() + log_scale
            pairs.append((forms_of(factor, held), np.full(len(held), log_det)))
        forms, log_dets = (np.concatenate(part) for part in zip(*pairs, strict=True))
        self._forms[key] = forms, log_dets
        radius = StudentRadius.fit(
            forms, log_dets, self.d, self.importance, exact=False
        )
        self.values[key] = radius.mean_log_density(
            forms, log_dets, self.d, self.importance
        )

    def radius(self, target, shrinkage):
        """Radius of a candidate's cross-fitted forms."""
        forms, log_dets = self._forms[target, shrinkage]
        return StudentRadius.fit(forms, log_dets, self.d, self.importance)


def quick_value(rows, importance, n_components=4, shrinkage=0.5):
    """Log-likelihood of rows under a roughly shrunk covariance, each row deleted.

    The target is fixed, so that what it owes to the row is common to all residuals that
    are compared: one factorisation does.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, d)
        Centred rows.
    importance : ndarray of shape (n_rows,)
        Importance of the rows, with mean one.
    n_components : int, default=4
        Number of components of the target; fewer than a third of d are used.
    shrinkage : float, default=0.5
        Weight of the target.

    Returns
    -------
    float
        Nats a row.
    """
    n, d = rows.shape
    weights = importance * robust_weights(rows, importance)
    scale, correlation = second_moments(rows, weights)
    blend = _blend(_Moments(correlation, n), min(n_components, d // 3), shrinkage)
    factor = cholesky(blend, lower=True, check_finite=False)
    shares = (1.0 - shrinkage) * weights / weights.sum()
    forms, change = deleted_forms(forms_of(factor, rows / scale), shares)
    log_dets = 2.0 * (np.log(np.diagonal(factor)) + np.log(scale)).sum() + change
    radius = StudentRadius.fit(forms, log_dets, d, importance, exact=False)
    return radius.mean_log_density(forms, log_dets, d, importance / importance.sum())
