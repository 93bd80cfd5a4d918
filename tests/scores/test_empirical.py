"""The empirical score model is a mixture of points."""

import numpy as np
import torch
from numpy.testing import assert_allclose

from skdiffts import DiffusionResidualSampler, _chunks
from skdiffts.scores import EmpiricalScore, GaussianMixtureScore


def modules(n=7, d=3):
    data = torch.randn(n, d, generator=torch.Generator().manual_seed(0)).double()
    points = GaussianMixtureScore(
        weights=np.full(n, 1 / n), means=data.numpy(), covariances=np.zeros((n, d, d))
    )
    return EmpiricalScore().build(data, None), points.build(None, None)


def test_equals_a_mixture_of_points():
    ours, mixture = modules()
    z = torch.randn(20, 3, generator=torch.Generator().manual_seed(1)).double()
    for level in (-2.0, 0.0, 2.0, 4.0):
        log_snr = torch.full((1, 1), level, dtype=torch.float64)
        assert_allclose(ours(z, log_snr), mixture(z, log_snr), rtol=1e-7, atol=1e-9)


def test_divergence_is_the_trace_of_the_jacobian():
    ours, _ = modules()
    z = torch.randn(4, 3, generator=torch.Generator().manual_seed(1)).double()
    for level in (-2.0, 0.0, 1.0, 2.0):
        log_snr = torch.full((1, 1), level, dtype=torch.float64)
        jacobian = torch.autograd.functional.jacobian(
            lambda z, log_snr=log_snr: ours(z, log_snr).sum(dim=0), z
        )
        velocity, divergence = ours.velocity_and_divergence(z, log_snr)
        assert_allclose(velocity, ours(z, log_snr), rtol=0, atol=0)
        expected = torch.einsum("jnj->n", jacobian)
        assert_allclose(divergence, expected, rtol=1e-9, atol=1e-9)
        each = ours.velocity_and_divergence(z, log_snr.expand(4, 1))
        assert_allclose(each[1], divergence, rtol=1e-12)


def test_divergence_far_from_all_rows_is_that_of_one():
    """Where one row has all the weight nothing of its spread is left but rounding."""
    ours, _ = modules()
    log_snr = torch.full((1, 1), 5.0, dtype=torch.float64)
    z = 1e3 * torch.eye(3, dtype=torch.float64)
    _, divergence = ours.velocity_and_divergence(z, log_snr)
    assert_allclose(divergence, 3.0 * np.exp(5.0), rtol=1e-6)


def test_chunks_do_not_matter(monkeypatch):
    ours, _ = modules()
    z = torch.randn(20, 3, generator=torch.Generator().manual_seed(1)).double()
    log_snr = torch.zeros(20, 1, dtype=torch.float64)
    whole = ours(z, log_snr)
    monkeypatch.setattr(_chunks, "CHUNK_NUMBERS", 21)
    assert_allclose(ours(z, log_snr), whole, rtol=1e-13)
    velocity, divergence = ours.velocity_and_divergence(z, log_snr)
    assert_allclose(velocity, whole, rtol=1e-13)
    monkeypatch.undo()
    _, expected = ours.velocity_and_divergence(z, log_snr)
    assert_allclose(divergence, expected, rtol=1e-12)


def test_draws_are_training_rows_with_a_little_noise():
    X = np.random.RandomState(0).standard_normal((40, 2))
    sampler = DiffusionResidualSampler(
        score_model=EmpiricalScore(), early_stopping=False, random_state=0
    ).fit(X)
    draws = sampler.sample(200, random_state=0)
    nearest = np.linalg.norm(draws[:, None] - X, axis=2).min(axis=1)
    # The first noise level is 0.005 of the spread; 40 points in the plane are wide apart.
    assert np.quantile(nearest, 0.95) < 0.05
