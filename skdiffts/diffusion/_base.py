"""What an estimator does with a trained diffusion process."""

from abc import ABC, abstractmethod
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, check_scalar

from skdiffts._paths import check_paths
from skdiffts.diffusion._process import DiffusionProcess

__all__ = ["BaseProcessSampler"]


class BaseProcessSampler(DensityMixin, BaseEstimator, ABC):
    """Draws, density and score; a child sets ``_process`` in ``fit``."""

    _process: DiffusionProcess

    @abstractmethod
    def fit(self, X, y=None):
        """Train on rows.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            Rows.
        y : None
            Ignored.

        Returns
        -------
        BaseProcessSampler
            The fitted estimator itself.
        """

    def sample(self, n_samples=1, random_state=None):
        """Draw rows.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Seed; None draws one from NumPy's global generator, as scikit-learn does.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Draws, float64.
        """
        check_is_fitted(self)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        return self._process.sample(n_samples, check_random_state(random_state))

    def score_samples(self, X):
        """Log-density of each row.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            Rows.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_paths,)
            Log-density, NaN for a row that is all NaN; for a 3-D array or a list, the
            sum over each path.
        """
        check_is_fitted(self)
        _, paths = self._rows(X, reset=False)
        return paths.per_sample(self._process.log_density(paths.values))

    def score(self, X, y=None):
        """Mean log-density of the rows.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            Rows, of which at least one is not all NaN.
        y : None
            Ignored.

        Returns
        -------
        float
            Mean, in nats a row.
        """
        check_is_fitted(self)
        rows, _ = self._rows(X, reset=False)
        if len(rows) == 0:
            raise ValueError("X has only NaN rows; pass at least one row of numbers.")
        return float(self._process.log_density(rows).mean())

    def score_function(self, X, t):
        r"""Score of the noised law, in the units of the data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Points :math:`x_t`: the forward process runs on whitened rows and is carried
            back to the units of the data.
        t : float
            Diffusion time in (0, 1].

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Gradient of log p_t.
        """
        check_is_fitted(self)
        check_scalar(t, "t", Real, min_val=0, max_val=1, include_boundaries="right")
        rows, _ = self._rows(X, reset=False)
        return self._process.score(rows, t)

    def __sklearn_is_fitted__(self):
        """Tell whether ``fit`` has come to its end: it sets attributes before."""
        return hasattr(self, "_process")

    def _rows(self, X, reset):
        """Rows that are not all NaN, and the container."""
        paths = check_paths(self, X, reset=reset, allow_nan_rows=True)
        return paths.values[~np.isnan(paths.values).all(axis=1)], paths
