"""Histories that are compared: a plain description, and the strategies it stands for."""

from dataclasses import dataclass, replace

from skdiffts.conditioning import (
    BaseConditioning,
    CalendarFeatures,
    ConditioningUnion,
    Constant,
    HARVolatility,
    Independent,
    LaggedIncrements,
    LaggedStates,
    MovingCorrelation,
    NoScale,
    Phase,
    ProportionalScale,
    SeasonalLevel,
    State,
    Trend,
)

__all__ = ["HALFLIVES", "Season", "Specification"]

HALFLIVES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)


@dataclass(frozen=True)
class Season:
    """Season with some harmonics.

    Parameters
    ----------
    length : str or float
        Name of a period of the calendar, or rows.
    n_harmonics : int
        Number of harmonics.
    """

    length: str | float
    n_harmonics: int

    def strategy(self):
        """Make the strategy.

        Returns
        -------
        CalendarFeatures or Phase
            Points on circles.
        """
        if isinstance(self.length, str):
            return CalendarFeatures(
                periods=(self.length,), n_harmonics=self.n_harmonics
            )
        return Phase(period=self.length, n_harmonics=self.n_harmonics)

    def __str__(self):
        named = isinstance(self.length, str)
        length = self.length if named else f"{self.length:g} rows"
        ending = "" if self.n_harmonics == 1 else "s"
        return f"{length} ({self.n_harmonics} harmonic{ending})"


