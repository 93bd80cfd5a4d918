"""Panels of labelled paths: taken apart by path, and lengthened by new paths."""

from dataclasses import replace
from itertools import count, islice, pairwise

import numpy as np

from skdiffts._paths import check_paths

__all__ = ["Panel"]


class Panel:
    """Paths in any container, one by one.

    A sample is a path. The rows of a 2-D array or frame are univariate paths; those of a
    frame with a MultiIndex are rows of paths.

    Parameters
    ----------
    estimator : BaseEstimator
        Estimator that reads `X`.
    X : array-like, frame, 3-D array or list of 2-D arrays or frames
        The paths.
    """

    def __init__(self, estimator, X):
        paths = check_paths(estimator, X, reset=True, missing="break")
        _check_gaps(paths)
        self.paths, self.container = paths, X
        if paths.container == "rows":
            self.items = list(paths.values[..., np.newaxis])
        elif paths.container == "frame":
            levels = list(range(X.index.nlevels - 1))
            pieces = [slice(*ends) for ends in self._ends()]
            # Without the levels that name it, a path has a clock of its own.
            self.items = [X.iloc[piece].droplevel(levels) for piece in pieces]
        elif paths.container == "list":
            arrays = paths.split(paths.values)
            self.items = [
                array if frame is None else item
                for item, array, frame in zip(X, arrays, paths.frames, strict=True)
            ]
        else:
            self.items = paths.split(paths.values)
        self.lengths = np.array([len(item) for item in self.items])
        shortest = int(np.argmin(self.lengths))
        if self.lengths[shortest] < 2:
            raise ValueError(
                f"path {shortest} of X has one row; at least 2 are needed: drop it. "
                "(Each row of a 2-D X is a univariate path.)"
            )

    def __len__(self):
        return len(self.items)

    def _ends(self):
        return list(pairwise(self.paths.indptr.tolist()))

    def take(self, which):
        """Return some of the paths, in a container for generators.

        Parameters
        ----------
        which : ndarray of int
            Their numbers, with repetition if need be.

        Returns
        -------
        ndarray of shape (n_paths, length, n_features) or list
            A 3-D array where all of them are arrays of one length.
        """
        items = [self.items[i] for i in which]
        arrays = all(isinstance(item, np.ndarray) for item in items)
        even = len(np.unique(self.lengths[which])) == 1
        return np.stack(items) if arrays and even else items

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
        paths = self.paths
        by_row = paths.container == "frame"
        expected = paths.n_rows if by_row else len(self)
        if len(y) != expected:
            what = "rows of the frame" if by_row else "paths"
            raise ValueError(
                f"y has {len(y)} labels for {expected} {what}; pass one for each."
            )
        if not by_row:
            return y
        first = y[paths.first_rows]
        mixed = np.flatnonzero(np.repeat(first, paths.lengths) != y)
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
        if self.paths.container == "frame":
            labels = np.repeat(labels, self.lengths[templates])
        return np.concatenate([y, labels])

    def extended(self, new, templates):
        """Container with new paths below those that came in.

        Parameters
        ----------
        new : list of ndarrays of shape (length, n_features)
            New paths.
        templates : ndarray of int of shape (n_new,)
            Paths whose lengths, and times where the container has them, they have.

        Returns
        -------
        array, frame or list
            In the container and the float dtype that came in.
        """
        paths = self.paths
        if paths.container == "list":
            frames = [paths.frames[i] for i in templates]
            arrays = [path.astype(paths.dtype) for path in new]
            added = [
                path if frame is None else frame.fill(path)
                for path, frame in zip(arrays, frames, strict=True)
            ]
            return [*self.container, *added]
        if paths.container == "stack":
            old = [path.astype(paths.dtype) for path in self.items]
            return np.stack([*old, *(path.astype(paths.dtype) for path in new)])
        flat = [path.T if paths.container == "rows" else path for path in new]
        rows = np.concatenate([paths.values, *flat]).astype(paths.dtype)
        frame = paths.frames[0]
        if frame is None:
            return rows
        index = self._extended_index(templates)
        return replace(frame, index=index).fill(rows)

    def _extended_index(self, templates):
        """Index of a frame; None counts the rows anew."""
        if self.paths.container == "rows":
            return None
        import pandas as pd

        index = self.container.index
        ends = self._ends()
        rows = np.concatenate(
            [np.arange(len(index))] + [np.arange(*ends[i]) for i in templates]
        )
        names = index.get_level_values(0)
        fresh = _fresh_names(names.unique(), len(templates))
        fresh = pd.Index(fresh).repeat(self.lengths[templates])
        levels = [index.get_level_values(k).take(rows) for k in range(1, index.nlevels)]
        return pd.MultiIndex.from_arrays(
            [names.append(fresh), *levels], names=index.names
        )


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
