"""Fit of Student's t distribution and its weights."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import multivariate_t

from skdiffts._student import fit_student, squared_distances, student_weights


def draw(distribution, n, seed):
    return distribution.rvs(n, random_state=np.random.RandomState(seed)).reshape(n, -1)


def make_distribution(d, degrees):
    A = np.random.RandomState(d).standard_normal((d, d)) + 2.0 * np.eye(d)
    return multivariate_t(np.arange(d, dtype=float), A @ A.T, df=degrees)


@pytest.mark.parametrize("d", [1, 3])
@pytest.mark.parametrize("degrees", [3.0, 8.0])
def test_fit_is_a_maximum_of_the_likelihood(d, degrees):
    """No parameter a little off is likelier, the true ones included."""
    distribution = make_distribution(d, degrees)
    rows = draw(distribution, 800, 0)
    location, shape, nu = fit_student(rows)

    def log_likelihood(m, S, v):
        return multivariate_t(m, S, df=v).logpdf(rows).mean()

    best = log_likelihood(location, shape, nu)
    assert best > log_likelihood(distribution.loc, distribution.shape, degrees)
    for factor in (0.97, 1.03):
        assert best > log_likelihood(location, shape, nu * factor) - 1e-6
        assert best > log_likelihood(location, shape * factor, nu) - 1e-6
        shifted = location + (factor - 1.0) * np.sqrt(np.diag(shape))
        assert best > log_likelihood(shifted, shape, nu) - 1e-6


@pytest.mark.parametrize("degrees", [3.0, 50.0])
def test_given_degrees_are_kept(degrees):
    """Center and shape then solve the equations of the weighted moments."""
    rows = draw(make_distribution(3, 6.0), 500, 1)
    location, shape, kept = fit_student(rows, degrees)
    assert kept == degrees
    weights = student_weights(squared_distances(rows, location, shape), 3, degrees)
    centered = rows - location
    assert_allclose(weights @ centered / len(rows), 0.0, atol=2e-3)
    weighted = (weights[:, np.newaxis] * centered).T @ centered / len(rows)
    assert_allclose(weighted, shape, rtol=0, atol=2e-3 * np.trace(shape))


def test_distances_are_those_of_mahalanobis():
    rows = draw(make_distribution(2, 6.0), 5, 2)
    shape = np.array([[2.0, 0.3], [0.3, 0.5]])
    expected = [(x - 1.0) @ np.linalg.inv(shape) @ (x - 1.0) for x in rows]
    assert_allclose(squared_distances(rows, np.ones(2), shape), expected)
