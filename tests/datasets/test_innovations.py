"""Distributions of innovations: density and sample agree, and they are white."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal

from skdiffts.datasets import (
    GaussianMixtureLaw,
    LinearTransitionLaw,
    TransitionLaw,
    make_var_mixture,
)


def test_mixture_sample_follows_its_density():
    distribution = make_var_mixture(n_features=1, random_state=2)[1].innovation
    eps = distribution.sample(50_000, np.random.RandomState(0))[:, 0]
    edges = np.linspace(-3, 3, 61)
    grid = np.linspace(-3, 3, 6001)
    density = np.exp(distribution.log_density(grid[:, None]))
    cumulative = np.concatenate(
        [[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(grid))]
    )
    expected = np.diff(np.interp(edges, grid, cumulative))
    observed = np.histogram(eps, edges)[0] / len(eps)
    # 6 standard errors of a bin's share.
    assert_allclose(observed, expected, atol=6 * np.sqrt(expected.max() / len(eps)))


@pytest.mark.parametrize(
    ("weights", "means", "variances", "message"),
    [
        ([0.5, 0.5], [-0.8, 0.8], [1.0, 1.0], "covariance is off the identity by 0.64"),
        ([0.5, 0.5], [0.0, 0.8], [0.84, 0.84], "mean is off zero by 0.4"),
        ([0.5, 0.6], [-0.8, 0.8], [0.36, 0.36], "sum to one"),
        ([1.0], [-0.8, 0.8], [0.36, 0.36], "shapes"),
    ],
)
def test_mixture_must_be_white(weights, means, variances, message):
    def make(distribution, **formulas):
        innovation = GaussianMixtureLaw(
            np.array(weights),
            np.array(means)[:, None],
            np.array(variances)[:, None, None],
        )
        return distribution(innovation=innovation, **formulas)

    with pytest.raises(ValueError, match=message):
        make(
            LinearTransitionLaw,
            transition_matrix=np.zeros((1, 1)),
            innovation_covariance=np.eye(1),
        )
    with pytest.raises(ValueError, match=message):
        make(
            TransitionLaw,
            dt=1.0,
            drift=np.negative,
            covariance=lambda x: np.ones((len(x), 1, 1)),
        )


def test_moments_of_any_mixture():
    rng = np.random.RandomState(0)
    G = rng.standard_normal((3, 2, 4))
    mixture = GaussianMixtureLaw(
        np.array([0.2, 0.5, 0.3]), rng.standard_normal((3, 2)), G @ G.transpose(0, 2, 1)
    )
    rows = mixture.sample(100_000, rng)
    # 6 standard errors; the variances are below 16, and fourth moments below 5 squares.
    error = 6 / np.sqrt(len(rows))
    assert_allclose(rows.mean(axis=0), mixture.mean, atol=4 * error)
    scale = np.trace(mixture.covariance)
    assert_allclose(np.cov(rows.T), mixture.covariance, atol=2 * scale * error)
    densities = [
        multivariate_normal(*pair)
        for pair in zip(mixture.means, mixture.covariances, strict=True)
    ]
    expected = sum(
        w * p.pdf(rows[:50]) for w, p in zip(mixture.weights, densities, strict=True)
    )
    assert_allclose(mixture.log_density(rows[:50]), np.log(expected))
