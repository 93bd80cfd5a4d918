"""Containers of simulated rows: arrays, or frames in long form."""

from dataclasses import dataclass, replace

import numpy as np

from skdiffts._paths._calendar import Calendar
from skdiffts._paths._column_types import ColumnType
from skdiffts._paths._long_frames import Level, long_frame
from skdiffts._paths._row_labels import RowLabels

__all__ = ["OUTPUTS", "Output", "check_output"]

OUTPUTS = ("auto", "array", "pandas", "polars")
# Names that the levels of paths do not keep beside the level of the samples.
TAKEN = (None, "sample")


def check_output(output):
    """Raise unless a container of simulated rows is known and its library installed.

    Parameters
    ----------
    output : {"auto", "array", "pandas", "polars"}
        The user's data.

    Raises
    ------
    ValueError
        If it is none of these.
    ImportError
        If the library is not installed.
    """
    if not isinstance(output, str) or output not in OUTPUTS:
        raise ValueError(
            f"output={output!r}; pass one of {', '.join(map(repr, OUTPUTS))}."
        )
    if output in ("pandas", "polars"):
        try:
            __import__(output)
        except ImportError as error:
            raise ImportError(
                f"output={output!r} needs {output}; run `pip install {output}`, or pass "
                "output='array'."
            ) from error


