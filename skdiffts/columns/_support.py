"""Support: the values that a column can take."""

from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from skdiffts._strategy import Strategy
from skdiffts._validation import Interval, StrOptions

__all__ = ["NAMED", "REAL", "Support", "read_supports"]


@dataclass(kw_only=True, repr=False, eq=False)
class Support(Strategy):
    r"""Values that a column can take: bounds, a grid, and values with a probability.

    A value of a column stands for a set of latent numbers: a point for a continuous
    value, an interval for a value on a grid, an interval or a half-line for an atom, such
    as the zero of rain or the cap of a sensor. The model is one of latent numbers; a
    simulated one is mapped to the value in whose set it lies.

    Parameters
    ----------
    low, high : float, default=-inf, inf
        Bounds. A bound is taken only if it is an atom or on the grid; one bound that
        is not taken bends only values near it.
    unit : float, default=None
        Step of the grid that holds all values; None for a continuous column.
    atoms : sequence of float, default=()
        Values of a continuous column with a probability of their own.
    power : {"auto", 1, 1/2, 1/3, 0}, default="auto"
        Exponent of the power transform of values above a bound that can be taken (0 is
        the logarithm, also above a bound that is not taken, and of a continuous positive
        column without bounds); "auto" is the largest one whose likelihood, in a line of
        the row before, is not behind the best by more than its standard error.

    Examples
    --------
    >>> from skdiffts.columns import Support
    >>> Support(low=0.0, atoms=[0.0])  # rain
    Support(atoms=[0.0], low=0.0)
    >>> Support(low=0.0, unit=1.0)  # a count
    Support(low=0.0, unit=1.0)
    >>> Support(low=0.0, high=100.0)  # a percentage that is never 0 or 100
    Support(high=100.0, low=0.0)
    """

    low: float = -np.inf
    high: float = np.inf
    unit: Any = None
    atoms: Any = ()
    power: Any = "auto"

    _parameter_constraints: ClassVar[dict] = {
        "low": [Interval(Real, None, None, closed="both")],
        "high": [Interval(Real, None, None, closed="both")],
        "unit": [Interval(Real, 0, None, closed="neither"), None],
        "atoms": ["array-like"],
        "power": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="both")],
    }

    @property
    def is_real(self):
        """Whether the column can take any number, and is its own coordinate."""
        return self._is_free and self.power != 0

    @property
    def is_logarithm(self):
        """Whether the logarithm is the coordinate of a continuous column."""
        return self._is_free and self.power == 0

    @property
    def _is_free(self):
        bounded = np.isfinite(self.low) or np.isfinite(self.high)
        return self.unit is None and not bounded and not len(self.atoms)

    @property
    def is_binary(self):
        """Whether the column is 0 or 1."""
        return (self.low, self.high, self.unit) == (0.0, 1.0, 1.0)

    def describe(self):
        """Values of the column, in words.

        Returns
        -------
        str
            Bounds, unit and atoms.
        """
        if self.is_real:
            return "any number"
        if self.is_logarithm:
            return "positive, by its logarithm"
        words = "continuous" if self.unit is None else f"multiples of {self.unit:g}"
        if np.isfinite(self.low) and np.isfinite(self.high):
            words += f" from {self.low:g} to {self.high:g}"
        elif np.isfinite(self.low):
            words += f" from {self.low:g} on"
        elif np.isfinite(self.high):
            words += f" up to {self.high:g}"
        if len(self.atoms):
            often = ", ".join(f"{value:g}" for value in self.atoms)
            words += f", often exactly {often}"
        return words


REAL = Support()
# Supports that a name stands for.
NAMED = {
    "real": REAL,
    "positive": Support(low=0.0),
    "logarithm": Support(power=0.0),
    "unit interval": Support(low=0.0, high=1.0),
    "integer": Support(unit=1.0),
    "count": Support(low=0.0, unit=1.0),
    "binary": Support(low=0.0, high=1.0, unit=1.0),
}


def read_supports(support, names):
    """Support of each column.

    Parameters
    ----------
    support : "auto" or mapping
        Name or position of columns to a Support or to a name of one.
    names : sequence
        Names of the columns.

    Returns
    -------
    list of Support or None
        None where it is found in the values: for "auto", and for columns that the
        mapping does not name.

    Raises
    ------
    ValueError
        If a column or the name of a support is unknown.
    TypeError
        If a value is neither a Support nor a name.

    Examples
    --------
    >>> from skdiffts.columns import read_supports
    >>> read_supports({"visits": "count"}, ["sales", "visits"])
    [None, Support(low=0.0, unit=1.0)]
    """
    names = list(names)
    found = [None] * len(names)
    if isinstance(support, str):
        return found
    for key, value in support.items():
        if key not in names and key not in range(len(names)):
            raise ValueError(
                f"support has the column {key!r}, which X does not have; pass some of "
                f"{names}."
            )
        place = names.index(key) if key in names else key
        if isinstance(value, str) and value not in NAMED:
            raise ValueError(
                f"support={{{key!r}: {value!r}}} is unknown; pass a "
                f"skdiffts.columns.Support or one of {sorted(NAMED)}. Categories need "
                "codes in an order, which are 'integer', or a column of 0 and 1 for each."
            )
        value = NAMED[value] if isinstance(value, str) else value
        if not isinstance(value, Support):
            raise TypeError(
                f"support={{{key!r}: {value!r}}} is no Support; pass a "
                f"skdiffts.columns.Support or one of {sorted(NAMED)}."
            )
        value._validate_params()
        found[place] = value
    return found
