"""Containers of time series, read into flat rows with path boundaries, and restored."""

from skdiffts._paths._calendar import Calendar
from skdiffts._paths._check import check_longest, check_paths
from skdiffts._paths._column_labels import check_names, nameless
from skdiffts._paths._contradiction import contradiction
from skdiffts._paths._paths import Paths
from skdiffts._paths._transitions import to_transitions

__all__ = [
    "Calendar",
    "Paths",
    "check_longest",
    "check_names",
    "check_paths",
    "contradiction",
    "nameless",
    "to_transitions",
]
