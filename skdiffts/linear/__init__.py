"""Linear core: drift, covariance, margins and density for many columns."""

from skdiffts.linear._covariance import StructuredCovariance
from skdiffts.linear._cross_whitening import CrossWhitening
from skdiffts.linear._innovations import InnovationDistribution
from skdiffts.linear._joint_range import JointRange
from skdiffts.linear._margins import StudentMargins
from skdiffts.linear._radius import StudentRadius
from skdiffts.linear._ridge_drift import RidgeDrift
from skdiffts.linear._whitening import (
    Whitening,
    cholesky_root,
    series_scale,
    softened_root,
)

__all__ = [
    "CrossWhitening",
    "InnovationDistribution",
    "JointRange",
    "RidgeDrift",
    "StructuredCovariance",
    "StudentMargins",
    "StudentRadius",
    "Whitening",
    "cholesky_root",
    "series_scale",
    "softened_root",
]
