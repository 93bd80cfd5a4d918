r"""Covariance shrunk to a target with structure, chosen by cross-fitted likelihood.

.. math:: \Sigma = D^{1/2} [(1 - \rho) C + \rho\, T] D^{1/2}

C is the correlation matrix of the rows, weighted against heavy tails, and T has k
principal components of C plus a diagonal, or nonlinearly shrunk eigenvalues. A target that
has seen the row by which it is judged always looks best with most components: matrix and
target are both fitted without the fold that scores them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky

from skdiffts._gaussian import log_det
from skdiffts.linear._radius import StudentRadius
from skdiffts.linear._scatter import deleted_forms, forms_of
from skdiffts.linear._search import CovarianceSearch, Moments

__all__ = ["StructuredCovariance"]


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
    def fit(cls, rows, importance=None, groups=None, *, candidate=None):
        """Choose target and shrinkage, and fit them to all rows.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, d)
            Centred rows, such as leave-one-out residuals.
        importance : ndarray of shape (n_rows,), default=None
            Importance of the rows; None is one for each.
        groups : ndarray of shape (n_rows,), default=None
            Path of each row.
        candidate : tuple of (int or "qis", float), default=None
            Target and shrinkage; None chooses them.

        Returns
        -------
        StructuredCovariance
            The fitted covariance.

        Examples
        --------
        >>> import numpy as np
        >>> from skdiffts.linear import StructuredCovariance
        >>> rng = np.random.RandomState(0)
        >>> rows = rng.standard_normal((60, 1)) + rng.standard_normal((60, 90))
        >>> covariance = StructuredCovariance.fit(rows)
        >>> covariance.target, covariance.shrinkage
        ('qis', 1.0)
        """
        n = len(rows)
        importance = (
            np.ones(n) if importance is None else importance / importance.mean()
        )
        search = CovarianceSearch(rows, importance, groups, candidate=candidate)
        return cls.from_search(search)

    @classmethod
    def from_search(cls, search):
        """Fit the best candidate of a search to all rows.

        Parameters
        ----------
        search : CovarianceSearch
            Rows and scored candidates.

        Returns
        -------
        StructuredCovariance
            The fitted covariance.
        """
        target, shrinkage = search.best
        moments = Moments(search.rows, search.weights)
        correlation = moments.shrunk(target, shrinkage)
        factor = moments.scale[:, np.newaxis] * cholesky(correlation, lower=True)
        return cls(
            scale=moments.scale,
            correlation=correlation,
            factor=factor,
            target=target,
            shrinkage=shrinkage,
            radius=search.radius(),
            value=search.value,
            row_shares=(1.0 - shrinkage) * search.weights / search.weights.sum(),
        )

    @property
    def candidate(self):
        """Chosen target, and its weight in the shrunk correlation."""
        return self.target, self.shrinkage

    @property
    def covariance(self):
        """Matrix A of the quadratic forms, in the units of the rows; see StudentRadius."""
        return self.correlation * np.outer(self.scale, self.scale)

    @property
    def log_det(self):
        """Log-determinant of the covariance matrix."""
        return 2.0 * log_det(self.factor)

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
