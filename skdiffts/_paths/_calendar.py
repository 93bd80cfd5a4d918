"""Calendar of an index: labels and clock of the rows that come after a row."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skdiffts._caller import warn_caller
from skdiffts._paths._paths import NANOSECONDS_PER_DAY
from skdiffts._paths._row_labels import RowLabels
from skdiffts._paths._ticks import (
    GAIN,
    LEAST_SCORE,
    Ticks,
    fixed_ticks,
    learn_ticks,
    steps_of,
)
from skdiffts._paths._wall_clock import from_wall, to_wall

__all__ = ["Calendar"]

MICROSECONDS_PER_DAY = 86_400_000_000
# Decimal digits of a step that numbers in floating point are compared with.
DIGITS = 6


@dataclass(frozen=True, eq=False, kw_only=True)
class Calendar:
    """Times of the rows that come after a row: their labels, clock and durations.

    The pattern is learnt by `learn_ticks`. Times are whole numbers of units there:
    microseconds for dates (nanoseconds where there are some), one for integers, and a
    millionth of the step for other numbers.

    Parameters
    ----------
    ticks : Ticks
        Pattern of the rows in units.
    step : float
        Step in the unit of `Paths.clock`; the median where the steps are not equal.
    regular : bool
        Whether the rows follow the pattern, maybe with holes. Else they are taken to be
        the median step apart.
    units : float
        Units in one unit of `Paths.clock`.
    origin : float
        Clock at unit 0.
    zone : str, tzinfo or None
        Time zone on whose wall clock the pattern holds; None for UTC.
    labels : RowLabels
        Kind of the labels.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.base import BaseEstimator
    >>> from skdiffts._paths import check_paths
    >>> from skdiffts._paths._calendar import Calendar
    >>> dates = pd.date_range("2024-01-31", periods=5, freq="ME", name="month")
    >>> X = pd.DataFrame({"x": range(5)}, index=dates)
    >>> calendar = Calendar.of(check_paths(BaseEstimator(), X, reset=True))
    >>> calendar.labels_after("2024-11-30", 2).strftime("%d %b %Y").tolist()
    ['31 Dec 2024', '31 Jan 2025']
    """

    ticks: Ticks
    step: float
    regular: bool
    units: float
    origin: float
    zone: Any
    labels: RowLabels

    @classmethod
    def of(cls, paths):
        """Learn the calendar of paths, one for all.

        Parameters
        ----------
        paths : Paths
            Training paths.

        Returns
        -------
        Calendar
            Call its `warn` where its rows are used.
        """
        labels = RowLabels.of(paths)
        units, origin = _scale(paths)
        times = _in_units(_times(paths), units, origin, paths.dated)
        indptr = paths.indptr
        steps = steps_of(times, indptr)
        if len(steps) == 0:
            times, indptr = np.array([0, units], dtype=np.int64), np.array([0, 2])
            steps = times[1:]
        ticks, zone = None, None
        even = _even(paths)
        if not even:
            has_days = labels.has_days and units == MICROSECONDS_PER_DAY
            ticks, zone = _pattern(times, indptr, labels.zone, has_days)
        regular = even or ticks is not None
        if ticks is None:
            median = int(np.median(steps))
            ticks = Ticks(int(times[0]), np.zeros(1, dtype=np.int64), median)
        step, durations = ticks.period / units, paths.durations
        if len(durations):
            equal = durations[steps == ticks.period]
            some = regular and not even and len(equal)
            step = float(np.median(equal if some else durations))
        return cls(
            ticks=ticks,
            step=step,
            regular=regular,
            units=units,
            origin=origin,
            zone=zone,
            labels=labels,
        )

    @property
    def dated(self):
        """Whether the rows have dates, periods or durations, with a clock in days."""
        return self.labels.kind not in ("number", "row")

    def warn(self):
        """Warn if the rows of the training paths follow no calendar."""
        if not self.regular:
            unit = " days" if self.dated else ""
            warn_caller(
                "the index of X follows no calendar, neither one step nor a pattern of "
                f"steps: rows after the last one are its median step, {self.step:g}"
                f"{unit}, apart. Pass X.asfreq(...) with gaps filled, or a counter."
            )

    def clock_after(self, clock, n_rows):
        """Clock of the rows after rows, one start for each path.

        Parameters
        ----------
        clock : ndarray of shape (n_paths,)
            Clock of the rows that paths start from, in the unit of `Paths.clock`.
        n_rows : int
            Rows after each.

        Returns
        -------
        ndarray of shape (n_paths, n_rows)
            Their clock; a start between two ticks goes on with the next tick.
        """
        clock = np.asarray(clock, dtype=np.float64)
        if self._is_fixed:
            return clock[:, np.newaxis] + self.step * np.arange(1, n_rows + 1)
        after = self._after(self._units_at(clock), n_rows)
        return after / self.units + self.origin

    def durations_after(self, clock, n_rows):
        """Clock time of the transitions after rows, to the rows of `clock_after`.

        Parameters
        ----------
        clock : ndarray of shape (n_paths,)
            Clock of the rows that paths start from, in the unit of `Paths.clock`.
        n_rows : int
            Transitions after each.

        Returns
        -------
        ndarray of shape (n_paths, n_rows)
            Durations. They are differences of whole numbers, hence exact.
        """
        clock = np.asarray(clock, dtype=np.float64)
        if self._is_fixed:
            return np.full((len(clock), n_rows), self.step)
        start = self._units_at(clock)
        steps = np.diff(
            self._after(start, n_rows), axis=1, prepend=start[:, np.newaxis]
        )
        return steps / self.units

    def labels_after(self, label, n_rows):
        """Labels of the rows after a row.

        Parameters
        ----------
        label : timestamp, period, duration, str, int or float
            Label of the row; its number where paths have no index.
        n_rows : int
            Rows after it.

        Returns
        -------
        pandas.Index or ndarray of shape (n_rows,)
            Dates, periods, durations or numbers with name and time zone of the index of
            the training paths, also where its dates were strings or other objects; an
            array of row numbers where there is none.
        """
        return self.labels_from(np.array([self.labels.read(label)]), n_rows)[1:]

    def labels_from(self, times, n_rows):
        """Labels of rows, each with the labels of the rows after it.

        Parameters
        ----------
        times : ndarray of shape (n_paths,)
            Times of the rows that paths start from, in the numbers of `Paths.times`.
        n_rows : int
            Rows after each.

        Returns
        -------
        pandas.Index or ndarray of shape (n_paths * (n_rows + 1),)
            Labels as in `labels_after`, path by path; the first is the label of the start.
        """
        if not self.dated:
            starts, unit = times, ""
            after = self.clock_after(times, n_rows)
        else:
            starts = _in_units(times, self.units, self.origin, dated=True)
            after = self._after(starts, n_rows)
            unit = "us" if self.units == MICROSECONDS_PER_DAY else "ns"
        table = np.concatenate([starts[:, np.newaxis], after], axis=1).ravel()
        if self.labels.kind == "row":
            table = np.rint(table).astype(np.int64)
        return self.labels.write(table, unit)

    def clock_of(self, times):
        """Clock of rows, in the unit of `Paths.clock`.

        Parameters
        ----------
        times : ndarray of shape (n_rows,)
            Times in the numbers of `Paths.times`.

        Returns
        -------
        ndarray of shape (n_rows,)
            Days for dates, else the numbers themselves.
        """
        return np.asarray(times) / (NANOSECONDS_PER_DAY if self.dated else 1.0)

    def steps_between(self, paths):
        """Length of each transition of paths in rows of the calendar.

        Parameters
        ----------
        paths : Paths
            Paths on the clock of the training paths.

        Returns
        -------
        ndarray of shape (n_transitions,)
            One where the next row of the calendar follows, more at holes.
        """
        if self._is_fixed:
            return paths.durations / self.step
        times = _in_units(_times(paths), self.units, self.origin, paths.dated)
        times = times if self.zone is None else to_wall(times, self.zone)
        if len(self.ticks.offsets) == 1:
            return steps_of(times, paths.indptr) / self.ticks.period
        return steps_of(self.ticks.number(times), paths.indptr).astype(np.float64)

    def is_of(self, paths):
        """Tell whether paths have the same kind of clock as the training paths.

        Parameters
        ----------
        paths : Paths
            Paths.

        Returns
        -------
        bool
            False for dates where the training rows were counted, for example.
        """
        has_times = paths.times is not None
        return paths.dated == self.dated and has_times == (self.labels.kind != "row")

    @property
    def _is_fixed(self):
        """Whether rows are one step apart, whenever they are."""
        return len(self.ticks.offsets) == 1 and self.zone is None

    def _units_at(self, clock):
        return np.rint((clock - self.origin) * self.units).astype(np.int64)

    def _after(self, times, n_rows):
        if self.zone is None:
            return self.ticks.after(times, n_rows)
        wall = to_wall(times, self.zone)
        return self.ticks.after(wall, n_rows, lambda table: from_wall(table, self.zone))


def _times(paths):
    return paths.row_numbers if paths.times is None else paths.times


def _scale(paths):
    """Units in one unit of the clock, and the clock at unit 0."""
    times = _times(paths)
    if paths.dated:
        whole = (times % 1000 == 0).all()
        return float(MICROSECONDS_PER_DAY * (1 if whole else 1000)), 0.0
    if times.dtype.kind != "f" or len(paths.durations) == 0:
        return 1.0, 0.0
    step = np.median(paths.durations)
    # No finer than 62 bits hold.
    digits = min(DIGITS - np.floor(np.log10(step)), 18 - np.log10(np.ptp(times)))
    return float(10.0 ** np.floor(digits)), float(times[0])


def _in_units(times, units, origin, dated):
    if dated:
        return times // 1000 if units == MICROSECONDS_PER_DAY else times
    return np.rint((times - origin) * units).astype(np.int64)


def _even(paths):
    """Whether numbers in floating point are one step apart but for rounding."""
    if paths.times is None or paths.times.dtype.kind != "f" or not len(paths.durations):
        return False
    rounding = 4.0 * np.spacing(np.abs(paths.times).max())
    most = max(10.0**-DIGITS * np.median(paths.durations), rounding)
    return bool(np.ptp(paths.durations) <= most)


def _pattern(times, indptr, zone, has_days):
    """Pattern of times, None if they have none, and the zone in which it holds."""
    if not has_days:
        return learn_ticks(times, indptr)[0], None
    wall = times if zone is None else to_wall(times, zone)
    ticks, score = learn_ticks(wall, indptr, MICROSECONDS_PER_DAY)
    if zone is not None and _goes_on_in_utc(times, indptr, score):
        return fixed_ticks(times, indptr), None
    return ticks, None if ticks is None else zone


def _goes_on_in_utc(times, indptr, score):
    """Whether rows follow UTC by one step, no worse than a pattern on the wall clock.

    Steps of hours hold in UTC, steps of days on the wall, if both fit the rows.
    """
    ticks = fixed_ticks(times, indptr)
    whole_days = ticks.period % MICROSECONDS_PER_DAY == 0
    least = score if whole_days else score - GAIN
    own = ticks.score(times, indptr)
    return own >= LEAST_SCORE and (own > least or (own == least and not whole_days))
