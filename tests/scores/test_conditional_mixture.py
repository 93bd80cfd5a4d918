"""The conditional mixture against SciPy's distributions, quadrature and its own draws."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import trapezoid
from scipy.special import logsumexp
from scipy.stats import kstest, multivariate_t

from skdiffts._torch import to_tensor
from skdiffts.scores import ConditionalMixture

SEEDS = st.integers(0, 2**32 - 1)


def start(seed, d=2, n_components=3, n_coordinates=2, n=200):
    rng = np.random.RandomState(seed)
    rows = rng.standard_normal((n, d)) + rng.choice([-1.0, 1.0], size=(n, 1))
    coordinates = rng.standard_normal((n, n_coordinates))
    mixture = ConditionalMixture.start(rows, coordinates, n_components, seed=seed)
    return mixture, rows, coordinates


def trained(seed, **sizes):
    """Mixture with a last layer that is not zero."""
    mixture, rows, coordinates = start(seed, **sizes)
    rng = np.random.RandomState(seed)
    last = 0.1 * rng.standard_normal(mixture.parameters["weight_2"].shape)
    parameters = mixture.parameters | {"weight_2": last}
    return replace(mixture, parameters=parameters), rows, coordinates


def noise_of(mixture, n, seed):
    rng = np.random.RandomState(seed)
    normal = rng.standard_normal((n, mixture.n_features))
    return np.hstack([rng.uniform(size=(n, 2)), normal])


@given(SEEDS, st.integers(1, 4), st.integers(1, 4))
def test_the_start_is_an_unconditional_student_mixture(seed, d, n_components):
    mixture, rows, coordinates = start(seed, d=d, n_components=n_components)
    p = mixture.parameters
    log_weights = p["logits"] - logsumexp(p["logits"])
    factors = p["factors"].copy()
    for factor in factors:
        np.fill_diagonal(factor, np.exp(np.diag(factor)))
    degrees = 3.0 + np.exp(p["degrees"])
    terms = [
        weight + multivariate_t(m, np.linalg.inv(w.T @ w), df=nu).logpdf(rows)
        for weight, m, w, nu in zip(
            log_weights, p["centers"], factors, degrees, strict=True
        )
    ]
    expected = logsumexp(np.reshape(terms, (len(log_weights), -1)), axis=0)
    assert_allclose(mixture.log_density(rows, coordinates), expected, rtol=1e-9)
    assert_array_equal(
        mixture.log_density(rows, coordinates),
        mixture.log_density(rows, np.zeros_like(coordinates)),
    )
    noise = noise_of(mixture, 20, seed)
    assert_array_equal(
        mixture.draw(noise, coordinates[:20]), mixture.draw(noise, coordinates[20:40])
    )


@given(SEEDS)
def test_density_in_one_dimension_integrates_to_one(seed):
    mixture, _, coordinates = trained(seed, d=1)
    grid = np.sinh(np.linspace(-12.0, 12.0, 20_001))
    given_state = np.repeat(coordinates[:1], len(grid), axis=0)
    density = np.exp(mixture.log_density(grid[:, np.newaxis], given_state))
    assert_allclose(trapezoid(density, grid), 1.0, rtol=1e-4)


def test_density_in_two_dimensions_integrates_to_one():
    mixture, _, coordinates = trained(1)
    edge = np.sinh(np.linspace(-7.0, 7.0, 401))
    grid = np.stack(np.meshgrid(edge, edge, indexing="ij"), axis=-1).reshape(-1, 2)
    given_state = np.repeat(coordinates[:1], len(grid), axis=0)
    density = np.exp(mixture.log_density(grid, given_state)).reshape(401, 401)
    total = trapezoid(trapezoid(density, edge, axis=1), edge)
    assert_allclose(total, 1.0, rtol=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_draws_have_the_density(seed):
    """The distribution function of draws is the integral of the density."""
    mixture, _, coordinates = trained(seed, d=1)
    grid = np.sinh(np.linspace(-10.0, 10.0, 8001))
    state = coordinates[seed : seed + 1]
    density = np.exp(
        mixture.log_density(grid[:, np.newaxis], np.repeat(state, len(grid), axis=0))
    )
    steps = 0.5 * (density[1:] + density[:-1]) * np.diff(grid)
    below = np.concatenate([[0.0], np.cumsum(steps)])
    n = 20_000
    draws = mixture.draw(noise_of(mixture, n, seed), np.repeat(state, n, axis=0))
    result = kstest(draws[:, 0], lambda x: np.interp(x, grid, below))
    assert result.pvalue > 1e-3


def test_draws_in_two_dimensions_have_the_moments_of_the_density():
    """Importance weights of draws from another state have mean one."""
    mixture, _, coordinates = trained(4)
    n = 50_000
    here, there = (np.repeat(coordinates[i : i + 1], n, axis=0) for i in (0, 1))
    draws = mixture.draw(noise_of(mixture, n, 0), here)
    ratio = np.exp(mixture.log_density(draws, there) - mixture.log_density(draws, here))
    error = ratio.std() / np.sqrt(n)
    assert ratio.std() > 0.01  # the states differ
    assert abs(ratio.mean() - 1.0) < 4.0 * error


@given(SEEDS)
def test_a_row_has_one_density_and_one_draw_whatever_the_others_are(seed):
    mixture, rows, coordinates = trained(seed)
    whole = mixture.log_density(rows, coordinates)
    part = mixture.log_density(rows[5:9], coordinates[5:9])
    assert_allclose(whole[5:9], part, rtol=1e-10, atol=1e-10)
    noise = noise_of(mixture, len(rows), seed)
    drawn = mixture.draw(noise, coordinates)
    assert_allclose(drawn[5:9], mixture.draw(noise[5:9], coordinates[5:9]), rtol=1e-9)


def test_coordinates_are_clipped_to_the_range_of_training():
    mixture, rows, coordinates = trained(0)
    far = coordinates.max(axis=0) + 100.0
    farther = np.repeat(far[np.newaxis], len(rows), axis=0)
    assert_array_equal(
        mixture.log_density(rows, farther), mixture.log_density(rows, 10.0 * farther)
    )


def test_gradients_are_those_of_the_density():
    mixture, rows, coordinates = trained(2, n=30)
    parameters = {
        key: to_tensor(value).requires_grad_()
        for key, value in mixture.parameters.items()
    }
    inputs = to_tensor(mixture.standardized(coordinates))

    def density(*values):
        named = dict(zip(parameters, values, strict=True))
        return ConditionalMixture.tensor_log_density(
            named, to_tensor(rows), inputs
        ).sum()

    assert torch.autograd.gradcheck(density, tuple(parameters.values()), atol=1e-4)


def test_a_pickle_is_the_same_and_holds_arrays_only():
    mixture, rows, coordinates = trained(3)
    stored = pickle.dumps(mixture)
    assert b"torch" not in stored
    again = pickle.loads(stored)
    assert_array_equal(
        again.log_density(rows, coordinates), mixture.log_density(rows, coordinates)
    )
