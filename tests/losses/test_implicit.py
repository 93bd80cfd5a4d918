"""Implicit and sliced losses have the expectation of denoising score matching."""

import warnings

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from skdiffts import DiffusionResidualSampler
from skdiffts.losses import (
    DenoisingScoreMatching,
    ImplicitScoreMatching,
    SlicedScoreMatching,
)
from skdiffts.losses._implicit import sign_patterns
from skdiffts.scores import GaussianMixtureScore, ScoreNetwork

LOSSES = [
    ImplicitScoreMatching(),
    ImplicitScoreMatching(antithetic=False),
    SlicedScoreMatching(n_projections=3),
    SlicedScoreMatching(n_projections=2, directions="gaussian"),
]


class Scaled(torch.nn.Module):
    """A wrong model: the velocity of one mixture times a number."""

    def __init__(self, share):
        super().__init__()
        recipe = GaussianMixtureScore(
            weights=[0.4, 0.6],
            means=[[-1.0, 0.3], [0.7, 0.0]],
            covariances=[np.diag([0.2, 0.9]), np.diag([0.4, 1.0])],
        )
        self.velocity = recipe.build(None, None)
        self.share = share

    def forward(self, z, log_snr):
        return self.share * self.velocity(z, log_snr)


@pytest.fixture(scope="module")
def rows():
    rng = torch.Generator().manual_seed(0)
    return torch.rand(60_000, 2, generator=rng, dtype=torch.float64) * 3.0 - 1.5


@pytest.mark.statistical
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("level", [-1.0, 0.0, 1.5])
@pytest.mark.parametrize("share", [0.5, 1.0])
def test_expectation_is_that_of_denoising(loss, level, share, rows):
    """Difference of means within five standard errors (false alarm below 1e-6)."""
    rng = torch.Generator().manual_seed(1)
    n, d = rows.shape
    noise = torch.randn(n, loss.n_noises * d, generator=rng, dtype=torch.float64)
    levels = torch.full((n, 1), level, dtype=torch.float64)
    module = Scaled(share)
    implicit = loss.error(module, rows, levels, noise).detach()
    denoising = DenoisingScoreMatching(antithetic=loss.antithetic).error(
        module, rows, levels, noise[:, :d]
    )
    gap = implicit - denoising
    assert abs(gap.mean()) < 5.0 * gap.std() / n**0.5


@pytest.mark.parametrize("family", [ImplicitScoreMatching, SlicedScoreMatching])
def test_a_pair_is_the_mean_of_its_halves(family, rows):
    rng = torch.Generator().manual_seed(3)
    pair, single = family(), family(antithetic=False)  # one direction, if any
    noise = torch.randn(50, 2 * pair.n_noises, generator=rng, dtype=torch.float64)
    signs = torch.tensor([1.0, -1.0]).repeat(pair.n_noises - 1).double()
    mirrored = torch.cat([-noise[:, :2], signs * noise[:, 2:]], dim=1)
    levels = torch.linspace(-2.0, 4.0, 50, dtype=torch.float64)[:, None]
    halves = [
        single.error(Scaled(0.7), rows[:50], levels, one).detach()
        for one in (noise, mirrored)
    ]
    both = pair.error(Scaled(0.7), rows[:50], levels, noise).detach()
    assert_allclose(both, 0.5 * (halves[0] + halves[1]))


def test_directions_of_a_pair_are_orthogonal_in_two_columns(rows):
    """At little noise the pair has the exact divergence."""
    noise = torch.ones(50, 4, dtype=torch.float64)
    levels = torch.full((50, 1), 16.0, dtype=torch.float64)
    sliced, implicit = (
        family().error(Scaled(0.7), rows[:50], levels, noise[:, :columns]).detach()
        for family, columns in ((SlicedScoreMatching, 4), (ImplicitScoreMatching, 2))
    )
    assert_allclose(sliced, implicit, rtol=0, atol=1e-12)


@pytest.mark.parametrize("d", [1, 2, 3, 7, 8, 9, 100, 257, 999, 1000])
def test_patterns_are_the_parities_of_common_bits(d):
    """Entry -1 where row and column have an odd number of bits in common."""
    order = 1 << (d - 1).bit_length()
    rows = np.arange(order + 3)
    common = (rows % order)[:, np.newaxis] & np.arange(d)
    odd = sum(common >> bit & 1 for bit in range(10)) % 2
    assert_array_equal(sign_patterns(len(rows), d), 1 - 2 * odd)


