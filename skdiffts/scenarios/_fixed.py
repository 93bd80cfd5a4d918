"""Condition that cells of a path have given values."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

import numpy as np

from skdiffts.scenarios._conditions import BaseCondition
from skdiffts.scenarios._targets import Branch, Target

__all__ = ["Fixed"]


class Cells(NamedTuple):
    """Columns of values by position, and the labels of their rows, None for numbers."""

    columns: dict
    labels: Any


@dataclass(kw_only=True, repr=False, eq=False)
class Fixed(BaseCondition):
    """Condition that cells of a path have given values, for steered paths.

    Parameters
    ----------
    values : DataFrame, mapping or array-like of shape (n_rows, n_features)
        Values, by columns in a mapping; NaN leaves a cell free. Row i belongs to row i of
        the path, whose row 0 is the start: leave it NaN, or let it be the start. Paths
        may be longer. A frame, or a mapping of names to columns of one length, may have
        some of the columns. A pandas frame with dates, or any other index than 0, 1,
        ..., is read by the labels of the rows.

    Notes
    -----
    Given values have probability zero, so that no simulated path meets them by chance:
    the condition needs ``method=Steering()`` of a :class:`ScenarioGenerator`. Its
    ``probability`` then is the density of the values.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.scenarios import Fixed, ScenarioGenerator, Steering
    >>> X = np.random.RandomState(0).standard_normal((100, 2)).cumsum(axis=0)
    >>> generator = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3))
    >>> values = np.full((6, 2), np.nan)
    >>> values[1:, 0] = X[-1, 0] + np.arange(5)
    >>> steered = ScenarioGenerator(
    ...     generator, Fixed(values=values), method=Steering(n_particles=200)
    ... )
    >>> paths = steered.fit(X).sample(100, 6, x0="last", random_state=0)
    >>> bool((paths[:, 1:, 0] == values[1:, 0]).all())
    True
    """

    values: Any = None

    _parameter_constraints: ClassVar[dict] = {"values": ["array-like", Mapping]}

    def with_positions(self, names):
        """Replace names of columns by their positions.

        Parameters
        ----------
        names : sequence of str
            Names of the columns; empty if they have none.

        Returns
        -------
        Fixed
            Values as a mapping of positions to columns, with the labels of the rows.

        Raises
        ------
        ValueError
            If a column is none of the names.
        """
        table, labels = self._columns()
        names = list(names)
        columns = {}
        for name, column in table.items():
            if name not in names and not isinstance(name, int | np.integer):
                raise ValueError(
                    f"values has column {name!r}, which is none of {names}; pass columns "
                    "of the training data."
                )
            columns[names.index(name) if name in names else int(name)] = column
        return replace(self, values=Cells(columns, labels))

    def weights(self, paths):
        """Raise: no simulated path has given values.

        Parameters
        ----------
        paths : ndarray of shape (n_paths, length, n_features)
            Paths.
        """
        raise ValueError(
            "values that are fixed have probability zero, so that weighing whole paths "
            "finds none; pass method=Steering() to ScenarioGenerator."
        )

    def branches(self, frame):
        table, labels = self.with_positions(frame.names).values
        rows = self._rows(labels, frame, table)
        targets = []
        for column, values in table.items():
            if not -frame.first_rows.shape[1] <= column < frame.first_rows.shape[1]:
                raise ValueError(
                    f"values has column {column}, which is not in rows of "
                    f"{frame.first_rows.shape[1]} columns; leave it out."
                )
            for row, value in zip(rows, values, strict=True):
                if row == 0:
                    _check_start(value, frame.first_rows[:, column], column)
                elif row > 0 and not np.isnan(value):
                    targets.append(self._target(column, row, value, frame))
        return [Branch(tuple(targets))]

    def _target(self, column, row, value, frame):
        """Target that fixes one cell."""
        weights = np.zeros(frame.length)
        weights[row] = 1.0
        bound = np.full(len(frame.first_rows), value)
        return Target(
            column=column, coefficients=weights, low=bound, high=bound, source=self
        )

    def _columns(self):
        """Columns by name or position, and the labels of the rows or None."""
        self._validate_params()
        values, labels = self.values, None
        if isinstance(values, Cells):
            return values.columns, values.labels
        if hasattr(values, "columns") and hasattr(values, "index"):
            labels = values.index
            by_number = list(labels) == list(range(len(labels)))
            labels = None if by_number else labels
        if hasattr(values, "columns"):
            table = {name: values[name] for name in values.columns}
        elif isinstance(values, Mapping):
            table = dict(values)
        else:
            table = dict(enumerate(np.atleast_2d(np.asarray(values)).T))
        table = {
            name: np.atleast_1d(np.asarray(column, dtype=np.float64))
            for name, column in table.items()
        }
        if len({len(column) for column in table.values()}) > 1:
            raise ValueError(
                f"values has columns of {sorted({len(c) for c in table.values()})} rows; "
                "pass columns of one length, with NaN for free cells."
            )
        return table, labels

    def _rows(self, labels, frame, table):
        """Row of the path that each row of the values belongs to."""
        n_rows = len(next(iter(table.values()), ()))
        if labels is None:
            if n_rows > frame.length:
                raise ValueError(
                    f"values has {n_rows} rows, and length={frame.length}; pass a length "
                    f"of at least {n_rows}."
                )
            return np.arange(n_rows)
        known = {label: row for row, label in enumerate(frame.labels())}
        rows = np.array([known.get(label, -1) for label in labels])
        if (rows < 0).any():
            first, *_, last = known
            raise ValueError(
                f"values has the row {labels[int(np.argmin(rows))]!r}, and paths go from "
                f"{first!r} to {last!r}; pass rows of these, or another x0 or length."
            )
        return rows


def _check_start(value, start, column):
    """Raise if a value differs from the row that paths start with."""
    if not np.isnan(value) and not np.allclose(start, value):
        raise ValueError(
            f"values has {value:g} in row 0, column {column}, where paths start with "
            f"{start[0]:g}; pass NaN there, and the start as x0."
        )
