"""Generators of multivariate time series."""

from skdiffts.generation._generative import GenerativeTimeSeries

__all__ = ["GenerativeTimeSeries"]
