"""Mismatch of a mixture and a Gaussian: exact for one component, convex for more."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.linalg import sqrtm
from scipy.stats import multivariate_normal

from skdiffts.theory._prior import mixture_kl, mixture_w2

seeds = st.integers(0, 2**31 - 1)


def random_distribution(rng, d):
    factor = rng.standard_normal((d, d)) + 2.0 * np.eye(d)
    return rng.standard_normal(d), factor @ factor.T


def exact_kl(mean, covariance, other_mean, other_covariance):
    shift = other_mean - mean
    solved = np.linalg.solve(other_covariance, covariance)
    energy = shift @ np.linalg.solve(other_covariance, shift)
    log_det = np.log(np.linalg.det(other_covariance) / np.linalg.det(covariance))
    return 0.5 * (np.trace(solved) - len(mean) + energy + log_det)


def exact_w2(mean, covariance, other_mean, other_covariance):
    root = sqrtm(covariance)
    cross = sqrtm(root @ other_covariance @ root).real
    spread = np.trace(covariance + other_covariance - 2.0 * cross)
    return np.sqrt(np.square(mean - other_mean).sum() + spread)


@given(seed=seeds, d=st.integers(1, 4))
@pytest.mark.parametrize(
    ("bound", "exact"), [(mixture_kl, exact_kl), (mixture_w2, exact_w2)]
)
def test_one_component_is_exact(bound, exact, seed, d):
    rng = np.random.RandomState(seed)
    distribution, target = random_distribution(rng, d), random_distribution(rng, d)
    one = np.ones(1), distribution[0][np.newaxis], distribution[1][np.newaxis]
    assert_allclose(bound(*one, *target), exact(*distribution, *target), rtol=1e-6)
    # The square root makes 1e-8 of the rounding of the squared distance.
    itself = bound(*one, *distribution)
    assert 0.0 <= itself < 1e-5


@given(seed=seeds, d=st.integers(1, 3), k=st.integers(2, 4))
def test_more_components_are_averaged(seed, d, k):
    rng = np.random.RandomState(seed)
    target = random_distribution(rng, d)
    weights = rng.dirichlet(np.ones(k))
    means, covariances = (
        np.stack(part)
        for part in zip(*(random_distribution(rng, d) for _ in range(k)), strict=True)
    )
    distributions = list(zip(means, covariances, strict=True))
    divergence = weights @ [
        exact_kl(*distribution, *target) for distribution in distributions
    ]
    assert_allclose(mixture_kl(weights, means, covariances, *target), divergence)
    squared = weights @ [
        exact_w2(*distribution, *target) ** 2 for distribution in distributions
    ]
    distance = mixture_w2(weights, means, covariances, *target)
    assert_allclose(distance, np.sqrt(squared), rtol=1e-6)
    # One covariance stands for all components.
    shared = weights, means, covariances[:1]
    repeated = weights, means, np.repeat(covariances[:1], k, axis=0)
    assert_allclose(mixture_kl(*shared, *target), mixture_kl(*repeated, *target))
    assert_allclose(mixture_w2(*shared, *target), mixture_w2(*repeated, *target))


def test_divergence_is_a_bound():
    """Two components on the line, against quadrature."""
    y = np.linspace(-30.0, 30.0, 60_001)
    parts = [multivariate_normal(mean, 1.5).pdf(y) for mean in (-1.0, 2.0)]
    p = 0.3 * parts[0] + 0.7 * parts[1]
    q = multivariate_normal(0.5, 4.0).pdf(y)
    exact = np.sum(p * np.log(p / q)) * (y[1] - y[0])
    distribution = np.array([0.3, 0.7]), np.array([[-1.0], [2.0]]), np.array([[[1.5]]])
    bound = mixture_kl(*distribution, np.array([0.5]), np.array([[4.0]]))
    assert exact < bound < 0.5
