"""Panels of labelled paths, and the same with new paths below them."""

from dataclasses import dataclass, replace
from itertools import count, islice, pairwise
from typing import Any

import numpy as np

from skdiffts._paths import Paths, check_paths

__all__ = ["Panel"]


@dataclass(frozen=True, eq=False)
class Panel:
    """Paths in any container, one by one.

    A sample is a path. The rows of a 2-D array or frame are univariate paths; the rows of
    a frame with a MultiIndex are rows of paths.

    Parameters
    ----------
    container : array-like, frame, 3-D array or list of 2-D arrays or frames
        Container that came in.
    read : Paths
        Rows as they were read from the container.
    paths : Paths
        The same, a path for each sample: a stack, or a list of paths with clocks of
        their own.
    """

    container: Any
    read: Paths
    paths: Paths

    @classmethod
    def from_container(cls, estimator, X):
        """Validate paths.

        Parameters
        ----------
        estimator : BaseEstimator
            Estimator that reads `X`.
        X : array-like, frame, 3-D array or list of 2-D arrays or frames
            The paths.

        Returns
        -------
        Panel
            The paths.

        Raises
        ------
        ValueError
            If a path has a gap, or less than two rows.
        """
        read = check_paths(estimator, X, reset=True, missing="break")
        _check_gaps(read)
        paths = read
        if read.container == "rows":
            n_paths, length = read.values.shape
            paths = Paths(
                values=read.values.reshape(-1, 1),
                indptr=np.arange(n_paths + 1) * length,
                container="stack",
                dtype=read.dtype,
                times=None,
                frames=(None,),
            )
        elif read.container == "frame":
            paths = replace(read, container="list", frames=_frames_by_path(read))
        shortest = int(np.argmin(paths.lengths))
        if paths.lengths[shortest] < 2:
            raise ValueError(
                f"path {shortest} of X has one row; at least 2 are needed: drop it. "
                "(Each row of a 2-D X is a univariate path.)"
            )
        return cls(X, read, paths)

    def __len__(self):
        return self.paths.n_paths

    def labels(self, y):
        """Return one label for each path.

        Parameters
        ----------
        y : ndarray of shape (n_samples,)
            Labels of the paths; for a frame with a MultiIndex, of its rows.

        Returns
        -------
        ndarray of shape (n_paths,)
            Labels of the paths.
        """
        by_row = self.read.container == "frame"
        expected = self.read.n_rows if by_row else len(self)
        if len(y) != expected:
            samples = "rows of the frame" if by_row else "paths"
            raise ValueError(
                f"y has {len(y)} labels for {expected} {samples}; pass one for each."
            )
        if not by_row:
            return y
        first = y[self.paths.first_rows]
        mixed = np.flatnonzero(np.repeat(first, self.paths.lengths) != y)
        if len(mixed):
            raise ValueError(
                f"y changes within a path, at row {mixed[0]}; give all rows of a path "
                "the same label."
            )
        return first

    def extended_labels(self, y, labels, templates):
        """Labels of the samples of the extended container.

        Parameters
        ----------
        y : ndarray of shape (n_samples,)
            Labels of the samples that came in.
        labels : ndarray of shape (n_new,)
            Labels of the new paths.
        templates : ndarray of int of shape (n_new,)
            Paths whose lengths they have.

        Returns
        -------
        ndarray
            One label a sample.
        """
        if self.read.container == "frame":
            labels = np.repeat(labels, self.paths.lengths[templates])
        return np.concatenate([y, labels])

    def extended(self, new, templates):
        """Container with new paths below those that came in.

        Parameters
        ----------
        new : list of ndarrays of shape (length, n_features)
            New paths.
        templates : ndarray of int of shape (n_new,)
            Paths whose lengths, and times where the container has times, they have.

        Returns
        -------
        array, frame or list
            In the container and the float dtype that came in.
        """
        read = self.read
        new = [path.astype(read.dtype) for path in new]
        if read.container == "list":
            frames = [read.frames[i] for i in templates]
            added = [
                path if frame is None else frame.fill(path)
                for path, frame in zip(new, frames, strict=True)
            ]
            if np.ndim(self.container[0]) == 1:
                added = [getattr(path, "iloc", path)[:, 0] for path in added]
            return [*self.container, *added]
        if read.container == "stack":
            old = read.restore(read.values)
            return np.concatenate([old, np.stack(new)]) if new else old
        flat = [path.T if read.container == "rows" else path for path in new]
        rows = np.concatenate([read.values.astype(read.dtype), *flat])
        frame = read.frames[0]
        if frame is None:
            return rows
        return replace(frame, index=self._extended_index(frame, templates)).fill(rows)

    def _extended_index(self, frame, templates):
        """Index of a frame; None counts the rows anew."""
        if self.read.container == "rows":
            return None
        import pandas as pd

        index, pieces = frame.index, _pieces(self.read)
        rows = np.arange(len(index))
        rows = np.concatenate([rows, *(rows[pieces[i]] for i in templates)])
        names = index.get_level_values(0)
        fresh = _fresh_names(names.unique(), len(templates))
        fresh = pd.Index(fresh).repeat(self.paths.lengths[templates])
        levels = [index.get_level_values(k).take(rows) for k in range(1, index.nlevels)]
        return pd.MultiIndex.from_arrays(
            [names.append(fresh), *levels], names=index.names
        )


def _pieces(paths):
    """Slice of the rows of each path."""
    return [slice(*ends) for ends in pairwise(paths.indptr.tolist())]


def _frames_by_path(paths):
    """Shell of each path of a frame, without the levels of the index that name it."""
    frame = paths.frames[0]
    names = list(range(frame.index.nlevels - 1))
    indexes = [frame.index[piece].droplevel(names) for piece in _pieces(paths)]
    return tuple(replace(frame, index=index) for index in indexes)


def _check_gaps(paths):
    """Refuse rows with NaN, whatever the generator does with them."""
    if paths.rows_in_container is None:
        return
    present = paths.rows_in_container
    row = int(np.setdiff1d(np.arange(present[-1] + 2), present)[0])
    if paths.container != "rows":
        indptr = paths.container_indptr
        path = int(np.searchsorted(indptr, row, side="right")) - 1
        place = f"path {path} of X has NaN in row {row - indptr[path]}"
    else:
        place = f"path {row} of X has NaN"
    raise ValueError(
        f"{place}, and a new path cannot follow one with gaps; fill them, drop the path, "
        "or pass its pieces without NaN as paths."
    )


def _fresh_names(taken, n):
    """Names for new paths: the next integers, or "generated-0" and so on."""
    if taken.dtype.kind in "iu":
        return [int(taken.max()) + 1 + i for i in range(n)]
    taken = {str(name) for name in taken}
    names = (f"generated-{number}" for number in count())
    return list(islice((name for name in names if name not in taken), n))
