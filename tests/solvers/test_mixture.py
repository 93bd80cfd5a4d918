"""Draws with the exact score of a mixture have the mixture's moments."""

import numpy as np
import pytest
import torch

from skdiffts._noise_level import cosine_sine
from skdiffts.datasets import GaussianMixtureLaw
from skdiffts.scores import GaussianMixtureScore
from skdiffts.solvers import EulerMaruyama, ExponentialMultistep

N_DRAWS = 20_000
WEIGHTS = np.array([0.5, 0.3, 0.2])
MEANS = np.array([[-0.8, 0.1], [0.9, 0.8], [0.7, -1.3]])
COVARIANCES = np.array(
    [
        [[0.20, 0.05], [0.05, 0.10]],
        [[0.05, -0.02], [-0.02, 0.15]],
        [[0.10, 0.00], [0.00, 0.02]],
    ]
)


def sufficient_statistics(x):
    """First and second moments, and the posterior weights of the components."""
    centered = x[:, None] - MEANS
    energy = np.einsum(
        "nki,kij,nkj->nk", centered, np.linalg.inv(COVARIANCES), centered
    )
    density = WEIGHTS * np.exp(-0.5 * energy) / np.sqrt(np.linalg.det(COVARIANCES))
    posterior = density / density.sum(axis=1, keepdims=True)
    return np.column_stack([x, x**2, x[:, 0] * x[:, 1], posterior])


@pytest.mark.statistical
@pytest.mark.parametrize(
    ("solver", "bias"),
    [
        (ExponentialMultistep(), 0.006),
        (ExponentialMultistep(gamma=0.0, n_steps=30), 0.006),
        (ExponentialMultistep(order=2, corrector=False), 0.02),
        (EulerMaruyama(n_steps=200, grid="logsnr"), 0.03),
    ],
    ids=["default", "flow", "order two", "euler"],
)
def test_moments_of_a_mixture(sde, log_snr_range, solver, bias):
    module = GaussianMixtureScore(
        weights=WEIGHTS, means=MEANS, covariances=COVARIANCES
    ).build(torch.zeros(1, 2), torch.Generator())
    rng = torch.Generator().manual_seed(0)

    def draw():
        return torch.randn((N_DRAWS, 2), generator=rng, dtype=torch.float64)

    def denoise(y, level):
        cosine, sine = cosine_sine(level)
        level = torch.full((1, 1), level, dtype=torch.float64)
        velocity = module(cosine * y, level)
        return cosine**2 * y - sine * velocity

    truth = GaussianMixtureLaw(WEIGHTS, MEANS, COVARIANCES)
    reference = truth.sample(N_DRAWS, np.random.RandomState(1))
    # The start is matched: Gaussian with the moments of the noised data.
    factor = np.linalg.cholesky(
        truth.covariance + np.exp(-2.0 * log_snr_range[0]) * np.eye(2)
    )
    start = torch.tensor(truth.mean) + draw() @ torch.tensor(factor).T
    draws = solver.solve(denoise, sde, start, log_snr_range, draw).numpy()
    x, y = sufficient_statistics(draws), sufficient_statistics(reference)
    error = x.mean(axis=0) - y.mean(axis=0)
    noise = np.sqrt((x.var(axis=0) + y.var(axis=0)) / N_DRAWS)
    # 4.5 standard errors: a false alarm in 2e-5 of the seeds for the eight numbers.
    assert (np.abs(error) < 4.5 * noise + bias * y.std(axis=0)).all()
