"""Containers of time series, read into flat rows with path boundaries, and restored."""

from skdiffts._paths._calendar import Calendar
from skdiffts._paths._check import check_longest, check_paths
from skdiffts._paths._column_labels import check_names, nameless
from skdiffts._paths._contradiction import contradiction
from skdiffts._paths._covariates import ColumnRoles, known_ahead, present_and_next
from skdiffts._paths._long_frames import (
    Level,
    count_levels,
    is_long_form,
    is_polars,
    relabelled,
    split_labels,
)
from skdiffts._paths._output import Output, check_output
from skdiffts._paths._paths import Paths
from skdiffts._paths._stacked import (
    check_container,
    join_paths,
    stacked,
    take_paths,
    with_output,
)
from skdiffts._paths._transitions import to_transitions

__all__ = [
    "Calendar",
    "ColumnRoles",
    "Level",
    "Output",
    "Paths",
    "check_container",
    "check_longest",
    "check_names",
    "check_output",
    "check_paths",
    "contradiction",
    "count_levels",
    "is_long_form",
    "is_polars",
    "join_paths",
    "known_ahead",
    "nameless",
    "present_and_next",
    "relabelled",
    "split_labels",
    "stacked",
    "take_paths",
    "to_transitions",
    "with_output",
]
