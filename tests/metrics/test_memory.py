"""Memory of distances between large samples."""

import tracemalloc
from functools import partial

import numpy as np

from skdiffts.metrics import density, energy_distance, maximum_mean_discrepancy


def test_memory_of_large_samples():
    kernel = partial(maximum_mean_discrepancy, bandwidths=[1.0])
    X, Y = np.random.RandomState(0).standard_normal((2, 2000, 50))
    for metric in (energy_distance, density, kernel):
        tracemalloc.start()
        metric(X, Y)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        # Differences of all pairs would take 1.6 GB, distances 32 MB.
        assert peak < 200e6, metric
