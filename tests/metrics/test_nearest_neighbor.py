"""Memorisation ratio."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from skdiffts.metrics import nearest_neighbor_ratio


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
