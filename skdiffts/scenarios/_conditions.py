"""Conditions on paths, expressed as weights."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import ClassVar

import numpy as np

from skdiffts._strategy import Strategy
from skdiffts._validation import Interval, StrOptions
from skdiffts.scenarios._targets import Branch, Target, all_branches

__all__ = ["BaseCondition", "InRange", "NearValue"]

# Measured number of a column, given the rows of its span and its last one.
MEASURES = {
    "level": lambda column, span, row: column[:, row],
    "change": lambda column, span, row: column[:, row] - column[:, 0],
    "return": lambda column, span, row: column[:, row] / column[:, 0] - 1.0,
    "minimum": lambda column, span, row: column[:, span].min(axis=1),
    "maximum": lambda column, span, row: column[:, span].max(axis=1),
    "sum": lambda column, span, row: column[:, span].sum(axis=1),
    "mean": lambda column, span, row: column[:, span].mean(axis=1),
}


@dataclass(kw_only=True, repr=False, eq=False)
class BaseCondition(Strategy):
    """Condition that a path meets, or a weight that says how well it does."""

    @abstractmethod
    def weights(self, paths):
        """Weights of paths, larger for those that meet the condition better.

        Parameters
        ----------
        paths : ndarray of shape (n_paths, length, n_features)
            Paths.

        Returns
        -------
        ndarray of shape (n_paths,)
            Non-negative numbers.
        """

    def with_positions(self, names):
        """Replace names of columns by their positions.

        Parameters
        ----------
        names : sequence of str
            Names of the columns; empty if they have none.

        Returns
        -------
        BaseCondition
            The condition itself if it has no names.

        Raises
        ------
        ValueError
            If a column is none of the names.
        """
        return self

    def branches(self, frame):
        """Translate the condition into targets that steering can lead paths to.

        Parameters
        ----------
        frame : PathFrame
            Starts, length and labels of the paths that are to be simulated.

        Returns
        -------
        list of Branch
            Alternatives: a path meets the condition if it meets the targets of one of
            them. By default there is one without targets, whose whole paths are weighed.
        """
        return [Branch((), (self,))]


@dataclass(kw_only=True, repr=False, eq=False)
class ColumnCondition(BaseCondition):
    """Condition on one functional of one column of a path.

    Parameters
    ----------
    column : int or str, default=0
        Column: its number, or its name where the paths are a frame, or the training data
        of a :class:`ScenarioGenerator` were one.
    row : int, default=-1
        Row, the horizon; negative ones count from the end.
    measure : str, default="level"
        Measured number: "level" is the value in the row, "change" its difference from the
        value in row 0, "return" its relative change since row 0; "minimum", "maximum",
        "sum" and "mean" are of the rows ``first`` to ``row``.
    first : int, default=0
        First row of this span; negative ones count from the end.
    """

    column: int | str = 0
    row: int = -1
    measure: str = "level"
    first: int = 0

    _parameter_constraints: ClassVar[dict] = {
        "column": [Integral, str],
        "row": [Integral],
        "measure": [StrOptions(set(MEASURES))],
        "first": [Integral],
    }

    def with_positions(self, names):
        if not isinstance(self.column, str):
            return self
        names = list(names)
        if self.column not in names:
            found = (
                f"no column of {names}" if names else "a name, but columns have none"
            )
            raise ValueError(
                f"column={self.column!r} is {found}; pass a number, or fit the generator "
                "to a frame with that column."
            )
        return replace(self, column=names.index(self.column))

    def measured(self, paths):
        """Return the measured number of each path.

        Parameters
        ----------
        paths : ndarray of shape (n_paths, length, n_features)
            Paths.

        Returns
        -------
        ndarray of shape (n_paths,)
            One number a path.

        Raises
        ------
        ValueError
            If the paths lack the row or the column, or the number is not finite.
        """
        self._validate_params()
        if isinstance(self.column, str):
            raise TypeError(
                f"column={self.column!r} is a name, which arrays of paths do not have; "
                "pass its number, paths in a frame, or the condition to a "
                "ScenarioGenerator."
            )
        paths = np.asarray(paths)
        span = self._span(paths.shape)
        row = span.stop - 1
        with np.errstate(divide="ignore", invalid="ignore"):
            value = MEASURES[self.measure](paths[:, :, self.column], span, row)
        if not np.isfinite(value).all():
            raise ValueError(
                f"measure={self.measure!r} of column {self.column} is NaN or infinite "
                "for some paths; pass finite paths, and measure='change' where row 0 "
                "may be zero."
            )
        return value

    def branches(self, frame):
        self._validate_params()
        shape = (*frame.first_rows.shape[:1], frame.length, frame.first_rows.shape[1])
        span, start = self._span(shape), frame.first_rows[:, self.column]
        weights, row = np.zeros(frame.length), span.stop - 1
        if self.measure in ("minimum", "maximum"):
            return self._along(span, frame)
        if self.measure in ("sum", "mean"):
            weights[span] = 1.0 / (1 if self.measure == "sum" else row + 1 - span.start)
        else:
            weights[row] = 1.0
        # The number is linear in the functional: c + s m.
        scale, shift = np.ones_like(start), weights[0] * start
        if self.measure == "change":
            shift = shift - start
        elif self.measure == "return":
            scale, shift = 1.0 / start, weights[0] - np.ones_like(start)
        weights[0] = 0.0
        if not weights.any() or not np.isfinite(scale).all():
            return [Branch((), (self,))]
        return [Branch((self._target(weights, scale, shift),))]

    @abstractmethod
    def _target(self, weights, scale, shift):
        """Target for a number that is scale times a functional plus shift."""

    def _along(self, span, frame):
        """Branches for the smallest or the largest number of a span."""
        return [Branch((), (self,))]

    def _span(self, shape):
        """Rows from the first to the last; an error where paths lack them."""
        for name, size in (
            ("row", shape[1]),
            ("first", shape[1]),
            ("column", shape[2]),
        ):
            if not -size <= getattr(self, name) < size:
                raise ValueError(
                    f"{name}={getattr(self, name)} is not in paths of shape {shape}; "
                    f"pass a number from {-size} to {size - 1}."
                )
        first, row = self.first % shape[1], self.row % shape[1]
        if first > row and self.measure in ("minimum", "maximum", "sum", "mean"):
            raise ValueError(
                f"first={self.first} is after row={self.row}; pass an earlier row."
            )
        return slice(first, row + 1)


@dataclass(kw_only=True, repr=False, eq=False)
class InRange(ColumnCondition):
    """Condition that the number lies between two bounds: weight one, else zero.

    Parameters
    ----------
    column : int or str, default=0
        Column: its number, or its name where the paths are a frame, or the training data
        of a :class:`ScenarioGenerator` were one.
    row : int, default=-1
        Row, the horizon; negative ones count from the end.
    measure : str, default="level"
        Measured number: "level" is the value in the row, "change" its difference from the
        value in row 0, "return" its relative change since row 0; "minimum", "maximum",
        "sum" and "mean" are of the rows ``first`` to ``row``.
    first : int, default=0
        First row of this span; negative ones count from the end.
    low : float, default=-inf
        Lower bound, included.
    high : float, default=inf
        Upper bound, included.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.scenarios import InRange
    >>> paths = np.array([[[100.0], [80.0]], [[100.0], [110.0]]])
    >>> InRange(measure="return", high=-0.1).weights(paths)
    array([1., 0.])
    """

    low: float = -np.inf
    high: float = np.inf

    _parameter_constraints: ClassVar[dict] = {
        **ColumnCondition._parameter_constraints,
        "low": [Real],
        "high": [Real],
    }

    def weights(self, paths):
        if not self.low <= self.high:
            raise ValueError(
                f"low={self.low} is not below high={self.high}; swap them, or leave one "
                "of them out."
            )
        value = self.measured(paths)
        return ((value >= self.low) & (value <= self.high)).astype(np.float64)

    def _target(self, weights, scale, shift):
        ends = [(bound - shift) / scale for bound in (self.low, self.high)]
        low, high = np.minimum(*ends), np.maximum(*ends)
        return Target(
            column=self.column, coefficients=weights, low=low, high=high, source=self
        )

    def _along(self, span, frame):
        """Bound each row by a bound of the smallest or largest; weigh other ranges."""
        is_low = self.measure == "minimum"
        low, high = (self.low, np.inf) if is_low else (-np.inf, self.high)
        rows = range(max(span.start, 1), span.stop)
        if low == -high or not rows:
            return [Branch((), (self,))]
        level = replace(self, measure="level", first=0, low=low, high=high)
        levels = [replace(level, row=row) for row in rows]
        is_met = span.start > 0 and (low, high) == (self.low, self.high)
        return all_branches(levels if is_met else [*levels, self.weights], frame)


@dataclass(kw_only=True, repr=False, eq=False)
class NearValue(ColumnCondition):
    r"""Condition that the number lies near a value.

    The weight is :math:`\exp(-(m - v)^2 / 2 h^2)`, with m the number, v the value and h
    the bandwidth: the distribution of the paths given that m plus an error N(0, h^2) is v.

    Parameters
    ----------
    column : int or str, default=0
        Column: its number, or its name where the paths are a frame, or the training data
        of a :class:`ScenarioGenerator` were one.
    row : int, default=-1
        Row, the horizon; negative ones count from the end.
    measure : str, default="level"
        Measured number: "level" is the value in the row, "change" its difference from the
        value in row 0, "return" its relative change since row 0; "minimum", "maximum",
        "sum" and "mean" are of the rows ``first`` to ``row``.
    first : int, default=0
        First row of this span; negative ones count from the end.
    value : float, default=0.0
        Value v.
    bandwidth : float, default=1.0
        Bandwidth h, in units of the number. The smaller, the fewer paths count.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.scenarios import NearValue
    >>> paths = np.array([[[0.0], [2.0]], [[0.0], [3.0]]])
    >>> NearValue(value=2.0, bandwidth=0.5).weights(paths).round(3)
    array([1.   , 0.135])
    """

    value: float = 0.0
    bandwidth: float = 1.0

    _parameter_constraints: ClassVar[dict] = {
        **ColumnCondition._parameter_constraints,
        "value": [Real],
        "bandwidth": [Interval(Real, 0, None, closed="neither")],
    }

    def weights(self, paths):
        distance = (self.measured(paths) - self.value) / self.bandwidth
        return np.exp(-0.5 * distance**2)

    def _target(self, weights, scale, shift):
        return Target(
            column=self.column,
            coefficients=weights,
            low=np.full_like(scale, -np.inf),
            high=np.full_like(scale, np.inf),
            value=(self.value - shift) / scale,
            bandwidth=self.bandwidth / np.abs(scale),
            source=self,
        )
