"""Generators of multivariate time series."""

from skdiffts.generation._generative import GenerativeTimeSeries
from skdiffts.generation._one_step import OneStepModel
from skdiffts.generation._published import published_generator
from skdiffts.generation._sampling_plan import SamplingPlan
from skdiffts.generation._standardized import standardized_generator
from skdiffts.generation._state_residuals import StateResiduals

__all__ = [
    "GenerativeTimeSeries",
    "OneStepModel",
    "SamplingPlan",
    "StateResiduals",
    "published_generator",
    "standardized_generator",
]
