"""Flat rows of paths with their boundaries, clock and container."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skdiffts._paths._frames import Frame

NANOSECONDS_PER_DAY = 86_400e9


@dataclass(frozen=True, eq=False)
class Paths:
    """Flat rows of one or more paths, with their boundaries and their container.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_features)
        All paths below each other, float64 and C-contiguous. It may share memory with
        the input: never write into it.
    indptr : ndarray of shape (n_paths + 1,)
        Path i is ``values[indptr[i]:indptr[i + 1]]``; int64, no path is empty.
    container : {"rows", "stack", "list", "frame"}
        One 2-D path, a 3-D array, a list of 2-D paths, or a frame with a MultiIndex.
    dtype : numpy.dtype
        Float dtype that came in, float32 or float64; integers count as float64.
    times : ndarray of shape (n_rows,) or None
        Clock of each row: int64 nanoseconds from dates, else the numbers of the index
        (int64 or float64). None for arrays and for indexes that are no clock.
    frames : tuple of (Frame or None)
        Shells of the frames that came in, None for an array: one for each path of a
        "list", a single one for all other containers.
    dated : bool, default=False
        Whether the times are nanoseconds.
    rows_in_container : ndarray of shape (n_rows,), default=None
        Row in the container of each row of `values`, where paths were broken at missing
        rows. None: no row is missing.
    container_indptr : ndarray, default=None
        Boundaries of the paths in the container, before they were broken.
    container_ends : ndarray of shape (n_paths_in_container,), default=None
        Last row of each of these paths that is not all NaN; -1 if there is none.
    latent : ndarray of shape (n_rows, n_features), default=None
        Latent rows that transitions lead to, where `values` stand for sets of them. None:
        the values themselves.
    covariates : ndarray of shape (n_rows, n_covariates), default=None
        Columns that are given, not simulated, and no columns of `values`.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator
    >>> from skdiffts._paths import check_paths
    >>> paths = check_paths(BaseEstimator(), np.zeros((3, 4, 2)), reset=True)
    >>> paths.indptr
    array([ 0,  4,  8, 12])
    >>> paths.restore(paths.values).shape
    (3, 4, 2)
    """

    values: np.ndarray
    indptr: np.ndarray
    container: str
    dtype: np.dtype
    times: np.ndarray | None
    frames: tuple[Frame | None, ...]
    dated: bool = False
    rows_in_container: np.ndarray | None = None
    container_indptr: np.ndarray | None = None
    container_ends: np.ndarray | None = None
    latent: np.ndarray | None = None
    covariates: np.ndarray | None = None

    @property
    def n_paths(self):
        """Number of paths."""
        return len(self.indptr) - 1

    @property
    def n_rows(self):
        """Number of rows of all paths together."""
        return self.values.shape[0]

    @property
    def n_features(self):
        """Number of columns."""
        return self.values.shape[1]

    @property
    def targets(self):
        """Rows that transitions lead to, shape (n_rows, n_features)."""
        return self.values if self.latent is None else self.latent

    @property
    def lengths(self):
        """Number of rows of each path, shape (n_paths,)."""
        return np.diff(self.indptr)

    @property
    def container_lengths(self):
        """Number of rows of each path of the container, before paths were broken."""
        return np.diff(self._indptr_in_container())

    @property
    def first_rows(self):
        """First row of each path, shape (n_paths,)."""
        return self.indptr[:-1]

    @property
    def positions(self):
        """Number of each row in its path, from 0, shape (n_rows,)."""
        return np.arange(self.n_rows) - np.repeat(self.first_rows, self.lengths)

    @property
    def row_numbers(self):
        """Number of each row in its path of the container, counting missing rows."""
        first_rows = self._indptr_in_container()[self.path_numbers]
        return self._container_rows() - first_rows

    @property
    def path_numbers(self):
        """Number of the path of the container in which each row is."""
        rows, indptr = self._container_rows(), self._indptr_in_container()
        return np.searchsorted(indptr, rows, side="right") - 1

    @property
    def path_index(self):
        """Labels of the paths of the container: a pandas.Index, None without names."""
        frame = self.frames[0]
        if self.container != "frame" or frame is None:
            return None
        return frame.index.droplevel(-1)[self._indptr_in_container()[:-1]]

    @property
    def time_numbers(self):
        """Time of each row as in `times`, the number of the row where it is None."""
        return self.row_numbers if self.times is None else self.times

    @property
    def clock(self):
        """Time of each row in days for dates, else in numbers of the index or rows."""
        return self.time_numbers / self._time_unit

    @property
    def durations(self):
        """Clock time of each transition, in the order of `ends`."""
        # Differences of whole numbers: days since 1970 would round nanoseconds.
        times = self.time_numbers
        return (times[self.ends] - times[self.starts]) / self._time_unit

    @property
    def ends(self):
        """Rows that end a transition: all but the first of each path."""
        return np.delete(np.arange(self.n_rows), self.first_rows)

    @property
    def starts(self):
        """Rows that start a transition, in the order of `ends`."""
        return self.ends - 1

    def rows_by_step(self):
        """Walk along all paths at once.

        Yields
        ------
        ndarray of int of shape (n_running,)
            First rows of all paths, the longest first, then second rows, and so on; the
            paths that have ended are always the last ones of the step before.
        """
        order = np.argsort(-self.lengths, kind="stable")
        first, lengths = self.first_rows[order], self.lengths[order]
        for step in range(lengths[0]):
            yield first[: np.searchsorted(-lengths, -step)] + step

    def broken_at_missing(self):
        """Break paths at rows with NaN, and leave these rows out.

        Returns
        -------
        Paths
            Its `restore`, `expand` and `per_sample` put NaN where rows were left out.
        """
        missing = np.isnan(self.values).any(axis=1)
        if not missing.any():
            return self
        kept = np.flatnonzero(~missing)
        ends: Any = self.container_ends
        if ends is None:
            empty = np.isnan(self.values).all(axis=1)
            filled = np.where(empty, -1, np.arange(self.n_rows))
            ends = np.maximum.reduceat(filled, self.first_rows)
        rows = self.rows_in_container
        path = np.repeat(np.arange(self.n_paths), self.lengths)[kept]
        new = (np.diff(kept, prepend=-2) > 1) | (np.diff(path, prepend=-1) != 0)
        return replace(
            self,
            values=self.values[kept],
            covariates=None if self.covariates is None else self.covariates[kept],
            indptr=np.append(np.flatnonzero(new), len(kept)),
            times=None if self.times is None else self.times[kept],
            rows_in_container=kept if rows is None else rows[kept],
            container_indptr=self._indptr_in_container(),
            container_ends=ends,
        )

    def with_values(self, values):
        """Replace the numbers, and keep boundaries, clock and container.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_features)
            Other numbers for the same rows and columns, in float64. They are not
            copied.

        Returns
        -------
        Paths
            Its `restore` gives float64, whatever came in.

        Raises
        ------
        ValueError
            If the shape is another one.
        """
        if values.shape != self.values.shape:
            raise ValueError(
                f"values has shape {values.shape}: pass {self.values.shape}, the rows "
                "and columns of the paths."
            )
        values = np.ascontiguousarray(values, dtype=np.float64)
        return replace(self, values=values, dtype=values.dtype, latent=None)

    def with_latent(self, latent):
        """Let transitions lead to other rows than histories see.

        Parameters
        ----------
        latent : ndarray of shape (n_rows, n_features)
            Latent rows.

        Returns
        -------
        Paths
            The same histories, with other ends of transitions.
        """
        return replace(self, latent=latent)

    def with_columns(self, values, columns):
        """Paths of some of the columns, with other numbers.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_columns)
            Numbers for the same rows, in float64. They are not copied.
        columns : ndarray of int of shape (n_columns,)
            Positions of the columns that are left.

        Returns
        -------
        Paths
            Paths of these columns, as `with_values` gives them.
        """
        if len(columns) == self.n_features:
            return self.with_values(values)
        frames = tuple(frame and frame.take_columns(columns) for frame in self.frames)
        kept = replace(self, values=self.values[:, columns], frames=frames)
        return kept.with_values(values)

    def take(self, which):
        """Choose paths of a panel.

        Parameters
        ----------
        which : ndarray of int of shape (n_chosen,)
            Numbers of the paths, with repetition if need be.

        Returns
        -------
        Paths
            The chosen paths, in that order; a "stack" or a "list", as this panel is,
            without rows left out.
        """
        pieces = [np.arange(*self.indptr[i : i + 2]) for i in which]
        rows, lengths = np.concatenate(pieces), self.lengths[which]
        several = self.container == "list"
        return replace(
            self,
            values=self.values[rows],
            latent=None if self.latent is None else self.latent[rows],
            covariates=None if self.covariates is None else self.covariates[rows],
            indptr=np.append(0, np.cumsum(lengths)),
            times=None if self.times is None else self.times[rows],
            frames=tuple(self.frames[i] for i in which) if several else self.frames,
        )

    def handed_to(self, estimator):
        """Paths in the form that an estimator reads.

        Parameters
        ----------
        estimator : estimator
            Estimators that read their input by :func:`check_paths` have an attribute
            ``takes_paths`` that is true. All others, for example dynamics of a user,
            know only containers.

        Returns
        -------
        Paths, array, frame or list
            These paths where the estimator takes them, so that they are validated and
            flattened only once; else their container.
        """
        takes_paths = getattr(estimator, "takes_paths", False)
        return self if takes_paths else self.restore(self.values)

    def expand(self, rows):
        """Put NaN where rows of the container were left out.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, ...)
            One entry for each row of `values`.

        Returns
        -------
        ndarray of shape (n_rows_in_container, ...)
            One entry for each row of the container; `rows` itself if none was left out.
        """
        if self.rows_in_container is None:
            return rows
        n_rows = self._indptr_in_container()[-1]
        full = np.full((n_rows, *rows.shape[1:]), np.nan)
        full[self.rows_in_container] = rows
        return full

    @property
    def samples_are_paths(self):
        """Whether a sample of scikit-learn is a path (True) or a row (False)."""
        return self.container in ("stack", "list")

    def split(self, rows):
        """Split rows into paths.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, ...)
            Anything with one entry a row.

        Returns
        -------
        list of n_paths ndarrays of shape (length, ...)
            Views of `rows`.
        """
        return np.split(rows, self.indptr[1:-1])

    def collapse(self, rows):
        """Undo `expand`.

        Parameters
        ----------
        rows : ndarray of shape (n_rows_in_container, ...)
            One entry for each row of the container.

        Returns
        -------
        ndarray of shape (n_rows, ...)
            One entry for each row of `values`.
        """
        return rows if self.rows_in_container is None else rows[self.rows_in_container]

    def restore(self, rows, columns=None, dtype=None):
        """Give rows back in the container and the dtype that came in.

        Parameters
        ----------
        rows : array-like of shape (n_rows, n_columns)
            One row for each row of `values`.
        columns : sequence of length n_columns, default=None
            Column names of frames, by default the ones that came in. Arrays have none.
        dtype : numpy.dtype, default=None
            Type of the numbers, by default the one that came in.

        Returns
        -------
        ndarray, pandas.DataFrame, polars.DataFrame or list of these
            "rows": an array or frame of shape (n_rows, n_columns); "stack": an array
            of shape (n_paths, length, n_columns); "list": an array or frame for each
            path; "frame": a frame with the MultiIndex. Arrays are C-contiguous. They
            may share memory with `rows`, but never with the input.
        """
        rows = np.ascontiguousarray(rows, dtype=self.dtype if dtype is None else dtype)
        if rows.ndim != 2 or len(rows) != self.n_rows:
            raise ValueError(
                f"rows has shape {rows.shape}: pass ({self.n_rows}, n_columns), a row "
                "for each row of values."
            )
        if np.may_share_memory(rows, self.values):
            rows = rows.copy()
        rows = self.expand(rows).astype(rows.dtype, copy=False)
        indptr = self._indptr_in_container()
        if self.container == "stack":
            return rows.reshape(len(indptr) - 1, -1, rows.shape[1])
        blocks = np.split(rows, indptr[1:-1]) if self.container == "list" else [rows]
        restored = [
            block if frame is None else frame.fill(block, columns)
            for frame, block in zip(self.frames, blocks, strict=True)
        ]
        return restored if self.container == "list" else restored[0]

    def per_sample(self, per_row):
        """Turn a number a row into a number a sample of scikit-learn.

        Parameters
        ----------
        per_row : ndarray of shape (n_rows,)
            NaN where undefined, such as in the first row of each path.

        Returns
        -------
        ndarray of shape (n_rows_in_container,) or (n_paths_in_container,)
            `per_row` itself, with NaN where rows were left out, where a sample is a
            row; where it is a path, the sum over each path without its NaN.
        """
        per_row = self.expand(per_row)
        if not self.samples_are_paths:
            return per_row
        first_rows = self._indptr_in_container()[:-1]
        return np.add.reduceat(np.where(np.isnan(per_row), 0.0, per_row), first_rows)

    def last_rows(self):
        """Rows of `values` that end the paths of the container.

        Rows that are all NaN at the end of a path, as in padded panels, are no part of
        it.

        Returns
        -------
        ndarray of int of shape (n_paths_in_container,)
            One row for each path.

        Raises
        ------
        ValueError
            If the last row is NaN in some columns only, or a path has no row.
        """
        if self.rows_in_container is None:
            return self.indptr[1:] - 1
        last: Any = self.container_ends
        rows = np.searchsorted(self.rows_in_container, last, side="right") - 1
        lost = self.rows_in_container[rows] != last
        if lost.any():
            path = int(np.argmax(lost))
            raise ValueError(
                f"the last row of path {path} of X has NaN in some columns, from which "
                "nothing can go on: fill it, or drop the row."
                if last[path] >= 0
                else f"path {path} of X has only NaN, from which nothing can go on: drop it."
            )
        return rows

    def column_label(self, column):
        """Label of a column, its number where the container has none."""
        shell = self.frames[0]
        return int(column) if shell is None else shell.columns[int(column)]

    def row_name(self, row):
        """Name of a row of `values` in messages, such as "row 2 of path 1"."""
        number = row if self.rows_in_container is None else self.rows_in_container[row]
        if not self.samples_are_paths:
            return f"row {number}"
        indptr = self._indptr_in_container()
        path = np.searchsorted(indptr, number, side="right") - 1
        return f"row {number - indptr[path]} of path {path}"

    @property
    def _time_unit(self):
        return NANOSECONDS_PER_DAY if self.dated else 1.0

    def _container_rows(self):
        rows = self.rows_in_container
        return np.arange(self.n_rows) if rows is None else rows

    def _indptr_in_container(self):
        return self.indptr if self.container_indptr is None else self.container_indptr
