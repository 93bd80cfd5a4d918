"""Training transitions: what the regression learns from."""

import numpy as np

from skdiffts._chunks import map_chunks
from skdiffts.kernel._additive_drift import AdditiveDrift, NoAdditiveDrift
from skdiffts.kernel._regression import Regression

__all__ = ["Transitions", "heads"]


class Transitions:
    """Transitions of paths whose past is long enough for a conditioning vector.

    Parameters
    ----------
    paths : Paths
        Training paths.
    past : Past
        Conditioning and scale, fitted.
    time : TimeAxis
        Time steps.
    has_additive_drift : bool
        Whether what each series does by itself is taken off its increments.
    recency_halflife : float or None
        Age in rows at which a transition counts half.

    Raises
    ------
    ValueError
        If there are fewer than two, or if the conditioning gives anything but finite
        vectors.
    """

    def __init__(self, paths, past, time, has_additive_drift, recency_halflife):
        dt = time.steps(paths)
        known = paths.positions[paths.starts] >= past.n_history - 1
        starts, ends = paths.starts[known], paths.ends[known]
        self.ends = ends
        if len(starts) < 2:
            raise ValueError(
                f"X has {len(starts)} transition(s) with a past of {past.n_history} row(s) "
                f"(n_samples={paths.n_rows} rows in {paths.n_paths} path(s)); at least 2 "
                "are needed: pass longer paths, or a conditioning with fewer lags."
            )
        self.dt = dt[known]
        self.history = past.trace(paths, dt).take(starts)
        self.states = past.vector(self.history)
        if not np.isfinite(self.states).all():
            raise ValueError(
                f"conditioning={past.conditioning!r} gives NaN or infinity for some "
                "rows of X; pass one that gives finite numbers."
            )
        self.increments = paths.values[ends] - paths.values[starts]
        # Times as they came: days would round nanoseconds.
        clock = paths.row_numbers if paths.times is None else paths.times
        self.span = clock[starts], clock[ends]
        # Rows before the last one.
        age = (paths.clock.max() - paths.clock[ends]) / time.clock_step
        self.importance = _importance(age, recency_halflife)
        self.additive_drift: AdditiveDrift | NoAdditiveDrift = NoAdditiveDrift()
        if has_additive_drift:
            self._take_off_additive_drift(past)
        self.increments = self._map_scale(
            past, lambda scale, rows: scale.divide(self.increments[rows])
        )

    def regression(self, degree, ridge):
        """Regression of the scaled increments on the vectors."""
        return Regression(
            self.states,
            self.increments,
            self.dt,
            degree=degree,
            ridge=ridge,
            importance=self.importance,
        )

    def _take_off_additive_drift(self, past):
        """Fit own drifts to increments, and leave the rest of these."""
        dt, states = self.dt[:, np.newaxis], self.history.states
        weights = self.importance[:, np.newaxis] * dt
        weights = weights * self._map_scale(
            past, lambda scale, rows: scale.variance**-1.0 * np.ones_like(states[rows])
        )
        rates = self.increments / dt
        self.additive_drift = AdditiveDrift(states, rates, weights, self.importance)
        self.increments -= self.additive_drift(states) * dt

    def _map_scale(self, past, function):
        """Apply a function to the scale of some transitions, and to these, in turn."""
        n, d = self.increments.shape
        [result] = map_chunks(
            lambda rows: (function(past.scale(self.history.take(rows)), rows),),
            n,
            d * d,
        )
        return result


def _importance(age, halflife):
    """Weights that fall with age, with mean one."""
    if halflife is None:
        return np.ones(len(age))
    # From the latest on, so that not all of them vanish.
    weights = 0.5 ** ((age - age.min()) / halflife)
    return weights / weights.mean()


def heads(paths, n_history):
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
