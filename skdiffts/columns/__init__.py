"""Supports and dependencies of columns: their values, and functions of others."""

from skdiffts.columns._cells import draw_in_cells, log_mass
from skdiffts.columns._coordinates import Coordinates, FittedCoordinates
from skdiffts.columns._dependencies import (
    DependentColumns,
    relative_rounding,
    warn_of_dependent,
)
from skdiffts.columns._detection import find_support
from skdiffts.columns._partial_relations import completed, reconciled
from skdiffts.columns._possible_values import PossibleValues
from skdiffts.columns._quantiles import through_quantiles
from skdiffts.columns._support import Support, read_supports
from skdiffts.columns._table_support import TableSupport

__all__ = [
    "Coordinates",
    "DependentColumns",
    "FittedCoordinates",
    "PossibleValues",
    "Support",
    "TableSupport",
    "completed",
    "draw_in_cells",
    "find_support",
    "log_mass",
    "read_supports",
    "reconciled",
    "relative_rounding",
    "through_quantiles",
    "warn_of_dependent",
]
