"""Conjunction and union of conditions on paths."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from skdiffts.scenarios._conditions import BaseCondition
from skdiffts.scenarios._selection import path_weights
from skdiffts.scenarios._targets import all_branches

__all__ = ["AllOf", "AnyOf"]


@dataclass(kw_only=True, repr=False, eq=False)
class CompoundCondition(BaseCondition):
    """Condition made of others, each a BaseCondition or a function of the paths."""

    conditions: Sequence = ()

    _parameter_constraints: ClassVar[dict] = {"conditions": ["array-like"]}

    def with_positions(self, names):
        conditions = [
            part.with_positions(names) if isinstance(part, BaseCondition) else part
            for part in self.conditions
        ]
        return replace(self, conditions=conditions)


@dataclass(kw_only=True, repr=False, eq=False)
class AllOf(CompoundCondition):
    """Conjunction of conditions: the product of their weights.

    Parameters
    ----------
    conditions : sequence of BaseCondition or callable, default=()
        The conditions; a function takes the paths and returns their weights.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.scenarios import AllOf, InRange
    >>> paths = np.array([[[0.0], [2.0]], [[0.0], [9.0]]])
    >>> band = AllOf(conditions=[InRange(low=1.0), InRange(high=3.0)])
    >>> band.weights(paths)
    array([1., 0.])
    """

    def weights(self, paths):
        paths = np.asarray(paths)
        product = np.ones(len(paths))
        for condition in self.conditions:
            product = product * path_weights(condition, paths)
        return product

    def branches(self, frame):
        return all_branches(self.conditions, frame)


@dataclass(kw_only=True, repr=False, eq=False)
class AnyOf(CompoundCondition):
    """Union of conditions: the largest of their weights.

    Parameters
    ----------
    conditions : sequence of BaseCondition or callable, default=()
        The conditions; a function takes the paths and returns their weights. No
        condition is never met.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.scenarios import AnyOf, InRange
    >>> paths = np.array([[[0.0], [2.0]], [[0.0], [9.0]], [[0.0], [-7.0]]])
    >>> AnyOf(conditions=[InRange(low=5.0), InRange(high=-5.0)]).weights(paths)
    array([0., 1., 1.])
    """

    def weights(self, paths):
        paths = np.asarray(paths)
        weights = [path_weights(condition, paths) for condition in self.conditions]
        return np.max([np.zeros(len(paths)), *weights], axis=0)

    def branches(self, frame):
        return [
            branch
            for condition in self.conditions
            for branch in all_branches([condition], frame)
        ]
