"""First rows that a user gives: labels of training rows, or rows with a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Number

import numpy as np

from skdiffts._paths import Calendar

__all__ = ["GivenStarts"]


@dataclass(frozen=True, eq=False, kw_only=True)
class GivenStarts:
    """Reader of first rows.

    Parameters
    ----------
    columns : tuple of length n_features
        Names of the columns; numbers where there are none.
    calendar : Calendar
        Times of the training rows.
    paths : tuple
        Labels of the training paths.
    path_numbers : ndarray of shape (n_rows,)
        Path of each training row.
    """

    columns: tuple
    calendar: Calendar
    paths: tuple
    path_numbers: np.ndarray

    @classmethod
    def of(cls, paths, output):
        """Read names and times of training paths.

        Parameters
        ----------
        paths : Paths
            Training paths.
        output : Output
            Their names and times.

        Returns
        -------
        GivenStarts
            Reader.
        """
        columns, index = output.labels, paths.path_index
        names = range(len(paths.container_lengths)) if index is None else index
        return cls(
            columns=tuple(range(paths.n_features)) if columns is None else columns,
            calendar=output.calendar,
            paths=tuple(names),
            path_numbers=paths.path_numbers,
        )

    def rows_of(self, x0, times):
        """Training rows with a label.

        Parameters
        ----------
        x0 : object
            Label of the index, for a panel also a tuple of the labels of a path and of
            the time; anything else is no label.
        times : ndarray of shape (n_rows,)
            Times of the training rows.

        Returns
        -------
        ndarray of int or None
            Rows of all paths with this label; None for what is no label.

        Raises
        ------
        ValueError
            If there is no such row.
        """
        if not self._is_label(x0):
            return None
        *path, label = x0 if isinstance(x0, tuple) else (x0,)
        time = self.calendar.labels.find(label)
        found = np.zeros(len(times), dtype=bool) if time is None else times == time
        if path:
            name = path[0] if len(path) == 1 else tuple(path)
            number = self.paths.index(name) if name in self.paths else -1
            found &= self.path_numbers == number
        if not found.any():
            raise ValueError(
                f"x0 is {x0!r}, which is neither 'initial', 'smoothed', 'states' or "
                "'last', nor the label of a row of the training data without NaN: pass "
                f"one of these, such as {self._example(times)!r}, or "
                f"{self._shapes(None)}."
            )
        return np.flatnonzero(found)

    def read(self, x0, n_paths):
        """Rows with their times.

        Parameters
        ----------
        x0 : array-like, dict of columns, Series or frame
            One row, or one for each path.
        n_paths : int
            Number of paths.

        Returns
        -------
        values : ndarray of shape (n_paths, n_features)
            Rows.
        times : ndarray of shape (n_paths,) or None
            Their times, from the name of a Series or the index of a frame; None where
            these are no times of the kind of the training data.

        Raises
        ------
        ValueError
            If the shape is another one, a column is missing or unknown, or a number is
            not finite.
        """
        d = len(self.columns)
        given = self._by_column(x0) if isinstance(x0, Mapping) else x0
        try:
            given = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"x0={x0!r} is no table of numbers; pass {self._shapes(n_paths)}."
            ) from error
        if given.shape not in ((d,), (1, d), (n_paths, d)):
            raise ValueError(
                f"x0 is an array of shape {given.shape}; pass 'initial', 'smoothed', "
                f"'states', 'last', the label of a training row, or "
                f"{self._shapes(n_paths)}."
            )
        if not np.isfinite(given).all():
            raise ValueError("x0 has NaN or infinity; pass finite numbers.")
        times = self._times_of(x0)
        if times is not None:
            times = np.broadcast_to(times, n_paths)
        return np.broadcast_to(given, (n_paths, d)), times

    def _by_column(self, columns):
        """Array of a dict of columns."""
        if set(columns) != set(self.columns):
            raise ValueError(
                f"x0 has columns {list(columns)}; pass a dict of the columns of fit: "
                f"{list(self.columns)}."
            )
        values = [np.asarray(columns[name], dtype=np.float64) for name in self.columns]
        shapes = {value.shape for value in values if value.ndim}
        if len(shapes) > 1 or any(len(shape) > 1 for shape in shapes):
            raise ValueError(
                f"x0 has columns of shapes {sorted(shapes)}; pass a number for each "
                "column, or one for each path."
            )
        return np.stack(np.broadcast_arrays(*values), axis=-1)

    def _times_of(self, x0):
        """Read the times of a Series or of the rows of a frame, None if it has none."""
        if not hasattr(x0, "iloc"):
            return None
        if np.ndim(x0) == 1:
            labels = [x0.name]
        elif len(x0) > 1 and getattr(x0.index, "start", None) == 0:
            return None  # the default index, which numbers the paths
        else:
            labels = list(x0.index)
        # Rows of a panel are named by their path and their time.
        labels = [label[-1] if isinstance(label, tuple) else label for label in labels]
        times = [self.calendar.labels.find(label) for label in labels]
        return None if any(time is None for time in times) else np.array(times)

    def _is_label(self, x0):
        if isinstance(x0, tuple):  # a row of numbers, unless it has another length
            numbers = all(isinstance(entry, Number) for entry in x0)
            return len(x0) > 1 and (not numbers or len(x0) != len(self.columns))
        return isinstance(x0, str) or not hasattr(x0, "__len__")

    def _example(self, times):
        label = self.calendar.labels_from(times[-1:], 0)[0]
        return label.item() if isinstance(label, np.generic) else label

    def _shapes(self, n_paths):
        d, n = len(self.columns), "n_paths" if n_paths is None else n_paths
        return f"numbers of shape ({d},) or ({n}, {d})"
