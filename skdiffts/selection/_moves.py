"""Histories that differ by one step from a given one."""

from dataclasses import dataclass, replace

import numpy as np

from skdiffts.selection._periods import find_periods
from skdiffts.selection._specification import HALFLIVES, Season, Specification

__all__ = ["Moves"]

MAX_LAGS = 4
N_INCREMENTS = 3
N_HARMONICS = 4
N_LEVEL_HARMONICS = 3
MAX_CURVED = 32
MAX_CORRELATED = 40
# Largest level over the smallest one from which volatility in proportion is offered.
LEVEL_RANGE = 1.5


@dataclass(frozen=True)
class Moves:
    """Steps that a search may take.

    Parameters
    ----------
    n_features : int
        Number of series.
    n_lags : int
        Largest number of rows whose levels enter.
    periods, scale_periods : tuple of Period
        Periods for the drift and for the volatility.
    has_levels : bool, default=False
        Whether some series is positive and moves far enough for volatility in proportion
        to its level.
    is_even : bool, default=True
        Whether all time steps are equal, without which no slope is known beforehand.
    """

    n_features: int
    n_lags: int
    periods: tuple
    scale_periods: tuple
    has_levels: bool = False
    is_even: bool = True

    @classmethod
    def find(cls, paths, dt):
        """Find the steps that a search may take in some paths.

        Parameters
        ----------
        paths : Paths
            Training paths.
        dt : ndarray of shape (n_transitions,)
            Length of each transition in time.

        Returns
        -------
        Moves
            The steps.
        """
        n_lags = int(np.clip(np.median(paths.lengths) // 4, 1, MAX_LAGS))
        mean, scale = find_periods(paths)
        low, high = paths.values.min(axis=0), paths.values.max(axis=0)
        has_levels = bool(((low > 0.0) & (high > LEVEL_RANGE * low)).any())
        is_even = bool(np.allclose(dt, dt[0]))
        return cls(
            paths.n_features, n_lags, tuple(mean), tuple(scale), has_levels, is_even
        )

    def after(self, current):
        """Histories one step beyond the current one.

        Parameters
        ----------
        current : Specification
            The current history.

        Returns
        -------
        dict of str to Specification
            Histories by the words for the step.
        """
        steps = {
            **self._levels(current),
            **self._seasons(current),
            **self._noise(current),
        }
        return {name: step for name, step in steps.items() if step != current}

    def before(self, current):
        """Histories with one part less than the current one.

        Parameters
        ----------
        current : Specification
            The current history.

        Returns
        -------
        dict of str to Specification
            Histories by the words for the step.
        """
        steps = {}
        uses_level = current.spline or current.trend or current.seasonal_levels
        if current.n_lags > 1 or (current.n_lags == 1 and not uses_level):
            fewer = replace(current, n_lags=current.n_lags - 1, independent=False)
            steps[f"levels of {fewer.n_lags} rows"] = fewer
        is_open = self.is_even and not (uses_level or current.independent)
        if current.n_lags == 1 and is_open:
            steps["independent rows"] = replace(current, independent=True)
        if current.n_increments:
            fewer = replace(current, n_increments=current.n_increments - 1)
            steps[f"increments of {fewer.n_increments} rows"] = fewer
        flags = "spline", "trend", "correlation", "proportional"
        for part in (*flags, "seasonal_volatility"):
            if getattr(current, part):
                empty = None if part == "seasonal_volatility" else False
                without = replace(current, **{part: empty})
                if without.has_idle_margins:
                    without = replace(without, margins=False)
                steps[f"no {part.replace('_', ' ')}"] = without
        for part in ("seasonal_levels", "seasons"):
            for season in getattr(current, part):
                kept = tuple(s for s in getattr(current, part) if s != season)
                name = f"no {part.replace('_', ' ')}: {season}"
                steps[name] = replace(current, **{part: kept})
        return steps

    def largest(self):
        """Histories with all vectors that any step may need.

        Returns
        -------
        list of Specification
            One for each kind.
        """
        seasons = tuple(
            Season(p.length, n) for p in self.periods for n in p.n_harmonics
        )
        return [
            *(Specification(n_lags=n, trend=True) for n in range(1, self.n_lags + 1)),
            *(Specification(n_increments=n) for n in range(1, N_INCREMENTS + 1)),
            Specification(seasons=seasons, seasonal_levels=_level_seasons(seasons)),
        ]

    def _levels(self, current):
        steps = {}
        lags, increments = current.n_lags, current.n_increments
        if lags == 0:
            # Levels of as many rows say all that the increments say.
            first = min(increments + 1, self.n_lags)
            without = replace(current, n_increments=0)
            steps["level"] = replace(without, n_lags=first)
            if increments == 0 and self.is_even:
                steps["independent rows"] = replace(without, n_lags=1, independent=True)
            # On a trend a level alone looks like a walk.
            steps["level, trend"] = replace(without, n_lags=first, trend=True)
            if first < self.n_lags:
                name = f"levels of {first + 1} rows"
                steps[name] = replace(without, n_lags=first + 1)
            if increments < min(N_INCREMENTS, self.n_lags - 1):
                name = f"increments of {increments + 1} rows"
                steps[name] = replace(current, n_increments=increments + 1)
        elif lags < self.n_lags:
            more = replace(current, n_lags=lags + 1, independent=False)
            steps[f"levels of {lags + 1} rows"] = more
        if current.independent:
            steps["level"] = replace(current, independent=False)
        if not current.spline and self.n_features <= MAX_CURVED:
            first = lags or min(increments + 1, self.n_lags)
            steps["curve of the level"] = replace(
                current, n_lags=first, n_increments=0, independent=False, spline=True
            )
        if lags and not current.trend:
            steps["trend"] = replace(current, trend=True)
        return steps

    def _seasons(self, current):
        steps = {}
        for period in self.periods:
            others = tuple(s for s in current.seasons if s.length != period.length)
            for n_harmonics in period.n_harmonics:
                season = Season(period.length, n_harmonics)
                step = replace(current, seasons=(*others, season))
                steps[f"season: {season}"] = step
                if not current.n_lags:
                    # A level that has a season looks like a walk without it.
                    lags = min(current.n_increments + 1, self.n_lags)
                    step = replace(step, n_lags=lags, n_increments=0)
                    steps[f"level, season: {season}"] = step
        for season in _level_seasons(current.seasons):
            others = tuple(
                s for s in current.seasonal_levels if s.length != season.length
            )
            step = replace(
                current, seasonal_levels=(*others, season), independent=False
            )
            name = f"season times level: {season}"
            if not current.n_lags:
                # A level whose reversion has a season may say nothing without it.
                lags = min(current.n_increments + 1, self.n_lags)
                step = replace(step, n_lags=lags, n_increments=0)
                name = f"level, {name}"
            steps[name] = step
        return steps

    def _noise(self, current):
        kinds = {
            "no margins": replace(current, margins=False, joint=False),
            "margins": replace(current, margins=True, joint=False),
        }
        if not current.has_scale:
            scales = {
                f"{name}, {kind}": replace(step, margins=one.margins)
                for name, step in self._scales(current).items()
                for kind, one in kinds.items()
            }
            return {"margins": kinds["margins"], **scales}
        if current.halflives and self.n_features > 1:
            joint = replace(current, margins=False, joint=True)
            kinds["joint likelihood"] = joint
            kinds["joint likelihood, margins"] = replace(joint, margins=True)
        return {**self._scales(current), **kinds}

    def _scales(self, current):
        """Scales with one more part, and the same margins."""
        steps = {}
        many = 1 < self.n_features <= MAX_CORRELATED
        if not current.halflives:
            steps["volatility"] = replace(current, halflives=HALFLIVES)
            if many:
                steps["volatility, moving correlations"] = replace(
                    current, halflives=HALFLIVES, correlation=True
                )
        elif many and not current.correlation:
            steps["moving correlations"] = replace(current, correlation=True)
        if self.has_levels and not current.proportional:
            name = "volatility in proportion to the level"
            steps[name] = replace(current, proportional=True)
        for period in self.scale_periods:
            if period.n_harmonics:
                most = max(period.n_harmonics)
                season = Season(period.length, min(N_HARMONICS, most))
                steps[f"season in the volatility: {season}"] = replace(
                    current, seasonal_volatility=season
                )
        return steps


def _level_seasons(seasons):
    """Seasons of the reversion to the mean, which take few harmonics."""
    return tuple(
        Season(s.length, min(N_LEVEL_HARMONICS, s.n_harmonics)) for s in seasons
    )
