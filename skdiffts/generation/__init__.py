"""Generators of multivariate time series."""

from skdiffts.generation._generative import GenerativeTimeSeries
from skdiffts.generation._standardized import standardized_generator

__all__ = ["GenerativeTimeSeries", "standardized_generator"]