@dataclass(frozen=True, eq=False, kw_only=True)
class Output:
    """Container of simulated rows, with the names, types and times of the training data.

    Parameters
    ----------
    family : {"array", "pandas", "polars"}
        Container of the training data, which "auto" stands for.
    labels : tuple of length n_features or None
        Names of the columns; None for arrays.
    label_dtype : str
        Dtype of the names of pandas columns; "" for others.
    level_names : tuple
        Names of the levels of pandas columns.
    types : tuple of ColumnType
        Types of the columns.
    calendar : Calendar
        Labels of the rows.
    """

    family: str
    labels: tuple | None
    label_dtype: str
    level_names: tuple
    types: tuple[ColumnType, ...]
    calendar: Calendar

    @classmethod
    def of(cls, paths, calendar=None):
        """Read names, types and times of training paths.

        Parameters
        ----------
        paths : Paths
            Training paths; of a list, the first one has the names and types.
        calendar : Calendar, default=None
            Labels of the rows; None learns them from the paths.

        Returns
        -------
        Output
            Container of simulated rows.
        """
        frame = paths.frames[0]
        calendar = Calendar.of(paths) if calendar is None else calendar
        if frame is None:
            types = (ColumnType(),) * paths.n_features
            return cls(
                family="array",
                labels=None,
                label_dtype="",
                level_names=(),
                types=types,
                calendar=calendar,
            )
        columns = frame.columns
        return cls(
            family=frame.library,
            labels=tuple(columns),
            label_dtype=str(getattr(columns, "dtype", "")),
            level_names=tuple(getattr(columns, "names", ())),
            types=frame.types,
            calendar=calendar,
        )

    def following(self, paths):
        """Container of rows that follow other paths.

        Parameters
        ----------
        paths : Paths
            Paths that are continued.

        Returns
        -------
        Output
            Their container, names and kind of times. Types are taken from the
            training data, and so is the calendar of paths that are on its clock.
        """
        calendar = None
        if self.calendar.is_of(paths):
            calendar = replace(self.calendar, labels=RowLabels.of(paths))
        own = Output.of(paths, calendar)
        if own.labels is None:
            return replace(self, family="array", calendar=own.calendar)
        return replace(own, types=self.types)

    def has_times(self, output):
        """Tell whether the rows in a container have labels.

        Parameters
        ----------
        output : {"auto", "array", "pandas", "polars"}
            Container.

        Returns
        -------
        bool
            True for frames.
        """
        return (self.family if output == "auto" else output) != "array"

    def rounded(self, values):
        """Numbers as a frame will show them.

        Parameters
        ----------
        values : ndarray of shape (..., n_features)
            Rows.

        Returns
        -------
        ndarray of shape (..., n_features)
            Rows with integers where the training data have them.
        """
        columns = [
            values[..., i] if kind.is_float else kind.cast(values[..., i])
            for i, kind in enumerate(self.types)
        ]
        return np.stack(columns, axis=-1).astype(np.float64, copy=False)

    def starting_at(self, values, times, output, first=0):
        """Paths from given rows on.

        Parameters
        ----------
        values : ndarray of shape (n_paths, length, n_features)
            Paths.
        times : ndarray of shape (n_paths,)
            Times of their first rows, in the numbers of `Paths.times`.
        output : {"auto", "array", "pandas", "polars"}
            Container.
        first : int, default=0
            Number of the first path.

        Returns
        -------
        ndarray, pandas.DataFrame or polars.DataFrame
            The values themselves, or a frame with levels "path" and time.
        """
        if not self.has_times(output):
            return values
        n_paths, length = values.shape[:2]
        numbers = np.arange(n_paths)
        path = Level("path", first + numbers, np.repeat(numbers, length))
        time = self._time_level(times, length - 1, 0)
        return self._frame(values, [path, time], output)

    def continuing(self, values, times, paths, output):
        """Rows that follow the last rows of paths.

        Parameters
        ----------
        values : ndarray of shape (n_paths, n_samples, horizon, n_features)
            Continuations of each path.
        times : ndarray of shape (n_paths,)
            Times of the last rows, in the numbers of `Paths.times`.
        paths : Paths
            Paths that are continued.
        output : {"auto", "array", "pandas", "polars"}
            Container.

        Returns
        -------
        ndarray, pandas.DataFrame or polars.DataFrame
            The values, for one path without the leading axis; or a frame with the levels
            of the path, but for one path, then "sample" and time.
        """
        one = paths.container == "rows"
        if not self.has_times(output):
            return values[0] if one else values
        n_paths, n_samples, horizon, _ = values.shape
        path, sample, _ = (axis.ravel() for axis in np.indices(values.shape[:3]))
        levels = [] if one else _path_levels(paths, path)
        levels.append(Level("sample", np.arange(n_samples), sample))
        time = self._time_level(times, horizon, 1)
        codes = time.codes.reshape(n_paths, 1, horizon)
        codes = np.broadcast_to(codes, values.shape[:3]).ravel()
        return self._frame(values, [*levels, replace(time, codes=codes)], output)

    def _time_level(self, times, n_rows, first):
        """Level of the labels of rows, and of the rows after them from number `first`."""
        starts, inverse = np.unique(times, return_inverse=True)
        labels = self.calendar.labels_from(starts, n_rows)
        if isinstance(labels, np.ndarray):
            labels, codes = np.unique(labels, return_inverse=True)
        else:
            codes, labels = labels.factorize(sort=True)
        codes = codes.reshape(len(starts), n_rows + 1)[inverse, first:]
        name = self.calendar.labels.name
        return Level("time" if name is None else name, labels, codes.ravel())

    def _frame(self, values, levels, output):
        library = self.family if output == "auto" else output
        if library == "polars" and self.calendar.labels.whole_days:
            levels = [*levels[:-1], _in_days(levels[-1])]
        return long_frame(
            library,
            values.reshape(-1, values.shape[-1]),
            self._columns(library),
            self.types,
            levels,
        )

    def _columns(self, library):
        """Names of the columns as a library has them."""
        if library == "polars":
            if self.labels is None:
                return [f"column_{i}" for i in range(len(self.types))]
            return [str(label) for label in self.labels]
        import pandas as pd

        if self.labels is None:
            return pd.RangeIndex(len(self.types))
        if len(self.level_names) > 1:
            return pd.MultiIndex.from_tuples(self.labels, names=self.level_names)
        dtype = self.label_dtype or None
        name = self.level_names[0] if self.level_names else None
        return pd.Index(list(self.labels), dtype=dtype, name=name)


def _in_days(level):
    """Level of dates without a time of day, where all labels are midnights."""
    dates = level.labels
    whole = bool((dates == dates.normalize()).all())
    return replace(level, labels=dates.date) if whole else level


def _path_levels(paths, numbers):
    """Levels of the labels of paths, repeated for each row."""
    index = paths.path_index
    if index is None:
        count = np.arange(len(paths.container_lengths))
        return [Level("path", count, numbers)]
    if index.nlevels == 1:
        name = "path" if index.name in TAKEN else index.name
        return [Level(name, index, numbers)]
    levels = []
    for i, (labels, codes) in enumerate(zip(index.levels, index.codes, strict=True)):
        name = f"level_{i}" if index.names[i] in TAKEN else index.names[i]
        levels.append(Level(name, labels, np.asarray(codes)[numbers]))
    return levels
