"""Strategies that depend on the clock, and the one that depends on nothing."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator

from skdiffts import KernelDriftVolEstimator
from skdiffts._paths import check_paths
from skdiffts.conditioning import (
    CalendarFeatures,
    Constant,
    Phase,
    SeasonalLevel,
    Trend,
)


def read(X):
    return check_paths(BaseEstimator(), X, reset=True)


def vectors(strategy, X):
    paths = read(X)
    dt = np.ones(len(paths.ends))
    strategy.fit(paths, dt)
    trace = strategy.trace(paths, dt)
    return strategy.vector(trace, paths.values, paths.clock)


def test_constant_is_constant_and_needs_no_history():
    assert not vectors(Constant(), np.ones((5, 2))).any()
    assert Constant().n_history == 1


def test_a_phase_is_counted_in_rows_whatever_the_clock():
    X = np.zeros((30, 1))
    hours = pd.date_range("2024-01-01", periods=30, freq="h")
    expected = vectors(Phase(period=6.0, n_harmonics=2), X)
    dated = vectors(Phase(period=6.0, n_harmonics=2), pd.DataFrame(X, index=hours))
    numbered = pd.DataFrame(X, index=0.25 * np.arange(30))
    assert_allclose(expected[6:12], expected[:6], atol=1e-9)
    first = hours[0].value / 86_400e9
    turn = 2.0 * np.pi * ((first * 24.0 / 6.0) % 1.0)
    angle = np.arctan2(dated[:, 1], dated[:, 0]) - turn
    assert_allclose(np.cos(angle), expected[:, 0], atol=1e-6)
    assert_allclose(vectors(Phase(period=6.0, n_harmonics=2), numbered), expected)


def test_a_phase_of_a_day_is_that_of_the_calendar():
    index = pd.date_range("2024-01-01", periods=60, freq="h")
    X = pd.DataFrame(np.zeros((60, 1)), index=index)
    phase = vectors(Phase(period=24.0, n_harmonics=3), X)
    calendar = vectors(CalendarFeatures(periods=["day"], n_harmonics=3), X)
    assert_allclose(phase, calendar, atol=1e-6)


def test_a_trend_goes_on_after_training():
    strategy = Trend()
    z = vectors(strategy, np.zeros((11, 2)))
    assert_allclose(z[:, 0], np.linspace(-1.0, 1.0, 11))
    later = strategy.vector(None, np.zeros((1, 2)), np.array([15.0]))
    assert_allclose(later, [[2.0]])
    assert_allclose(vectors(Trend(), np.zeros((1, 2))), 0.0)


@pytest.mark.parametrize(
    "season", [Phase(period=5.0), Phase(period=7.0, n_harmonics=2)]
)
def test_a_seasonal_level_is_the_product_of_season_and_level(season):
    X = np.random.RandomState(0).standard_normal((40, 3))
    z = vectors(SeasonalLevel(season=season), X)
    points = vectors(season, X)
    level = X - X.mean(axis=0)
    for m in range(points.shape[1]):
        for j in range(3):
            assert_allclose(z[:, 3 * m + j], points[:, m] * level[:, j])


@pytest.mark.parametrize("strategy", [Phase(period=5.0), Trend(), SeasonalLevel()])
def test_they_say_that_they_use_the_clock(strategy):
    assert strategy.uses_clock


def test_constant_is_a_random_walk_with_the_moments_of_the_increments():
    X = np.random.RandomState(0).standard_normal((300, 2)).cumsum(axis=0)
    increments = np.diff(X, axis=0)
    walk = KernelDriftVolEstimator(conditioning=Constant(), shrinkage=0.0).fit(X)
    drift, covariance = walk.coefficients(X)
    assert_allclose(drift, np.broadcast_to(increments.mean(axis=0), X.shape))
    moments = np.broadcast_to(np.cov(increments.T, bias=True), (300, 2, 2))
    assert_allclose(covariance, moments, rtol=1e-6, atol=1e-6)
    assert (walk.n_neighbors_, walk.spectral_radius_) == ("all", 1.0)
