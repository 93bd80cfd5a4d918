"""Linear core: drift, covariance, margins and density for many columns."""

from skdiffts.linear._covariance import StructuredCovariance
from skdiffts.linear._drift import LinearDrift
from skdiffts.linear._innovations import InnovationDistribution
from skdiffts.linear._margins import StudentMargins
from skdiffts.linear._radius import StudentRadius
from skdiffts.linear._whitening import (
    CholeskyRoot,
    SeriesScale,
    SoftenedRoot,
    Whitening,
)

__all__ = [
    "CholeskyRoot",
    "InnovationDistribution",
    "LinearDrift",
    "SeriesScale",
    "SoftenedRoot",
    "StructuredCovariance",
    "StudentMargins",
    "StudentRadius",
    "Whitening",
]
