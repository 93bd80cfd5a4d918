"""Strategies that integrate the density, as parts of a sampler."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts import DiffusionResidualSampler
from skdiffts.process import AdaptiveFlowDensity, FlowDensity


def test_sampler_takes_the_strategy(tiny, X, fitted):
    params = {"density__divergence": "hutchinson", "density__n_probes": 2}
    sampler = tiny().set_params(**params).fit(X)
    # Two directions in two columns are exact.
    assert_allclose(sampler.score_samples(X), fitted.score_samples(X), atol=1e-9)
    assert_array_equal(sampler.sample(5, 0), fitted.sample(5, 0))
    adaptive = tiny(density=AdaptiveFlowDensity(tol=1e-6)).fit(X)
    error = adaptive.score_samples(X) - fitted.score_samples(X)
    assert 0.0 < np.abs(error).max() < 1e-3


def test_far_rows_have_a_finite_density_with_a_tolerance(tiny, X, fitted):
    far = X.mean(axis=0) + np.array([[1e3, 0.0], [0.0, -1e4], [1e8, 1e8]])
    sampler = tiny(density=AdaptiveFlowDensity(tol=1e-3)).fit(X)
    assert_allclose(sampler.score_samples(far), fitted.score_samples(far), rtol=0.02)


@pytest.mark.parametrize(
    "density",
    [
        FlowDensity(divergence="trace"),
        FlowDensity(n_probes=0),
        FlowDensity(n_steps=0),
        FlowDensity(random_state=-1),
        AdaptiveFlowDensity(tol=0.0),
        AdaptiveFlowDensity(divergence="trace"),
    ],
    ids=repr,
)
def test_wrong_parameters_are_named(tiny, X, density):
    [name] = set(re.findall(r"\w+(?==)", repr(density)))
    with pytest.raises(ValueError, match=name):
        tiny(density=density).fit(X)
    with pytest.raises(ValueError, match="density"):
        tiny(density="exact").fit(X)


# The bars of the density, with the exact score in twenty dimensions


def distribution_in_twenty_dimensions(name, make):
    rng = np.random.RandomState(0)
    vectors = np.linalg.qr(rng.standard_normal((20, 20)))[0]
    if name == "gaussian":
        covariance = vectors * np.geomspace(0.1, 10.0, 20) @ vectors.T
        return make([1.0], [rng.standard_normal(20)], [covariance])
    factors = rng.standard_normal((5, 20, 20)) / np.sqrt(20.0)
    covariances = factors @ factors.transpose(0, 2, 1) + 0.05 * np.eye(20)
    means = 1.5 * rng.standard_normal((5, 20))
    return make(rng.dirichlet(np.full(5, 5.0)), means, covariances)


@pytest.mark.parametrize(("name", "bar"), [("gaussian", 0.001), ("mixture", 0.01)])
@pytest.mark.parametrize(
    "density", [FlowDensity(), AdaptiveFlowDensity(tol=1e-4)], ids=repr
)
def test_density_in_twenty_dimensions(make_mixture, name, bar, density):
    distribution = distribution_in_twenty_dimensions(name, make_mixture)
    X, rows = distribution.draw(5000, 0), distribution.draw(300, 1)
    sampler = DiffusionResidualSampler(
        score_model=distribution.oracle(X), early_stopping=False, density=density
    ).fit(X)
    error = sampler.score_samples(rows) - distribution.log_density(rows)
    assert np.sqrt(np.mean(error**2)) < bar
