"""Reference distributions: mixtures of all kinds, and rows."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

from skdiffts.theory import score_error
from skdiffts.theory._reference import read_reference


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
def test_types_of_covariance(X, kind, exact_sampler, mixture):
    """The reference has the density of the mixture: its own score has no error."""
    distribution = GaussianMixture(2, covariance_type=kind, random_state=0).fit(X)
    full = mixture(
        distribution.weights_,
        distribution.means_,
        [np.linalg.inv(np.atleast_2d(p)) for p in full_precisions(distribution)],
    )
    error = score_error(
        exact_sampler(X, full), distribution, n_levels=3, random_state=0
    )
    assert_allclose(error.relative, 0.0, atol=1e-18)


def full_precisions(distribution):
    if distribution.covariance_type == "tied":
        return [distribution.precisions_] * 2
    if distribution.covariance_type == "full":
        return distribution.precisions_
    return [np.eye(2) * p for p in distribution.precisions_]


@pytest.mark.statistical
def test_draws_of_a_mixture(two_modes, bimodal, whitened):
    """Mean and covariance of 20,000, within five standard errors."""
    process = two_modes.process().in_double()
    distribution = read_reference(process, process, bimodal, empirical=False)
    draws = distribution.draw(20_000, np.random.RandomState(0))
    means, covariances = whitened(two_modes, bimodal)
    mean = bimodal.weights_ @ means
    shifts = means - mean
    outer = shifts[:, :, np.newaxis] * shifts[:, np.newaxis]
    covariance = np.einsum("k,kij->ij", bimodal.weights_, covariances + outer)
    scale = np.sqrt(np.diag(covariance))
    assert_allclose(
        (draws.mean(axis=0) - mean) / scale, 0.0, atol=5.0 / np.sqrt(20_000)
    )
    gap = (np.cov(draws.T) - covariance) / np.outer(scale, scale)
    assert_allclose(gap, 0.0, atol=5.0 * np.sqrt(2.0 / 20_000))


@pytest.mark.parametrize("kind", ["mixture", "rows"])
def test_noised_density_of_a_reference(two_modes, bimodal, X, kind, whitened):
    """Against scipy, component by component."""
    process = two_modes.process().in_double()
    if kind == "mixture":
        distribution = read_reference(process, process, bimodal, empirical=False)
        weights, (means, covariances) = bimodal.weights_, whitened(two_modes, bimodal)
    else:
        distribution = read_reference(process, process, X, empirical=True)
        weights, means = np.full(len(X), 1.0 / len(X)), process.whitening.transform(X)
        covariances = np.zeros((len(X), 2, 2))
    y = np.random.RandomState(0).standard_normal((50, 2))
    expected = sum(
        weight * multivariate_normal(mean, covariance + 0.3 * np.eye(2)).pdf(y)
        for weight, mean, covariance in zip(weights, means, covariances, strict=True)
    )
    assert_allclose(
        np.exp(distribution.noised_log_density(y, 0.3)), expected, rtol=1e-9
    )


def test_density_of_many_rows_takes_little_memory(moved):
    process = moved.process().in_double()
    rows = np.random.RandomState(0).standard_normal((4000, 2))
    distribution = read_reference(process, process, rows, True)
    tracemalloc.start()
    distribution.noised_log_density(rows[:500], 0.3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # All pairs at once would take 16 MB, and as much again for each step.
    assert peak < 4e6
