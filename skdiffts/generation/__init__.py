"""Generators of multivariate time series."""

from skdiffts.generation._generative import GenerativeTimeSeries
from skdiffts.generation._published import published_generator
from skdiffts.generation._standardized import standardized_generator

__all__ = ["GenerativeTimeSeries", "published_generator", "standardized_generator"]
