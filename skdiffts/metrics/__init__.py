"""Distances between samples, and facts that generated paths should reproduce."""

from skdiffts.metrics._autocovariance import autocorrelation, autocovariance
from skdiffts.metrics._energy import energy_distance
from skdiffts.metrics._nearest_neighbor import nearest_neighbor_ratio
from skdiffts.metrics._relative_error import relative_error
from skdiffts.metrics._sliced_wasserstein import sliced_wasserstein
from skdiffts.metrics._stylized_facts import StylizedFacts, stylized_facts

__all__ = [
    "StylizedFacts",
    "autocorrelation",
    "autocovariance",
    "energy_distance",
    "nearest_neighbor_ratio",
    "relative_error",
    "sliced_wasserstein",
    "stylized_facts",
]
