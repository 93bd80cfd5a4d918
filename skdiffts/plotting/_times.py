"""Time axis of displays: times of the rows of a path, and of rows that come after."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from skdiffts._paths import Calendar, check_paths

__all__ = ["RowTimes"]

MICROSECONDS_PER_DAY = 86_400_000_000
# Units of durations, in days, the largest first.
UNITS = {
    "days": 1.0,
    "hours": 24.0,
    "minutes": 1440.0,
    "seconds": 86_400.0,
    "milliseconds": 86_400e3,
    "microseconds": 86_400e6,
}
# Units that an axis of durations has at least.
LEAST_UNITS = 3.0


@dataclass(frozen=True, eq=False, kw_only=True)
class RowTimes:
    """Times of the rows of a path, as matplotlib draws them.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        Dates in UTC (the first day of periods), durations in a unit that suits them,
        numbers of the index, or row numbers.
    name : str
        Label of the axis: name of the index, unit of durations, time zone.
    zone : tzinfo or None
        Time zone in which the axis shows dates.
    calendar : Calendar
        Calendar of the index.
    clock : ndarray of shape (n_rows,)
        Clock of the rows, as in ``Paths.clock``.
    unit : float or None
        Units of durations in a day; None for all other times.
    """

    values: np.ndarray
    name: str
    zone: Any
    calendar: Calendar
    clock: np.ndarray
    unit: float | None

    @classmethod
    def of(cls, X):
        """Read the times of a path.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Path. Rows are numbered where it has no index, or one that is no clock.

        Returns
        -------
        RowTimes
            Times of its rows.
        """
        index = getattr(X, "index", None) if hasattr(X, "columns") else None
        rows = np.zeros((len(X), 1))  # the numbers of X may have gaps
        if index is not None:
            import pandas as pd

            rows = pd.DataFrame(rows, index=index, columns=["time"])
        paths = check_paths(BaseEstimator(), rows, reset=True)
        calendar, clock = Calendar.of(paths), paths.clock
        labels = calendar.labels
        name, zone, unit = labels.name, None, None
        if labels.kind in ("date", "period"):
            values = paths.times.view("datetime64[ns]")
            name = "date" if name is None else name
            if labels.zone is not None:
                name = f"{name} ({labels.zone})"
                zone = pd.DatetimeTZDtype("ns", labels.zone).tz
        elif labels.kind == "duration":
            span = np.ptp(clock)
            fitting = [key for key in UNITS if span * UNITS[key] >= LEAST_UNITS]
            key = fitting[0] if fitting else list(UNITS)[-1]
            unit = UNITS[key]
            values, name = clock * unit, f"{'time' if name is None else name} ({key})"
        else:
            values = paths.row_numbers if paths.times is None else paths.times
            name = "row" if name is None else name
        return cls(
            values=values,
            name=str(name),
            zone=zone,
            calendar=calendar,
            clock=clock,
            unit=unit,
        )

    def after(self, n_rows):
        """Continue the times by the calendar of the index.

        Parameters
        ----------
        n_rows : int
            Number of rows.

        Returns
        -------
        ndarray of shape (n_rows,)
            Times by the calendar of the index, in the units of ``values``.

        Warns
        -----
        UserWarning
            If the index follows no calendar: rows are its median step apart then.
        """
        if n_rows == 0:
            return self.values[:0]
        self.calendar.warn()
        return self._at(self.calendar.clock_after(self.clock[-1:], n_rows)[0])

    def of_future(self, X):
        """Read the times of rows that came after the last one.

        Parameters
        ----------
        X : array-like or frame of shape (n_future, n_features)
            Rows that came after.

        Returns
        -------
        ndarray of shape (n_future,)
            Times in the units of ``values``; by the calendar where X has no index of the
            same kind, such as an array, or counts its rows anew.

        Raises
        ------
        ValueError
            If the dates of X begin at the last row or before.
        """
        other = RowTimes.of(X)
        kind = self.calendar.labels.kind
        later = other.clock[0] > self.clock[-1]
        if kind == "row" or other.calendar.labels.kind != kind:
            return self.after(len(X))
        if not later and kind == "number":
            return self.after(len(X))
        if not later:
            raise ValueError(
                f"X_future begins at {X.index[0]}, not after the last row of X; pass the "
                "rows that came after it."
            )
        return self._at(other.clock)

    def _at(self, clock):
        if self.unit is not None:
            return clock * self.unit
        if self.values.dtype.kind != "M":
            return clock
        # Days as floats hold a microsecond.
        microseconds = np.rint(clock * MICROSECONDS_PER_DAY).astype(np.int64)
        return microseconds.view("datetime64[us]").astype(self.values.dtype)
