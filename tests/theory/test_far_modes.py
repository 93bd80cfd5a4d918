"""Modes far apart: a bound is a bound, and an estimate is not called one."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from skdiffts import DiffusionResidualSampler
from skdiffts.metrics import wasserstein
from skdiffts.scores import GaussianMixtureScore
from skdiffts.sde import CVP, OU, VE, VP, SubVP
from skdiffts.theory import CertifiedSlope, bounds, lipschitz_constant


def far_modes(mixture, weights, wrong_weights, sd, sde=None, n=2000):
    """Distribution, its draws, and a sampler with the exact score of other weights."""
    covariances = [[[sd**2]]] * 2
    distribution = mixture(weights, [[-2.0], [2.0]], covariances)
    distribution.random_state = np.random.RandomState(0)
    X = distribution.sample(n)[0]
    mean, scale = X.mean(), X.std()
    model = GaussianMixtureScore(
        weights=wrong_weights,
        means=[[(m - mean) / scale] for m in (-2.0, 2.0)],
        covariances=[[[(sd / scale) ** 2]]] * 2,
    )
    sampler = DiffusionResidualSampler(
        sde, score_model=model, max_iter=1, early_stopping=False
    )
    return distribution, sampler.fit(X)


@pytest.mark.parametrize(
    ("wrong", "sd", "sde"),
    [
        ([0.7, 0.3], 0.05, None),
        ([0.51, 0.49], 0.01, None),
        ([0.55, 0.45], 0.05, None),
        ([0.7, 0.3], 0.2, CVP()),
    ],
)
def test_distance_is_below_the_bounds(mixture, wrong, sd, sde):
    """seeds_audit.md, D1: distances up to 19 times what was called a bound."""
    distribution, sampler = far_modes(mixture, [0.5, 0.5], wrong, sd, sde)
    result = bounds(sampler, distribution, random_state=0)
    distance = wasserstein(
        sampler.sample(2000, random_state=0), distribution.sample(2000)[0]
    )
    assert distance > 0.1
    assert distance < result.free_wasserstein.total <= result.wasserstein.total
    # The transport of the excess weight, a third of a mode in the first case.
    assert abs(wrong[0] - 0.5) < result.total_variation.total + 0.01


def test_lipschitz_constant_finds_the_place_between_the_modes(mixture):
    """seeds_audit.md, D1: 1538.7 on the paths where the supremum is 2.37e6."""
    _, sampler = far_modes(mixture, [0.5, 0.5], [0.7, 0.3], 0.05)
    found = lipschitz_constant(sampler, random_state=0)
    process = sampler.process()
    slope = bounds(sampler, [[-1.0], [1.0]], n_levels=2).slope
    # In one dimension with equal widths the certificate is exact.
    certified = max(slope(process.sde.time(found.log_snr)))
    assert certified > 1e6
    assert_allclose(found.largest, certified, rtol=0.01)


@pytest.mark.parametrize("seed", range(12))
def test_no_random_point_is_steeper_than_certified(seed):
    """Jacobians of random mixtures by automatic differentiation, at 4000 points."""
    rng = np.random.RandomState(seed)
    d, k = 1 + seed % 2, 2 + seed % 3
    weights = rng.dirichlet(np.ones(k))
    means = 3.0 * rng.standard_normal((k, d))
    base = np.cov(rng.standard_normal((d, 20))).reshape(d, d)
    factors = np.ones(k) if seed % 4 == 0 else rng.uniform(0.2, 2.0, size=k)
    covariances = factors[:, None, None] * base
    sde = [VP(), OU(), VE(), SubVP(), CVP()][seed % 5]
    slope = CertifiedSlope(sde, weights, means, covariances)
    for t in (0.05, 0.3, 0.8):
        m, s = float(sde.scale(t)), float(sde.std(t))
        noised = torch.tensor(m**2 * covariances + s**2 * np.eye(d))
        precisions, log_dets = torch.linalg.inv(noised), torch.logdet(noised)
        at = torch.tensor(m * means)
        offsets = torch.tensor(np.log(weights)) - 0.5 * log_dets

        def log_density(x, p=precisions, at=at, offsets=offsets):
            moved = x[:, None] - at
            energy = torch.einsum("nki,kij,nkj->nk", moved, p, moved)
            return torch.logsumexp(offsets - 0.5 * energy, dim=1)

        shares = rng.uniform(-0.5, 1.5, size=(4000, 1))
        ends = rng.randint(k, size=(2, 4000))
        x = m * (shares * means[ends[0]] + (1.0 - shares) * means[ends[1]])
        x = torch.tensor(x + 0.3 * s * rng.standard_normal(x.shape))
        x.requires_grad_(True)
        [score] = torch.autograd.grad(log_density(x).sum(), x, create_graph=True)
        rows = [
            torch.autograd.grad(score[:, i].sum(), x, retain_graph=True)[0]
            for i in range(d)
        ]
        hessians = torch.stack(rows, dim=1).numpy()
        steepest = np.linalg.eigvalsh(hessians)[:, -1].max()
        assert steepest <= slope(t) * (1.0 + 1e-9) + 1e-9
        if d == 1 and seed % 4 == 0 and k == 2:
            assert_allclose(steepest, slope(t), rtol=0.1)


def test_crossing_widths_have_no_finite_slope(mixture, X, exact_sampler):
    """Each component wider in one direction: their scores part without limit."""
    distribution = mixture(
        [0.5, 0.5],
        [X.mean(axis=0)] * 2,
        [np.diag([4.0, 1.0]), np.diag([1.0, 4.0])],
    )
    result = bounds(
        exact_sampler(X, distribution), distribution, n_draws=64, random_state=0
    )
    assert result.wasserstein.total == result.free_wasserstein.total == np.inf
    assert np.isfinite(result.wasserstein_estimate.value)
    assert np.isfinite(result.kullback_leibler.total)
