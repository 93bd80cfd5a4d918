"""Whitening by a shrunk covariance, with residuals of rows that it has not seen."""

from dataclasses import dataclass

import numpy as np

from skdiffts.linear._search import CovarianceSearch, Moments
from skdiffts.linear._whitening import Whitening, cholesky_root

__all__ = ["CrossWhitening"]


@dataclass(frozen=True, eq=False)
class CrossWhitening:
    """Whitening fitted to all rows, and cross-fitted residuals.

    Parameters
    ----------
    whitening : Whitening
        Map by the covariance of all rows; its residuals have a mean square of one.
    residuals : ndarray of shape (n_rows, d)
        Residuals of each row under the covariance of other rows, in the same units.
    shrinkage : float
        Weight of the structured target in the covariance.
    """

    whitening: Whitening
    residuals: np.ndarray
    shrinkage: float

    @classmethod
    def fit(cls, rows, importance=None, groups=None, root=cholesky_root):
        """Choose target and shrinkage by cross-fitted likelihood, and whiten.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, d)
            Centred rows, such as leave-one-out innovations.
        importance : ndarray of shape (n_rows,), default=None
            Importance of the rows; None is one for each.
        groups : ndarray of shape (n_rows,), default=None
            Path of each row.
        root : callable, default=cholesky_root
            Makes a whitening of a scale and a correlation matrix.

        Returns
        -------
        CrossWhitening
            The fitted whitening.

        Examples
        --------
        >>> import numpy as np
        >>> from skdiffts.linear import CrossWhitening
        >>> rows = np.random.RandomState(0).standard_normal((400, 3)) * [1, 2, 3]
        >>> fitted = CrossWhitening.fit(rows)
        >>> float((fitted.residuals**2).mean().round(6))
        1.0
        """
        importance = np.ones(len(rows)) if importance is None else importance
        search = CovarianceSearch(rows, importance / importance.mean(), groups)
        residuals, _ = search.whiten(root)
        # Robust weights find the shape; all rows give the size.
        squares = (residuals**2).mean(axis=1)
        size = np.sqrt(np.average(squares, weights=importance)) or 1.0
        moments = Moments(search.rows, search.weights)
        target, shrinkage = search.best
        whitening = root(size * moments.scale, moments.shrunk(target, shrinkage))
        return cls(whitening, residuals / size, shrinkage)
