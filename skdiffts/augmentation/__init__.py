"""Augmentation of labelled panels by generated paths."""

from skdiffts.augmentation._augmenter import TimeSeriesAugmenter

__all__ = ["TimeSeriesAugmenter"]
