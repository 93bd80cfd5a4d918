"""Total variation from densities, and from below."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import norm, uniform
from sklearn.linear_model import LogisticRegression

from skdiffts.metrics import (
    classifier_accuracy,
    total_variation,
    total_variation_bound,
)


def log_density(distribution):
    return lambda rows: distribution.logpdf(rows[:, 0])


@given(st.floats(-4, 4), st.integers(0, 1000))
def test_gaussians(shift, seed):
    X, Y = np.random.RandomState(seed).standard_normal((2, 2000, 1))
    p, q = log_density(norm()), log_density(norm(shift))
    result = total_variation(p, q, X, Y + shift)
    expected = 2 * norm.cdf(abs(shift) / 2) - 1
    # Five standard errors; 25 examples give a false alarm in 70,000 runs.
    assert abs(result.value - expected) <= 5 * result.standard_error + 1e-12
    assert result.floor == 0.0


def test_error_is_that_of_repetitions():
    rng = np.random.RandomState(0)
    p, q = log_density(norm()), log_density(norm(1, 2))
    results = []
    for _ in range(200):
        X, Y = rng.standard_normal((300, 1)), 1 + 2 * rng.standard_normal((100, 1))
        results.append(total_variation(p, q, X, Y))
    spread = np.std([r.value for r in results])
    # The spread of 200 draws is known to 5 %.
    assert_allclose(results[0].standard_error, spread, rtol=0.25)


def test_equal_and_disjoint_distributions():
    rng = np.random.RandomState(0)
    X, Y = rng.uniform(size=(100, 1)), rng.uniform(2, 3, size=(50, 1))
    p, q = log_density(uniform(0, 1)), log_density(uniform(2, 1))
    equal = total_variation(p, p, X, X[:40])
    assert (equal.value, equal.standard_error) == (0.0, 0.0)
    disjoint = total_variation(p, q, X, Y)
    assert (disjoint.value, disjoint.standard_error) == (1.0, 0.0)


def test_distributions_that_overlap_in_part():
    rng = np.random.RandomState(0)
    X, Y = rng.uniform(size=(4000, 1)), rng.uniform(0.25, 1.25, size=(4000, 1))
    p, q = log_density(uniform(0, 1)), log_density(uniform(0.25, 1))
    result = total_variation(p, q, X, Y)
    assert abs(result.value - 0.25) < 4 * result.standard_error


def test_symmetry():
    X, Y = np.random.RandomState(0).standard_normal((2, 50, 1))
    p, q = log_density(norm()), log_density(norm(1))
    assert total_variation(p, q, X, Y + 1) == total_variation(q, p, Y + 1, X)


@pytest.mark.statistical
def test_bound_is_below_and_tight_for_the_right_classifier():
    X, Y = np.random.RandomState(0).standard_normal((2, 4000, 1))
    exact = 2 * norm.cdf(0.5) - 1
    model = LogisticRegression()
    bound = total_variation_bound(X, Y + 1, estimator=model)
    # Four standard errors of 2 (accuracy) - 1, 0.01 each.
    assert exact - 0.045 < bound < exact + 0.045
    assert bound == 2 * classifier_accuracy(X, Y + 1, estimator=model) - 1
    # A linear classifier sees nothing of a scale: valid, but loose.
    assert total_variation_bound(X, 3 * Y, estimator=model) < 0.1


@pytest.mark.parametrize(
    "density",
    [
        lambda rows: np.zeros(3),
        lambda rows: np.full(len(rows), -np.inf),
        lambda rows: np.full(len(rows), np.nan),
    ],
    ids=["shape", "both zero", "NaN"],
)
def test_errors(density):
    X = np.zeros((10, 1))
    with pytest.raises(ValueError, match="one number for each row"):
        total_variation(density, density, X, X)