@dataclass(frozen=True)
class Specification:
    """History that drift and volatility depend on; by default a random walk.

    Parameters
    ----------
    n_lags : int, default=0
        Rows whose levels enter, the present one first.
    n_increments : int, default=0
        Past increments that enter; only without levels.
    independent : bool, default=False
        Whether the slope of the one level is known: rows return to their mean in a step.
    spline : bool, default=False
        Whether each series has a curve of its own level in its own equation.
    trend : bool, default=False
        Whether there is a line in the clock.
    seasons : tuple of Season, default=()
        Seasons of the drift.
    seasonal_levels : tuple of Season, default=()
        Seasons that are multiplied by the level of each series, in its own equation.
    halflives : tuple of float, default=()
        Half-lives of the volatility; none is a constant one.
    seasonal_volatility : Season, default=None
        Season of the volatility.
    correlation : bool, default=False
        Whether correlations move.
    margins : bool, default=False
        Whether each series has a distribution of its own before the correlation.
    joint : bool, default=False
        Whether the weights of the half-lives have the joint likelihood of all series.
    proportional : bool, default=False
        Whether the volatility of positive series is in proportion to their level.
    """

    n_lags: int = 0
    n_increments: int = 0
    independent: bool = False
    spline: bool = False
    trend: bool = False
    seasons: tuple = ()
    seasonal_levels: tuple = ()
    halflives: tuple = ()
    seasonal_volatility: Season | None = None
    correlation: bool = False
    margins: bool = False
    joint: bool = False
    proportional: bool = False

    @property
    def n_history(self):
        """Rows that the first vector of the drift needs."""
        return max(1, self.n_lags, self.n_increments + 1)

    @property
    def mean(self):
        """Parts that the drift depends on, for comparisons."""
        return (
            self.n_lags,
            self.n_increments,
            self.independent,
            self.spline,
            self.trend,
            self.seasons,
            self.seasonal_levels,
        )

    @property
    def noise(self):
        """Parts that the scale depends on, for comparisons."""
        return (
            self.halflives,
            self.seasonal_volatility,
            self.correlation,
            self.margins,
            self.joint,
            self.proportional,
        )

    @property
    def size(self):
        """Complexity: number of terms beyond a random walk; one half for independent rows."""
        seasons = [*self.seasons, *self.seasonal_levels]
        if self.seasonal_volatility is not None:
            seasons.append(self.seasonal_volatility)
        flags = self.spline, self.trend, *self.noise[2:]
        moving = bool(self.halflives)
        harmonics = sum(season.n_harmonics for season in seasons)
        levels = 0.5 if self.independent else self.n_lags
        return levels + self.n_increments + sum(flags) + moving + harmonics

    @property
    def found_periods(self):
        """Seasons, of drift or scale, whose period was found in the data."""
        seasons = {("drift", season.length) for season in self.seasons}
        if self.seasonal_volatility is not None:
            seasons.add(("scale", self.seasonal_volatility.length))
        return {season for season in seasons if not isinstance(season[1], str)}

    @property
    def has_scale(self):
        """Whether anything about the volatility moves."""
        return self.noise != Specification().noise

    @property
    def has_idle_margins(self):
        """Whether margins belong to a volatility that does not move."""
        moves = self.halflives or self.seasonal_volatility or self.correlation
        return self.margins and not (moves or self.proportional)

    def adds_calendar(self, other):
        """Whether the drift has a season of the calendar that another history lacks.

        Parameters
        ----------
        other : Specification
            The other history.

        Returns
        -------
        bool
            Whether there is one.
        """
        lengths = {season.length for season in other.seasons}
        return any(
            isinstance(season.length, str) and season.length not in lengths
            for season in self.seasons
        )

    def parts(self):
        """Make the conditioning strategies, the spline left out.

        Returns
        -------
        list of (str, BaseConditioning)
            Names and strategies.
        """
        parts: list[tuple[str, BaseConditioning]] = []
        if self.independent:
            parts.append(("independent", Independent()))
        elif self.n_lags == 1:
            parts.append(("level", State()))
        elif self.n_lags > 1:
            parts.append(("level", LaggedStates(n_lags=self.n_lags)))
        if self.n_increments:
            parts.append(("increments", LaggedIncrements(n_lags=self.n_increments)))
        if self.trend:
            parts.append(("trend", Trend()))
        for season in self.seasons:
            parts.append((_name("season", season), season.strategy()))
        for season in self.seasonal_levels:
            level = SeasonalLevel(season=season.strategy())
            parts.append((_name("level_by", season), level))
        return parts

    def conditioning(self):
        """Make one strategy of all parts.

        Returns
        -------
        BaseConditioning
            ``Constant()`` for a random walk, and a union for several parts.
        """
        parts = self.parts()
        if not parts:
            return Constant()
        return parts[0][1] if len(parts) == 1 else ConditioningUnion(parts=parts)

    def scale(self, max_rows=None):
        """Make the scale strategy.

        Parameters
        ----------
        max_rows : int, default=None
            Transitions that it is fitted to; None is as many as by default.

        Returns
        -------
        BaseScale
            ``NoScale()`` for a constant scale.
        """
        if not self.has_scale:
            return NoScale()
        scale = self._volatility(max_rows)
        return ProportionalScale(volatility=scale) if self.proportional else scale

    def _volatility(self, max_rows):
        """Scale of innovations, or of innovations over their level."""
        if not replace(self, proportional=False).has_scale:
            return NoScale()
        season = self.seasonal_volatility
        # Beside moving correlations the series are modelled jointly; the search, with few
        # rows, does without.
        is_joint = self.joint or (self.correlation and max_rows is None)
        volatility = HARVolatility(
            halflives=self.halflives,
            season=None if season is None else season.strategy(),
            margins="student" if self.margins else None,
            likelihood="joint" if is_joint else "series",
            max_rows=max_rows,
        )
        if not self.correlation:
            return volatility
        moving = MovingCorrelation(volatility=volatility)
        if max_rows is not None:
            moving.set_params(max_rows=min(max_rows, moving.max_rows))
        return moving

    def describe(self, has_scale=True):
        """Describe the history in words.

        Parameters
        ----------
        has_scale : bool, default=True
            Whether the scale is part of it.

        Returns
        -------
        str
            One sentence.
        """
        drift = [
            ("level", self._describe_level()),
            ("trend", "a line in time" if self.trend else ""),
            ("season", " and ".join(str(season) for season in self.seasons)),
            (
                "season times level",
                " and ".join(str(season) for season in self.seasonal_levels),
            ),
        ]
        noise = [
            ("volatility", self._describe_volatility()),
            ("season in the volatility", str(self.seasonal_volatility or "")),
            ("correlations", "moving" if self.correlation else ""),
            ("margins", "Student, each series its own" if self.margins else ""),
        ]
        parts = drift + noise if has_scale else drift
        return ", ".join(f"{name}: {text}" for name, text in parts if text)

    def _describe_volatility(self):
        constant = "" if self.seasonal_volatility else "constant"
        lives = ", ".join(f"{k:g}" for k in self.halflives)
        moving = f"half-lives {lives} rows" if self.halflives else constant
        if not self.proportional:
            return moving
        share = "in proportion to the level"
        return f"{share}, {moving}" if self.halflives else share

    def _describe_level(self):
        if self.independent:
            return "none (independent rows)"
        if self.n_lags == 0:
            walk = "none (unit root)"
            if self.n_increments == 0:
                return walk
            return f"{walk}, but the last {self.n_increments} increments"
        rows = "the present row"
        if self.n_lags > 1:
            rows = f"the last {self.n_lags} rows"
        return f"{rows}, curved" if self.spline else rows


def _name(kind, season):
    """Name of a part, which may not have the double underscores of parameters."""
    length = season.length if isinstance(season.length, str) else f"{season.length:g}"
    return f"{kind}_{length}".replace(".", "_")