@pytest.mark.parametrize("family", [ImplicitScoreMatching, SlicedScoreMatching])
def test_held_out_rows_are_judged_by_denoising(family):
    """Equal in expectation, and without derivatives."""
    loss = family(weighting="sigma2", time_sampling="uniform")
    judge = loss.for_validation
    assert isinstance(judge, DenoisingScoreMatching)
    assert (judge.weighting, judge.time_sampling) == ("sigma2", "uniform")


def test_divergence_is_exact_on_a_linear_map(rows):
    """For v = A z the exact divergence is tr A, the sliced one averages to it."""
    matrix = torch.tensor([[1.0, 2.0], [0.5, -3.0]], dtype=torch.float64)
    z = rows[:4].clone().requires_grad_(True)
    exact = ImplicitScoreMatching()._divergence(z @ matrix.T, z, None)
    assert_allclose(exact.detach(), -2.0)
    signs = torch.tensor([[1.0, 1.0], [1.0, -1.0]] * 2, dtype=torch.float64)
    sliced = SlicedScoreMatching(n_projections=2)._divergence(z @ matrix.T, z, signs)
    # The two directions are orthogonal and cover the trace.
    assert_allclose(sliced.detach(), -2.0)


@pytest.mark.parametrize("d", [3, 4])
def test_four_directions_are_exact_in_up_to_four_columns(d):
    rng = torch.Generator().manual_seed(4)
    matrix, z = torch.randn(d + 5, d, generator=rng, dtype=torch.float64).split([d, 5])
    z.requires_grad_(True)
    signs = torch.randn(5, d, generator=rng, dtype=torch.float64).sign()
    loss = SlicedScoreMatching(n_projections=4)
    divergence = loss._divergence(z @ matrix.T, z, signs)
    assert_allclose(divergence.detach(), float(matrix.trace()))


def test_gaussian_directions_estimate_the_trace_with_their_own_variance():
    """Of p' A p with Gaussian p the variance is 2 |S|^2, S the symmetric part of A."""
    matrix = torch.tensor([[2.0, 1.0], [0.5, -3.0]], dtype=torch.float64)
    rng = torch.Generator().manual_seed(6)
    z = torch.randn(20_000, 2, generator=rng, dtype=torch.float64).requires_grad_(True)
    normals = torch.randn(20_000, 6, generator=rng, dtype=torch.float64)
    loss = SlicedScoreMatching(n_projections=3, directions="gaussian")
    found = loss._divergence(z @ matrix.T, z, normals).detach()
    symmetric = 0.5 * (matrix + matrix.T)
    variance = float(2.0 * symmetric.square().sum()) / 3.0
    assert abs(float(found.mean()) + 1.0) < 4.0 * (variance / len(z)) ** 0.5
    assert_allclose(found.var(), variance, rtol=0.1)


def test_a_pair_shares_its_gaussian_directions(rows):
    loss = SlicedScoreMatching(n_projections=2, directions="gaussian")
    assert loss.n_noises == 3
    z = rows[:8].clone().requires_grad_(True)
    normals = torch.randn(4, 4, generator=torch.Generator().manual_seed(7)).double()
    directions = list(loss._directions(z, normals))
    assert len(directions) == 2
    for i, direction in enumerate(directions):
        for half in direction.split(4):
            assert torch.equal(half, normals[:, 2 * i : 2 * i + 2])


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_training_finds_two_modes(loss):
    rng = np.random.RandomState(0)
    X = np.sign(rng.randn(3000, 1)) + 0.2 * rng.randn(3000, 1)
    sampler = DiffusionResidualSampler(
        loss=loss,
        score_model=ScoreNetwork(width=32, depth=1, base="gaussian"),
        max_iter=300,
        learning_rate=3e-3,
        n_iter_no_change=300,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        sampler.fit(X)
    # The Gaussian that it starts from has three tenths of its mass there.
    assert np.mean(np.abs(sampler.sample(2000, random_state=0)) < 0.4) < 0.15
