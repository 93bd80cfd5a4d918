"""Forward selection of a history, from the random walk on."""

from dataclasses import replace

import numpy as np
from joblib import Parallel, delayed

from skdiffts.selection._dependence import is_serially_dependent
from skdiffts.selection._folds import forward_folds, whole_fold
from skdiffts.selection._likelihood import ForwardLikelihood
from skdiffts.selection._long_run import long_run_gain
from skdiffts.selection._moves import Moves
from skdiffts.selection._selected import Candidate, SelectedHistory
from skdiffts.selection._specification import Specification

__all__ = ["select_history"]

MAX_STEPS = 15
# Series whose likelihood the search compares, at least and at most, and rows times squared
# series: more would cost time and tell the same.
SERIES = (8, 24)
MAX_PRODUCTS = 400_000
# Fitted transitions of the shortest fold below which nothing is searched.
MIN_FITTED = 20
# Numbers, and least rows, that scales are fitted to in the search.
SCALE_NUMBERS = 10_000
MIN_SCALE_ROWS = 500
# Least gain, in nats over all training rows.
MIN_NATS = 2.0
# Gain of a step, in nats, after which the scales that were fitted before it are stale.
REFIT_GAIN = 0.05
# Factor of the hurdle for periods found in the data, which include the scored rows.
FOUND_STRICTNESS = 2.0
# Least gain, in nats a row, of a season of the calendar in the drift: of a few turns chance
# makes two standard errors.
SEASON_GAIN = 0.01
# Factor of the hurdle for a level: a random walk seems to return to the mean of its rows.
LEVEL_STRICTNESS = 2.0
# A step that lost by so many standard errors is not tried again beside the same drift.
LOST = 3.0


