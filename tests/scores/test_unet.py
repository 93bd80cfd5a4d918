"""The U-Net for images in rows."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts import DiffusionResidualSampler
from skdiffts.scores import UNetScore
from skdiffts.sde import COU
from skdiffts.solvers import PredictorCorrector


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def build(d=64, seed=0, stir=True, **params):
    """Module in double precision, with all its weights away from zero."""
    module = UNetScore(**{"width": 4, **params}).build(torch.zeros(1, d), seeded(seed))
    if stir:
        with torch.no_grad():
            for parameter in module.parameters():
                parameter += 0.1 * torch.randn(parameter.shape, generator=seeded(1))
    return module.double()


LEVEL = torch.full((1, 1), 0.7, dtype=torch.float64)


def test_untrained_network_is_the_standard_normal_model():
    z = torch.randn(5, 64, generator=seeded(), dtype=torch.float64)
    assert build(stir=False)(z, LEVEL).abs().max() == 0.0


@pytest.mark.parametrize(
    ("d", "params"),
    [
        (64, {}),
        (64, {"depth": 2}),
        (24, {"shape": (4, 6)}),
        (3, {"shape": (1, 3), "depth": 0}),
        (64, {"depth": 3}),
    ],
)
def test_rows_do_not_meet_and_keep_their_shape(d, params):
    module = build(d, **params)
    z = torch.randn(6, d, generator=seeded(2), dtype=torch.float64)
    levels = torch.linspace(-3.0, 3.0, 6, dtype=torch.float64)[:, None]
    together = module(z, levels)
    assert together.shape == z.shape
    for i in range(6):
        one = slice(i, i + 1)
        assert_allclose(
            module(z[one], levels[one]).detach(), together[one].detach(), rtol=1e-9
        )
    assert not torch.allclose(module(z, levels[:1]), module(z, levels[1:2]))


def test_every_weight_is_learned():
    module = build()
    z = torch.randn(5, 64, generator=seeded(3), dtype=torch.float64)
    module(z, torch.linspace(-1.0, 1.0, 5).double()[:, None]).square().sum().backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad.abs().max() > 0.0, name


def test_pixels_see_their_neighbours():
    """A single stage of convolutions has no sense of place; the coarse one shifts by 2."""
    module = build(256)
    image = torch.zeros(1, 16, 16, dtype=torch.float64)
    image[0, 7, 7] = 1.0
    moved = image.roll((2, 2), dims=(1, 2))
    out, shifted = (
        module(x.view(1, -1), LEVEL).view(16, 16).detach() for x in (image, moved)
    )
    around, moved_with, elsewhere = out[5:9, 5:9], shifted[7:11, 7:11], out[7:11, 7:11]
    # Edges and the normalisation of groups, over the whole image, keep it from equality.
    gap = (around - moved_with).norm()
    assert gap < 0.3 * (around - elsewhere).norm()


def test_seed_decides_the_weights(through_pickle):
    state = torch.random.get_rng_state()
    first, second, other = (build(seed=seed, stir=False) for seed in (5, 5, 6))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.equal(first.entry.weight, second.entry.weight)
    assert not torch.equal(first.entry.weight, other.entry.weight)
    z = torch.ones(2, 64).double()
    module = build()
    assert torch.equal(through_pickle(module)(z, LEVEL), module(z, LEVEL))


def test_images_of_the_contractive_process(through_pickle):
    """001, section 6, on stripes: COU, U-Net, predictor-corrector, trajectories."""
    rng = np.random.RandomState(0)
    phase = rng.randint(2, size=(300, 1, 1))
    stripes = (np.arange(4)[:, None] + phase) % 2 * np.ones((1, 4))
    X = (stripes + 0.1 * rng.standard_normal(stripes.shape)).reshape(300, 16)
    sampler = DiffusionResidualSampler(
        COU(),
        score_model=UNetScore(width=8),
        solver=PredictorCorrector(n_steps=25),
        max_iter=200,
        learning_rate=1e-2,
        early_stopping=False,
        random_state=0,
    ).fit(X)
    draws = sampler.sample(200, random_state=0)
    # A pair of rows is light and dark, or dark and light, everywhere.
    rows = draws.reshape(200, 4, 4).mean(axis=2)
    light = rows > 0.5
    assert (light[:, 0] == light[:, 2]).mean() > 0.85
    assert (light[:, 0] != light[:, 1]).mean() > 0.85
    _, way = sampler.sample_at_times(3, times=[1.0, 0.5, 0.0], random_state=0)
    assert way.shape == (3, 3, 16)
    assert way[0].std() > way[-1].std()
    stored = through_pickle(sampler)
    assert_array_equal(
        stored.sample(2, random_state=1), sampler.sample(2, random_state=1)
    )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"shape": (3, 5)}, "is no image of 16"),
        ({"shape": (16,)}, "is no image of 16"),
        ({"depth": 3}, "halves images of shape"),
        ({"width": 0}, "width"),
    ],
)
def test_wrong_images_are_named(params, message):
    X = np.random.RandomState(0).standard_normal((20, 16))
    with pytest.raises(ValueError, match=message):
        DiffusionResidualSampler(score_model=UNetScore(**params)).fit(X)
    with pytest.raises(ValueError, match="image of 15 pixels"):
        DiffusionResidualSampler(score_model=UNetScore()).fit(X[:, 1:])
