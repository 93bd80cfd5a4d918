"""What an estimator does with a trained diffusion process."""

from abc import ABC, abstractmethod
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, check_scalar

from skdiffts._paths import check_paths
from skdiffts._strategy import check_strategy
from skdiffts.diffusion._levels import draw_levels, level_times
from skdiffts.diffusion._likelihood import FlowDensity
from skdiffts.diffusion._process import DiffusionProcess
from skdiffts.diffusion._state import freeze_state, thaw_state
from skdiffts.metrics import nearest_neighbor_ratio
from skdiffts.solvers import BaseSolver, ExponentialMultistep
from skdiffts.theory import bounds

__all__ = ["BaseProcessSampler"]


class BaseProcessSampler(DensityMixin, BaseEstimator, ABC):
    """Draws, density and score; a child sets ``_process`` in ``fit``."""

    verbose: int
    solver: Any
    density: Any
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
        rng = check_random_state(random_state)
        return self._current_process().sample(n_samples, rng, self.verbose)

    def sample_at_times(self, n_samples=1, *, times=None, random_state=None):
        """Draw rows and show them on their way from noise to data.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        times : array-like of shape (n_times,), default=None
            Falling diffusion times from 1 to 0; None takes six at which the angle
            arctan(s / m) between noise and signal is equally spaced.
        random_state : int, RandomState instance or None, default=None
            Seed; None draws one from NumPy's global generator, as scikit-learn does.

        Returns
        -------
        times : ndarray of shape (n_times,)
            Diffusion times.
        draws : ndarray of shape (n_times, n_samples, n_features)
            The same rows at each time: draws of the law whose score
            :meth:`score_function` gives, at time 0 of the law of :meth:`sample`. The
            solver begins anew at each time, with as many steps as it has.
        """
        check_is_fitted(self)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        rng = check_random_state(random_state)
        process = self._current_process()
        times = level_times(process, times)
        return times, draw_levels(process, times, n_samples, rng)

    def bounds(self, X, *, random_state=None):
        """Bound how far the draws are from the law of some data.

        Parameters
        ----------
        X : array-like, frame, 3-D array, list of 2-D arrays or GaussianMixture
            Rows that the sampler has not seen, or a fitted mixture with the law of the
            data.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws behind the bounds.

        Returns
        -------
        skdiffts.theory.Bounds
            Bounds in total variation, Wasserstein distance and Kullback-Leibler
            divergence, with their terms.

        See Also
        --------
        skdiffts.theory.bounds : The same with all options and assumptions.
        """
        check_is_fitted(self)
        return bounds(self, X, random_state=random_state)

    def memorization_ratio(
        self, X_train, X_holdout, *, n_samples=1000, random_state=None
    ):
        r"""Compare draws and held-out rows by their distance to the training rows.

        .. math::
            \frac{\operatorname{median}_i \min_k |s_i - x_k|}
                 {\operatorname{median}_j \min_k |h_j - x_k|}

        with draws s, training rows x and held-out rows h: about 1 for new rows, near 0
        for copies of training rows, which energy and Wasserstein distances do not see.
        Distances are in the units of the data: the columns with the largest spread
        decide.

        Parameters
        ----------
        X_train : array-like, frame, 3-D array or list of 2-D arrays
            Rows that the sampler was fitted to.
        X_holdout : array-like, frame, 3-D array or list of 2-D arrays
            Rows of the same law that it has not seen.
        n_samples : int, default=1000
            Number of draws.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws.

        Returns
        -------
        float
            Ratio of the medians.

        See Also
        --------
        skdiffts.metrics.nearest_neighbor_ratio : The same for rows drawn before.
        """
        check_is_fitted(self)
        train = self._known_rows(X_train, "X_train")
        holdout = self._known_rows(X_holdout, "X_holdout")
        draws = self.sample(n_samples, random_state)
        return nearest_neighbor_ratio(draws, train, holdout)

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
        return paths.per_sample(self._current_process().log_density(paths.values))

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
        rows = self._known_rows(X, "X")
        return float(self._current_process().log_density(rows).mean())

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

    def __getstate__(self):
        """Give arrays and plain data, without torch objects, to pickle and copy."""
        return freeze_state(super().__getstate__())

    def __setstate__(self, state):
        """Build the network again, on the CPU."""
        super().__setstate__(thaw_state(state))

    def __sklearn_is_fitted__(self):
        """Tell whether ``fit`` has come to its end: it sets attributes before."""
        return hasattr(self, "_process")

    def _current_process(self):
        """Trained process with the solver and the density that are parameters now."""
        solver = check_strategy(
            self.solver, default=ExponentialMultistep, kind=BaseSolver, name="solver"
        )
        density = check_strategy(
            self.density, default=FlowDensity, kind=FlowDensity, name="density"
        )
        return replace(self._process, solver=solver, density=density)

    def _rows(self, X, reset):
        """Rows that are not all NaN, and the container."""
        paths = check_paths(self, X, reset=reset, allow_nan_rows=True)
        return paths.values[~np.isnan(paths.values).all(axis=1)], paths

    def _known_rows(self, X, name):
        """Rows that are not all NaN, of which there must be one."""
        rows, _ = self._rows(X, reset=False)
        if len(rows) == 0:
            raise ValueError(
                f"{name} has only NaN rows; pass at least one row of numbers."
            )
        return rows
