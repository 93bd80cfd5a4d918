"""Series that are modelled better by their logarithms, found by forward likelihood."""

from dataclasses import replace

import numpy as np

from skdiffts.selection._folds import MIN_PATHS, forward_folds, held_out_fold
from skdiffts.selection._likelihood import ForwardLikelihood
from skdiffts.selection._periods import find_periods
from skdiffts.selection._repeated import spread_repeated
from skdiffts.selection._specification import HALFLIVES, Season, Specification

__all__ = ["find_logarithms"]

# Largest value over the smallest one from which a logarithm is no straight line.
RANGE = 2.0
# Rows that are looked at, least rows, and most series: each takes a quarter of a second.
MAX_ROWS, MIN_ROWS, MAX_SERIES = 1500, 50, 24
# Standard errors, and nats a row, that a logarithm must gain.
HURDLE, LEAST_GAIN = 2.0, 0.015
# Shift, in medians, of the rival whose zero is farther down.
SHIFT = 1.0 / 3.0
# Rows before a scored one, seasons, and rows that scales are fitted to.
N_HISTORY, N_SEASONS, MAX_SCALE_ROWS = 2, 3, 500
# Drifts that are compared, each with all seasons, or without where rows are too few.
DRIFTS: tuple[dict, ...] = ({}, {"n_lags": 1}, {"n_lags": 2, "trend": True})


def find_logarithms(paths, is_open):
    r"""Find the series that grow by factors and move by shares of their level.

    A positive series and its logarithm are compared, each with the best of a few
    histories: a random walk, the level, levels of two rows around a line in time, each
    with the seasons of the calendar or the periods that are found. The forward-chaining
    likelihood of the logarithm is the likelihood of the series itself, by

    .. math:: \log p(x) = \log p(\log x) - \log x.

    The logarithm must gain two standard errors, and be ahead of the square root, and of
    the logarithm of the series plus a third of its median. Steps of a skewed series, such
    as degrees Celsius, grow with the level from a zero farther down, and the series may
    pass its own zero: factors must be seen to count from there. Beside a
    volatility in proportion to the level, which says nearly the same with one more part,
    it must not lose more than one. And it must gain one where both have a volatility that
    remembers and has a season: storms that came by chance while the level was high speak
    for neither. Of more than 24 series none is looked at.

    Parameters
    ----------
    paths : Paths
        Training paths. Their time steps are taken as equal.
    is_open : ndarray of bool of shape (n_features,)
        Series that may be looked at.

    Returns
    -------
    ndarray of bool of shape (n_features,)
        Series whose logarithm is taken.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator
    >>> from skdiffts._paths import check_paths
    >>> from skdiffts.selection import find_logarithms
    >>> walk = np.random.RandomState(0).normal(size=(600, 1)).cumsum(axis=0)
    >>> X = np.hstack([np.exp(0.05 * walk), 100.0 + walk])
    >>> paths = check_paths(BaseEstimator(), X, reset=True)
    >>> find_logarithms(paths, np.array([True, True]))
    array([ True, False])
    """
    low, high = paths.values.min(axis=0), paths.values.max(axis=0)
    is_open = np.asarray(is_open) & (low > 0.0) & (high > RANGE * low)
    found = np.zeros(paths.n_features, dtype=bool)
    is_open &= paths.n_features <= MAX_SERIES
    if len(paths.ends) < MIN_ROWS or not is_open.any():
        return found
    some = _some_rows(paths)
    for j in np.flatnonzero(is_open):
        one = replace(some, values=some.values[:, [j]])
        found[j] = _is_better(spread_repeated(one))
    return found


def _some_rows(paths):
    """Last rows of one path, or evenly spaced ones of many paths."""
    if paths.n_rows <= MAX_ROWS:
        return paths
    kept = np.arange(paths.n_rows) >= paths.n_rows - MAX_ROWS
    if paths.n_paths > 1:
        most = max(MIN_PATHS, MAX_ROWS * paths.n_paths // paths.n_rows)
        chosen = np.linspace(0, paths.n_paths - 1, min(most, paths.n_paths))
        path = np.repeat(np.arange(paths.n_paths), paths.lengths)
        kept = np.isin(path, chosen.round().astype(int))
    return held_out_fold(paths, kept).paths


def _is_better(paths):
    """Tell whether the logarithm of one series is ahead."""
    if paths.values.min() <= 0.0:
        return False
    logs = np.log(paths.values)
    seasons, scale_season = _seasons(replace(paths, values=logs))
    plain = _Side(paths, np.zeros(len(paths.ends)), seasons)
    logarithm = _Side(replace(paths, values=logs), -logs[paths.ends, 0], seasons)
    best, rival = logarithm.best(), plain.best()
    if best is None or rival is None:
        return False
    if not logarithm.leads(best, rival, HURDLE, LEAST_GAIN):
        return False
    roots = np.sqrt(paths.values)
    slope = -np.log(2.0 * roots[paths.ends, 0])
    halfway = _Side(replace(paths, values=roots), slope, seasons).best()
    higher = np.log(paths.values + SHIFT * np.median(paths.values))
    shifted = _Side(replace(paths, values=higher), -higher[paths.ends, 0], seasons)
    proportional = plain.best(proportional=True)
    others = (halfway, 0.0), (shifted.best(), 0.0), (proportional, -1.0)
    for other, hurdle in others:
        if other is not None and not logarithm.leads(best, other, hurdle):
            return False
    moving = {"halflives": HALFLIVES, "seasonal_volatility": scale_season}
    ours, theirs = (
        side.evaluate(replace(one.specification, **moving))
        for side, one in ((logarithm, best), (plain, rival))
    )
    return logarithm.leads(ours, theirs, 1.0, LEAST_GAIN)


def _seasons(paths):
    """Seasons of drift and volatility that are tried."""
    mean, scale = find_periods(paths)
    mean, scale = (
        tuple(Season(p.length, max(p.n_harmonics)) for p in found if p.n_harmonics)
        for found in (mean[:N_SEASONS], scale[:1])
    )
    return mean, scale[0] if scale else None


class _Side:
    """One coordinate of a series, and the likelihood of histories in the series' unit.

    Parameters
    ----------
    paths : Paths
        The series in this coordinate.
    slope : ndarray of shape (n_transitions,)
        Log-derivative of the coordinate at the end of each transition.
    seasons : tuple of Season
        Seasons that are tried, all at once.
    """

    def __init__(self, paths, slope, seasons):
        dt = np.ones(len(paths.ends))
        self.likelihood = ForwardLikelihood(
            paths, dt, forward_folds(paths), N_HISTORY, MAX_SCALE_ROWS
        )
        self.slope, self.seasons = slope[self.likelihood.scored], seasons

    def evaluate(self, specification):
        """Log-densities under one history; None if there are too few rows."""
        forecast = self.likelihood.evaluate(specification)
        if forecast is None:
            return None
        return replace(forecast, values=forecast.values + self.slope)

    def best(self, **noise):
        """Best one of the histories; None if there are too few rows for any."""
        for seasons in (self.seasons, ()):
            forecasts = [
                self.evaluate(Specification(**drift, seasons=seasons, **noise))
                for drift in DRIFTS
            ]
            known = [one for one in forecasts if one is not None]
            if known:
                return max(known, key=lambda one: one.values.mean())
        return None

    def leads(self, forecast, other, hurdle, least=-np.inf):
        """Tell whether a forecast gains more than so many standard errors, and nats."""
        gain, error = self.likelihood.gain(forecast, other)
        return gain > max(hurdle * error, least)
