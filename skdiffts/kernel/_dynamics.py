"""Dynamics: drift and volatility of paths with a history, whitening and simulation."""

from dataclasses import dataclass, replace

import numpy as np

from skdiffts.kernel._additive_drift import AdditiveDrift, NoAdditiveDrift
from skdiffts.kernel._factor import RowFactors
from skdiffts.kernel._history import HistoryRules, TimeAxis
from skdiffts.kernel._linear_model import LinearModel
from skdiffts.kernel._local_model import LocalModel
from skdiffts.kernel._next_step import InnovationMoments, NextStep
from skdiffts.kernel._past_only import PastOnlyResiduals
from skdiffts.kernel._steady_variance import at_steady_variance
from skdiffts.kernel._trial_run import at_long_run

__all__ = ["Dynamics"]

# Steps whose rows are gathered at a time: one step of many long paths is scattered over
# the whole array.
BLOCK = 64


@dataclass(frozen=True, eq=False)
class Dynamics:
    r"""Fitted drift and volatility factor of the next increment, given a history.

    .. math::
        x_{i+1} = x_i + f\, dt + \sqrt{dt}\, S\bigl(m(z) \sqrt{dt}
        + \Lambda(z)\, \varepsilon_{i+1}\bigr)

    with the conditioning vector z and the scale S of the history, the model
    :math:`(m, \Lambda)` of scaled innovations and the drift f that was subtracted before. A
    scale without margins is a matrix: drift and factor are :math:`f + S\, m(z)` and
    :math:`S\, \Lambda(z)`.

    Parameters
    ----------
    rules : HistoryRules
        Fitted conditioning and scale.
    time : TimeAxis
        Time steps and clock.
    local_model : LocalModel or LinearModel
        Drift and factor of scaled innovations, given the conditioning vector.
    additive_drift : AdditiveDrift or NoAdditiveDrift
        Drift of each series given its own value.
    first_rows : ndarray of shape (n_long_paths, n_history, n_features)
        First rows of the training paths.
    past_only : PastOnlyResiduals or None
        Residuals of the training paths from their past alone, if these are wanted.
    moments : InnovationMoments, default=None
        Moments that simulated innovations have; None leaves them as they are.
    """

    rules: HistoryRules
    time: TimeAxis
    local_model: LocalModel | LinearModel
    additive_drift: AdditiveDrift | NoAdditiveDrift
    first_rows: np.ndarray
    past_only: PastOnlyResiduals | None
    moments: InnovationMoments | None = None

    @property
    def uses_clock(self):
        """Whether simulated rows depend on the clock of the training rows."""
        return self.time.indexed or self.rules.uses_clock

    @property
    def extrapolates(self):
        """Whether the drift has a trend, which leads paths out of the training range."""
        return self.rules.conditioning.extrapolates

    @property
    def feeds_back(self):
        """Whether the scale remembers simulated innovations."""
        return self.rules.scaling.remembers_innovations(self.first_rows[:, 0])

    @property
    def matches_moments(self):
        """Whether simulated innovations are given the moments of the training rows'."""
        # Margins after a local factor: no single factor of residuals makes up for these.
        is_mapped = self.rules.scaling.has_margins and not self.is_global
        return self.feeds_back or is_mapped

    @property
    def is_global(self):
        """Whether one linear model is for all histories."""
        return isinstance(self.local_model, LinearModel)

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
        if self.rules.uses_clock:
            self.time.check_dates(paths)
        self.rules.check_covariates(paths)
        return self.rules.trace(paths, self.time.steps(paths))

    def evaluate(self, history):
        """Drift and volatility factor of the next increment.

        Behind a scale with margins the factor holds the volatilities alone.

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
        step = self.step(history)
        drift = step.first + step.scale.multiply(step.drift)
        return drift, step.scale.multiply_factor(step.factor.cholesky(len(drift)))

    def drift(self, paths):
        """Drift at the start of each transition.

        Parameters
        ----------
        paths : Paths
            Paths.

        Returns
        -------
        ndarray of shape (n_transitions, n_features)
            Conditional means per unit time. A linear model looks at no scale for them.
        """
        if self.rules.core is not None and self.is_global:
            return self.rules.core_drift(paths, self.time.steps(paths))
        step = self.step(self.trace(paths).take(paths.starts))
        return step.first + step.scale.multiply(step.drift)

    def step(self, history):
        """Parts of the next increment.

        Parameters
        ----------
        history : History
            Histories of n paths.

        Returns
        -------
        NextStep
            Drifts, scale and factor.
        """
        z, scale = self.rules.vector(history), self.rules.scale(history)
        drift, factor = self.local_model.evaluate(z, scale)
        bounded = not self.local_model.is_stable
        first = self.rules.drift(history, z)
        if first is None:
            first = self.additive_drift(history.states, bounded=bounded)
        if isinstance(factor, np.ndarray):
            factor = RowFactors(factor)
        return NextStep(first, drift, scale, factor)

    def factor(self, paths):
        """Drift and volatility factor after each row of whole paths.

        Parameters
        ----------
        paths : Paths
            Paths.

        Returns
        -------
        drift : ndarray of shape (n_rows, n_features)
            Conditional means per unit time; NaN where the history is too short, or the
            covariates of the next row are not known.
        factor : ndarray of shape (n_rows, n_features, n_features)
            Lower Cholesky factors; NaN where the drift is.
        """
        history = self.trace(paths)
        known = (paths.positions >= self.n_history - 1) & ~history.is_open
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
        residuals = np.full_like(paths.values, np.nan)
        log_jacobian = np.full(paths.n_rows, np.nan)
        ends = paths.ends[known]
        residuals[ends], log_jacobian[ends] = self.whiten_transitions(paths, known)
        return residuals, log_jacobian

    def whiten_transitions(self, paths, chosen):
        """Residual and log-Jacobian of some transitions, given all rows before them.

        Parameters
        ----------
        paths : Paths
            Paths.
        chosen : ndarray of bool of shape (n_transitions,)
            Transitions with a long enough history.

        Returns
        -------
        residuals : ndarray of shape (n_chosen, n_features)
            Whitened increments.
        log_jacobian : ndarray of shape (n_chosen,)
            Log-determinants.
        """
        starts, ends = paths.starts[chosen], paths.ends[chosen]
        dt = self.time.steps(paths)[chosen, np.newaxis]
        step = self.step(self.trace(paths).take(starts))
        return step.whiten(paths.targets[ends] - paths.values[starts], dt)

    def with_moments(
        self, history, residuals, weights=None, wanted=None, innovations=None
    ):
        """Dynamics whose simulated innovations keep the volatility at its long run.

        Parameters
        ----------
        history : History
            Histories of n paths.
        residuals : ndarray of shape (n, n_features)
            Residual of each path.
        weights : ndarray of shape (n,), default=None
            Their weights; None are equal ones.
        wanted : tuple of ndarray of shape (n_features,), default=None
            Mean and standard deviation of standardised innovations where volatility
            remembers them; None takes the present ones.
        innovations : ndarray of shape (n, n_features), default=None
            Innovation of each path; None takes the one that the residual has.

        Returns
        -------
        Dynamics
            The same, with moments: the moments of the innovations themselves where
            the scale has no memory; unchanged without a core.
        """
        if self.rules.core is None:
            return self
        step = self.step(history)
        if innovations is None:
            dt = np.full((len(residuals), 1), self.time.dt)
            innovations = step.innovations(residuals, dt)
        volatility = np.sqrt(step.scale.variance)
        last, largest, long_run = self.moments, None, None
        if last is not None:
            largest, long_run = last.largest, last.long_run
            wanted = last.wanted if wanted is None else wanted
        given = innovations, volatility, weights, largest, wanted, long_run
        moments = InnovationMoments.fit(*given)
        if last is not None:
            moments = replace(moments, reaction=last.reaction)
        elif self.feeds_back:
            # The factor of a local model follows the volatility already.
            factors = step.factor.cholesky(1)  # once, where all rows share it
            local = np.einsum("nij,nij->ni", factors, factors)
            steady = step.scale.long_run_variance
            moments = moments.reacting(innovations, volatility, steady, local)
        if not self.matches_moments:
            moments = moments.unchanged()
        elif not self.feeds_back:
            moments = replace(moments, lost=0.0)
        elif history.covariates is None and np.any(moments.lost > 0.0):
            moments = at_long_run(self, moments, history, residuals)
        return replace(self, moments=moments)

    def calibrated(self, history, residuals, snap=None, to_draws=None):
        """Dynamics whose volatility stays at its long run for draws of a sampler.

        Parameters
        ----------
        history : History
            Histories of n training rows.
        residuals : ndarray of shape (n, n_features)
            Draw for each of them.
        snap : callable, default=None
            Map of new rows and present ones to new rows that can be, which volatility
            remembers: their squared innovations are given the mean one. None takes all.
        to_draws : callable, default=None
            Map of noise, which the residuals are then, and histories to draws. With it,
            long paths of a volatility that remembers get the variance of its long run,
            unless covariates of later rows would have to be known, or the model is local.

        Returns
        -------
        Dynamics
            The same, with other moments.
        """
        noise = residuals
        residuals = noise if to_draws is None else to_draws(noise, history)
        model = self.with_moments(history, residuals)
        # Each step of a local model is a regression for each path: too dear for long runs.
        is_run = model.moments is not None and model.feeds_back and model.is_global
        if to_draws is not None and is_run and history.covariates is None:
            moments = at_steady_variance(model, history, noise, to_draws)
            model = replace(model, moments=moments)
        if snap is None or model.moments is None or not model.feeds_back:
            return model
        step = model.step(history)
        dt = np.full((len(history), 1), self.time.dt)
        increments = step.increments(residuals, dt, model.moments)
        innovations = (
            snap(history.states + increments, history.states)
            - history.states
            - step.first * dt
        )
        squares = innovations**2 / (dt * step.scale.variance)
        size = np.sqrt(squares.mean(axis=0))
        is_mapped = ~model.moments.is_seen & (size > 0.0)
        remembered = np.where(is_mapped, 1.0 / np.where(is_mapped, size, 1.0), 1.0)
        return replace(model, moments=replace(model.moments, remembered=remembered))

    def standardized(self, history, residuals):
        """Innovations over the volatility of their series, without the local drift.

        Parameters
        ----------
        history : History
            Histories of n paths.
        residuals : ndarray of shape (n, n_features)
            Residual of each path.

        Returns
        -------
        ndarray of shape (n, n_features)
            Standardised innovations.
        """
        step = self.step(history)
        innovations = step.scale.multiply(step.factor.multiply(residuals))
        return innovations / np.sqrt(step.scale.variance)

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

    def advance(self, history, residuals, dt, clock, moments=None, snap=None):
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
        moments : InnovationMoments, default=None
            Moments that innovations are given; None leaves them as they are.
        snap : callable, default=None
            Map of new rows and present ones to new rows that can be; None takes all.

        Returns
        -------
        History
            Histories with the new rows as present ones.
        """
        dt = dt if np.ndim(dt) else np.full(len(residuals), dt)
        step = self.step(history)
        increments = step.increments(residuals, dt[:, np.newaxis], moments)
        if snap is not None:
            rows = snap(history.states + increments, history.states)
            increments = rows - history.states
        core = None if self.rules.core is None else step.first
        remembered = 1.0 if moments is None or snap is None else moments.remembered
        return self.rules.append(history, increments, dt, clock, core, remembered)

    def simulate(self, residuals, history, covariates=None, snap=None, to_draws=None):
        """Simulate the rows that follow histories, on the calendar of the training rows.

        Parameters
        ----------
        residuals : ndarray of shape (n_paths, n_steps, n_features)
            Residuals, or the noise that ``to_draws`` takes.
        history : History
            History of each path.
        covariates : ndarray of shape (n_paths, n_steps, n_covariates), default=None
            Covariates of the simulated rows, if there are any in training.
        snap : callable, default=None
            Map of new rows and present ones to new rows that can be; None takes all.
        to_draws : callable, default=None
            Map of the noise of a step and the histories of the paths to residuals.

        Returns
        -------
        ndarray of shape (n_paths, n_steps + 1, n_features)
            Paths; row 0 is the present row of the history.
        """
        n_paths, n_steps, _ = residuals.shape
        d = history.states.shape[1]
        values = np.empty((n_paths, n_steps + 1, d))
        values[:, 0] = history.states
        clock, dt = self.time.after(history.clock, n_steps)
        for first in range(0, n_steps, BLOCK):
            rows = residuals[:, first : first + BLOCK].transpose(1, 0, 2)
            block = np.array(rows, dtype=np.float64, order="C")
            following = np.empty((len(block), n_paths, d))
            for step, noise in enumerate(block):
                now = first + step
                if covariates is not None:
                    history = history.followed_by(covariates[:, now])
                if to_draws is not None:
                    noise = to_draws(noise, history)
                history = self.advance(
                    history, noise, dt[:, now], clock[:, now], self.moments, snap
                )
                following[step] = history.states
            later = slice(first + 1, first + 1 + len(block))
            values[:, later] = following.transpose(1, 0, 2)
        return values

    def simulate_paths(self, residuals, first_rows):
        """Simulate whole paths of any lengths from given first rows.

        Parameters
        ----------
        residuals : Paths
            Residuals, with covariates if there are any in training; the values in the
            first rows are not used.
        first_rows : ndarray of shape (n_paths, n_first, n_features)
            First rows of each path.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Rows of the paths.
        """
        self.rules.check_covariates(residuals)
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
        given = residuals.covariates
        if given is not None:
            history = history.starting_with(given[rows])
        for position, rows in enumerate(running, start=1):
            history, n = history.take(slice(len(rows))), len(rows)
            if given is not None:
                history = history.followed_by(given[rows])
            if position < first_rows.shape[1]:
                values[rows] = first_rows[order[:n], position]
                increments = values[rows] - values[rows - 1]
                history = self.rules.append(history, increments, dt[rows], clock[rows])
            else:
                noise = residuals.values[rows]
                history = self.advance(history, noise, dt[rows], clock[rows])
                values[rows] = history.states
        return values
