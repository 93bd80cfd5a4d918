"""Adapters: rows for skfolio, layouts, scenarios, parquet and safetensors files."""

from skdiffts.integrations._large_panels import draw_paths
from skdiffts.integrations._layouts import (
    to_channels_first,
    to_channels_last,
    to_long_frame,
)
from skdiffts.integrations._parquet import sample_to_parquet
from skdiffts.integrations._returns import ReturnSampler
from skdiffts.integrations._safetensors import save_safetensors
from skdiffts.integrations._scenario_tables import (
    to_scenario_dataset,
    to_scenario_frame,
)

__all__ = [
    "ReturnSampler",
    "draw_paths",
    "sample_to_parquet",
    "save_safetensors",
    "to_channels_first",
    "to_channels_last",
    "to_long_frame",
    "to_scenario_dataset",
    "to_scenario_frame",
]
