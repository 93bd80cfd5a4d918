"""Data of an evaluation: training and test paths, their increments and their units."""

from dataclasses import dataclass

import numpy as np
from sklearn.preprocessing import StandardScaler

from skdiffts._paths import Paths
from skdiffts.evaluation._unit_root import has_unit_root
from skdiffts.evaluation._windows import as_windows, feature_names, read_paths

__all__ = ["Material"]

INCREMENTS = ("auto", "all", "none")


@dataclass(frozen=True, eq=False)
class Material:
    """Training and test paths, of which columns that wander are judged by increments.

    Parameters
    ----------
    train, test : Paths
        Paths as they came in.
    names : list of str
        Names of the columns.
    wanders : ndarray of bool of shape (n_features,)
        Columns that are judged by their increments.
    scale : ndarray of shape (n_features,)
        Standard deviations of the training rows, of increments where a column wanders.
    panels : dict of str to ndarray of shape (n_windows, length, n_features)
        Windows of "train" and "test", in these deviations.
    """

    train: Paths
    test: Paths
    names: list[str]
    wanders: np.ndarray
    scale: np.ndarray
    panels: dict

    @classmethod
    def read(cls, X_train, X_test, window, increments):
        """Read training and test data.

        Parameters
        ----------
        X_train, X_test : array-like, frame, 3-D array or list of 2-D arrays
            Training and test data.
        window : int
            Rows of a window.
        increments : {"auto", "all", "none"}
            Columns that are judged by their increments.

        Returns
        -------
        Material
            The data as they are judged.

        Raises
        ------
        ValueError
            If the two are not paths of one kind.
        """
        if increments not in INCREMENTS:
            raise ValueError(
                f"increments={increments!r} is unknown; pass one of {list(INCREMENTS)}."
            )
        train, test = read_paths(X_train), read_paths(X_test)
        wanders = np.full(train.n_features, increments == "all")
        if increments == "auto":
            wanders = has_unit_root(train)
        judged = [_judged(paths, wanders) for paths in (train, test)]
        scale = StandardScaler().fit(judged[0].values).scale_
        window = min(window, *(int(paths.lengths.min()) for paths in judged))
        panels = {
            name: as_windows(paths, window) / scale
            for name, paths in zip(("train", "test"), judged, strict=True)
        }
        _check_same(panels)
        return cls(train, test, feature_names(train), wanders, scale, panels)

    @property
    def titles(self):
        """Names of the columns as they are judged."""
        return [
            f"increments of {name}" if wanders else name
            for name, wanders in zip(self.names, self.wanders, strict=True)
        ]

    @property
    def n_extra(self):
        """Rows that a simulated path needs before the first row that is judged."""
        return int(self.wanders.any())

    def judge(self, panel):
        """Take increments, where columns wander, and divide by the scale.

        Parameters
        ----------
        panel : ndarray of shape (..., n_extra + length, n_features)
            Paths in the units of the data.

        Returns
        -------
        ndarray of shape (..., length, n_features)
            The paths as they are judged.
        """
        return differenced(panel, self.wanders) / self.scale

    def changes(self, rows, before):
        """Subtract the row before, where columns wander, and divide by the scale.

        Parameters
        ----------
        rows : ndarray of shape (..., n_features)
            Rows in the units of the data.
        before : ndarray of the same shape
            Rows before them.

        Returns
        -------
        ndarray of the same shape
            The rows as they are judged.
        """
        return (rows - self.wanders * before) / self.scale

    def judged_rows(self):
        """Give the training rows as they are judged.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Rows of all training paths.
        """
        return _judged(self.train, self.wanders).values / self.scale


def differenced(panel, wanders):
    """Differences along the rows in some columns; the rows themselves in the others."""
    if not wanders.any():
        return panel
    return panel[..., 1:, :] - wanders * panel[..., :-1, :]


def _judged(paths, wanders):
    """Paths of increments, where columns wander."""
    if not wanders.any():
        return paths
    parts = [differenced(rows, wanders) for rows in paths.split(paths.values)]
    return read_paths(np.stack(parts) if paths.container == "stack" else parts)


def _check_same(panels):
    train, test = panels["train"], panels["test"]
    if train.shape[1:] != test.shape[1:]:
        raise ValueError(
            f"X_train has paths of {train.shape[1:]} rows and features and X_test of "
            f"{test.shape[1:]}; pass paths of one kind."
        )
