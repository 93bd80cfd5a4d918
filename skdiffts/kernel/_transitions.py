"""Training transitions, and subsamples of them."""

from dataclasses import dataclass

import numpy as np

from skdiffts._chunks import map_chunks
from skdiffts.kernel._additive_drift import AdditiveDrift, NoAdditiveDrift
from skdiffts.kernel._history import History

__all__ = ["Transitions", "evenly_drawn", "first_rows"]

# Transitions lighter than this share of the largest weight are ignored.
FORGOTTEN = 1e-3
# Rows that additive drifts are fitted to; more would cost time and change little.
MAX_ADDITIVE_ROWS = 20_000


@dataclass(frozen=True, eq=False)
class Transitions:
    """Transitions of paths whose history is long enough for a conditioning vector.

    Parameters
    ----------
    ends : ndarray of int of shape (n_transitions,)
        Rows that the transitions end with.
    dt : ndarray of shape (n_transitions,)
        Lengths in time.
    span : tuple of ndarray of shape (n_transitions,)
        Times, or row numbers, at which each transition begins and ends.
    history : History
        Histories at the beginning.
    states : ndarray of shape (n_transitions, n_conditioning)
        Conditioning vectors at the beginning.
    importance : ndarray of shape (n_transitions,)
        Weights that fall with age, with mean one.
    additive_drift : AdditiveDrift or NoAdditiveDrift
        Drift that was subtracted from the increments.
    increments : ndarray of shape (n_transitions, n_features)
        Increments less the drift that was subtracted, divided by the scale: scaled
        innovations times the root of time.
    paths : ndarray of int of shape (n_transitions,)
        Path of each transition.
    """

    ends: np.ndarray
    dt: np.ndarray
    span: tuple
    history: History
    states: np.ndarray
    importance: np.ndarray
    additive_drift: AdditiveDrift | NoAdditiveDrift
    increments: np.ndarray
    paths: np.ndarray

    @classmethod
    def fit(cls, paths, rules, time, has_additive_drift, recency_halflife):
        """Trace histories, fit the additive drift and scale the increments.

        Parameters
        ----------
        paths : Paths
            Training paths.
        rules : HistoryRules
            Fitted conditioning and scale.
        time : TimeAxis
            Time steps.
        has_additive_drift : bool
            Whether an additive drift is fitted.
        recency_halflife : float or None
            Age in rows at which a transition counts half.

        Returns
        -------
        Transitions
            The transitions.

        Raises
        ------
        ValueError
            If there are fewer than two, or if the conditioning gives anything but finite
            vectors.
        """
        dt = time.steps(paths)
        known = paths.positions[paths.starts] >= rules.n_history - 1
        starts, ends = paths.starts[known], paths.ends[known]
        if len(starts) < 2:
            raise ValueError(
                f"X has {len(starts)} transition(s) with a past of {rules.n_history} "
                f"row(s) (n_samples={paths.n_rows} rows in {paths.n_paths} path(s)); at "
                "least 2 are needed: pass longer paths, or a conditioning with fewer "
                "lags."
            )
        history = rules.trace(paths, dt).take(starts)
        states = rules.vector(history)
        if not np.isfinite(states).all():
            raise ValueError(
                f"conditioning={rules.conditioning!r} gives NaN or infinity for some "
                "rows of X; pass one that gives finite numbers."
            )
        dt = dt[known]
        # Times in their own unit: days would round nanoseconds.
        clock = paths.row_numbers if paths.times is None else paths.times
        # Rows before the last one.
        age = (paths.clock.max() - paths.clock[ends]) / time.clock_step
        importance = _importance(age, recency_halflife)
        increments = paths.targets[ends] - paths.values[starts]
        if rules.core is not None:
            increments = increments - rules.core.left_out[known] * dt[:, np.newaxis]
        additive_drift: AdditiveDrift | NoAdditiveDrift = NoAdditiveDrift()
        if has_additive_drift:
            additive_drift = _additive_drift(rules, history, increments, dt, importance)
            drift = additive_drift(history.states)
            increments = increments - drift * dt[:, np.newaxis]
        root = np.sqrt(dt)[:, np.newaxis]
        innovations = increments / root
        increments = root * _map_scale(
            rules, history, lambda scale, rows: scale.divide(innovations[rows])
        )
        rows = ends, dt, (clock[starts], clock[ends]), history, states, importance
        path = np.repeat(np.arange(paths.n_paths), paths.lengths)[starts]
        return cls(*rows, additive_drift, increments, path)

    def inside(self, rules, targets):
        """Scaled innovations of the fit to all rows, per root of time.

        Parameters
        ----------
        rules : HistoryRules
            Rules with a core.
        targets : ndarray of shape (n_rows, n_features)
            Rows that the transitions of the training paths lead to.

        Returns
        -------
        ndarray of shape (n_transitions, n_features)
            Innovations.
        """
        root = np.sqrt(self.dt)[:, np.newaxis]
        increments = targets[self.ends] - self.history.states
        innovations = increments / root - rules.drift(self.history) * root
        return _map_scale(
            rules, self.history, lambda scale, rows: scale.divide(innovations[rows])
        )


def _additive_drift(rules, history, increments, dt, importance):
    """Additive drift, by least squares with weights of time over variance."""
    states, dt = history.states, dt[:, np.newaxis]

    def precision(scale, rows):
        return scale.variance**-1.0 * np.ones_like(states[rows])

    weights = importance[:, np.newaxis] * dt * _map_scale(rules, history, precision)
    rows = evenly_drawn(importance, MAX_ADDITIVE_ROWS)
    return AdditiveDrift.fit(states, increments / dt, weights, importance, rows)


def _map_scale(rules, history, function):
    """Apply a function to the scale of chunks of histories and to their rows."""
    n, d = history.states.shape
    [result] = map_chunks(
        lambda rows: (function(rules.scale(history.take(rows)), rows),), n, d * d
    )
    return result


def _importance(age, halflife):
    """Weights that fall with age, with mean one."""
    if halflife is None:
        return np.ones(len(age))
    # From the latest on, so that not all of them vanish.
    weights = 0.5 ** ((age - age.min()) / halflife)
    return weights / weights.mean()


def evenly_drawn(importance, n_rows):
    """All transitions, or a fixed random subset (a regular one may hit a season).

    If there are more transitions than wanted, those with hardly any weight are dropped.

    Parameters
    ----------
    importance : ndarray of shape (n_transitions,)
        Weights of the transitions.
    n_rows : int
        Largest number wanted.

    Returns
    -------
    ndarray of int
        Transitions in increasing order.
    """
    if len(importance) <= n_rows:
        return np.arange(len(importance))
    kept = np.flatnonzero(importance >= FORGOTTEN * importance.max())
    if len(kept) <= n_rows:
        return kept
    rng = np.random.RandomState(0)
    return kept[np.sort(rng.choice(len(kept), n_rows, replace=False))]


def first_rows(paths, n_history):
    """First rows of each path that is long enough.

    Parameters
    ----------
    paths : Paths
        Paths, of which one at least has ``n_history`` rows.
    n_history : int
        Number of rows.

    Returns
    -------
    ndarray of shape (n_long_paths, n_history, n_features)
        Copies.
    """
    first = paths.first_rows[paths.lengths >= n_history]
    return paths.values[first[:, np.newaxis] + np.arange(n_history)]
