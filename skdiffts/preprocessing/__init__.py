"""Invertible transformers of rows, for use as ``preprocessor``."""

from skdiffts.preprocessing._columns import InvertibleColumnTransformer
from skdiffts.preprocessing._ordered import OrderedColumns

__all__ = ["InvertibleColumnTransformer", "OrderedColumns"]
