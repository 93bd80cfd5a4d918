"""What a fitted generator says about paths that are there."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skdiffts._paths import Paths, check_longest
from skdiffts.generation._preprocessing import Preprocessing

__all__ = ["EvaluationMixin"]


class EvaluationMixin(ABC):
    """Residuals, density and bounds; a child sets both parts and ``_preprocessing``."""

    dynamics_: Any
    sampler_: Any
    _preprocessing: Preprocessing

    @abstractmethod
    def _read(self, X, reset=False, min_length=1) -> Paths:
        """Validate paths."""

    def whiten(self, X):
        """Residuals of paths with the log-Jacobian that their density needs.

        The conditional log-density of a row is that of its residual under the sampler
        plus the log-Jacobian.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths, in the units of the training data.

        Returns
        -------
        residuals : ndarray of shape (n_rows, n_features)
            Whitened increments of all paths below each other; NaN where the past is too
            short. Those of the training data are smaller than new ones, see
            ``residuals_``.
        log_jacobian : ndarray of shape (n_rows,)
            Log of the absolute derivative of residuals by rows, that of the preprocessor
            included; NaN where the residuals are.
        """
        check_is_fitted(self)
        paths = self._read(X)
        residuals, log_jacobian = self._whiten(paths)
        return paths.expand(residuals), paths.expand(log_jacobian)

    def bounds(self, X, *, random_state=None):
        """Bound how far the sampler's draws are from the law of the residuals of paths.

        The bounds are about one step, and about the sampler: the dynamics are taken as
        they are. Bounds in total variation and divergence hold for the next row given
        its past as well, if its residual does not depend on the past; the Wasserstein
        bounds are in the units of the residuals, conditional standard deviations.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths that the generator has not seen.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws behind the bounds.

        Returns
        -------
        skdiffts.theory.Bounds
            Bounds in total variation, Wasserstein distance and Kullback-Leibler
            divergence, with their terms.

        Raises
        ------
        TypeError
            If the sampler has no bounds.
        ValueError
            If X has less than two transitions.

        See Also
        --------
        skdiffts.theory.bounds : Assumptions, and a known law of residuals instead of X.
        """
        check_is_fitted(self)
        if not hasattr(self.sampler_, "bounds"):
            raise TypeError(
                f"sampler={self.sampler_!r} has no bounds; pass a "
                "DiffusionResidualSampler as sampler."
            )
        residuals, _ = self.whiten(X)
        residuals = residuals[np.isfinite(residuals).all(axis=1)]
        if len(residuals) < 2:
            raise ValueError(
                f"X has {len(residuals)} transition(s) with a residual; pass at least 2 "
                "to judge a law by."
            )
        return self.sampler_.bounds(residuals, random_state=random_state)

    def score_samples(self, X):
        """Conditional log-likelihood.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_paths,)
            Log-density of each row given its past, in the units of X, NaN where that is
            too short; for a 3-D array or a list, the sum over each path.
        """
        check_is_fitted(self)
        paths = self._read(X)
        return paths.per_sample(self._log_likelihood(paths))

    def score(self, X, y=None):
        """Mean conditional log-likelihood of a transition.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths, with at least one transition.
        y : None
            Ignored.

        Returns
        -------
        float
            Mean over all transitions, in nats.
        """
        check_is_fitted(self)
        paths = self._read(X)
        check_longest(paths, self.dynamics_.n_history_ + 1)
        return float(np.nanmean(self._log_likelihood(paths)))

    def _whiten(self, paths):
        """Residual and log-Jacobian of each row, NaN without a long enough past."""
        values = self._preprocessing.transform(paths.values)
        whitened = self.dynamics_.whiten(paths.restore(values, dtype=np.float64))
        residuals, log_jacobian = (paths.collapse(rows) for rows in whitened)
        log_jacobian = log_jacobian + self._preprocessing.log_jacobian(values)
        # Where no numbers of the model lead there is no density.
        reached = self._preprocessing.gives_back(values, paths.values)
        log_jacobian[~reached & np.isfinite(log_jacobian)] = -np.inf
        return residuals, log_jacobian

    def _log_likelihood(self, paths):
        """Conditional log-likelihood of each row, NaN without a long enough past."""
        residuals, result = self._whiten(paths)
        known = np.isfinite(residuals).all(axis=1)
        if known.any():
            result[known] += self.sampler_.score_samples(residuals[known])
        return result
