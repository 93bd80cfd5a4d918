"""Variance of long paths whose volatility remembers simulated innovations."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts import KernelDriftVolEstimator
from skdiffts.conditioning import Constant, HARVolatility, ProportionalScale

N = 2**14


def clustered(n=1500, d=2, seed=0):
    """Increments with a volatility of their own past."""
    rng = np.random.RandomState(seed)
    r, h = np.zeros((n, d)), np.ones(d)
    for row in r:
        row[:] = np.sqrt(h) * rng.standard_normal(d)
        h = 0.05 + 0.12 * row**2 + 0.83 * h
    return r


def fitted(X, scale=None):
    """A random walk without drift, and histories of random rows."""
    scale = HARVolatility(margins=None) if scale is None else scale
    estimator = KernelDriftVolEstimator(
        "all", conditioning=Constant(), scale=scale, additive_drift="linear"
    ).fit(X)
    rows = np.random.RandomState(0).randint(len(X), size=N)
    return estimator, estimator.history(X).take(rows)


def width(estimator, history, to_draws, seed=3):
    """Root mean square of long paths' innovations over their long run."""
    noise = np.random.RandomState(seed).standard_normal((400, 400, 2))
    paths = estimator.simulate(noise, history.take(slice(400)), to_draws=to_draws)
    step = np.diff(paths[:, 100:], axis=1)
    long_run = estimator.model_.moments.long_run
    return np.sqrt((step**2).mean(axis=(0, 1)) / long_run)


def make_draws(estimator, tilt):
    """Residuals that are wide, or narrow, where the volatility is high."""

    def to_draws(noise, history):
        scale = estimator.model_.rules.scale(history)
        relative = scale.variance / scale.long_run_variance
        return noise * np.clip(relative, 0.2, 3.0) ** tilt

    return to_draws


@pytest.mark.statistical
@pytest.mark.parametrize("tilt", [0.25, -0.8])
def test_wide_draws_in_wild_times_leave_the_long_run_alone(tilt):
    """Five percent is three standard errors of the trial run."""
    estimator, history = fitted(clustered().cumsum(axis=0))
    to_draws = make_draws(estimator, tilt)
    noise = np.random.RandomState(1).standard_normal((N, 2))
    estimator.calibrate(to_draws(noise, history), history)
    before = np.log(width(estimator, history, to_draws))
    assert (np.sign(tilt) * before > 0.05).all(), before
    estimator.calibrate(noise, history, to_draws=to_draws)
    after = np.log(width(estimator, history, to_draws))
    assert (np.abs(after) < np.maximum(0.5 * np.abs(before), 0.05)).all(), (
        before,
        after,
    )


def as_they_are(noise, history):
    return noise


@pytest.mark.statistical
def test_draws_that_are_right_are_left_nearly_alone():
    """Noise of the trial run changes a deviation by less than a percent."""
    estimator, history = fitted(clustered().cumsum(axis=0))
    noise = np.random.RandomState(1).standard_normal((N, 2))
    right = estimator.calibrate(noise, history).model_.moments.deviation
    now = estimator.calibrate(noise, history, to_draws=as_they_are).model_.moments
    assert_allclose(now.deviation, right, rtol=0.012)


@pytest.mark.statistical
def test_levels_that_grow_are_no_excess():
    """A price that has grown moves more in units, not in shares."""
    rng = np.random.RandomState(0)
    trend = np.linspace(0.0, 2.0, 800)[:, np.newaxis]
    X = np.exp(trend + 0.02 * rng.standard_normal((800, 2)).cumsum(axis=0))
    scale = ProportionalScale(volatility=HARVolatility(margins=None))
    estimator, _ = fitted(X, scale)
    history = estimator.history(X).take(np.full(N, len(X) - 1))
    noise = np.random.RandomState(1).standard_normal((N, 2))
    right = estimator.calibrate(noise, history).model_.moments.deviation
    now = estimator.calibrate(noise, history, to_draws=as_they_are).model_.moments
    assert_allclose(now.deviation, right, rtol=0.03)


def test_series_without_a_memory_are_left_alone():
    estimator, history = fitted(clustered(300).cumsum(axis=0), ProportionalScale())
    before = estimator.model_
    noise = np.random.RandomState(1).standard_normal((N, 2))
    moments = estimator.calibrate(noise, history, to_draws=as_they_are).model_.moments
    assert_allclose(moments.deviation, before.moments.deviation)
