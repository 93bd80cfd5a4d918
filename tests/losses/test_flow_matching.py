"""Flow matching in the one coordinate of the package."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from skdiffts import DiffusionResidualSampler
from skdiffts.losses import DenoisingScoreMatching, FlowMatching
from skdiffts.scores import ScoreNetwork
from skdiffts.sde import COU, VP

# Within the levels of every process here.
RANGE = (-1.5, 5.0)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def module(z, log_snr):
    """Any velocity."""
    return torch.tanh(z) * torch.exp(-0.1 * log_snr) + 0.3


def draw(n, d=2, seed=0):
    rng = seeded(seed)
    return tuple(torch.randn(n, d, generator=rng, dtype=torch.float64) for _ in "xz")


def loss_of(loss, sde, data, noise, seed=3):
    levels, weight = loss.draw_levels(sde, RANGE, len(data), seeded(seed))
    order = torch.randperm(len(data), generator=seeded(seed + 1))
    errors = loss.error(module, data, levels.double()[order, None], noise)
    return weight.double()[order] * errors


def test_linear_path_by_its_definition():
    """|u - (xi - x_0)|^2 at uniform times of x = (1 - tau) x_0 + tau xi."""
    n = 500
    data, noise = draw(n)
    loss = FlowMatching(antithetic=False)
    levels, weight = loss.draw_levels(VP(), RANGE, n, seeded(1))
    ratio = np.exp(-levels.double().numpy())
    tau = ratio / (1.0 + ratio)
    start, end = (np.exp(-x) / (1.0 + np.exp(-x)) for x in RANGE[::-1])
    assert_allclose(np.diff(tau), (end - start) / n, rtol=1e-2)
    t = torch.as_tensor(tau)[:, None]
    x = (1.0 - t) * data + t * noise
    size = torch.sqrt((1.0 - t) ** 2 + t**2)
    cosine, sine = (1.0 - t) / size, t / size
    z = x / size
    u = (sine - cosine) * z + (cosine + sine) * module(z, levels.double()[:, None])
    expected = (end - start) * (u - (noise - data)).square().sum(dim=1)
    ours = weight * loss.error(module, data, levels.double()[:, None], noise)
    assert_allclose(ours, expected, rtol=1e-4)


@pytest.mark.statistical
@pytest.mark.parametrize("sde", [VP(), COU()], ids=repr)
def test_all_forms_are_one_integral(sde):
    """Both paths, and denoising with the weighting g^2 s / m, within 5 standard errors."""
    data, noise = draw(200_000)

    def weighting(t):
        return sde.g2(t) * sde.std(t) / sde.scale(t)

    losses = [
        FlowMatching(antithetic=False),
        FlowMatching(path="trigonometric", antithetic=False),
        DenoisingScoreMatching(weighting=weighting, antithetic=False),
    ]
    terms = [loss_of(loss, sde, data, noise) for loss in losses]
    means = [float(term.mean()) for term in terms]
    errors = [float(term.std()) / np.sqrt(len(data)) for term in terms]
    for mean, error in zip(means[1:], errors[1:], strict=True):
        assert abs(mean - means[0]) < 5.0 * np.hypot(error, errors[0])
    assert max(errors) < 0.01 * means[0]


def test_opposite_noises_are_a_mean():
    data, noise = draw(20)
    level = torch.linspace(-3.0, 4.0, 20, dtype=torch.float64)[:, None]
    pair = FlowMatching().error(module, data, level, noise)
    one = FlowMatching(antithetic=False)
    expected = 0.5 * sum(one.error(module, data, level, s * noise) for s in (1.0, -1.0))
    assert_allclose(pair, expected, rtol=1e-12)


def test_training_learns_two_modes():
    rng = np.random.RandomState(0)
    X = np.sign(rng.standard_normal((1500, 1))) + 0.1 * rng.standard_normal((1500, 1))
    sampler = DiffusionResidualSampler(
        loss=FlowMatching(),
        score_model=ScoreNetwork(width=32, depth=1, base="gaussian"),
        max_iter=400,
        learning_rate=1e-2,
        early_stopping=False,
        random_state=0,
    ).fit(X)
    draws = sampler.sample(500, random_state=0)
    assert (np.abs(np.abs(draws) - 1.0) < 0.4).mean() > 0.9


def test_wrong_paths_are_named():
    sampler = DiffusionResidualSampler(loss=FlowMatching(path="curved"))
    with pytest.raises(ValueError, match="path"):
        sampler.fit(np.zeros((5, 1)))
