"""Panels of two classes, and generators that fit in a blink."""

import numpy as np
import pytest
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import StandardScaler

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.augmentation import TimeSeriesAugmenter


@pytest.fixture(scope="session")
def make_panel():
    """List of paths of two classes: "calm" reverts to 5, "wild" to -5, spread 3."""

    def make(sizes=(6, 3), lengths=(20, 30), d=2, seed=0):
        rng = np.random.RandomState(seed)
        paths, labels = [], []
        levels = {"calm": (5.0, 1.0), "wild": (-5.0, 3.0)}
        for (label, (level, spread)), n in zip(levels.items(), sizes, strict=True):
            for _ in range(n):
                length = rng.randint(lengths[0], lengths[1] + 1)
                noise = spread * rng.standard_normal((length, d))
                path = np.zeros((length, d))
                path[0] = noise[0]
                for i in range(1, length):
                    path[i] = 0.5 * path[i - 1] + noise[i]
                paths.append(path + level)
                labels.append(label)
        return paths, np.array(labels)

    return make


@pytest.fixture(scope="session")
def quick():
    """Augmenter with fixed residual distribution and bandwidth."""

    def make(n_neighbors="all", *, random_state=0, dynamics=None, **params):
        if dynamics is None:
            dynamics = KernelDriftVolEstimator(
                n_neighbors, shrinkage=0.5, conditioning=None
            )
        generator = GenerativeTimeSeries(
            dynamics, KernelDensity(bandwidth=0.3), preprocessor=StandardScaler()
        )
        return TimeSeriesAugmenter(generator, random_state=random_state, **params)

    return make
