"""Errors of forecasts several rows ahead, which tell a level from a unit root."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from skdiffts.selection._design import N_WEIGHTINGS, robust_weights
from skdiffts.selection._folds import N_BLOCKS, block_error, path_numbers

__all__ = ["long_run_gain"]

# Rows ahead as a share of the longest scored stretch.
SHARE_AHEAD = 1.0 / 6.0


def long_run_gain(likelihood, specification):
    r"""Share of the squared error several rows ahead that a level takes away.

    One row ahead, a level that returns slowly is worth as little as chance, and a
    volatility that moves weighs down the rows far from the mean. Several rows ahead, the
    error of a unit root grows without bound, and the error of a level does not. Both
    recursions have the increments, seasons and covariates of the history; each series
    depends on its own rows alone. They are fitted to the rows before those that they
    forecast, so that a random walk has no gain in the mean.

    Parameters
    ----------
    likelihood : ForwardLikelihood
        Paths, folds and columns.
    specification : Specification
        History without a level.

    Returns
    -------
    gain, error : float
        Mean share over series and origins, and its standard error over blocks of time or
        over paths; nothing, and infinity, where no stretch is long enough.
    """
    paths, design = likelihood.paths, likelihood.design
    path, n_paths = path_numbers(paths)
    known = design.positions >= specification.n_history - 1
    gains, groups = [], []
    for fold in likelihood.folds:
        origins, n_ahead = _origins(paths, fold.scored & known)
        rows = np.flatnonzero(fold.fitted & known)
        if len(origins) == 0 or len(rows) == 0:
            continue
        root, level = (
            _Recursion.fit(design, specification, rows, has_level).squared_errors(
                design, origins, n_ahead
            )
            for has_level in (False, True)
        )
        mean = root.mean(axis=0)
        gains.append(((root - level) / np.where(mean > 0.0, mean, 1.0)).mean(axis=1))
        groups.append(path[paths.starts[origins]])
    if not gains:
        return 0.0, np.inf
    gain = np.concatenate(gains)
    by_path = np.concatenate(groups) if n_paths >= N_BLOCKS else None
    return float(gain.mean()), block_error(gain, groups=by_path)


@dataclass(frozen=True, eq=False)
class _Recursion:
    """Linear recursion of each series in its own rows and in what is known beforehand.

    Parameters
    ----------
    common : ndarray of shape (n_transitions, n_common)
        What is known beforehand at each transition.
    intercept : ndarray of shape (n_features,)
        Drift per unit time at the origin of all columns.
    common_slopes, own_slopes : ndarray of shape (n_columns, n_features)
        Coefficients.
    n_lags : int
        Rows that enter.
    has_level : bool
        Whether the present row enters, and not only differences.
    """

    common: np.ndarray
    intercept: np.ndarray
    common_slopes: np.ndarray
    own_slopes: np.ndarray
    n_lags: int
    has_level: bool

    @classmethod
    def fit(cls, design, specification, rows, has_level):
        """Fit to some transitions, weighted as in the search."""
        given = replace(specification, n_increments=0)
        common, n_lags = design.columns(given).common, specification.n_history
        history = [
            design.paths.values[design.paths.starts[rows] - k] for k in range(n_lags)
        ]
        own, dt = _own_columns(history, has_level), design.dt[rows]
        rates = design.increments[rows] / dt[:, np.newaxis]
        weights = np.ones(len(rows))
        for _ in range(1 + N_WEIGHTINGS):
            mean, slopes, rest = _regress(common[rows], own, rates, weights * dt)
            weights = robust_weights(np.sqrt(dt)[:, np.newaxis] * rest)
        if not has_level:
            # As the fit does: a mean is shrunk as far as chance explains it.
            total = np.average(rates, axis=0, weights=dt)
            squared_t = (
                total**2
                * dt.sum()
                / np.maximum(
                    (dt[:, np.newaxis] * rest**2).mean(axis=0), np.finfo(float).tiny
                )
            )
            mean = mean - total * np.minimum(
                1.0, 1.0 / np.maximum(squared_t, np.finfo(float).tiny)
            )
        n_common = common.shape[1]
        return cls(
            common, mean, slopes[:n_common], slopes[n_common:], n_lags, has_level
        )

    def squared_errors(self, design, origins, n_ahead):
        """Squared errors of forecasts, shape (n_origins, n_features)."""
        values, starts = design.paths.values, design.paths.starts[origins]
        history = [values[starts - k] for k in range(self.n_lags)]
        for step in range(n_ahead):
            now = origins + step
            own = _own_columns(history, self.has_level)
            drift = self.intercept + self.common[now] @ self.common_slopes
            drift = drift + np.einsum("knd,kd->nd", own, self.own_slopes)
            following = history[0] + drift * design.dt[now, np.newaxis]
            history = [following, *history[:-1]]
        return (values[starts + n_ahead] - history[0]) ** 2


def _origins(paths, scored):
    """Transitions from which a forecast ends within the same scored stretch, and its length."""
    numbers = np.flatnonzero(scored)
    if len(numbers) == 0:
        return numbers, 1
    starts = paths.starts[numbers]
    breaks = np.flatnonzero(np.diff(starts) != 1) + 1
    longest = max(map(len, np.split(numbers, breaks)))
    n_ahead = max(1, round(SHARE_AHEAD * longest))
    last = np.arange(len(numbers)) + n_ahead - 1
    fits = last < len(numbers)
    fits[fits] = starts[last[fits]] - starts[fits] == n_ahead - 1
    return numbers[fits], n_ahead


def _own_columns(history, has_level):
    """Past increments of each series, after its present value, shape (k, n, d)."""
    columns = [new - old for new, old in pairwise(history)]
    columns = [history[0], *columns] if has_level else columns
    return np.array(columns).reshape(-1, *history[0].shape)


def _regress(common, own, rates, weights):
    """Intercept, slopes and residuals of weighted least squares, series by series."""
    share = weights / weights.sum()
    root = np.sqrt(share)[:, np.newaxis]
    center = share @ rates
    slopes = np.zeros((common.shape[1] + len(own), rates.shape[1]))
    mean, rest = center.copy(), rates - center
    for j in range(rates.shape[1]) if len(slopes) else ():
        columns = np.hstack([common, own[:, :, j].T])
        middle = share @ columns
        columns = columns - middle
        solution = np.linalg.lstsq(root * columns, root[:, 0] * rest[:, j], rcond=None)
        slopes[:, j] = solution[0]
        mean[j] -= middle @ slopes[:, j]
        rest[:, j] -= columns @ slopes[:, j]
    return mean, slopes, rest
