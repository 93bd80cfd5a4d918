"""Labels of rows as times, and times as labels of new rows."""

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np

from skdiffts._paths._frames import clock_of
from skdiffts._paths._labels import is_temporal, read_labels

__all__ = ["RowLabels"]


@dataclass(frozen=True, eq=False, kw_only=True)
class RowLabels:
    """Kind of the index of paths, from which labels of other rows are made.

    Parameters
    ----------
    kind : {"date", "period", "duration", "number", "row"}
        Kind of the labels; "row" where there is no index, or one that is no clock.
    dtype : str, default=""
        Name of the dtype of periods and numbers.
    unit : str, default="ns"
        Unit of dates and durations.
    zone : str, tzinfo or None, default=None
        Time zone of dates.
    name : hashable, default=None
        Name of the index.
    whole_days : bool, default=False
        Whether polars holds the labels as dates without a time of day.
    """

    kind: str
    dtype: str = ""
    unit: str = "ns"
    zone: Any = None
    name: Any = None
    whole_days: bool = False

    @classmethod
    def of(cls, paths):
        """Kind of the index of the first frame.

        Parameters
        ----------
        paths : Paths
            Paths.

        Returns
        -------
        RowLabels
            "row" where the paths have no common clock.
        """
        if paths.times is None:
            return cls(kind="row")
        given = paths.frames[0].index.get_level_values(-1)
        index = read_labels(given)
        dtype = str(index.dtype)
        if not paths.dated:
            return cls(kind="number", dtype=dtype, name=index.name)
        if dtype.startswith("period"):
            return cls(kind="period", dtype=dtype, name=index.name)
        import pandas as pd

        if dtype.startswith(("time", "duration")) and index.dtype.kind == "m":
            durations = pd.TimedeltaIndex(index)
            return cls(kind="duration", unit=durations.unit, name=index.name)
        dates = pd.DatetimeIndex(index)
        zone = None if dates.tz is None else _named(dates.tz)
        days = paths.frames[0].library == "polars" and given.inferred_type == "date"
        return cls(
            kind="date", unit=dates.unit, zone=zone, name=index.name, whole_days=days
        )

    @property
    def has_days(self):
        """Whether the times have days, weeks and months."""
        return self.kind in ("date", "period")

    def read(self, label):
        """Time of a label, in the numbers of `Paths.times`.

        Parameters
        ----------
        label : timestamp, period, duration, str, int or float
            Label of a row. Dates without a zone are on the wall clock of the index.

        Returns
        -------
        int or float
            Nanoseconds, or the number itself.
        """
        if self.kind in ("row", "number"):
            return label
        import pandas as pd

        if self.kind == "duration":
            return clock_of(pd.TimedeltaIndex([label]))[0]
        index = _read_one(label)
        if not is_temporal(index.dtype):
            index = pd.DatetimeIndex([label])
        if self.zone is not None and index.tz is None:
            index = index.tz_localize(self.zone)
        return clock_of(index)[0]

    def find(self, label):
        """Time of a label that may be none, in the numbers of `Paths.times`.

        Parameters
        ----------
        label : object
            Label of a row, as in `read`; a date within a period stands for the period.

        Returns
        -------
        int, float or None
            None where the label is no time of this kind.
        """
        if self.kind in ("row", "number"):
            is_number = isinstance(label, Real) and not isinstance(label, bool)
            return label if is_number and np.isfinite(label) else None
        import pandas as pd

        whole = isinstance(label, Integral)
        if whole and (self.kind != "date" or not is_temporal(_read_one(label).dtype)):
            return None
        try:
            if self.kind == "period":
                label = pd.Period(label, freq=pd.PeriodDtype(self.dtype).freq)
            time = None if pd.isna(label) else self.read(label)
        except (TypeError, ValueError, KeyError):
            return None
        return time

    def write(self, times, unit):
        """Labels of times.

        Parameters
        ----------
        times : ndarray of shape (n_rows,)
            Numbers, or int64 times of dates in the unit.
        unit : {"us", "ns"}
            Unit of dates and durations.

        Returns
        -------
        pandas.Index or ndarray of shape (n_rows,)
            An index of the kind of the paths; the numbers where there is none.
        """
        if self.kind == "row":
            return times
        import pandas as pd

        if self.kind == "number":
            if self.dtype.lower().startswith(("int", "uint")):
                times = np.rint(times).astype(np.int64)
            try:
                return pd.Index(times, dtype=self.dtype, name=self.name)
            except (OverflowError, ValueError):  # int8 ends with 127
                return pd.Index(times, name=self.name)
        if self.kind == "duration":
            durations = pd.TimedeltaIndex(times.view(f"m8[{unit}]"), name=self.name)
            return self._in_own_unit(durations)
        dates = pd.DatetimeIndex(times.view(f"M8[{unit}]"), name=self.name)
        if self.kind == "period":
            return dates.to_period(pd.PeriodDtype(self.dtype).freq)
        dates = self._in_own_unit(dates)
        if self.zone is not None:
            dates = dates.tz_localize("UTC").tz_convert(self.zone)
        return dates

    def _in_own_unit(self, index):
        try:
            return index.as_unit(self.unit)
        except ValueError:  # nanoseconds end in 2262
            return index


def _read_one(label):
    import pandas as pd

    return read_labels(pd.Index([label]))


def _named(zone):
    """Name of a time zone, or the zone itself where pandas does not know its name."""
    import pandas as pd

    try:
        same = pd.DatetimeTZDtype("ns", str(zone)).tz == zone
    except (KeyError, ValueError, TypeError):
        return zone
    return str(zone) if same else zone
