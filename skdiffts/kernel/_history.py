"""Histories of paths, on which the next row depends, and the clock."""

from dataclasses import dataclass, replace

import numpy as np

from skdiffts._paths import Calendar, known_ahead, present_and_next
from skdiffts.conditioning import BaseConditioning, BaseScale, Step
from skdiffts.kernel._linear_drift import LinearDrift

__all__ = ["History", "HistoryRules", "TimeAxis"]


@dataclass(frozen=True, eq=False)
class History:
    """Histories of some paths, as far as their future depends on them.

    Parameters
    ----------
    states : ndarray of shape (n_paths, n_features)
        Present rows.
    clock : ndarray of shape (n_paths,)
        Clock of the present rows.
    conditioning, scale : ndarray of shape (n_paths, n_memory)
        Numbers that the two strategies keep for each path.
    covariates : ndarray of shape (n_paths, 2, n_covariates), default=None
        Covariates of the present rows and of the next ones, NaN where these are not
        known; None without covariates.
    """

    states: np.ndarray
    clock: np.ndarray
    conditioning: np.ndarray
    scale: np.ndarray
    covariates: np.ndarray | None = None

    def __len__(self):
        return len(self.states)

    def take(self, rows):
        """Histories of some of the paths.

        Parameters
        ----------
        rows : slice or ndarray
            Positions of the paths.

        Returns
        -------
        History
            Histories in that order.
        """
        return History(
            self.states[rows],
            self.clock[rows],
            self.conditioning[rows],
            self.scale[rows],
            None if self.covariates is None else self.covariates[rows],
        )

    @property
    def is_open(self):
        """Whether the covariates of the next row are not known, shape (n_paths,)."""
        if self.covariates is None:
            return np.zeros(len(self), dtype=bool)
        return np.isnan(self.covariates[:, 1]).any(axis=1)

    def followed_by(self, covariates):
        """Histories whose next rows have given covariates.

        Parameters
        ----------
        covariates : ndarray of shape (n_paths, n_covariates) or None
            Covariates of the next rows; None changes nothing.

        Returns
        -------
        History
            The same histories.
        """
        if covariates is None or self.covariates is None:
            return self
        both = np.stack([self.covariates[:, 0], covariates], axis=1)
        return replace(self, covariates=both)

    def starting_with(self, covariates):
        """Histories whose present rows have given covariates, and nothing ahead.

        Parameters
        ----------
        covariates : ndarray of shape (n_paths, n_covariates) or None
            Covariates of the present rows; None changes nothing.

        Returns
        -------
        History
            The same histories.
        """
        if covariates is None:
            return self
        both = np.stack([covariates, np.full_like(covariates, np.nan)], axis=1)
        return replace(self, covariates=both)


@dataclass(frozen=True, eq=False)
class HistoryRules:
    """Fitted strategies that start a history, advance it and read it.

    Parameters
    ----------
    conditioning : BaseConditioning
        Fitted strategy of the conditioning vector.
    scaling : BaseScale
        Fitted strategy of the scale that innovations are divided by.
    core : LinearDrift or None, default=None
        Drift that is subtracted from increments before the scale sees them.
    n_covariates : int, default=0
        Columns that are given, which the conditioning vector ends with.
    """

    conditioning: BaseConditioning
    scaling: BaseScale
    core: LinearDrift | None = None
    n_covariates: int = 0

    @classmethod
    def fit(cls, conditioning, scaling, paths, dt, has_core=False):
        """Fit the strategies to training paths.

        The scale is fitted to leave-one-out innovations of the core.

        Parameters
        ----------
        conditioning : BaseConditioning
            Strategy that is fitted in place.
        scaling : BaseScale
            Strategy that is fitted in place.
        paths : Paths
            Training paths.
        dt : ndarray of shape (n_transitions,)
            Length of each transition in time.
        has_core : bool, default=False
            Whether a linear drift is fitted first.

        Returns
        -------
        HistoryRules
            Rules for these and other paths.
        """
        conditioning = conditioning.fit(paths, dt)
        covariates = present_and_next(paths)
        n_covariates = 0 if covariates is None else covariates.shape[2]
        if not has_core:
            return cls(conditioning, scaling.fit(paths, dt), None, n_covariates)
        history = conditioning.trace(paths, dt)
        vectors = conditioning.vector(history, paths.values, paths.clock)
        if covariates is not None:
            vectors = np.hstack([vectors, known_ahead(covariates)])
        core = LinearDrift.fit(conditioning, vectors, history, paths, dt)
        scaling = scaling.fit(paths, dt, core.left_out)
        return cls(conditioning, scaling, core, n_covariates)

    @property
    def n_history(self):
        """Rows of a path that the first conditioning vector needs."""
        return self.conditioning.n_history

    @property
    def uses_clock(self):
        """Whether drift or scale depends on the clock."""
        return self.conditioning.uses_clock or self.scaling.uses_clock

    def check_covariates(self, paths):
        """Raise unless paths have as many covariates as the training paths.

        Parameters
        ----------
        paths : Paths
            Paths.

        Raises
        ------
        ValueError
            If they have others.
        """
        given = 0 if paths.covariates is None else paths.covariates.shape[1]
        if given != self.n_covariates:
            raise ValueError(
                f"X comes with {given} exogenous column(s), but the dynamics were fitted "
                f"with {self.n_covariates}; call the methods of the generator that was "
                "fitted, which splits the columns."
            )

    def bounded(self, is_bounded):
        """Rules whose core is constant beyond the range of the training rows, or not."""
        if self.core is None:
            return self
        return replace(self, core=replace(self.core, is_bounded=is_bounded))

    def start(self, states, clock):
        """Histories of paths that begin with one row."""
        conditioning = self.conditioning.start(states)
        return History(states, clock, conditioning, self.scaling.start(states))

    def trace(self, paths, dt):
        """History after each row of whole paths."""
        history = self._conditioned(paths, dt)
        drift = self.drift(history.take(paths.starts))
        return replace(history, scale=self.scaling.trace(paths, dt, drift))

    def core_drift(self, paths, dt):
        """Drift of the core at the start of each transition; None without a core."""
        return self.drift(self._conditioned(paths, dt).take(paths.starts))

    def _conditioned(self, paths, dt):
        """Histories whose scale is not known yet."""
        conditioning, covariates = (
            self.conditioning.trace(paths, dt),
            present_and_next(paths),
        )
        return History(
            paths.values, paths.clock, conditioning, conditioning, covariates
        )

    def append(self, history, increments, dt, clock, drift=None, remembered=1.0):
        """Histories after one more row of each path.

        The drift is the core's; the scale remembers innovations times a factor.
        """
        states = history.states + increments
        drift = self.drift(history) if drift is None else drift
        dt = np.broadcast_to(dt, len(states))
        # The drift depends on the conditioning, which therefore remembers increments.
        step = Step(states, increments, dt, clock)
        conditioning = self.conditioning.update(history.conditioning, step)
        if np.ndim(remembered):
            expected = drift * dt[:, np.newaxis]
            step = replace(
                step, increments=expected + remembered * (increments - expected)
            )
        scale = self.scaling.update(history.scale, replace(step, drift=drift))
        after = History(states, clock, conditioning, scale)
        if history.covariates is None:
            return after
        return after.starting_with(history.covariates[:, 1])

    def vector(self, history):
        """Conditioning vector of each path."""
        vector = self.conditioning.vector(
            history.conditioning, history.states, history.clock
        )
        if history.covariates is None:
            return vector
        return np.hstack([vector, known_ahead(history.covariates)])

    def scale(self, history):
        """Scale of the next increment of each path."""
        return self.scaling.scale(history.scale, history.clock)

    def drift(self, history, vector=None):
        """Drift of the core per unit time, given the vector if known; None without a core."""
        if self.core is None:
            return None
        if self.core.is_bounded:
            states, conditioning = self.core.clip(history.states, history.conditioning)
            history = replace(history, states=states, conditioning=conditioning)
            vector = None
        return self.core(self.vector(history) if vector is None else vector)


