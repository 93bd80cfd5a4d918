"""Difference of marginal distributions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from skdiffts.metrics import marginal_difference

# Quarters of a range of 4: ends of bins are exact.
quarters = st.integers(0, 16).map(lambda k: k / 4)


def naive(X, Y, n_bins):
    total = []
    for i in range(X.shape[1]):
        for k in range(X.shape[2]):
            x, y = X[:, i, k], Y[:, i, k]
            if x.min() == x.max():
                p, q = np.ones(1), np.array([np.mean(y == x[0])])
            else:
                edges = np.linspace(x.min(), x.max(), n_bins + 1)
                p = np.histogram(x, edges)[0] / len(x)
                q = np.histogram(y, edges)[0] / len(y)
            below, above = np.mean(y < x.min()), np.mean(y > x.max())
            total.append((np.abs(p - q).sum() + below + above) / 2)
    return np.mean(total)


@given(
    arrays(float, (5, 2, 2), elements=quarters),
    arrays(float, (4, 2, 2), elements=quarters.map(lambda y: 2 * y - 2)),
    st.sampled_from([1, 2, 4, 8]),
    st.booleans(),
)
def test_against_numpy(X, Y, n_bins, constant):
    ends = np.array([0.0, 4.0])[:, np.newaxis, np.newaxis] * np.ones((1, 2, 2))
    X = np.concatenate([ends, X])
    if constant:
        X[:, 1, 0] = 1.0
    result = marginal_difference(X, Y, n_bins=n_bins)
    assert_allclose(result, naive(X, Y, n_bins), atol=1e-12)
    assert 0 <= result <= 1


@given(arrays(float, (2, 5, 3, 1), elements=st.floats(-9, 9, allow_subnormal=False)))
def test_total_variation_of_bins(samples):
    X, Y = samples
    assert marginal_difference(X, X[::-1]) == 0.0
    assert marginal_difference(X, X + 100) == 1.0
    # Finer bins tell more, if they refine the coarser ones.
    coarse = marginal_difference(X, Y, n_bins=4)
    assert coarse <= marginal_difference(X, Y, n_bins=8) + 1e-12


def test_shifted_uniform_grid():
    X = np.arange(1000.0)[:, np.newaxis, np.newaxis]
    assert_allclose(marginal_difference(X, X + 300, n_bins=10), 0.3, atol=0.005)
    assert_allclose(marginal_difference(X, X - 300, n_bins=10), 0.3, atol=0.005)


@pytest.mark.statistical
def test_equal_distributions_and_pooled_times():
    X, Y = np.random.RandomState(0).standard_normal((2, 200, 50, 2))
    pooled = [panel.reshape(-1, 1, 2) for panel in (X, Y)]
    # A bin of 10,000 rows deviates by the root of its share; 50 of them make 0.03.
    assert marginal_difference(*pooled) < 0.045
    assert marginal_difference(X, Y) > 0.15


def test_units_do_not_matter():
    X, Y = np.random.RandomState(0).standard_normal((2, 20, 3, 2))
    scale = np.array([1024.0, 0.125])
    assert marginal_difference(scale * X, scale * Y) == marginal_difference(X, Y)


def test_errors():
    X = np.zeros((3, 4, 1))
    with pytest.raises(ValueError, match="Y has paths of 3 rows and X of 4"):
        marginal_difference(X, X[:, :3])
    with pytest.raises(ValueError, match="n_bins"):
        marginal_difference(X, X, n_bins=0)
