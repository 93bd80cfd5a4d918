"""Targets of steering: linear functionals of one column of a path, and their unions."""

from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np

__all__ = ["Branch", "PathFrame", "Target", "all_branches"]

# Rounding of values that are compared with their bounds, relative to their size.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False, kw_only=True)
class PathFrame:
    """What conditions must know of the paths that are to be simulated.

    Parameters
    ----------
    first_rows : ndarray of shape (n_paths, n_columns)
        Row 0 of each path, in the units of the table.
    length : int
        Rows of each path.
    names : tuple of str
        Names of the columns; empty if they have none.
    labels : callable
        Gives the labels of the rows.
    """

    first_rows: np.ndarray
    length: int
    names: tuple
    labels: Any


@dataclass(frozen=True, eq=False, kw_only=True)
class Target:
    r"""Range of a linear functional of one column, or a value that it is near.

    .. math:: m = \sum_{i \ge 1} a_i x_{i}, \qquad
        l \le m \le h, \qquad \text{weight } \exp(-(m - v)^2 / 2 b^2)

    Parameters
    ----------
    column : int
        Column.
    coefficients : ndarray of shape (length,)
        Coefficients a; the first one is zero.
    low, high : ndarray of shape (n_paths,)
        Range for each path; equal ones fix the functional.
    value, bandwidth : ndarray of shape (n_paths,), default=None
        Value v and bandwidth b; None is no weight.
    source : BaseCondition
        Condition that the target comes from.
    """

    column: Any
    coefficients: np.ndarray
    low: np.ndarray
    high: np.ndarray
    value: np.ndarray | None = None
    bandwidth: np.ndarray | None = None
    source: Any = field(default=None)

    @property
    def row(self):
        """Row in which the functional is known."""
        return int(np.flatnonzero(self.coefficients)[-1])

    @property
    def is_running(self):
        """Whether the functional adds up several rows."""
        return np.count_nonzero(self.coefficients) > 1

    @property
    def is_fixed(self):
        """Whether the range is one number."""
        return bool((self.low == self.high).all())

    def take(self, rows):
        """Target of some of the paths.

        Parameters
        ----------
        rows : ndarray of int
            Positions of the paths.

        Returns
        -------
        Target
            Their target.
        """
        parts = {name: getattr(self, name) for name in ("low", "high")}
        if self.value is not None:
            parts |= {"value": self.value, "bandwidth": self.bandwidth}
        return replace(self, **{name: part[rows] for name, part in parts.items()})

    def log_weights(self, measured):
        """Return logs of the weights of measured functionals, without their range.

        Parameters
        ----------
        measured : ndarray of shape (n_paths,)
            Functionals.

        Returns
        -------
        ndarray of shape (n_paths,)
            Logs.
        """
        if self.value is None:
            return np.zeros(len(measured))
        return -0.5 * ((measured - self.value) / self.bandwidth) ** 2

    def weights(self, paths):
        """Weights of whole paths; fixed functionals are taken to be met.

        Parameters
        ----------
        paths : ndarray of shape (n_paths, length, n_columns)
            Paths.

        Returns
        -------
        ndarray of shape (n_paths,)
            Weights.
        """
        measured = paths[:, :, self.column] @ self.coefficients
        weights = np.exp(self.log_weights(measured))
        if self.is_fixed:
            return weights
        rounding = ROUNDING * (1.0 + np.abs(measured))
        inside = measured >= self.low - rounding
        return weights * (inside & (measured <= self.high + rounding))


@dataclass(frozen=True, eq=False)
class Branch:
    """Targets that are all met, and conditions that whole paths are weighed by.

    Parameters
    ----------
    targets : tuple of Target
        Targets.
    others : tuple of BaseCondition or callable
        Conditions that no target stands for.
    """

    targets: tuple = ()
    others: tuple = ()

    def __add__(self, other):
        return Branch(self.targets + other.targets, self.others + other.others)


def all_branches(conditions, frame):
    """Branches of a conjunction: one of each condition, in all combinations.

    Parameters
    ----------
    conditions : sequence of BaseCondition or callable
        Conditions.
    frame : PathFrame
        Paths that are to be simulated.

    Returns
    -------
    list of Branch
        Their union is the conjunction.
    """
    parts = [
        part.branches(frame) if hasattr(part, "branches") else [Branch((), (part,))]
        for part in conditions
    ]
    return [sum(chosen, Branch()) for chosen in product(*parts)]
