"""Small parts that fit in a blink, and series to fit them to."""

import numpy as np
import pytest

from skdiffts import (
    DiffusionResidualSampler,
    GenerativeTimeSeries,
    KernelDriftVolEstimator,
)
from skdiffts.process import FlowDensity
from skdiffts.scores import ScoreNetwork


@pytest.fixture(scope="session")
def walk():
    """Random walk from a seed."""

    def make(seed=0, n_rows=40, d=2):
        steps = np.random.RandomState(seed).standard_normal((n_rows, d))
        return steps.cumsum(axis=0)

    return make


@pytest.fixture(scope="session")
def tiny_sampler():
    """Diffusion sampler that trains in a few hundredths of a second."""

    def make(**params):
        return DiffusionResidualSampler(
            **{
                "score_model": ScoreNetwork(width=8, depth=1, base="gaussian"),
                "density": FlowDensity(n_steps=4),
                "max_iter": 4,
                "batch_size": 16,
                "early_stopping": False,
                "random_state": 0,
            }
            | params
        )

    return make


@pytest.fixture(scope="session")
def tiny_generator(tiny_sampler):
    """Both stages, small."""

    def make(sampler=None, **params):
        return GenerativeTimeSeries(
            KernelDriftVolEstimator(conditioning=None),
            tiny_sampler() if sampler is None else sampler,
            **params,
        )

    return make
