"""Supports of columns: zeros, counts, caps and bounds, as sets of latent values."""

from skdiffts.columns._cells import draw_in_cells
from skdiffts.columns._detection import find_support
from skdiffts.columns._support import Support, read_supports
from skdiffts.columns._table_support import TableSupport

__all__ = [
    "Support",
    "TableSupport",
    "draw_in_cells",
    "find_support",
    "read_supports",
]
