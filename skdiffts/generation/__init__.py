"""Generators of multivariate time series."""

from skdiffts.generation._generative import GenerativeTimeSeries
from skdiffts.generation._published import published_generator
from skdiffts.generation._standardized import standardized_generator
from skdiffts.generation._state_residuals import StateResiduals

__all__ = [
    "GenerativeTimeSeries",
    "StateResiduals",
    "published_generator",
    "standardized_generator",
]
