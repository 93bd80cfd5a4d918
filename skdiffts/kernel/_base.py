"""What every estimator of drift and volatility does with them."""

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skdiffts._paths import check_longest, check_paths
from skdiffts._validation import transform_output
from skdiffts.kernel._recursion import RecursionMixin

__all__ = ["BaseDriftVolEstimator"]


class BaseDriftVolEstimator(
    RecursionMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator
):
    """Whitening, its inverse and the Gaussian likelihood, from drift and factor.

    A child sets ``n_history_``, ``_past``, ``_time`` and ``_heads``, the first
    ``n_history_`` rows of each training path, in ``fit``, and gives drift and factor for
    any past.
    """

    # What rows with NaN do; a child may make it a parameter.
    missing = "raise"

    def coefficients(self, X):
        """Drift and covariance per unit time, given each row of X and its past.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths, which is stacked.

        Returns
        -------
        drift : ndarray of shape (n_rows, n_features)
            Conditional mean of the increment per unit time; NaN where the past is
            shorter than ``n_history_`` rows.
        covariance : ndarray of shape (n_rows, n_features, n_features)
            Conditional covariance of the increment per unit time.
        """
        drift, factor = self.factor(X)
        return drift, factor @ factor.transpose(0, 2, 1)

    def factor(self, X):
        """Drift and volatility factor per unit time, given each row of X and its past.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths, which is stacked.

        Returns
        -------
        drift : ndarray of shape (n_rows, n_features)
            Conditional mean of the increment per unit time; NaN where the past is
            shorter than ``n_history_`` rows.
        factor : ndarray of shape (n_rows, n_features, n_features)
            Lower Cholesky factor L of the conditional covariance, read-only where all
            rows share it.
        """
        check_is_fitted(self)
        paths = self._read(X)
        history = self._trace(paths, self._time.steps(paths))
        known = paths.positions >= self.n_history_ - 1
        if known.all():
            drift, factor = self._evaluate(history)
            return paths.expand(drift), paths.expand(factor)
        drift = np.full_like(paths.values, np.nan)
        factor = np.full((*drift.shape, drift.shape[1]), np.nan)
        drift[known], factor[known] = self._evaluate(history.take(known))
        return paths.expand(drift), paths.expand(factor)

    def history(self, X):
        """Read from paths all that the law of the row after each row depends on.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths, which is stacked; rows with NaN are left out.

        Returns
        -------
        History
            One entry for each row; where the past is shorter than ``n_history_`` rows,
            it is taken to have been constant before.
        """
        check_is_fitted(self)
        paths = self._read(X)
        return self._trace(paths, self._time.steps(paths))

    def whiten(self, X):
        r"""Residuals with the log-Jacobian that their density needs.

        The conditional density of a row is
        :math:`\log p(x_i | x_{i-1}) = \log p_\varepsilon(\varepsilon_i) + J_i` with
        :math:`J_i = -\log\det L(z_{i-1}) - \tfrac d2 \log dt`.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths.

        Returns
        -------
        residuals : ndarray of shape (n_rows, n_features)
            Whitened increments; NaN in the first ``n_history_`` rows of each path.
        log_jacobian : ndarray of shape (n_rows,)
            J; NaN where the residuals are.
        """
        check_is_fitted(self)
        paths = self._read(X)
        residuals, log_jacobian = self._whiten(paths)
        return paths.expand(residuals), paths.expand(log_jacobian)

    def transform(self, X):
        """Whitened increments of the paths in X.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths.

        Returns
        -------
        array, frame or list
            Residuals in the container of X, as many rows as X; NaN in the first
            ``n_history_`` rows of each path.
        """
        check_is_fitted(self)
        paths = self._read(X)
        output = transform_output(self)
        if output != "default" and paths.samples_are_paths:
            raise ValueError(
                f"X is a panel of {paths.n_paths} path(s), which set_output(transform="
                f"{output!r}) cannot hold; pass a frame with a MultiIndex, or "
                'set_output(transform="default").'
            )
        residuals = self._residuals(paths)
        if output != "default" and paths.container == "rows":
            return paths.expand(residuals).astype(paths.dtype, copy=False)
        return paths.restore(residuals)

    def score_samples(self, X):
        """Gaussian conditional log-likelihood.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_paths,)
            Log-density of each row given its past, NaN in the first ``n_history_`` rows
            of a path; for a 3-D array or a list, the sum over each path.
        """
        check_is_fitted(self)
        paths = self._read(X)
        return paths.per_sample(self._log_likelihood(paths))

    def score(self, X, y=None):
        """Mean Gaussian conditional log-likelihood of a transition.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths, with at least one transition.
        y : None
            Ignored.

        Returns
        -------
        float
            Mean over all transitions.
        """
        check_is_fitted(self)
        paths = self._read(X)
        check_longest(paths, self.n_history_ + 1)
        return float(np.nanmean(self._log_likelihood(paths)))

    def _read(self, X, reset=False, min_length=1):
        """Validate paths."""
        return check_paths(
            self, X, reset=reset, min_length=min_length, missing=self.missing
        )

    def _trace(self, paths, dt):
        """Memory after each row."""
        if self._past.conditioning.uses_clock:
            self._time.check(paths)
        return self._past.trace(paths, dt)

    def _whiten(self, paths):
        """Residuals and log-Jacobian of each row, NaN without a long enough past."""
        dt = self._time.steps(paths)
        history = self._trace(paths, dt)
        known = paths.positions[paths.starts] >= self.n_history_ - 1
        starts, ends, dt = paths.starts[known], paths.ends[known], dt[known]
        drift, factor = self._evaluate(history.take(starts))
        increments = paths.values[ends] - paths.values[starts]
        increments -= drift * dt[:, np.newaxis]
        scaled = (increments / np.sqrt(dt)[:, np.newaxis])[..., np.newaxis]
        residuals = np.full_like(paths.values, np.nan)
        residuals[ends] = np.linalg.solve(factor, scaled)[..., 0]
        log_jacobian = np.full(paths.n_rows, np.nan)
        diagonal = np.diagonal(factor, axis1=1, axis2=2)
        log_jacobian[ends] = -(
            np.log(diagonal).sum(axis=1) + 0.5 * paths.n_features * np.log(dt)
        )
        return residuals, log_jacobian

    def _residuals(self, paths):
        """Residuals that ``transform`` gives."""
        return self._whiten(paths)[0]

    def _log_likelihood(self, paths):
        residuals, log_jacobian = self._whiten(paths)
        normalizer = 0.5 * paths.n_features * np.log(2.0 * np.pi)
        return log_jacobian - normalizer - 0.5 * (residuals**2).sum(axis=1)
