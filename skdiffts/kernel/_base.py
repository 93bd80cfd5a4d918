"""What every estimator of drift and volatility does with them."""

from abc import ABC, abstractmethod
from copy import copy

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skdiffts._paths import check_paths
from skdiffts._validation import transform_output

__all__ = ["BaseDriftVolEstimator"]


class BaseDriftVolEstimator(OneToOneFeatureMixin, TransformerMixin, BaseEstimator, ABC):
    """Whitening, its inverse and the Gaussian likelihood, from drift and factor.

    A child sets ``initial_states_`` and ``_dt``, the time between two rows, in ``fit``,
    and gives drift and factor at any state.
    """

    @abstractmethod
    def _evaluate(self, states):
        """Drift (n, d) and lower factor (n, d, d) per unit time at states (n, d)."""

    def coefficients(self, X):
        """Drift and covariance per unit time, given each row of X.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            States; the paths of a panel are stacked.

        Returns
        -------
        drift : ndarray of shape (n_rows, n_features)
            Conditional mean of the increment per unit time.
        covariance : ndarray of shape (n_rows, n_features, n_features)
            Conditional covariance of the increment per unit time.
        """
        drift, factor = self.factor(X)
        return drift, factor @ factor.transpose(0, 2, 1)

    def factor(self, X):
        """Drift and volatility factor per unit time, given each row of X.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            States; the paths of a panel are stacked.

        Returns
        -------
        drift : ndarray of shape (n_rows, n_features)
            Conditional mean of the increment per unit time.
        factor : ndarray of shape (n_rows, n_features, n_features)
            Lower Cholesky factor L of the conditional covariance, read-only where all
            rows share it.
        """
        check_is_fitted(self)
        return self._evaluate(check_paths(self, X, reset=False).values)

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
            Whitened increments; NaN in the first row of each path.
        log_jacobian : ndarray of shape (n_rows,)
            J; NaN in the first row of each path.
        """
        check_is_fitted(self)
        return self._whiten(check_paths(self, X, reset=False))

    def transform(self, X):
        """Whitened increments of the paths in X.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths.

        Returns
        -------
        array, frame or list
            Residuals in the container of X, as many rows as X; NaN in the first row of
            each path.
        """
        check_is_fitted(self)
        paths = check_paths(self, X, reset=False)
        output = transform_output(self)
        if output != "default" and paths.samples_are_paths:
            raise ValueError(
                f"X is a panel of {paths.n_paths} path(s), which set_output(transform="
                f"{output!r}) cannot hold; pass a frame with a MultiIndex, or "
                'set_output(transform="default").'
            )
        residuals = self._residuals(paths)
        if output != "default" and paths.container == "rows":
            return residuals.astype(paths.dtype, copy=False)
        return paths.restore(residuals)

    def inverse_transform(self, X, *, x0=None):
        r"""Roll residuals out to paths.

        .. math:: x_{i+1} = x_i + \mu(x_i)\, dt + \sqrt{dt}\, L(x_i)\, \varepsilon_{i+1}

        Each step undoes :meth:`transform` to rounding. With few neighbours the whole
        recursion is chaotic, so that a long path may leave the original one.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            Residuals; the first row of each path is not used and may be NaN.
        x0 : array-like of shape (n_features,) or (n_paths, n_features), default=None
            First row of the paths; None takes those of the training paths, in order
            (repeated when X has more paths).

        Returns
        -------
        array, frame or list
            Paths in the container of X; row 0 is ``x0``.
        """
        check_is_fitted(self)
        reader = self
        named = X[0] if isinstance(X, list) and X else X
        if not hasattr(named, "columns") and hasattr(self, "feature_names_in_"):
            # Drawn residuals are arrays, whatever the data were: no names to compare.
            reader = copy(self)
            del reader.feature_names_in_
        paths = check_paths(reader, X, reset=False, allow_nan_rows=True)
        x0 = self._initial(x0, paths.n_paths)
        missing = np.isnan(paths.values[paths.ends]).any(axis=1)
        if missing.any():
            row = paths.ends[np.argmax(missing)]
            raise ValueError(
                f"X has NaN in row {row}, which is not the first of its path; pass "
                "residuals without gaps."
            )
        return paths.restore(self._roll_out(paths, x0))

    def score_samples(self, X):
        """Gaussian conditional log-likelihood.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_paths,)
            Log-density of each row given the one before, NaN in the first row of a
            path; for a 3-D array or a list, the sum over each path.
        """
        check_is_fitted(self)
        paths = check_paths(self, X, reset=False)
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
        paths = check_paths(self, X, reset=False, min_length=2)
        return float(np.nanmean(self._log_likelihood(paths)))

    def _whiten(self, paths):
        """Residuals and log-Jacobian of each row, NaN in first rows."""
        states = paths.values[paths.starts]
        drift, factor = self._evaluate(states)
        increments = paths.values[paths.ends] - states - drift * self._dt
        scaled = (increments / np.sqrt(self._dt))[..., np.newaxis]
        residuals = np.full_like(paths.values, np.nan)
        residuals[paths.ends] = np.linalg.solve(factor, scaled)[..., 0]
        log_jacobian = np.full(paths.n_rows, np.nan)
        diagonal = np.diagonal(factor, axis1=1, axis2=2)
        log_jacobian[paths.ends] = -(
            np.log(diagonal).sum(axis=1) + 0.5 * paths.n_features * np.log(self._dt)
        )
        return residuals, log_jacobian

    def _residuals(self, paths):
        """Residuals that ``transform`` gives."""
        return self._whiten(paths)[0]

    def _log_likelihood(self, paths):
        residuals, log_jacobian = self._whiten(paths)
        normalizer = 0.5 * paths.n_features * np.log(2.0 * np.pi)
        return log_jacobian - normalizer - 0.5 * (residuals**2).sum(axis=1)

    def _initial(self, x0, n_paths):
        """First row of each path, shape (n_paths, n_features)."""
        d = self.n_features_in_
        if x0 is None:
            return np.resize(self.initial_states_, (n_paths, d))
        x0 = np.asarray(x0, dtype=np.float64)
        if x0.shape not in ((d,), (n_paths, d)) or not np.isfinite(x0).all():
            raise ValueError(
                f"x0 has shape {x0.shape}; pass finite numbers of shape ({d},) or "
                f"({n_paths}, {d})."
            )
        return np.broadcast_to(x0, (n_paths, d))

    def _roll_out(self, paths, x0):
        """Recursion over time, all paths at once."""
        values = np.empty_like(paths.values)
        # Longest first, so that the paths still running are always the first ones.
        order = np.argsort(-paths.lengths, kind="stable")
        first, lengths = paths.first_rows[order], paths.lengths[order]
        states = x0[order]
        values[first] = states
        for step in range(1, lengths[0]):
            rows = first[: np.searchsorted(-lengths, -step)] + step
            states = states[: len(rows)]
            drift, factor = self._evaluate(states)
            noise = np.matmul(factor, paths.values[rows, :, np.newaxis])[..., 0]
            states = states + drift * self._dt + np.sqrt(self._dt) * noise
            values[rows] = states
        return values
