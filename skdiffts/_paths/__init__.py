"""Containers of time series in, flat rows with path boundaries inside, and back."""

from skdiffts._paths._check import check_longest, check_names, check_paths
from skdiffts._paths._paths import Paths
from skdiffts._paths._transitions import to_transitions

__all__ = ["Paths", "check_longest", "check_names", "check_paths", "to_transitions"]
