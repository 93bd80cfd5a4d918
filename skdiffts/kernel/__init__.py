"""Kernel regression of drift and volatility with a nearest-neighbour bandwidth."""

from skdiffts.kernel._bandwidth_selection import BandwidthSelection
from skdiffts.kernel._estimator import KernelDriftVolEstimator
from skdiffts.kernel._nadaraya_watson import nadaraya_watson
from skdiffts.kernel._searches import FaissNeighbors, SinglePrecisionNeighbors
from skdiffts.kernel._state_coordinates import StateCoordinates
from skdiffts.kernel._tabulated import Tabulated

__all__ = [
    "BandwidthSelection",
    "FaissNeighbors",
    "KernelDriftVolEstimator",
    "SinglePrecisionNeighbors",
    "StateCoordinates",
    "Tabulated",
    "nadaraya_watson",
]
