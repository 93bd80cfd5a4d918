"""The network of the source paper: what it computes, and that it can be trained."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import erf

from skdiffts import DiffusionResidualSampler
from skdiffts.losses import DenoisingScoreMatching, ExplicitScoreMatching
from skdiffts.scores import GaussianMixtureScore, MLPScore
from skdiffts.sde import VP


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def build(d=2, seed=0, **params):
    return MLPScore(**params).build(torch.zeros(1, d), seeded(seed)).double()


def gelu(x):
    return 0.5 * x * (1.0 + erf(x / np.sqrt(2.0)))


def linear(layer, x):
    weight, bias = (p.detach().numpy() for p in (layer.weight, layer.bias))
    return x @ weight.T + bias


@given(st.floats(-5.0, 5.0), st.integers(2, 5))
def test_score_is_that_of_a_perceptron(log_snr, n_layers):
    """The velocity is that whose score is the raw output, in NumPy."""
    module = build(width=7, n_layers=n_layers, n_embedding=5)
    z = torch.randn(6, 2, generator=seeded(1), dtype=torch.float64)
    level = torch.full((1, 1), log_snr, dtype=torch.float64)
    velocity = module(z, level).detach().numpy()

    angle = np.arctan(np.exp(-log_snr))
    embedding = gelu(linear(module.embedding, np.array([[2.0 * angle / np.pi]])))
    hidden = np.hstack([z.numpy(), np.tile(embedding, (6, 1))])
    assert len(module.layers) == n_layers
    for k, layer in enumerate(module.layers):
        hidden = linear(layer, hidden)
        hidden = hidden if k == n_layers - 1 else gelu(hidden)
    noise = np.sin(angle) * z.numpy() + np.cos(angle) * velocity
    assert_allclose(-noise / np.sin(angle), hidden, rtol=1e-9, atol=1e-9)


def test_size_by_default():
    """Four layers; the figure of 38,292 weights without an embedding (diffusion.md)."""
    module = MLPScore().build(torch.zeros(1, 20), seeded())
    shapes = [tuple(layer.weight.shape) for layer in module.layers]
    assert shapes == [(128, 52), (128, 128), (128, 128), (20, 128)]
    n_weights = sum(parameter.numel() for parameter in module.parameters())
    assert n_weights == 38_292 + 32 * 128 + 64
    assert all(parameter.dtype == torch.float32 for parameter in module.parameters())


def test_every_weight_is_learned():
    module = build(width=8)
    level = torch.linspace(-2.0, 2.0, 5, dtype=torch.float64)[:, None]
    module(torch.ones(5, 2, dtype=torch.float64), level).square().sum().backward()
    assert all(parameter.grad.abs().max() > 0.0 for parameter in module.parameters())


def test_rows_do_not_meet():
    module = build(width=8)
    z = torch.randn(6, 2, generator=seeded(1), dtype=torch.float64)
    levels = torch.linspace(-3.0, 3.0, 6, dtype=torch.float64)[:, None]
    together = module(z, levels).detach()
    for i in range(6):
        one = slice(i, i + 1)
        alone = module(z[one], levels[one]).detach()
        assert_allclose(together[one], alone, rtol=1e-12)
        assert_allclose(module(z, levels[one])[one].detach(), alone, rtol=1e-12)
    low, high = module(z, levels[:1]), module(z, levels[1:2])
    assert not torch.allclose(low / levels[:1].exp(), high / levels[1:2].exp())


def test_seed_decides_the_weights_and_nothing_else_moves(through_pickle):
    state = torch.random.get_rng_state()
    first, second, other = (build(width=8, seed=seed) for seed in (5, 5, 6))
    assert torch.equal(torch.random.get_rng_state(), state)
    z, level = torch.ones(2, 2).double(), torch.zeros(1, 1).double()
    assert torch.equal(first(z, level), second(z, level))
    assert not torch.equal(first(z, level), other(z, level))
    copy = through_pickle(first)
    assert torch.equal(copy(z, level), first(z, level))


def test_recipe_of_the_paper_learns():
    """Five hundred steps take off nine tenths of the distance to the truth, in nats."""
    rng = np.random.RandomState(0)
    X = np.where(rng.rand(2000, 1) < 0.5, -1.0, 1.0) + 0.5 * rng.randn(2000, 1)
    rows = torch.tensor((X - X.mean()) / X.std())
    # Symmetric: whitening may turn the sign.
    truth = GaussianMixtureScore(
        weights=[0.5, 0.5], means=[[-(0.8**0.5)], [0.8**0.5]], covariances=[[[0.2]]] * 2
    )
    sampler = DiffusionResidualSampler(
        score_model=MLPScore(width=32),
        loss=DenoisingScoreMatching(
            weighting="sigma2", time_sampling="uniform", antithetic=False
        ),
        batch_size=64,
        learning_rate=5e-3,
        max_iter=500,
        early_stopping=False,
        random_state=0,
    ).fit(X)
    loss = ExplicitScoreMatching(score_model=truth)
    noise = torch.randn(rows.shape, generator=seeded(1), dtype=torch.float64)
    levels, weight = loss.draw_levels(VP(), (-5.0, 4.0), len(rows), seeded(2))
    before, after = (
        (weight * loss.error(module, rows, levels[:, None].double(), noise)).mean()
        for module in (build(1, width=32), sampler.module_.double())
    )
    assert after < 0.1 * before


def test_dropout_acts_in_training_alone():
    """seeds_audit.md, D6 and D8: MLPScore(dropout=.1) was a TypeError."""
    module = build(width=64, dropout=0.4)
    z, level = torch.ones(2000, 2).double(), torch.zeros(1, 1).double()
    exact = build(width=64)(z, level)
    assert torch.equal(module.eval()(z, level), exact)
    dropped = module.train()(z, level)
    assert dropped.std(dim=0).min() > 0.0
    # Of one hidden layer, whose output the last one takes linearly, the mean is kept.
    shallow = build(width=64, n_layers=2, dropout=0.4)
    whole, parts = shallow.eval()(z, level), shallow.train()(z, level)
    error = (parts.mean(dim=0) - whole[0]).abs()
    assert (error < 5.0 * parts.std(dim=0) / 2000**0.5).all()


def test_dropout_follows_the_seed_and_is_stored(through_pickle):
    options = {"max_iter": 5, "early_stopping": False, "random_state": 0}
    X = np.random.RandomState(0).standard_normal((50, 2))
    one, same, plain = (
        DiffusionResidualSampler(
            score_model=MLPScore(width=8, dropout=rate), **options
        ).fit(X)
        for rate in (0.3, 0.3, 0.0)
    )
    draws = one.sample(5, random_state=0)
    assert_allclose(same.sample(5, random_state=0), draws, rtol=0)
    assert not np.allclose(plain.sample(5, random_state=0), draws)
    assert_allclose(through_pickle(one).sample(5, random_state=0), draws, rtol=0)


@pytest.mark.parametrize(
    "params", [{"width": 0}, {"n_layers": 1}, {"n_embedding": 0}, {"dropout": 1.0}]
)
def test_wrong_parameters_are_named(params):
    [name] = params
    with pytest.raises(ValueError, match=name):
        MLPScore(**params)._validate_params()
