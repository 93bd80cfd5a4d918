"""Strategies: cloneable, validated choices that have parameters of their own."""

from dataclasses import dataclass
from typing import ClassVar

from sklearn.base import BaseEstimator, clone

__all__ = ["DefaultPartsMixin", "Strategy"]


@dataclass(kw_only=True, repr=False, eq=False)
class Strategy(BaseEstimator):
    """Base of every strategy: keyword-only fields that are also its parameters.

    Inheriting from :class:`sklearn.base.BaseEstimator` makes a strategy cloneable,
    printable, and reachable by nested parameters such as ``sampler__sde__beta_max``.
    """

    _parameter_constraints: ClassVar[dict] = {}


class DefaultPartsMixin:
    """Nested parameters of parts that are None, which stands for a default part.

    A class that inherits this, left of BaseEstimator, maps the names of such parameters
    to classes in ``_default_parts``.
    """

    _default_parts: ClassVar[dict] = {}

    def set_params(self, **params):
        """Set parameters; a nested one on a part that is None builds the default part.

        Parameters
        ----------
        **params : dict
            Parameters of the estimator, nested ones as ``part__parameter``.

        Returns
        -------
        estimator
            The estimator itself.
        """
        owners = {name.partition("__")[0] for name in params if "__" in name}
        defaults = {
            name: part()
            for name, part in self._default_parts.items()
            if name in owners and params.get(name, getattr(self, name)) is None
        }
        return super().set_params(**{**params, **defaults})  # type: ignore[misc]

    def _part(self, name):
        """Part in use: a validated clone of a parameter, or the default part.

        Parameters
        ----------
        name : str
            Name of the parameter, a key of ``_default_parts``. Its classes stand in
            ``_parameter_constraints``.

        Returns
        -------
        estimator
            A clone, so that fitting never changes what the user holds.

        Raises
        ------
        TypeError
            If the part is of another class.
        ValueError
            If a parameter of a strategy breaks its constraint.
        """
        part, default = getattr(self, name), self._default_parts[name]
        if part is None:
            return default()
        constraints = self._parameter_constraints[name]  # type: ignore[attr-defined]
        kinds = tuple(kind for kind in constraints if isinstance(kind, type))
        if kinds and not isinstance(part, kinds):
            raise TypeError(
                f"{name}={part!r} is not a {kinds[0].__name__}; pass an instance such "
                f"as {default.__name__}()."
            )
        part = clone(part)
        if isinstance(part, Strategy):
            part._validate_params()
        return part
