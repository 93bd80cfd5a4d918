"""From residuals back to paths."""

from abc import ABC, abstractmethod
from copy import copy

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skdiffts._paths import check_names, check_paths
from skdiffts.kernel._past import Past
from skdiffts.kernel._time import TimeAxis

__all__ = ["RecursionMixin"]

# Steps whose rows are gathered at a time: one step of many long paths is scattered over
# the whole history.
BLOCK = 64


class RecursionMixin(ABC):
    """Roll-out of residuals with the drift and factor that an estimator gives."""

    _past: Past
    _time: TimeAxis
    _heads: np.ndarray
    n_history_: int
    n_features_in_: int

    @abstractmethod
    def _evaluate(self, history):
        """Drift (n, d) and lower factor (n, d, d) per unit time, given n pasts."""

    def start_history(self, states):
        """Memory of paths that begin at given rows, without a past.

        Parameters
        ----------
        states : ndarray of shape (n_paths, n_features)
            Rows. The past is taken to have been constant, the clock is that of the
            first training row.

        Returns
        -------
        History
            One entry for each row.
        """
        check_is_fitted(self)
        states = np.asarray(states, dtype=np.float64)
        return self._past.start(states, np.full(len(states), self._time.first))

    def inverse_transform(self, X, *, x0=None):
        r"""Roll residuals out to paths.

        .. math:: x_{i+1} = x_i + \mu(z_i)\, dt + \sqrt{dt}\, L(z_i)\, \varepsilon_{i+1}

        Each step undoes :meth:`transform` to rounding. With few neighbours the whole
        recursion is chaotic, so that a long path may leave the original one.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            Residuals; those of the rows that ``x0`` gives are not used and may be NaN.
        x0 : array-like, default=None
            First rows of the paths: the first one, of shape (n_features,) or
            (n_paths, n_features), or the first ``n_history_``, of shape
            ``(n_paths, n_history_, n_features)``. None takes the first ``n_history_`` rows
            of the training paths, in order (repeated when X has more paths).

        Returns
        -------
        array, frame or list
            Paths in the container of X.
        """
        check_is_fitted(self)
        reader = self
        named = X[0] if isinstance(X, list | tuple) and X else X
        if not hasattr(named, "columns") and hasattr(self, "feature_names_in_"):
            # Drawn residuals are arrays, whatever the data were: no names to compare.
            reader = copy(self)
            del reader.feature_names_in_
        paths = check_paths(reader, X, reset=False, allow_nan_rows=True)
        check_names(self, x0, "x0")
        heads = self._initial(x0, paths.n_paths)
        missing = np.isnan(paths.values).any(axis=1)
        missing &= paths.positions >= heads.shape[1]
        if missing.any():
            row = np.argmax(missing)
            which = (
                "which is not the first of its path"
                if heads.shape[1] == 1
                else f"which x0, the first {heads.shape[1]} rows, does not give"
            )
            raise ValueError(
                f"X has NaN in row {row}, {which}; pass residuals without gaps."
            )
        return paths.restore(self._simulate_paths(paths, heads))

    def simulate(self, residuals, history):
        """Simulate the rows that follow given pasts.

        Parameters
        ----------
        residuals : ndarray of shape (n_paths, n_steps, n_features)
            Residuals.
        history : History
            Past of each path, from :meth:`history` or :meth:`start`.

        Returns
        -------
        ndarray of shape (n_paths, n_steps + 1, n_features)
            Paths; row 0 is the present row of ``history``.
        """
        check_is_fitted(self)
        n_paths, n_steps, d = residuals.shape
        values = np.empty((n_paths, n_steps + 1, d))
        values[:, 0] = history.states
        dt, clock_step = self._time.dt, self._time.clock_step
        for first in range(0, n_steps, BLOCK):
            rows = residuals[:, first : first + BLOCK].transpose(1, 0, 2)
            block = np.array(rows, dtype=np.float64, order="C")
            for step, noise in enumerate(block):
                clock = history.clock + clock_step
                history = self._advance(history, noise, dt, clock)
                block[step] = history.states
            values[:, first + 1 : first + 1 + len(block)] = block.transpose(1, 0, 2)
        return values

    def _initial(self, x0, n_paths):
        """First rows of each path, one or ``n_history_`` of them."""
        d, n_history = self.n_features_in_, self.n_history_
        if x0 is None:
            return np.resize(self._heads, (n_paths, n_history, d))
        x0 = np.asarray(x0, dtype=np.float64)
        shapes = (d,), (n_paths, d), (n_paths, n_history, d)
        if x0.shape not in shapes or not np.isfinite(x0).all():
            raise ValueError(
                f"x0 has shape {x0.shape}; pass finite numbers of shape ({d},), "
                f"({n_paths}, {d}) or ({n_paths}, {n_history}, {d})."
            )
        if x0.ndim == 3:
            return x0
        return np.broadcast_to(x0, (n_paths, d))[:, np.newaxis]

    def _simulate_paths(self, paths, heads):
        """Recursion over time, all paths at once, from given first rows."""
        values = np.empty_like(paths.values)
        clock = self._time.clock(paths)
        dt = np.full(paths.n_rows, self._time.dt)
        if self._time.indexed:
            dt[paths.ends] = paths.durations
        running = paths.rows_by_step()
        rows = next(running)
        order = np.argsort(-paths.lengths, kind="stable")
        values[rows] = heads[order, 0]
        history = self._past.start(values[rows], clock[rows])
        for position, rows in enumerate(running, start=1):
            history = history.take(slice(len(rows)))
            if position < heads.shape[1]:
                values[rows] = heads[order[: len(rows)], position]
                increments = values[rows] - values[rows - 1]
                history = self._past.advance(history, increments, dt[rows], clock[rows])
            else:
                history = self._advance(
                    history, paths.values[rows], dt[rows], clock[rows]
                )
                values[rows] = history.states
        return values

    def _advance(self, history, residuals, dt, clock):
        """Memory after the step that residuals make."""
        drift, factor = self._evaluate(history)
        dt = np.broadcast_to(dt, len(residuals))[:, np.newaxis]
        noise = np.matmul(factor, residuals[..., np.newaxis])[..., 0]
        increments = drift * dt + np.sqrt(dt) * noise
        return self._past.advance(history, increments, dt[:, 0], clock)
