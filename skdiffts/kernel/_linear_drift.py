r"""Linear drift of the whole conditioning vector, fitted to all rows before anything else.

.. math:: f_j(z) = a_j + b_j' z_j + c_j' z_{-j} + D_j(x_j)

Columns :math:`z_j` that belong to series j, its past values and functions of the clock, have
no penalty; all others are under a ridge. Covariates are under it as well, or free of it if
that predicts better. A spline D of the own level is used where it pays. Where splines would
keep paths away from the rows, a drift without takes over beyond their joint range; where they
would spoil the second moments of paths, they are left out.
Without a level among the columns the series have a unit root, and their mean increment is
shrunk to zero as far as chance explains it.
"""

from dataclasses import dataclass, replace

import numpy as np

from skdiffts.conditioning import BaseConditioning
from skdiffts.kernel._curve_checks import keeps_spread, leads_back
from skdiffts.linear import JointRange, RidgeDrift

__all__ = ["LinearDrift"]


@dataclass(frozen=True, eq=False)
class LinearDrift:
    """Fitted linear drift, as a function of conditioning vectors.

    Parameters
    ----------
    conditioning : BaseConditioning
        Fitted strategy that the vectors come from.
    ridge : RidgeDrift
        Coefficients.
    n_features : int
        Number of series.
    low, high : tuple of ndarray
        Range of the training states and of their conditioning histories.
    left_out : ndarray of shape (n_transitions, n_features)
        Leave-one-out drift of the training transitions, per unit time.
    n_ahead : int, default=0
        Columns of covariates, which the vectors end with.
    is_bounded : bool, default=False
        Whether the drift is constant beyond the range of the training rows, because it
        would lead away from them.
    """

    conditioning: BaseConditioning
    ridge: RidgeDrift
    n_features: int
    low: tuple
    high: tuple
    left_out: np.ndarray
    n_ahead: int = 0
    is_bounded: bool = False

    @classmethod
    def fit(cls, conditioning, vectors, history, paths, dt):
        """Fit to all transitions with a long enough history.

        Parameters
        ----------
        conditioning : BaseConditioning
            Fitted strategy.
        vectors : ndarray of shape (n_rows, n_conditioning)
            Conditioning vector of each row.
        history : ndarray of shape (n_rows, n_memory)
            State of the strategy after each row of the path.
        paths : Paths
            Training paths.
        dt : ndarray of shape (n_transitions,)
            Length of each transition in time.

        Returns
        -------
        LinearDrift
            The fitted drift.
        """
        known = paths.positions[paths.starts] >= conditioning.n_history - 1
        starts, ends = paths.starts[known], paths.ends[known]
        increments = paths.targets[ends] - paths.values[starts]
        d = paths.n_features
        n_ahead = 0 if paths.covariates is None else 2 * paths.covariates.shape[1]
        columns, own = _columns(conditioning, vectors[starts], d, n_ahead)
        known_drift = conditioning.known_drift(vectors[starts], d)
        increments = increments - known_drift * dt[known, np.newaxis]
        has_level = np.array_equal(own[:, :, 0], paths.values[starts])
        ridge = RidgeDrift.fit(
            columns,
            own,
            increments,
            dt=dt[known],
            groups=np.repeat(np.arange(paths.n_paths), paths.lengths)[starts],
            own_sizes=sorted({own.shape[2] - n_ahead, own.shape[2]}),
            may_curve=has_level,
        )
        if not has_level:
            ridge = _with_shrunk_mean(ridge, increments, dt[known])
        rows = paths.values[starts], history[starts]
        low = tuple(part.min(axis=0) for part in rows)
        high = tuple(part.max(axis=0) for part in rows)
        fitted = cls(conditioning, ridge, d, low, high, np.empty((0, d)), n_ahead)
        if ridge.straight is not None:
            clock_and_step = float(paths.clock[starts[0]]), float(np.median(dt))
            ahead = vectors[starts, vectors.shape[1] - n_ahead :].mean(axis=0)
            given = ridge.straight, rows[0], ahead, *clock_and_step
            fitted = fitted._led_back(*given)
            ridge = fitted.ridge
        left_out = fitted(vectors[paths.starts])
        root = np.sqrt(dt[known])[:, np.newaxis]
        left_out[known] = (increments - ridge.loo_residuals * root) / root**2
        left_out[known] += known_drift
        return replace(fitted, left_out=left_out)

    def _led_back(self, line, states, ahead, clock, dt):
        """Drift that is straight beyond the joint range, or all over, if curves are a trap."""
        joint = JointRange.fit(states)
        straight = replace(self, ridge=line)
        ends = replace(line, loo_residuals=line.loo_residuals[:0])
        plain = replace(self.ridge, straight=None)
        ending = replace(self.ridge, straight=ends, joint_range=joint)
        for ridge in (plain, ending):
            drift = replace(self, ridge=ridge)
            given = states, ahead, clock, dt
            if leads_back(drift, straight, joint, *given) and keeps_spread(
                drift, straight, *given
            ):
                return drift
        return straight

    @property
    def penalty(self):
        """Penalty on the columns that are not a series' own, the middle one of many."""
        return float(np.median(self.ridge.penalties))

    def __call__(self, vectors):
        """Drift per unit time, shape (n_rows, n_features)."""
        return self._known(vectors) + self.ridge(*self._columns(vectors))

    def line(self, vectors):
        """Drift without splines, which a path follows far out."""
        return self._known(vectors) + self.ridge.line(*self._columns(vectors))

    def clip(self, states, history):
        """Move states and conditioning histories into the range of the training rows."""
        return np.clip(states, self.low[0], self.high[0]), np.clip(
            history, self.low[1], self.high[1]
        )

    def _known(self, vectors):
        return self.conditioning.known_drift(vectors, self.n_features)

    def _columns(self, vectors):
        return _columns(self.conditioning, vectors, self.n_features, self.n_ahead)


