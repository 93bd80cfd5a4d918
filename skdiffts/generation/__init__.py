"""Generators of multivariate time series."""

from skdiffts.generation._generative import (
    GenerativeTimeSeries,
    standardized_generator,
)

__all__ = ["GenerativeTimeSeries", "standardized_generator"]
