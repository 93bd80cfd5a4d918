"""Adapters to other packages: rows for skfolio, layouts, scenarios, safetensors files."""

from skdiffts.integrations._layouts import (
    to_channels_first,
    to_channels_last,
    to_long_frame,
)
from skdiffts.integrations._returns import ReturnSampler
from skdiffts.integrations._safetensors import save_safetensors
from skdiffts.integrations._scenario_tables import (
    to_scenario_dataset,
    to_scenario_frame,
)

__all__ = [
    "ReturnSampler",
    "save_safetensors",
    "to_channels_first",
    "to_channels_last",
    "to_long_frame",
    "to_scenario_dataset",
    "to_scenario_frame",
]
