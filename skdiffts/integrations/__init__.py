"""Adapters to other packages: rows for skfolio, layouts of panels, safetensors files."""

from skdiffts.integrations._layouts import (
    to_channels_first,
    to_channels_last,
    to_long_frame,
)
from skdiffts.integrations._returns import ReturnSampler
from skdiffts.integrations._safetensors import save_safetensors

__all__ = [
    "ReturnSampler",
    "save_safetensors",
    "to_channels_first",
    "to_channels_last",
    "to_long_frame",
]
