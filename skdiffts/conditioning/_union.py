"""Several conditioning vectors side by side."""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from sklearn.utils.metaestimators import _BaseComposition

from skdiffts.conditioning._base import BaseConditioning

__all__ = ["ConditioningUnion"]


@dataclass(kw_only=True, repr=False, eq=False)
class ConditioningUnion(_BaseComposition, BaseConditioning):
    """Conditioning vectors of several strategies, one beside the other.

    Parameters
    ----------
    parts : list of (str, BaseConditioning)
        Names and strategies; the parameters of a part are reached by its name, such as
        ``conditioning__volatility__halflife``.

    Raises
    ------
    TypeError
        In ``fit``, if a part is no conditioning strategy.

    Examples
    --------
    >>> from skdiffts.conditioning import ConditioningUnion, EWVolatility, State
    >>> union = ConditioningUnion(
    ...     parts=[("state", State()), ("volatility", EWVolatility(pooling=1.0))]
    ... )
    >>> union.set_params(volatility__halflife=5.0).get_params()["volatility__halflife"]
    5.0
    """

    parts: list

    _parameter_constraints: ClassVar[dict] = {"parts": [list]}

    def get_params(self, deep=True):
        """Parameters of the union and, if deep, of its parts.

        Parameters
        ----------
        deep : bool, default=True
            Whether the parts and their parameters are included.

        Returns
        -------
        dict
            Values by name.
        """
        return self._get_params("parts", deep=deep)

    def set_params(self, **params):
        """Set parameters of the union, replace a part, or set parameters of a part.

        Parameters
        ----------
        **params : dict
            Values by name.

        Returns
        -------
        ConditioningUnion
            The strategy itself.
        """
        return self._set_params("parts", **params)

    @property
    def n_history(self):
        """Number of rows that a vector is made of, the present one included."""
        return max(part.n_history for _, part in self.parts)

    @property
    def uses_clock(self):
        """Whether the vector depends on the clock."""
        return any(part.uses_clock for _, part in self.parts)

    @property
    def extrapolates(self):
        """Whether the vector leaves the training range as time goes on."""
        return any(part.extrapolates for _, part in self.parts)

    def fit(self, paths, dt):
        for name, part in self.parts:
            if not isinstance(part, BaseConditioning):
                raise TypeError(
                    f"parts has ({name!r}, {part!r}), which is no conditioning "
                    "strategy; pass one, such as State()."
                )
            part._validate_params()
            part.fit(paths, dt)
        first, clock = paths.values[:1], paths.clock[:1]
        histories = [part.start(first) for _, part in self.parts]
        self._columns = _side_by_side(histories)
        self._vector_columns = _side_by_side(
            part.vector(history, first, clock)
            for (_, part), history in zip(self.parts, histories, strict=True)
        )
        return self

    def start(self, states):
        return np.hstack([part.start(states) for _, part in self.parts])

    def update(self, history, step):
        return np.hstack([part.update(m, step) for part, m in self._split(history)])

    def vector(self, history, states, clock):
        parts = self._split(history)
        return np.hstack([part.vector(m, states, clock) for part, m in parts])

    def last_increments(self, history, states):
        parts = self._split(history)
        return np.hstack([part.last_increments(m, states) for part, m in parts])

    def own_columns(self, vector, n_features):
        parts = self._split_vector(vector)
        own = [part.own_columns(columns, n_features) for part, columns in parts]
        return np.concatenate(own, axis=2)

    def shared_columns(self, vector):
        parts = self._split_vector(vector)
        return np.hstack([part.shared_columns(columns) for part, columns in parts])

    def known_drift(self, vector, n_features):
        parts = self._split_vector(vector)
        return sum(part.known_drift(columns, n_features) for part, columns in parts)

    def _split_vector(self, vector):
        return [
            (part, vector[:, columns])
            for (_, part), columns in zip(self.parts, self._vector_columns, strict=True)
        ]

    def _split(self, history):
        return [
            (part, history[:, columns])
            for (_, part), columns in zip(self.parts, self._columns, strict=True)
        ]


def _side_by_side(tables):
    """Columns that tables have when they stand side by side."""
    bounds = np.cumsum([0, *(table.shape[1] for table in tables)])
    return [slice(a, b) for a, b in pairwise(bounds.tolist())]
