"""Training of conditional mixtures: what it finds, where it stops, and its seeds."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from scipy.stats import norm

from skdiffts.diffusion import train_conditional_mixture


def moved(n, seed=0):
    """Rows whose mean, scale and correlation follow one coordinate of two."""
    rng = np.random.RandomState(seed)
    coordinates = rng.standard_normal((n, 2))
    noise = rng.standard_normal((n, 2))
    noise[:, 1] += coordinates[:, 0] * noise[:, 0]
    scale = np.exp(0.5 * coordinates[:, :1])
    return coordinates[:, :1] + scale * noise, coordinates


def log_density(rows, coordinates):
    """The distribution that `moved` draws from."""
    mean, scale = coordinates[:, :1], np.exp(0.5 * coordinates[:, :1])
    u = (rows - mean) / scale
    u[:, 1] -= coordinates[:, 0] * u[:, 0]
    return norm.logpdf(u).sum(axis=1) - 2.0 * np.log(scale[:, 0])


def test_mean_scale_and_correlation_are_found():
    rows, coordinates = moved(2000)
    mixture, _ = train_conditional_mixture(rows, coordinates, 0, n_held_out=300)
    new, given = moved(2000, seed=1)
    loss = log_density(new, given) - mixture.log_density(new, given)
    nothing = 0.0 * coordinates
    plain, _ = train_conditional_mixture(rows, nothing, 0, n_held_out=300)
    lead = mixture.log_density(new, given) - plain.log_density(new, nothing)
    assert loss.mean() < 0.08
    assert lead.mean() > 0.5


def test_held_out_rows_that_say_the_contrary_stop_it_at_the_start():
    """A state that means the contrary in the last rows must not be learnt."""
    rows, coordinates = moved(1000)
    coordinates[850:] *= -1.0
    mixture, n_steps = train_conditional_mixture(rows, coordinates, 0, n_held_out=150)
    held = mixture.log_density(rows[850:], coordinates[850:]).mean()
    start = type(mixture).start(rows[:850], coordinates[:850], seed=0)
    assert n_steps <= 40
    assert held >= start.log_density(rows[850:], coordinates[850:]).mean() - 1e-6


@pytest.mark.parametrize("d", [1, 3])
def test_the_seed_decides_and_the_global_generator_stays(d):
    rng = np.random.RandomState(0)
    rows, coordinates = rng.standard_normal((300, d)), rng.standard_normal((300, 1))
    before = torch.get_rng_state().clone()
    (first, _), (second, _) = (
        train_conditional_mixture(rows, coordinates, 3, n_held_out=60, n_steps=30)
        for _ in range(2)
    )
    assert_array_equal(
        first.log_density(rows, coordinates), second.log_density(rows, coordinates)
    )
    assert_array_equal(torch.get_rng_state(), before)


def test_a_fixed_number_of_steps_uses_all_rows():
    rows, coordinates = moved(600)
    one, n_steps = train_conditional_mixture(rows, coordinates, 0, n_steps=50)
    assert n_steps == 50
    other, _ = train_conditional_mixture(rows[:500], coordinates[:500], 0, n_steps=50)
    first, second = (m.log_density(rows, coordinates).mean() for m in (one, other))
    assert first != second
    none, n_steps = train_conditional_mixture(rows, coordinates, 0, n_steps=0)
    assert n_steps == 0
    assert not none.parameters["weight_2"].any()
    assert none.log_density(rows, coordinates).mean() < first
