"""Losses of score matching and of flow matching."""

from skdiffts.losses._base import BaseLoss, BaseScoreMatching
from skdiffts.losses._denoising import DenoisingScoreMatching
from skdiffts.losses._explicit import ExplicitScoreMatching
from skdiffts.losses._flow_matching import FlowMatching
from skdiffts.losses._implicit import ImplicitScoreMatching, SlicedScoreMatching

__all__ = [
    "BaseLoss",
    "BaseScoreMatching",
    "DenoisingScoreMatching",
    "ExplicitScoreMatching",
    "FlowMatching",
    "ImplicitScoreMatching",
    "SlicedScoreMatching",
]
