"""Trained diffusion process: draws, density and score of fitted rows."""

from skdiffts.process._flow_density import (
    AdaptiveFlowDensity,
    BaseFlowDensity,
    FlowDensity,
)
from skdiffts.process._priors import (
    BaseGaussianPrior,
    BasePrior,
    EmpiricalPrior,
    MatchedPrior,
    StandardPrior,
    StationaryPrior,
)
from skdiffts.process._process import DiffusionProcess
from skdiffts.process._whitening import Whitening

__all__ = [
    "AdaptiveFlowDensity",
    "BaseFlowDensity",
    "BaseGaussianPrior",
    "BasePrior",
    "DiffusionProcess",
    "EmpiricalPrior",
    "FlowDensity",
    "MatchedPrior",
    "StandardPrior",
    "StationaryPrior",
    "Whitening",
]