def _with_shrunk_mean(ridge, increments, dt):
    r"""Drift whose mean is shrunk to zero, for series with a unit root.

    A mean with t-statistic t is multiplied by :math:`\max(0, 1 - 1 / t^2)`. The mean of a
    random walk has an error that forecasts far ahead multiply by their horizon.

    Parameters
    ----------
    ridge : RidgeDrift
        Drift by least squares.
    increments : ndarray of shape (n_transitions, n_features)
        Increments.
    dt : ndarray of shape (n_transitions,)
        Lengths in time.

    Returns
    -------
    RidgeDrift
        The drift with another intercept.
    """
    total = dt.sum()
    mean = increments.sum(axis=0) / total
    variance = (ridge.loo_residuals**2).mean(axis=0)
    squared_t = mean**2 * total / np.where(variance > 0.0, variance, 1.0)
    share = np.minimum(1.0, 1.0 / np.maximum(squared_t, np.finfo(float).tiny))
    share = np.where(variance > 0.0, share, 0.0)
    return replace(
        ridge,
        intercept=ridge.intercept - share * mean,
        loo_residuals=ridge.loo_residuals + share * mean * np.sqrt(dt)[:, np.newaxis],
    )


def _columns(conditioning, vectors, n_features, n_ahead):
    """Shared columns, and own columns of each series; a zero where there are none.

    Covariates are the last columns of both.
    """
    vectors, ahead = np.split(vectors, [vectors.shape[1] - n_ahead], axis=1)
    shared = conditioning.shared_columns(vectors)
    own = conditioning.own_columns(vectors, n_features)
    if shared.shape[1] == 0:
        shared = np.zeros((len(vectors), 1))
    if own.shape[2] == 0:
        own = np.zeros((len(vectors), n_features, 1))
    if n_ahead:
        shared = np.hstack([shared, ahead])
        ahead = np.repeat(ahead[:, np.newaxis], n_features, axis=1)
        own = np.concatenate([own, ahead], axis=2)
    return shared, own
