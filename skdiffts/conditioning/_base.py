"""Base of conditioning strategies: a vector computed from the history of a path.

A strategy keeps a history for each path, one row of numbers, and has two formulas: the
update of the history by a new row, and the vector that it gives. Whole paths and
simulation one step at a time use the same two, and so agree.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from skdiffts._strategy import Strategy

__all__ = ["BaseConditioning", "Step", "by_series", "standardized"]


def by_series(vector, n_features):
    """Columns of each series, of vectors that hold all series again and again.

    Parameters
    ----------
    vector : ndarray of shape (n_rows, n_own * n_features)
        Vectors: a block of all series, then another one, and so on.
    n_features : int
        Number of series.

    Returns
    -------
    ndarray of shape (n_rows, n_features, n_own)
        Columns.
    """
    n_own = vector.shape[1] // n_features
    return vector.reshape(len(vector), n_own, n_features).transpose(0, 2, 1)


def standardized(increments, dt, drift=None):
    r"""Innovations :math:`(\Delta x - \mu\, dt) / \sqrt{dt}`.

    Parameters
    ----------
    increments : ndarray of shape (n_rows, n_features)
        New rows less the ones before.
    dt : ndarray of shape (n_rows,)
        Time between the two.
    drift : ndarray of shape (n_rows, n_features), default=None
        Conditional mean of the increments per unit time; None is zero.

    Returns
    -------
    ndarray of shape (n_rows, n_features)
        Innovations, per root of time.
    """
    root = np.sqrt(dt)[:, np.newaxis]
    innovations = increments / root
    return innovations if drift is None else innovations - drift * root


@dataclass(frozen=True, eq=False)
class Step:
    """One new row of each path.

    Parameters
    ----------
    states : ndarray of shape (n_paths, n_features)
        The new rows.
    increments : ndarray of shape (n_paths, n_features)
        New rows less the ones before.
    dt : ndarray of shape (n_paths,)
        Time between the two, in the unit of drift and covariance.
    clock : ndarray of shape (n_paths,)
        Clock of the new rows: days for dates, else the number of the index or row.
    drift : ndarray of shape (n_paths, n_features), default=None
        Conditional mean of the increments per unit time; None is zero.
    """

    states: np.ndarray
    increments: np.ndarray
    dt: np.ndarray
    clock: np.ndarray
    drift: np.ndarray | None = None

    @property
    def innovations(self):
        """Increments less drift times dt, over the square root of dt."""
        return standardized(self.increments, self.dt, self.drift)


@dataclass(kw_only=True, repr=False, eq=False)
class BaseConditioning(Strategy, ABC):
    """Base of all conditioning strategies."""

    @property
    def n_history(self):
        """Number of rows that a vector is made of, the present one included."""
        return 1

    @property
    def uses_clock(self):
        """Whether the vector depends on the clock."""
        return False

    @property
    def extrapolates(self):
        """Whether the vector leaves the training range as time goes on."""
        return False

    def fit(self, paths, dt):
        """Estimate from training paths the numbers that the vector needs.

        Parameters
        ----------
        paths : Paths
            Training paths.
        dt : ndarray of shape (n_transitions,)
            Length of each transition in time.

        Returns
        -------
        BaseConditioning
            The strategy itself.
        """
        return self

    def start(self, states):
        """Histories of paths that begin with one row, as if it had been constant before.

        Parameters
        ----------
        states : ndarray of shape (n_paths, n_features)
            First rows.

        Returns
        -------
        ndarray of shape (n_paths, n_memory)
            Histories; no column for a strategy that needs none.
        """
        return np.empty((len(states), 0))

    def update(self, history, step):
        """Histories after a new row.

        Parameters
        ----------
        history : ndarray of shape (n_paths, n_memory)
            Histories before it.
        step : Step
            The new row of each path.

        Returns
        -------
        ndarray of shape (n_paths, n_memory)
            Histories that include it.
        """
        return history

    @abstractmethod
    def vector(self, history, states, clock):
        """Conditioning vector.

        Parameters
        ----------
        history : ndarray of shape (n_paths, n_memory)
            Histories that include the present rows.
        states : ndarray of shape (n_paths, n_features)
            Present rows.
        clock : ndarray of shape (n_paths,)
            Their clock.

        Returns
        -------
        ndarray of shape (n_paths, n_conditioning)
            Vectors that the kernel sees.
        """

    def last_increments(self, history, states):
        """Present rows less the ones before, where the history has these.

        Parameters
        ----------
        history : ndarray of shape (n_paths, n_memory)
            Histories that include the present rows.
        states : ndarray of shape (n_paths, n_features)
            Present rows.

        Returns
        -------
        ndarray of shape (n_paths, n_features)
            Increments; no column for a strategy that does not remember them.
        """
        return states[:, :0]

    def own_columns(self, vector, n_features):
        """Columns of the vector that belong to each series itself.

        A linear drift takes them without a penalty: past values of the series, and
        functions of the clock, which are the same for every series.

        Parameters
        ----------
        vector : ndarray of shape (n_paths, n_conditioning)
            Conditioning vectors.
        n_features : int
            Number of series.

        Returns
        -------
        ndarray of shape (n_paths, n_features, n_own)
            Columns of each series; none for a strategy that does not tell them apart.
        """
        return np.empty((len(vector), n_features, 0))

    def shared_columns(self, vector):
        """Columns of the vector that the drift of every series may depend on.

        Parameters
        ----------
        vector : ndarray of shape (n_paths, n_conditioning)
            Conditioning vectors.

        Returns
        -------
        ndarray of shape (n_paths, n_shared)
            All columns, unless they are own columns of every series anyway.
        """
        return vector

    def known_drift(self, vector, n_features):
        """Compute the part of a linear drift that is known and not estimated.

        :class:`Independent` has one: its rows return to their mean within a step.

        Parameters
        ----------
        vector : ndarray of shape (n_paths, n_conditioning)
            Conditioning vectors.
        n_features : int
            Number of series.

        Returns
        -------
        ndarray of shape (n_paths, n_features)
            Drift per unit time; zeros for all other strategies.
        """
        return np.zeros((len(vector), n_features))

    def trace(self, paths, dt, drift=None):
        """History after each row of whole paths, by the recursion itself.

        Parameters
        ----------
        paths : Paths
            Paths.
        dt : ndarray of shape (n_transitions,)
            Length of each transition in time.
        drift : ndarray of shape (n_transitions, n_features), default=None
            Conditional mean of each increment per unit time; None is zero.

        Returns
        -------
        ndarray of shape (n_rows, n_memory)
            Histories; in the first ``n_history - 1`` rows of a path they are padded.
        """
        values, clock = paths.values, paths.clock
        running = paths.rows_by_step()
        first = next(running)
        history = self.start(values[first])
        trace = np.empty((paths.n_rows, history.shape[1]))
        if history.shape[1] == 0:
            return trace
        trace[first] = history
        time = np.zeros(paths.n_rows)
        time[paths.ends] = dt
        transition = np.zeros(paths.n_rows, dtype=np.int64)
        transition[paths.ends] = np.arange(len(dt))
        for rows in running:
            increments = values[rows] - values[rows - 1]
            mean = None if drift is None else drift[transition[rows]]
            step = Step(values[rows], increments, time[rows], clock[rows], mean)
            history = self.update(history[: len(rows)], step)
            trace[rows] = history
        return trace
