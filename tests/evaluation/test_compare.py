"""Standard error and floor of any metric."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts.evaluation import compare, compare_forecasts
from skdiffts.metrics import (
    MetricResult,
    energy_distance,
    energy_score,
    sliced_wasserstein,
)


def mean_difference(X, Y):
    return float(np.mean(Y) - np.mean(X))


def ratio(X, Y):
    return float(np.mean(Y**2) / np.mean(X**2))


@pytest.mark.parametrize("metric", [mean_difference, ratio, energy_distance])
def test_value_is_the_metric(metric):
    rng = np.random.RandomState(0)
    X, Y = rng.standard_normal((30, 2)), rng.standard_normal((41, 2))
    assert compare(metric, X, Y, random_state=0).value == metric(X, Y)


def test_error_of_a_mean_is_the_textbook_one():
    rng = np.random.RandomState(0)
    X, Y = rng.standard_normal((2, 50, 1))
    expected = (Y - X).std(ddof=1) / np.sqrt(50)
    result = compare(mean_difference, X, Y, n_blocks=50)
    assert_allclose(result.standard_error, expected)


@given(st.integers(2, 7), st.integers(7, 20), st.integers(7, 20))
def test_error_against_a_slow_jackknife(n_blocks, n, m):
    rng = np.random.RandomState(n)
    X, Y = rng.standard_normal((n, 2)), rng.standard_normal((m, 2))
    left = []
    for b in range(n_blocks):
        keep_X = [r for k, r in enumerate(np.array_split(X, n_blocks)) if k != b]
        keep_Y = [r for k, r in enumerate(np.array_split(Y, n_blocks)) if k != b]
        left.append(ratio(np.concatenate(keep_X), np.concatenate(keep_Y)))
    expected = np.sqrt((n_blocks - 1) / n_blocks * np.sum((left - np.mean(left)) ** 2))
    result = compare(ratio, X, Y, n_blocks=n_blocks)
    assert_allclose(result.standard_error, expected)


@given(st.integers(2, 9), st.integers(9, 30))
def test_halves_are_disjoint_blocks_of_one_size(n_blocks, n):
    calls = []

    def spy(X, Y):
        calls.append((X[:, 0], Y[:, 0]))
        return 0.0

    real, generated = np.arange(n)[:, np.newaxis], np.arange(n)[:, np.newaxis] + 1000
    compare(spy, real, generated, n_blocks=n_blocks, n_splits=3, random_state=0)
    halves = [pair for pair in calls if pair[1].max() < 1000]
    assert len(halves) == 3
    size = n // n_blocks
    for first, second in halves:
        assert len(first) == len(second) >= (n_blocks // 2) * size
        assert not set(first) & set(second)
        assert (np.diff(first) > 0).all()
    if n_blocks > 3:
        assert any(not np.array_equal(halves[0], pair) for pair in halves[1:])


@pytest.mark.statistical
@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_error_is_right_or_conservative(shift):
    rng = np.random.RandomState(0)
    values, variances = [], []
    for _ in range(150):
        X, Y = rng.standard_normal((2, 60, 1))
        result = compare(energy_distance, X, Y + shift, n_splits=1, random_state=rng)
        values.append(result.value)
        variances.append(result.standard_error**2)
    # Ratios of 600 draws: 1.05, and 2.1 under equal distributions, where the statistic
    # is degenerate; of 150 draws they deviate by 0.13, and by 0.5 for want of moments.
    share = np.mean(variances) / np.var(values)
    assert 0.65 < share < (1.5 if shift else 4.0)


@pytest.mark.statistical
def test_blocks_see_the_memory_of_a_series():
    rng = np.random.RandomState(0)
    n, phi = 20_000, 0.8
    noise = rng.standard_normal(n)
    x = np.zeros(n)
    for i in range(1, n):
        x[i] = phi * x[i - 1] + noise[i]
    X, Y = x[: n // 2, np.newaxis], x[n // 2 :, np.newaxis]
    result = compare(mean_difference, X, Y, n_blocks=50)
    expected = np.sqrt(2 / (n / 2)) / (1 - phi)
    # With 50 blocks the error has a relative deviation of 0.1; that of independent
    # rows would be a third of it.
    assert_allclose(result.standard_error, expected, rtol=0.4)


@pytest.mark.statistical
def test_floor_of_equal_distributions():
    rng = np.random.RandomState(0)
    metric = partial(sliced_wasserstein, n_directions=5, random_state=0)
    results = [
        compare(metric, X, Y, n_blocks=4, n_splits=2, random_state=0)
        for X, Y in rng.standard_normal((60, 2, 40, 2))
    ]
    values = [result.value for result in results]
    floors = [result.floor for result in results]
    # The bias falls as the root of the sample size; means are known to 4 %.
    assert_allclose(np.mean(floors) / np.mean(values), np.sqrt(2), rtol=0.2)


def test_outcomes_of_the_floor_are_members():
    rng = np.random.RandomState(0)
    forecasts = rng.permutation(40 * 5 * 2).reshape(40, 5, 2).astype(float)
    calls = []

    def spy(ensemble, outcomes):
        calls.append((ensemble, outcomes))
        return 0.0

    outcomes = np.full((40, 2), -1.0)
    compare_forecasts(spy, forecasts, outcomes, n_splits=2, random_state=0)
    drawn = [call for call in calls if call[1][0, 0] >= 0]
    assert len(drawn) == 2
    for ensemble, outcome in drawn:
        assert ensemble.shape == (40, 4, 2)
        whole = np.concatenate([ensemble, outcome[:, np.newaxis]], axis=1)
        assert_array_equal(np.sort(whole, axis=1), np.sort(forecasts, axis=1))
    assert not np.array_equal(drawn[0][1], drawn[1][1])


@pytest.mark.statistical
def test_value_of_calibrated_forecasts_is_their_floor():
    rng = np.random.RandomState(0)
    forecasts = rng.standard_normal((1000, 20, 2))
    result = compare_forecasts(
        energy_score, forecasts, rng.standard_normal((1000, 2)), random_state=0
    )
    # Five standard errors; the plain score, not the fair one, would give 8 of them.
    assert abs(result.value - result.floor) < 5 * result.standard_error
    expected = np.std(
        [energy_score(forecasts[[i]], np.zeros((1, 2))) for i in range(100)]
    )
    assert result.standard_error < expected


def test_error_of_a_mean_score():
    rng = np.random.RandomState(0)
    forecasts, outcomes = rng.standard_normal((30, 8, 2)), rng.standard_normal((30, 2))
    each = [energy_score(forecasts[[i]], outcomes[[i]]) for i in range(30)]
    result = compare_forecasts(energy_score, forecasts, outcomes, n_blocks=30)
    assert_allclose(result.value, np.mean(each))
    assert_allclose(result.standard_error, np.std(each, ddof=1) / np.sqrt(30))


def test_seed():
    X, Y = np.random.RandomState(0).standard_normal((2, 40, 2))
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    first = compare(energy_distance, X, Y, random_state=0)
    assert first == compare(energy_distance, X, Y, random_state=0)
    assert first.floor != compare(energy_distance, X, Y, random_state=1).floor
    assert np.array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_metric_that_is_not_finite_has_no_error():
    X = np.ones((20, 1))
    result = compare(lambda X, Y: np.inf, X, X)
    assert result.value == np.inf
    assert np.isnan(result.standard_error)


def test_result_is_frozen_and_reads():
    result = MetricResult(value=1.0, standard_error=0.25, floor=0.5)
    assert str(result) == "1 +- 0.25 (floor 0.5)"
    with pytest.raises(AttributeError):
        result.value = 2.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_blocks": 21}, "n_blocks=21 is more than the 20 rows or paths of real"),
        ({"n_blocks": 1}, "n_blocks"),
        ({"n_splits": 0}, "n_splits"),
    ],
)
def test_errors(arguments, message):
    X = np.random.RandomState(0).standard_normal((20, 2))
    with pytest.raises(ValueError, match=message):
        compare(energy_distance, X, X, **arguments)
    with pytest.raises(ValueError, match="generated holds paths of 3 to 4 rows"):
        compare(energy_distance, X, [X[:3], X[:4]])


def test_errors_of_forecasts():
    forecasts, outcomes = np.zeros((20, 2, 1)), np.zeros((20, 1))
    with pytest.raises(ValueError, match="forecasts has 2 samples in each case"):
        compare_forecasts(energy_score, forecasts, outcomes)
    with pytest.raises(ValueError, match="outcomes"):
        compare_forecasts(energy_score, forecasts, outcomes[:5])
