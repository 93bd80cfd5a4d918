"""The recipe of the source paper (seeds_audit.md, D4, D6, D7)."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts.diffusion import published_sampler
from skdiffts.process import Whitening
from skdiffts.sde import VP


@pytest.fixture(scope="module")
def sampler():
    """Trained for a few steps."""
    X = np.random.RandomState(0).standard_normal((200, 2))
    return published_sampler(max_iter=30, n_inner=5, random_state=0).fit(X)


def test_loss_is_that_of_algorithm_1(sampler):
    """|s - u|^2 at uniform times with u = -z / sqrt(v), unweighted."""
    sde, module = VP(schedule="geometric"), sampler.module_
    rng = torch.Generator().manual_seed(0)
    rows, z = (torch.randn(64, 2, generator=rng) for _ in range(2))
    first = sampler.first_time_
    levels, weight = sampler.loss.draw_levels(
        sde, sampler.process().log_snr_range, 64, rng
    )
    t = sde.time(levels.double().numpy())
    # Uniform, the first stratum included.
    assert_allclose(np.sort(t)[1:] - np.sort(t)[:-1], (1.0 - first) / 64, rtol=1e-2)
    with torch.no_grad():
        ours = (weight * sampler.loss.error(module, rows, levels[:, None], z)).numpy()
        m, v = (
            torch.as_tensor(f(t)[:, None])
            for f in (sde.scale, lambda t: sde.std(t) ** 2)
        )
        x = (m * rows + v.sqrt() * z).float()
        # For VP the network's input is x_t, and its score follows from the velocity.
        velocity = module(x, levels[:, None]).double()
        score = -(v.sqrt() * x + m * velocity) / v.sqrt()
        squared = (score + z / v.sqrt()).square().sum(dim=1).numpy()
    assert_allclose(ours, 0.5 * (1.0 - first) * squared, rtol=2e-3)


def test_recipe_has_nothing_of_ours(sampler):
    """The optimiser is plain, all rows are trained on, draws are left as they are."""
    X = np.random.RandomState(0).standard_normal((200, 2))
    assert_array_equal(sampler.process().whitening.matrix, Whitening(X).matrix)
    assert sampler.validation_scores_ == []
    assert sampler.n_iter_ == 30
    optimizer = sampler.optimizer
    assert (optimizer.beta1, optimizer.beta2, optimizer.max_norm) == (0.9, 0.999, None)
    assert {optimizer.rate(i, 30) for i in range(30)} == {1.0}
    assert sampler.batch_size == 128
    assert sampler.learning_rate == 5e-3
    assert published_sampler().max_iter == 10_000
    assert len(published_sampler().solver.grid) == 10 * 200 - 1
    # Weights are the last ones and not a mean of them.
    assert sampler.ema_decay == 0.0


def test_start_is_noised_rows(sampler):
    prior = sampler.process().prior
    assert type(prior).__name__ == "EmpiricalPrior"
    m, s = (float(f(1.0)) for f in (sampler.sde.scale, sampler.sde.std))
    drawn = m * prior.sample(np.zeros((500, 2)), np.random.RandomState(0))
    rows = m * prior.data
    gaps = np.abs(drawn[:, np.newaxis] - rows).sum(axis=2).min(axis=1)
    assert_allclose(gaps, 0.0, atol=1e-12)
    assert_allclose(m * np.exp(-prior.log_snr), s)
