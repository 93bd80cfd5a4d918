"""First rows that are new, with the moments of the training ones."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import CalendarFeatures, LaggedStates
from skdiffts.generation._starting_rows import smoothed


def make(**options):
    dynamics = KernelDriftVolEstimator("all", **{"conditioning": None, **options})
    return GenerativeTimeSeries(dynamics, KernelDensity(bandwidth=0.3))


def test_draws_have_the_moments_of_the_rows():
    """One column is a sum of the others: the rank is 2."""
    rng = np.random.RandomState(0)
    rows = rng.standard_exponential((40, 2)) @ [[1.0, 0.5, 1.5], [0.0, 2.0, 2.0]]
    n = 200_000
    draws = smoothed(rows, rng.randint(40, size=n), rng)
    std = rows.std(axis=0)
    # Five standard errors; for a covariance by an exponential's fourth moment.
    assert_allclose(draws.mean(axis=0) / std, rows.mean(axis=0) / std, atol=5 * n**-0.5)
    covariance = np.cov(rows.T, bias=True)
    assert_allclose(np.cov(draws.T), covariance, atol=15 * n**-0.5 * std.max() ** 2)
    assert_allclose(draws[:, 0] + draws[:, 1], draws[:, 2])


def test_kernel_has_the_width_of_a_normal_distribution():
    rows = np.arange(5.0)[:, np.newaxis]
    rng = np.random.RandomState(0)
    draws = smoothed(rows, np.zeros(100_000, dtype=int), rng)[:, 0]
    h = (4.0 / 15.0) ** 0.2
    assert_allclose(draws.mean(), 2.0 - 2.0 / np.sqrt(1 + h**2), atol=0.02)
    assert_allclose(draws.std(), h * np.sqrt(2.0 / (1 + h**2)), rtol=0.02)


def test_equal_rows_stay():
    rows = np.ones((3, 2))
    assert_array_equal(smoothed(rows, np.array([0, 2]), np.random.RandomState(0)), 1.0)


def test_paths_start_at_new_rows(walk):
    panel = walk(n_paths=30, n_rows=8)
    generator = make().fit(panel)
    paths = generator.sample(2000, 3, x0="smoothed", random_state=0)
    assert paths.shape == (2000, 3, 2)
    assert not np.isin(paths[:, 0], panel).any()
    first = panel[:, 0]
    assert_allclose(paths[:, 0].mean(axis=0), first.mean(axis=0), atol=0.25)
    assert_allclose(np.cov(paths[:, 0].T), np.cov(first.T, bias=True), atol=0.6)
    assert_array_equal(generator.sample(2000, 3, x0="smoothed", random_state=0), paths)


def test_rows_of_the_past_are_smoothed_together():
    """Straight lines: the slope between the two first rows goes on."""
    rng = np.random.RandomState(0)
    start, slope = rng.standard_normal((2, 50, 1, 1))
    panel = start + slope * np.arange(8.0)[:, np.newaxis]
    panel += 1e-6 * rng.standard_normal(panel.shape)
    conditioning = LaggedStates(n_lags=2)
    generator = make(conditioning=conditioning, ridge=0.0).fit(panel)
    paths = generator.sample(200, 5, x0="smoothed", random_state=0)
    steps = np.diff(paths[:, :, 0], axis=1)
    assert_allclose(steps, np.broadcast_to(steps[:, :1], steps.shape), atol=1e-3)
    assert_allclose(steps[:, 0].std(), slope.std(), rtol=0.25)
    gaps = np.abs(steps[:, :1] - np.diff(panel[:, :2, 0], axis=1)[:, 0])
    assert (gaps.min(axis=1) > 1e-5).mean() > 0.9
    # Row 0 is the second one of a training path, as without smoothing.
    assert_allclose(paths[:, 0].std(), panel[:, 1].std(), rtol=0.25)


def dated_panel(n_paths=6, n_rows=10):
    X = np.random.RandomState(0).standard_normal((n_paths, n_rows, 1))
    return [
        pd.DataFrame(
            path,
            index=pd.date_range(f"2024-01-0{i + 1} 05:00", periods=n_rows, freq="h"),
        )
        for i, path in enumerate(X)
    ]


def test_new_rows_have_no_names(walk, recwarn):
    panel = [pd.DataFrame(path, columns=["a", "b"]) for path in walk(n_paths=5)]
    model = make(conditioning=LaggedStates(n_lags=2)).fit(panel)
    assert model.sample(3, 4, x0="smoothed", random_state=0).shape == (12, 2)
    assert not [w for w in recwarn if "feature names" in str(w.message)]


def test_clock_is_that_of_training_paths():
    panel = dated_panel()
    generator = make(dt="index", conditioning=CalendarFeatures(periods=["day"]))
    generator.fit(panel)
    rng = np.random.RandomState(0)
    memory, times = generator._starts.draw("smoothed", 100, rng)
    days = memory.clock - memory.clock.min()
    assert_allclose(times / 86_400e9, memory.clock, rtol=1e-15)
    assert_allclose(np.unique(days.round(9)), np.arange(6.0))


def test_what_cannot_be_smoothed_says_so(walk):
    with pytest.raises(ValueError, match=r"x0='smoothed' needs two .* 1; pass"):
        make().fit(walk()).sample(2, 3, x0="smoothed")
    generator = make(dt="index", conditioning=LaggedStates(n_lags=2))
    generator.fit(dated_panel())
    with pytest.raises(ValueError, match=r"x0='smoothed' .* without an index"):
        generator.sample(2, 3, x0="smoothed")
