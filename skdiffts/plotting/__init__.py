"""Displays of fitted estimators and of generated paths, by matplotlib."""

from skdiffts.plotting._bounds import BoundsDisplay
from skdiffts.plotting._drift_field import DriftFieldDisplay
from skdiffts.plotting._forward_paths import ForwardPathsDisplay
from skdiffts.plotting._loss_curve import LossCurveDisplay
from skdiffts.plotting._path_fan import PathFanDisplay
from skdiffts.plotting._residual_diagnostics import ResidualDiagnosticsDisplay
from skdiffts.plotting._reverse_diffusion import ReverseDiffusionDisplay
from skdiffts.plotting._stylized_facts import StylizedFactsDisplay

__all__ = [
    "BoundsDisplay",
    "DriftFieldDisplay",
    "ForwardPathsDisplay",
    "LossCurveDisplay",
    "PathFanDisplay",
    "ResidualDiagnosticsDisplay",
    "ReverseDiffusionDisplay",
    "StylizedFactsDisplay",
]
