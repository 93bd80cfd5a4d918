"""Memorisation ratio and distances to the closest record."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from skdiffts.metrics import (
    closest_record_share,
    distance_to_closest_record,
    nearest_neighbor_ratio,
)


@pytest.fixture
def rng():
    return np.random.RandomState(0)


def test_copies(rng):
    train, holdout = rng.standard_normal((2, 100, 3))
    copies = train[rng.randint(100, size=40)]
    assert nearest_neighbor_ratio(copies, train, holdout) == 0


@pytest.mark.statistical
def test_fresh_draws(rng):
    train, holdout, fresh = rng.standard_normal((3, 2000, 3))
    # A median of 2000 distances has a relative standard error of about 0.02.
    assert abs(nearest_neighbor_ratio(fresh, train, holdout) - 1) < 0.1


def test_noisy_copies_lie_between(rng):
    train, holdout = rng.standard_normal((2, 500, 3))
    noise = 0.01 * rng.standard_normal(train.shape)
    assert 0 < nearest_neighbor_ratio(train + noise, train, holdout) < 0.2


def test_against_a_loop(rng):
    samples, train, holdout = (rng.standard_normal((n, 2)) for n in (7, 9, 6))

    def median(X):
        return np.median([min(np.linalg.norm(x - t) for t in train) for x in X])

    expected = median(samples) / median(holdout)
    assert_allclose(nearest_neighbor_ratio(samples, train, holdout), expected)


@pytest.mark.parametrize("block", [1, 20])
def test_blocks_change_nothing(block, rng, set_chunk_numbers):
    samples, train, holdout = (rng.standard_normal((n, 2)) for n in (7, 9, 6))
    whole = nearest_neighbor_ratio(samples, train, holdout)
    set_chunk_numbers(block)
    assert nearest_neighbor_ratio(samples, train, holdout) == whole


@given(st.integers(0, 2**31), st.floats(-50, 50), st.floats(0.1, 10))
def test_symmetries(seed, shift, scale):
    rng = np.random.RandomState(seed)
    samples = rng.standard_normal((3, 12, 2))
    expected = nearest_neighbor_ratio(*samples)
    assert_allclose(nearest_neighbor_ratio(*(shift + scale * samples)), expected)
    assert_allclose(nearest_neighbor_ratio(*samples[:, rng.permutation(12)]), expected)
    assert_allclose(nearest_neighbor_ratio(*samples[:, :, ::-1]), expected)


def test_errors(rng):
    train, samples = rng.standard_normal((2, 10, 2))
    with pytest.raises(ValueError, match="holdout repeats rows of train"):
        nearest_neighbor_ratio(samples, train, train[:5])
    with pytest.raises(ValueError, match="holdout has 1 features and samples has 2"):
        nearest_neighbor_ratio(samples, train, samples[:, :1])


def test_closest_records_against_a_slow_search():
    rng = np.random.RandomState(0)
    samples, train, holdout = (rng.standard_normal((n, 2)) for n in (30, 20, 20))
    slow = [min(np.linalg.norm(s - x) for x in train) for s in samples]
    assert_allclose(distance_to_closest_record(samples, train), slow)
    other = [min(np.linalg.norm(s - x) for x in holdout) for s in samples]
    share = closest_record_share(samples, train, holdout)
    assert share == np.mean(np.less(slow, other))


def test_share_of_ties_and_of_copies():
    rows, others = np.arange(10.0)[:, np.newaxis], np.arange(10.0, 20.0)[:, np.newaxis]
    assert closest_record_share(rows, rows, others) == 1.0
    assert closest_record_share(rows, others, rows) == 0.0
    assert closest_record_share(rows, rows, rows) == 0.5


@pytest.mark.statistical
@pytest.mark.parametrize("n_train", [100, 1500])
def test_share_of_a_fresh_sample(n_train):
    """Half, whatever the sizes of the two sets."""
    rng = np.random.RandomState(0)
    shares = [
        closest_record_share(
            rng.standard_normal((500, 2)),
            rng.standard_normal((n_train, 2)),
            rng.standard_normal((300, 2)),
        )
        for _ in range(40)
    ]
    # The deviation of one share is about 0.05, hence of the mean 0.008.
    assert abs(np.mean(shares) - 0.5) < 0.032
