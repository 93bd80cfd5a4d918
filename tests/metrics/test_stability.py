"""Explosion and drift of long paths."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from skdiffts.metrics import explosion_rate, long_run_drift


def test_explosion_counts_paths():
    X = np.array([[0.0, 0.0], [1.0, 2.0]])
    Y = np.zeros((6, 5, 2))
    Y[1, 3, 0] = 11.01
    Y[2, 4] = np.inf
    Y[3, 4, 1] = np.nan
    Y[4, :, 1] = -20.0  # on the border
    assert_allclose(explosion_rate(X, Y), 3 / 6)
    assert_allclose(explosion_rate(X, Y, margin=10.1), 2 / 6)
    assert_allclose(explosion_rate(X, Y, margin=0.0), 4 / 6)
    assert explosion_rate(X, X) == 0.0


@given(st.floats(-50, 50), st.floats(0.1, 10))
def test_units_do_not_matter(shift, scale):
    X = np.random.RandomState(0).standard_normal((40, 2))
    Y = np.random.RandomState(1).standard_normal((3, 90, 2)).cumsum(axis=1)
    assert explosion_rate(shift + scale * X, shift + scale * Y, margin=0.7) == (
        explosion_rate(X, Y, margin=0.7)
    )
    moved = long_run_drift(shift + scale * X, shift + scale * Y)
    assert_allclose(moved, long_run_drift(X, Y))


def test_drift_against_numpy():
    rng = np.random.RandomState(0)
    X, Y = rng.standard_normal((40, 2)), rng.standard_normal((3, 90, 2)).cumsum(axis=1)
    expected = 0.0
    for k in range(2):
        start, end = Y[:, :18, k], Y[:, -18:, k]
        gap = (end.mean() - start.mean()) ** 2 + (end.std() - start.std()) ** 2
        expected += np.sqrt(gap) / X[:, k].std() / 2
    assert_allclose(long_run_drift(X, Y, share=0.2), expected)


@pytest.mark.statistical
def test_drift_of_stationary_and_other_paths():
    rng = np.random.RandomState(0)
    X, Y = rng.standard_normal((100, 1)), rng.standard_normal((8, 5000, 1))
    # Means of 4,000 rows: standard error 0.02 of mean, 0.016 of spread, in sd of X.
    assert long_run_drift(X, Y) < 0.1
    growing = np.linspace(1, 3, 5000)[:, np.newaxis]
    assert_allclose(long_run_drift(X, growing * Y), 1.8 / X.std(), rtol=0.1)
    assert_allclose(long_run_drift(X, 10 * growing + Y), 18 / X.std(), rtol=0.05)


def test_drift_of_paths_that_explode():
    X = np.random.RandomState(0).standard_normal((40, 1))
    assert long_run_drift(X, np.full((1, 20, 1), np.nan)) == np.inf
    assert long_run_drift(X, np.linspace(-1, 1, 20)[:, np.newaxis] * 1e308) == np.inf


def test_constant_feature():
    X = np.zeros((5, 1))
    assert long_run_drift(X, np.array([[0.0], [2.0]])) == 2.0
    assert explosion_rate(X, X) == 0.0
    assert_allclose(explosion_rate(X, np.array([X, X + 9.0, X + 11.0])), 1 / 3)
    # The mean of a thousand tenths is not a tenth, to the last digit.
    X = np.tile([0.1, 1.1], (1000, 1))
    Y = np.append(X[:500], X[500:] + 1e-3, axis=0)
    assert_allclose(long_run_drift(X, Y), 1e-3)


def test_errors():
    X = np.zeros((5, 1))
    with pytest.raises(ValueError, match="margin"):
        explosion_rate(X, X, margin=-1.0)
    with pytest.raises(ValueError, match="share"):
        long_run_drift(X, X, share=0.6)
    with pytest.raises(ValueError, match="Y has 2 features and X has 1"):
        explosion_rate(X, np.zeros((5, 2)))
