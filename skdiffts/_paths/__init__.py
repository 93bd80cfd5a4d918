"""Containers of time series, read into flat rows with path boundaries, and restored."""

from skdiffts._paths._check import check_longest, check_names, check_paths, nameless
from skdiffts._paths._paths import Paths
from skdiffts._paths._transitions import to_transitions

__all__ = [
    "Paths",
    "check_longest",
    "check_names",
    "check_paths",
    "nameless",
    "to_transitions",
]
