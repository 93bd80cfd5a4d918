"""Hypothesis strategies of paths and estimators that several test modules draw from.

Paths are walks with a drawn seed, on a grid of 2^-20 so that integer translations are
exact, or integer grids with ties and constants; scales are powers of two.
"""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from skdiffts import KernelDriftVolEstimator

KERNELS = ["epanechnikov", "gaussian", "tricube", "uniform"]
seeds = st.integers(0, 2**31)
powers_of_two = st.integers(-8, 8).map(lambda p: 2.0**p)
time_steps = st.floats(-3.0, 3.0).map(lambda p: 10.0**p)


def grid_walk(seed, n, d):
    steps = np.random.RandomState(seed).standard_normal((n, d))
    return np.round(steps.cumsum(axis=0) * 2**20) / 2**20


@st.composite
def walks(draw, min_n=12, max_n=40, min_d=1, max_d=3):
    n, d = draw(st.integers(min_n, max_n)), draw(st.integers(min_d, max_d))
    return grid_walk(draw(seeds), n, d)


@st.composite
def grids(draw, max_d=3):
    """Cumulated integers / 1024: ties, duplicated rows and constant columns."""
    shape = (draw(st.integers(12, 20)), draw(st.integers(1, max_d)))
    steps = draw(arrays(np.int64, shape, elements=st.integers(-4, 4)))
    return steps.cumsum(axis=0) / 1024.0


@st.composite
def panels(draw):
    d = draw(st.integers(1, 3))
    lengths = draw(st.lists(st.integers(2, 9), min_size=2, max_size=5))
    return [grid_walk(draw(seeds), 5 + length, d) for length in lengths]


@st.composite
def estimators(draw, **fixed):
    """Any estimator for at least eleven transitions, which "auto" is not part of."""
    params = {
        "n_neighbors": draw(st.one_of(st.integers(1, 11), st.just("all"))),
        "kernel": draw(st.sampled_from(KERNELS)),
        "degree": draw(st.sampled_from([0, 1])),
        "shrinkage": draw(st.sampled_from([0.0, 0.3, 1.0])),
        "ridge": draw(st.sampled_from([0.0, 1e-3])),
        "dt": draw(st.sampled_from([0.25, 1.0, 8.0])),
    }
    return KernelDriftVolEstimator(
        **{"conditioning": None, **params, "additive_drift": False, **fixed}
    )


@st.composite
def conditioned(draw, **fixed):
    """Estimators whose covariances are far from singular: sharp distributions."""
    shrinkage = draw(st.sampled_from([0.3, 0.8, 1.0]))
    return draw(estimators(**{"shrinkage": shrinkage, "ridge": 1e-3, **fixed}))