def select_history(paths, dt, *, hurdle=1.0, n_jobs=None):
    r"""Select the history that drift and volatility depend on.

    The search starts from a random walk. Each step tries all histories that differ by one
    part. Those whose gain of forward-chaining likelihood exceeds ``hurdle`` standard
    errors, twice as many for a first level and for periods found in the data, are
    compared, and the simplest one within a standard error of the best is taken.
    Independent rows give way to a level that is not clearly behind if a test of all rows
    finds dependence. Without a gain, a part goes whose absence gains anything, or the
    search ends. Candidates are the levels of up to four rows, none at all (independent
    rows), increments of up to three, a curve of the own level, a line in time, seasons in
    the drift, in the reversion to the mean and in the volatility, volatility that moves or
    is in proportion to the level, correlations that move, and margins. A step that lost by
    three standard errors is not tried again until the drift has changed.

    Where the search ends at a unit root, forecasts several rows ahead decide about a level
    once more: if it lowers their squared errors by two standard errors, it is taken and
    stays, and the search goes on. One row ahead a slow return is hardly seen.

    A season of the calendar turns few times in the rows, so that forward likelihood, a mean
    over later rows, hardly sees it. It must gain a hundredth of a nat a row. Beside a
    level, which decides where simulated paths go, it is also taken if the forward
    likelihood does not speak against it and the Bayesian information criterion of all rows
    speaks for it.

    Of many series, 24 drawn at random are searched, or fewer in many rows: at least 8.

    When candidates are compared, weights of a scale are taken over from its last fit; they
    are fitted again once the step is taken, and all of them after a large gain.

    Parameters
    ----------
    paths : Paths
        Training paths.
    dt : ndarray of shape (n_transitions,)
        Length of each transition in time.
    hurdle : float, default=1.0
        Number of standard errors, of means over blocks, that a gain must exceed.
    n_jobs : int or None, default=None
        Threads over the candidates; the result is the same for any number.

    Returns
    -------
    SelectedHistory
        The history, the candidates with their gains, and words.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator
    >>> from skdiffts._paths import check_paths
    >>> from skdiffts.selection import select_history
    >>> walk = np.random.RandomState(0).normal(size=(400, 1)).cumsum(axis=0)
    >>> paths = check_paths(BaseEstimator(), walk, reset=True)
    >>> print(select_history(paths, np.ones(399)).describe())
    level: none (unit root), volatility: constant
    """
    moves = Moves.find(paths, dt)
    paths = _drawn_series(paths)
    folds = forward_folds(paths)
    n_fitted = min(int(fold.fitted.sum()) for fold in folds)
    if n_fitted < MIN_FITTED or not all(fold.scored.any() for fold in folds):
        return SelectedHistory(Specification(n_lags=1), (), np.nan, np.nan, 0)
    max_rows = max(MIN_SCALE_ROWS, SCALE_NUMBERS // paths.n_features)
    likelihood = ForwardLikelihood(paths, dt, folds, moves.n_lags, max_rows)
    likelihood.design.prepare(moves.largest())
    whole = ForwardLikelihood(paths, dt, [whole_fold(paths)], moves.n_lags, max_rows)
    climb = _Climb(likelihood, whole, n_jobs)
    for _ in range(MAX_STEPS):
        current = climb.current.specification
        # What has become needless goes without a hurdle: simpler is better.
        is_taken = (
            climb.step(moves.after(current), hurdle)
            or climb.step(moves.before(current), 0.0)
            or climb.take_level(moves.n_lags)
        )
        if not is_taken:
            break
    return climb.result()


def _drawn_series(paths):
    """Take some series at random, where there are many."""
    most = int(np.clip(np.sqrt(MAX_PRODUCTS / paths.n_rows), *SERIES))
    if paths.n_features <= most:
        return paths
    drawn = np.random.RandomState(0).permutation(paths.n_features)[:most]
    drawn, latent = np.sort(drawn), paths.latent
    return replace(
        paths,
        values=paths.values[:, drawn],
        latent=None if latent is None else latent[:, drawn],
    )


class _Climb:
    """Search that holds the current history and all that was tried."""

    def __init__(self, likelihood, whole, n_jobs):
        self.likelihood, self.whole, self.n_jobs = likelihood, whole, n_jobs
        self.current = self.walk = likelihood.evaluate(Specification())
        self.known, self.lost = {}, set()
        self.candidates = []
        self.n_evaluations, self.n_steps = 1, 0
        self.is_reverting = False

    def step(self, steps, hurdle):
        """Take a step whose gain exceeds the hurdle, if there is one."""
        steps = {
            name: one
            for name, one in steps.items()
            if name not in self.lost and (one.n_lags or not self.is_reverting)
        }
        forecasts = Parallel(n_jobs=self.n_jobs, require="sharedmem")(
            delayed(self.likelihood.evaluate)(one, self.known.get(one.noise))
            for one in steps.values()
        )
        gains = [self._gain(one) for one in forecasts]
        sure = [
            forecast
            for forecast, (gain, error) in zip(forecasts, gains, strict=True)
            if gain > self._hurdle(forecast, hurdle, error)
            or (gain > -error and self._is_clear_season(forecast.specification))
        ]
        sure = self._without_idle_margins(sure, forecasts, hurdle)
        sure = self._without_denied_rows(sure, forecasts)
        best = self._simplest(sure) if sure else None
        self.candidates += [
            Candidate(self.n_steps, name, gain, error, forecast is best is not None)
            for name, forecast, (gain, error) in zip(
                steps, forecasts, gains, strict=True
            )
        ]
        self.n_steps += 1
        self.lost.update(
            name
            for name, (gain, error) in zip(steps, gains, strict=True)
            if gain < -LOST * error
        )
        if best is not None:
            self._take(best)
        return best is not None

    def take_level(self, max_lags):
        """Take a level, and keep it, if forecasts several rows ahead speak for it."""
        old = self.current.specification
        if old.n_lags or self.is_reverting:
            return False
        gain, error = long_run_gain(self.likelihood, old)
        if not gain > LEVEL_STRICTNESS * error:
            return False
        n_lags = min(old.n_increments + 1, max_lags)
        level = replace(old, n_lags=n_lags, n_increments=0)
        forecast = self.likelihood.evaluate(level, self.known.get(level.noise))
        gain, error = self._gain(forecast)
        if not gain > -LOST * error:
            return False
        self.is_reverting = True
        name = "level, for rows far ahead"
        self.candidates.append(Candidate(self.n_steps, name, gain, error, True))
        self.n_steps += 1
        self._take(forecast)
        return True

    def result(self):
        """Give the result of the search."""
        return SelectedHistory(
            self.current.specification,
            tuple(self.candidates),
            float(self.current.values.mean()),
            float(self.walk.values.mean()),
            self.n_evaluations * len(self.likelihood.folds),
        )

    def _gain(self, forecast):
        if forecast is None:
            return np.nan, np.nan
        self.n_evaluations += 1
        self.known.setdefault(forecast.specification.noise, forecast.noises)
        return self.likelihood.gain(forecast, self.current)

    def _hurdle(self, forecast, hurdle, error):
        """Gain that a step must exceed; NaN for one that has no gain."""
        if forecast is None:
            return 0.0
        old, new = self.current.specification, forecast.specification
        if hurdle == 0.0:
            # A season that all rows speak for goes only against clear evidence.
            return error if len(new.seasons) < len(old.seasons) else 0.0
        if new.found_periods - old.found_periods:
            hurdle = FOUND_STRICTNESS * hurdle
        if old.n_lags == 0 < new.n_lags:
            hurdle = LEVEL_STRICTNESS * hurdle
        least = SEASON_GAIN if new.adds_calendar(old) else 0.0
        return max(hurdle * error, MIN_NATS / len(self.likelihood.dt), least)

    def _without_idle_margins(self, sure, forecasts, hurdle):
        """Forecasts that gain by more than their margins.

        Margins of a volatility that does not move are better left to the distribution of
        the residuals, and what comes with margins must gain beside them.
        """
        idle = [f for f in forecasts if f and f.specification.has_idle_margins]
        if not idle or self.current.specification.margins:
            return sure
        kept = []
        for forecast in sure:
            if forecast.specification.has_idle_margins:
                continue
            if forecast.specification.margins:
                gain, error = self.likelihood.gain(forecast, idle[0])
                if gain <= self._hurdle(forecast, hurdle, error):
                    continue
            kept.append(forecast)
        return kept

    def _is_clear_season(self, specification):
        """Whether all rows speak for a season of the calendar beside a level."""
        old, new = self.current.specification, specification
        added = [one for one in new.seasons if one not in old.seasons]
        if new.n_lags == 0 or new.noise != old.noise or len(added) != 1:
            return False
        if not isinstance(added[0].length, str) or new.n_lags != old.n_lags:
            return False
        before, after = (self.whole.evaluate(one) for one in (old, new))
        if before is None or after is None:
            return False
        n, d = len(after.values), self.whole.paths.n_features
        harmonics = sum(one.n_harmonics for one in new.seasons)
        harmonics -= sum(one.n_harmonics for one in old.seasons)
        cost = harmonics * d * np.log(n)  # two columns a harmonic, half a log each
        return (after.values - before.values).sum() > cost

    def _simplest(self, forecasts):
        """Find the smallest history that is within one standard error of the best."""
        best = max(forecasts, key=lambda one: one.values.mean())
        near = []
        for one in forecasts:
            loss, error = self.likelihood.gain(best, one)
            # Periods found in the data have seen the scored rows.
            new = best.specification.found_periods
            if new - one.specification.found_periods:
                error = FOUND_STRICTNESS * error
            if best.specification.adds_calendar(one.specification):
                error = max(error, SEASON_GAIN)
            if one is best or loss < error:
                near.append(one)
        return min(near, key=lambda one: (one.specification.size, -one.values.mean()))

    def _without_denied_rows(self, sure, forecasts):
        """Forecasts without independent rows, where a level and a test deny them."""
        independent = [one for one in sure if one.specification.independent]
        if not independent or self.current.specification.independent:
            return sure
        rivals = [one for one in (self.current, *forecasts) if one is not None]
        best = max(independent, key=lambda one: one.values.mean())
        if not any(self._is_rival(one, best) for one in rivals):
            return sure
        if not is_serially_dependent(self.whole, best.specification):
            return sure
        return [one for one in sure if not one.specification.independent]

    def _is_rival(self, forecast, independent):
        """Whether a history has a level, and is not clearly behind independent rows.

        Forward likelihood fits few rows to a slope for each pair of series.
        """
        specification = forecast.specification
        if specification.independent or specification.n_lags == 0:
            return False
        loss, error = self.likelihood.gain(independent, forecast)
        return loss < LEVEL_STRICTNESS * error

    def _take(self, forecast):
        gain, _ = self.likelihood.gain(forecast, self.current)
        specification, last = forecast.specification, self.current.specification
        is_stale = specification.has_scale and specification.noise == last.noise
        if gain > REFIT_GAIN:
            self.known.clear()
        if specification.mean != last.mean:
            self.lost.clear()
        self.current = forecast
        if is_stale:
            # The weights that the comparison took over were fitted to another drift.
            self.current = self.likelihood.evaluate(specification)
            self.n_evaluations += 1
        self.known[specification.noise] = self.current.noises
