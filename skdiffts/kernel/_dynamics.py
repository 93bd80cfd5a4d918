"""Dynamics: drift and volatility of paths with a history, whitening and simulation."""

from dataclasses import dataclass

import numpy as np

from skdiffts._gaussian import log_det, whiten
from skdiffts.kernel._additive_drift import AdditiveDrift, NoAdditiveDrift
from skdiffts.kernel._history import HistoryRules, TimeAxis
from skdiffts.kernel._local_model import LocalModel
from skdiffts.kernel._past_only import PastOnlyResiduals

__all__ = ["Dynamics"]

# Steps whose rows are gathered at a time: one step of many long paths is scattered over
# the whole array.
BLOCK = 64


@dataclass(frozen=True, eq=False)
class Dynamics:
    r"""Fitted drift and volatility factor of the next increment, given a history.

    .. math::
        \mu &= S\, m(z) + f(x), \qquad L = S\, \Lambda(z), \\
        x_{i+1} &= x_i + \mu\, dt + \sqrt{dt}\, L\, \varepsilon_{i+1}

    with the conditioning vector z and the scale S of the history, the local model
    :math:`(m, \Lambda)` and the additive drift f.

    Parameters
    ----------
    rules : HistoryRules
        Fitted conditioning and scale.
    time : TimeAxis
        Time steps and clock.
    local_model : LocalModel
        Drift and factor as functions of the conditioning vector.
    additive_drift : AdditiveDrift or NoAdditiveDrift
        Drift of each series given its own value.
    first_rows : ndarray of shape (n_long_paths, n_history, n_features)
        First rows of the training paths.
    past_only : PastOnlyResiduals or None
        Residuals of the training paths from their past alone, if these are wanted.
    """

    rules: HistoryRules
    time: TimeAxis
    local_model: LocalModel
    additive_drift: AdditiveDrift | NoAdditiveDrift
    first_rows: np.ndarray
    past_only: PastOnlyResiduals | None

    @property
    def uses_clock(self):
        """Whether simulated rows depend on the clock of the training rows."""
        return self.time.indexed or self.rules.conditioning.uses_clock

    @property
    def n_history(self):
        """Rows of a path that the first conditioning vector needs."""
        return self.rules.n_history

    def start(self, states):
        """Histories of paths that begin with one row, at the first training clock.

        Parameters
        ----------
        states : ndarray of shape (n_paths, n_features)
            First rows.

        Returns
        -------
        History
            One entry for each path.
        """
        return self.rules.start(states, np.full(len(states), self.time.first))

    def trace(self, paths):
        """History after each row of whole paths.

        Parameters
        ----------
        paths : Paths
            Paths.

        Returns
        -------
        History
            One entry for each row.
        """
        if self.rules.conditioning.uses_clock:
            self.time.check_dates(paths)
        return self.rules.trace(paths, self.time.steps(paths))

    def evaluate(self, history):
        """Drift and volatility factor of the next increment.

        Parameters
        ----------
        history : History
            Histories of n paths.

        Returns
        -------
        drift : ndarray of shape (n, n_features)
            Conditional mean per unit time.
        factor : ndarray of shape (n, n_features, n_features)
            Lower Cholesky factor of the conditional covariance per unit time.
        """
        z, scale = self.rules.vector(history), self.rules.scale(history)
        drift, factor = self.local_model.evaluate(z, scale)
        additive = self.additive_drift(
            history.states, bounded=not self.local_model.is_stable
        )
        return scale.multiply(drift) + additive, scale.multiply_factor(factor)

    def factor(self, paths):
        """Drift and volatility factor after each row of whole paths.

        Parameters
        ----------
        paths : Paths
            Paths.

        Returns
        -------
        drift : ndarray of shape (n_rows, n_features)
            Conditional means per unit time; NaN where the history is too short.
        factor : ndarray of shape (n_rows, n_features, n_features)
            Lower Cholesky factors; NaN where the history is too short.
        """
        history = self.trace(paths)
        known = paths.positions >= self.n_history - 1
        if known.all():
            return self.evaluate(history)
        drift = np.full_like(paths.values, np.nan)
        factor = np.full((*drift.shape, drift.shape[1]), np.nan)
        drift[known], factor[known] = self.evaluate(history.take(known))
        return drift, factor

    def whiten(self, paths):
        """Residual and log-Jacobian of each row.

        Parameters
        ----------
        paths : Paths
            Paths.

        Returns
        -------
        residuals : ndarray of shape (n_rows, n_features)
            Whitened increments; NaN where the history is too short.
        log_jacobian : ndarray of shape (n_rows,)
            Log-determinant of the map from rows to residuals; NaN where these are.
        """
        known = paths.positions[paths.starts] >= self.n_history - 1
        starts, ends = paths.starts[known], paths.ends[known]
        dt = self.time.steps(paths)[known]
        drift, factor = self.evaluate(self.trace(paths).take(starts))
        innovations = paths.values[ends] - paths.values[starts]
        innovations -= drift * dt[:, np.newaxis]
        residuals = np.full_like(paths.values, np.nan)
        residuals[ends] = whiten(factor, innovations / np.sqrt(dt)[:, np.newaxis])
        log_jacobian = np.full(paths.n_rows, np.nan)
        log_jacobian[ends] = -(log_det(factor) + 0.5 * paths.n_features * np.log(dt))
        return residuals, log_jacobian

    def residuals(self, paths):
        """Residual of each row; of training paths from their past alone, if wanted.

        Parameters
        ----------
        paths : Paths
            Paths.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Whitened increments; NaN where the history is too short.
        """
        if self.past_only is not None and self.past_only.belong_to(paths):
            return self.past_only.expand(paths)
        return self.whiten(paths)[0]

    def log_likelihood(self, paths):
        """Gaussian log-density of each row given its history.

        Parameters
        ----------
        paths : Paths
            Paths.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log-densities in nats; NaN where the history is too short.
        """
        residuals, log_jacobian = self.whiten(paths)
        normalizer = 0.5 * paths.n_features * np.log(2.0 * np.pi)
        return log_jacobian - normalizer - 0.5 * (residuals**2).sum(axis=1)

    def advance(self, history, residuals, dt, clock):
        """Histories after the step that residuals make.

        Parameters
        ----------
        history : History
            Histories of n paths.
        residuals : ndarray of shape (n, n_features)
            Residual of each path.
        dt : float or ndarray of shape (n,)
            Length of the step in time.
        clock : ndarray of shape (n,)
            Clock of the new rows.

        Returns
        -------
        History
            Histories with the new rows as present ones.
        """
        drift, factor = self.evaluate(history)
        dt = np.broadcast_to(dt, len(residuals))[:, np.newaxis]
        noise = np.matmul(factor, residuals[..., np.newaxis])[..., 0]
        increments = drift * dt + np.sqrt(dt) * noise
        return self.rules.append(history, increments, dt[:, 0], clock)

    def simulate(self, residuals, history):
        """Simulate the rows that follow histories, on the calendar of the training rows.

        Parameters
        ----------
        residuals : ndarray of shape (n_paths, n_steps, n_features)
            Residuals.
        history : History
            History of each path.

        Returns
        -------
        ndarray of shape (n_paths, n_steps + 1, n_features)
            Paths; row 0 is the present row of the history.
        """
        n_paths, n_steps, d = residuals.shape
        values = np.empty((n_paths, n_steps + 1, d))
        values[:, 0] = history.states
        clock, dt = self.time.after(history.clock, n_steps)
        for first in range(0, n_steps, BLOCK):
            rows = residuals[:, first : first + BLOCK].transpose(1, 0, 2)
            block = np.array(rows, dtype=np.float64, order="C")
            for step, noise in enumerate(block):
                now = first + step
                history = self.advance(history, noise, dt[:, now], clock[:, now])
                block[step] = history.states
            values[:, first + 1 : first + 1 + len(block)] = block.transpose(1, 0, 2)
        return values

    def simulate_paths(self, residuals, first_rows):
        """Simulate whole paths of any lengths from given first rows.

        Parameters
        ----------
        residuals : Paths
            Residuals; their values in the first rows are not used.
        first_rows : ndarray of shape (n_paths, n_first, n_features)
            First rows of each path.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Rows of the paths.
        """
        values = np.empty_like(residuals.values)
        clock = self.time.clock(residuals)
        dt = np.full(residuals.n_rows, self.time.dt)
        if self.time.indexed:
            dt[residuals.ends] = clock[residuals.ends] - clock[residuals.starts]
            if self.time.calendar.is_of(residuals):  # without the rounding of clocks
                dt[residuals.ends] = residuals.durations
        running = residuals.rows_by_step()
        rows = next(running)
        order = np.argsort(-residuals.lengths, kind="stable")
        values[rows] = first_rows[order, 0]
        history = self.rules.start(values[rows], clock[rows])
        for position, rows in enumerate(running, start=1):
            history, n = history.take(slice(len(rows))), len(rows)
            if position < first_rows.shape[1]:
                values[rows] = first_rows[order[:n], position]
                increments = values[rows] - values[rows - 1]
                history = self.rules.append(history, increments, dt[rows], clock[rows])
            else:
                noise = residuals.values[rows]
                history = self.advance(history, noise, dt[rows], clock[rows])
                values[rows] = history.states
        return values
