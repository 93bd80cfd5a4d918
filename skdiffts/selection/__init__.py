"""Forward selection of the history that drift and volatility depend on."""

from skdiffts.selection._folds import (
    Fold,
    block_error,
    forward_folds,
    held_out_fold,
)
from skdiffts.selection._likelihood import ForwardLikelihood
from skdiffts.selection._logarithms import find_logarithms
from skdiffts.selection._periods import Period, find_periods
from skdiffts.selection._repeated import spread_repeated
from skdiffts.selection._search import select_history
from skdiffts.selection._selected import Candidate, SelectedHistory
from skdiffts.selection._specification import Season, Specification

__all__ = [
    "Candidate",
    "Fold",
    "ForwardLikelihood",
    "Period",
    "Season",
    "SelectedHistory",
    "Specification",
    "block_error",
    "find_logarithms",
    "find_periods",
    "forward_folds",
    "held_out_fold",
    "select_history",
    "spread_repeated",
]
