"""Divergence of the network in closed form against one derivative a column."""

import pytest
import torch
from numpy.testing import assert_allclose

from skdiffts import _chunks
from skdiffts.scores import ScoreNetwork


def disturbed(d, *, width, depth, base="gaussian"):
    """Network in double precision none of whose layers is zero, and points."""
    rng = torch.Generator().manual_seed(d)
    data = torch.randn(50, d, generator=rng)
    model = ScoreNetwork(width=width, depth=depth, base=base)
    module = model.build(data, rng)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(0.0, 2.0 / parameter.shape[-1] ** 0.5, generator=rng)
    return module.requires_grad_(False), torch.randn(7, d, generator=rng).double()


def derivatives(module, z, level):
    jacobian = torch.autograd.functional.jacobian(
        lambda z: module(z, level).sum(dim=0), z
    )
    return torch.einsum("jnj->n", jacobian)


# Fewer directions than hidden units, as many, and more.
@pytest.mark.parametrize("d", [1, 3, 8, 20])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_trace_is_the_sum_of_the_derivatives(d, depth):
    module, z = disturbed(d, width=8, depth=depth)
    module = module.double()
    for log_snr in (-2.0, 0.5, 3.0):
        level = torch.full((1, 1), log_snr, dtype=torch.float64)
        velocity, divergence = module.velocity_and_divergence(z, level)
        assert_allclose(velocity, module(z, level), atol=1e-12)
        # The base is rounded to single precision: its axes are not quite orthogonal.
        expected = derivatives(module, z, level)
        assert expected.abs().max() > 0.01
        assert_allclose(divergence, expected, rtol=1e-6, atol=1e-6)
        levels = level.expand(len(z), 1)
        _, each = module.velocity_and_divergence(z, levels)
        assert_allclose(each, divergence, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("d", [3, 20])
def test_chunks_do_not_change_the_trace(d, monkeypatch):
    module, z = disturbed(d, width=8, depth=2)
    level = torch.linspace(-2.0, 2.0, len(z)).double()[:, None]
    module = module.double()
    whole = module.velocity_and_divergence(z, level)
    monkeypatch.setattr(_chunks, "CHUNK_NUMBERS", 2 * 4 * 64)
    parts = module.velocity_and_divergence(z, level)
    for one, other in zip(whole, parts, strict=True):
        assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("d", "dtype"), [(31, torch.float64), (32, torch.float32)])
def test_density_has_its_base_in_double_precision(d, dtype):
    module, z = disturbed(d, width=8, depth=2)
    mixed, exact = module.for_density(), module.double()
    assert mixed.exit.weight.dtype == dtype
    assert mixed.base.means.dtype == torch.float64
    level = torch.full((1, 1), 1.0, dtype=torch.float64)
    for one, other in zip(
        mixed.velocity_and_divergence(z, level),
        exact.velocity_and_divergence(z, level),
        strict=True,
    ):
        assert one.dtype == torch.float64
        assert_allclose(one, other, rtol=1e-4, atol=1e-4)
    assert_allclose(mixed(z, level), exact(z, level), rtol=1e-4, atol=1e-4)
    velocity, _ = mixed.velocity_and_divergence(z, level)
    assert_allclose(mixed(z, level), velocity, rtol=1e-5, atol=1e-5)
