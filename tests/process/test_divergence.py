"""Exact divergence against the Jacobian, estimates against the exact one."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from skdiffts.process._divergence import probe_sets, velocity_and_divergence

LEVEL = torch.zeros(1, 1, dtype=torch.float64)


class Bent(nn.Module):
    """Velocity whose Jacobian is full and differs between rows."""

    def __init__(self, d):
        super().__init__()
        rng = np.random.RandomState(0)
        self.matrix = nn.Parameter(torch.tensor(rng.standard_normal((d, d))))

    def forward(self, z, log_snr):
        return torch.tanh(z @ self.matrix) + log_snr * z


class Formula(Bent):
    """Velocity with a formula for its divergence, told apart by its value."""

    def velocity_and_divergence(self, z, log_snr):
        return self(z, log_snr), torch.full((len(z),), 7.0, dtype=z.dtype)


def points(d, n=6):
    return torch.tensor(np.random.RandomState(1).standard_normal((n, d)))


def traces(module, z):
    """Trace of the Jacobian of each row, from all of its entries."""
    return torch.stack(
        [
            torch.autograd.functional.jacobian(
                lambda row: module(row[None], LEVEL)[0], row
            ).trace()
            for row in z
        ]
    )


@pytest.mark.parametrize("d", [1, 2, 5])
def test_exact_divergence_is_the_trace_of_the_jacobian(d):
    module, z = Bent(d), points(d)
    velocity, divergence = velocity_and_divergence(module, z, LEVEL)
    assert_allclose(velocity, module(z, LEVEL).detach(), rtol=0, atol=0)
    assert_allclose(divergence, traces(module, z).detach(), rtol=1e-12)
    assert not velocity.requires_grad
    assert not divergence.requires_grad


def test_a_formula_comes_before_derivatives_but_not_before_probes():
    module, z = Formula(3), points(3)
    _, divergence = velocity_and_divergence(module, z, LEVEL)
    assert_array_equal(divergence, 7.0)
    assert not divergence.requires_grad
    [probes] = probe_sets(1, 4, 3, 0)
    _, estimate = velocity_and_divergence(module, z, LEVEL, probes)
    assert (estimate != 7.0).all()


@pytest.mark.parametrize(("d", "n_rows"), [(1, 1), (2, 2), (3, 4), (5, 8), (8, 8)])
def test_all_rows_of_the_hadamard_matrix_give_the_exact_trace(d, n_rows):
    module, z = Bent(d), points(d)
    [probes] = probe_sets(1, n_rows, d, 0)
    assert_allclose(probes.T @ probes, n_rows * np.eye(d), atol=1e-12)
    _, estimate = velocity_and_divergence(module, z, LEVEL, probes)
    assert_allclose(estimate, traces(module, z).detach(), rtol=1e-12)


def test_sets_share_the_rows_of_the_matrix_out():
    sets = probe_sets(4, 8, 30, seed=3)
    assert [tuple(probes.shape) for probes in sets] == [(8, 30)] * 4
    together = torch.cat(sets)
    assert_array_equal(together.abs(), 1.0)
    assert_allclose(together.T @ together, 32 * np.eye(30), atol=1e-12)
    again, other = probe_sets(4, 8, 30, seed=3), probe_sets(4, 8, 30, seed=4)
    assert all(torch.equal(a, b) for a, b in zip(sets, again, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(sets, other, strict=True))


@pytest.mark.parametrize("d", [1, 5, 64, 1000])
def test_probes_are_signed_parities_of_common_bits(d):
    """Rows of Sylvester's matrix in random order, times random signs of the columns."""
    rng = np.random.RandomState(3)
    signs, order = (
        rng.choice([-1, 1], size=d),
        rng.permutation(1 << (d - 1).bit_length()),
    )
    common = np.resize(order, 12)[:, np.newaxis] & np.arange(d)
    odd = sum(common >> bit & 1 for bit in range(10)) % 2
    probes = torch.cat(probe_sets(3, 4, d, seed=3))
    assert_array_equal(probes, signs * (1 - 2 * odd))


def test_every_sign_vector_is_drawn():
    """200 seeds miss one of eight equally likely vectors once in 5e10 times."""
    drawn = {tuple(probe_sets(1, 1, 3, seed)[0][0].tolist()) for seed in range(200)}
    assert len(drawn) == 8


def test_rows_of_the_matrix_begin_anew():
    first, second = probe_sets(2, 4, 4, seed=0)
    assert_array_equal(first, second)


@pytest.mark.statistical
def test_estimate_is_unbiased():
    """Five standard errors of 500 seeds: 6 rows raise one false alarm in 3e5."""
    module, z = Bent(6), points(6)
    estimates = np.stack(
        [
            velocity_and_divergence(module, z, LEVEL, probe_sets(1, 1, 6, seed)[0])[1]
            for seed in range(500)
        ]
    )
    error = estimates.mean(axis=0) - traces(module, z).detach().numpy()
    assert estimates.std(axis=0).min() > 1.0
    assert (np.abs(error) < 5.0 * estimates.std(axis=0) / np.sqrt(500)).all()
