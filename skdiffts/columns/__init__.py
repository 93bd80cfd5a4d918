"""Supports and dependencies of columns: their values, and functions of others."""

from skdiffts.columns._cells import draw_in_cells
from skdiffts.columns._coordinates import Coordinates, FittedCoordinates
from skdiffts.columns._dependencies import DependentColumns, warn_of_dependent
from skdiffts.columns._detection import find_support
from skdiffts.columns._support import Support, read_supports
from skdiffts.columns._table_support import TableSupport

__all__ = [
    "Coordinates",
    "DependentColumns",
    "FittedCoordinates",
    "Support",
    "TableSupport",
    "draw_in_cells",
    "find_support",
    "read_supports",
    "warn_of_dependent",
]
