"""Forward selection of a history, from the random walk on."""

import numpy as np
from joblib import Parallel, delayed

from skdiffts.selection._folds import forward_folds
from skdiffts.selection._likelihood import ForwardLikelihood
from skdiffts.selection._moves import Moves
from skdiffts.selection._periods import find_periods
from skdiffts.selection._selected import Candidate, SelectedHistory
from skdiffts.selection._specification import Specification

__all__ = ["select_history"]

MAX_LAGS = 4
MAX_STEPS = 12
# Fitted transitions of the shortest fold below which nothing is searched.
MIN_FITTED = 20
# Gain of a step, in nats, after which the scales that were fitted before it are stale.
REFIT_GAIN = 0.05
# Factor of the hurdle for periods found in the data, which include the scored rows.
FOUND_STRICTNESS = 2.0


def select_history(paths, dt, *, hurdle=1.0, n_jobs=None):
    r"""Select the history that drift and volatility depend on.

    The search starts from a random walk. Each step tries all histories that differ by one
    part and takes the one with the largest gain of forward-chaining likelihood, if the
    gain exceeds ``hurdle`` standard errors; without one the search ends. Candidates are
    the levels of up to four rows, increments of up to three, a curve of the own level, a
    line in time, seasons in the drift, in the reversion to the mean and in the
    volatility, volatility that moves, and correlations that move.

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
    level: none (unit root), volatility: constant, correlations: constant
    """
    folds = forward_folds(paths)
    n_fitted = min(int(fold.fitted.sum()) for fold in folds)
    if n_fitted < MIN_FITTED or not all(fold.scored.any() for fold in folds):
        return SelectedHistory(Specification(n_lags=1), (), np.nan, np.nan, 0)
    n_lags = int(np.clip(np.median(paths.lengths) // 4, 1, MAX_LAGS))
    likelihood = ForwardLikelihood(paths, dt, folds, n_lags)
    mean, scale = find_periods(paths)
    moves = Moves(paths.n_features, n_lags, tuple(mean), tuple(scale))
    likelihood.design.prepare(moves.largest())
    return _climb(likelihood, moves, hurdle, n_jobs)


def _climb(likelihood, moves, hurdle, n_jobs):
    """Take the step of the largest gain until none exceeds the hurdle."""
    current = walk = likelihood.evaluate(Specification())
    known: dict[tuple, tuple] = {}
    candidates: list[Candidate] = []
    n_fits = 1
    for step in range(MAX_STEPS):
        steps = moves.after(current.specification)
        forecasts = Parallel(n_jobs=n_jobs, require="sharedmem")(
            delayed(likelihood.evaluate)(one, known.get(one.noise))
            for one in steps.values()
        )
        tried = [one for one in forecasts if one is not None]
        n_fits += len(tried)
        for one in tried:
            known.setdefault(one.specification.noise, one.noises)
        gains = [
            (np.nan, np.nan) if one is None else likelihood.gain(one, current)
            for one in forecasts
        ]
        known_periods = _found_periods(current.specification)
        strictnesses = [
            FOUND_STRICTNESS if _found_periods(one) - known_periods else 1.0
            for one in steps.values()
        ]
        sure = [
            gain if gain > hurdle * strictness * error else -np.inf
            for strictness, (gain, error) in zip(strictnesses, gains, strict=True)
        ]
        best = int(np.argmax(sure))
        taken = bool(np.isfinite(sure[best]))
        candidates += [
            Candidate(step, name, gain, error, taken and i == best)
            for i, (name, (gain, error)) in enumerate(zip(steps, gains, strict=True))
        ]
        if not taken:
            break
        if gains[best][0] > REFIT_GAIN:
            known.clear()
        current = forecasts[best]
        if current.specification.has_scale:
            # The weights that the comparison took over were fitted to another drift.
            current = likelihood.evaluate(current.specification)
            n_fits += 1
        known[current.specification.noise] = current.noises
    return SelectedHistory(
        current.specification,
        tuple(candidates),
        float(current.values.mean()),
        float(walk.values.mean()),
        n_fits * len(likelihood.folds),
    )


def _found_periods(specification):
    """Periods of a history that were found in the data."""
    seasons = {("drift", season.length) for season in specification.seasons}
    if specification.seasonal_volatility is not None:
        seasons.add(("scale", specification.seasonal_volatility.length))
    return {season for season in seasons if not isinstance(season[1], str)}