@dataclass(frozen=True, eq=False)
class TimeAxis:
    """Time steps and clock of the training paths.

    Parameters
    ----------
    indexed : bool
        Whether time steps are read off the index.
    calendar : Calendar
        Clock of the rows that follow a row.
    first : float
        Clock of the first training row.
    clock_step : float
        Median step of the clock between training rows.
    dt : float
        Time between two rows, in the unit of drift and covariance; its median if it is
        read off the index.
    """

    indexed: bool
    calendar: Calendar
    first: float
    clock_step: float
    dt: float

    @classmethod
    def fit(cls, dt, paths):
        """Read time steps and clock of training paths.

        Parameters
        ----------
        dt : float or "index"
            Time between two rows; "index" reads it off the index.
        paths : Paths
            Training paths.

        Returns
        -------
        TimeAxis
            Axis of these and of simulated paths.

        Raises
        ------
        ValueError
            If the index has to be read and there is none with times or numbers.
        """
        indexed = dt == "index"
        if indexed and paths.times is None:
            raise ValueError(
                "dt='index', but X has no increasing times or numbers as its index; "
                "pass a frame that has, or dt as a number."
            )
        step = float(np.median(paths.durations))
        return cls(
            indexed=indexed,
            calendar=Calendar.of(paths),
            first=paths.clock[0],
            clock_step=step,
            dt=step if indexed else float(dt),
        )

    def steps(self, paths):
        """Length in time of each transition of paths, shape (n_transitions,)."""
        if not self.indexed:
            return np.full(len(paths.ends), self.dt)
        if not self.calendar.is_of(paths):
            raise ValueError(
                "dt='index', but X has another kind of index than the training data; "
                "pass a frame with the same."
            )
        return paths.durations

    def check_dates(self, paths):
        """Raise if the training paths have dates and these paths have none."""
        if self.calendar.dated and not paths.dated:
            raise ValueError(
                "X has no dates, which the conditioning takes; pass a frame with a "
                "DatetimeIndex, as in fit."
            )

    def clock(self, paths):
        """Clock of each row; without times, rows begin with the training paths."""
        if self.calendar.is_of(paths):
            return paths.clock
        numbers = paths.row_numbers
        after = self.calendar.clock_after([self.first], numbers.max())[0]
        return np.append(self.first, after)[numbers]

    def after(self, clock, n_steps):
        """Clock of rows that follow rows, and length in time of the steps to them.

        Parameters
        ----------
        clock : ndarray of shape (n_paths,)
            Clock of the rows that are followed.
        n_steps : int
            Rows after each.

        Returns
        -------
        clock : ndarray of shape (n_paths, n_steps)
            Clock of the rows, which follows the calendar of the training paths.
        dt : ndarray of shape (n_paths, n_steps)
            Lengths of the steps; read-only if they are equal.
        """
        after = self.calendar.clock_after(clock, n_steps)
        if self.indexed:
            return after, self.calendar.durations_after(clock, n_steps)
        return after, np.broadcast_to(self.dt, after.shape)
