"""Invertible transformers of rows, for use as ``preprocessor``."""

from skdiffts.preprocessing._columns import InvertibleColumnTransformer

__all__ = ["InvertibleColumnTransformer"]
