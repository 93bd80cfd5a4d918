"""Explicit score matching: the distance to the truth, and denoising up to a constant."""

import warnings

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from skdiffts import DiffusionResidualSampler
from skdiffts.losses import DenoisingScoreMatching, ExplicitScoreMatching
from skdiffts.scores import GaussianMixtureScore, ScoreNetwork
from skdiffts.sde import VP

TRUTH = GaussianMixtureScore(
    weights=[0.3, 0.7], means=[[-1.2], [0.6]], covariances=[[[0.2]], [[0.4]]]
)


@pytest.fixture(scope="module")
def quadrature():
    """Nodes and weights of the distribution of (x_0, xi), by Gauss and Hermite."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(100)
    weights = weights / weights.sum()
    data, noise, weight = [], [], []
    for share, [mean], [[variance]] in zip(
        TRUTH.weights, TRUTH.means, TRUTH.covariances, strict=True
    ):
        a, b = np.meshgrid(mean + np.sqrt(variance) * nodes, nodes)
        data.append(a.ravel())
        noise.append(b.ravel())
        weight.append(share * np.outer(weights, weights).ravel())
    data, noise, weight = (
        torch.tensor(np.concatenate(rows)) for rows in (data, noise, weight)
    )
    return data[:, None], noise[:, None], weight


class Network(torch.nn.Module):
    """A smooth velocity with random weights, which may depend on the level."""

    def __init__(self, seed):
        super().__init__()
        rng = torch.Generator().manual_seed(seed)
        self.weights = torch.nn.Parameter(
            0.5 * torch.randn(4, 3, generator=rng, dtype=torch.float64)
        )

    def forward(self, z, log_snr):
        a, b, c, d = self.weights
        return (torch.tanh(a * z + b * log_snr + c) * d).sum(dim=1, keepdim=True)


def expectation(loss, module, level, quadrature):
    data, noise, weight = quadrature
    log_snr = torch.full_like(data, level)
    return (weight * loss.error(module, data, log_snr, noise)).sum()


@pytest.mark.parametrize("level", [-1.5, 0.0, 1.5])
def test_denoising_is_explicit_plus_a_constant(level, quadrature):
    """The constant is E var(xi | z); the gradients in the weights are equal."""
    explicit = ExplicitScoreMatching(score_model=TRUTH)
    denoising = DenoisingScoreMatching(antithetic=False)
    truth = TRUTH.build(None, None)
    constant = expectation(denoising, truth, level, quadrature)
    assert constant > 0.01
    for seed in range(3):
        module = Network(seed)
        values = [
            expectation(loss, module, level, quadrature)
            for loss in (explicit, denoising)
        ]
        assert values[0] > 1e-4
        assert_allclose((values[1] - values[0]).detach(), constant, rtol=1e-8)
        gradients = [
            torch.autograd.grad(value, module.weights)[0].numpy() for value in values
        ]
        size = np.abs(gradients[0]).max()
        assert_allclose(gradients[1], gradients[0], rtol=0.0, atol=1e-8 * size)


def test_constant_is_the_conditional_variance_of_the_noise(quadrature):
    """For N(0, v): var(xi | z) = m^2 v / (m^2 v + s^2)."""
    loss = ExplicitScoreMatching(
        score_model=GaussianMixtureScore(
            weights=[1.0], means=[[0.0]], covariances=[[[0.4]]]
        )
    )
    nothing = loss.error(
        # The model that predicts no noise at all: xi = sin z + cos v = 0.
        lambda z, log_snr: -torch.exp(-log_snr) * z,
        torch.tensor([[2.0]]),
        torch.tensor([[0.0]]),
        torch.tensor([[-1.0]]),
    )
    z = (2.0 - 1.0) / np.sqrt(2.0)
    # E[xi | z] = s z / (m^2 v + s^2) at m^2 = s^2 = 1 / 2.
    assert_allclose(nothing, (np.sqrt(0.5) * z / (0.5 * 0.4 + 0.5)) ** 2, rtol=1e-6)


def test_truth_has_no_error_in_any_precision():
    data = torch.randn(20, 1, generator=torch.Generator().manual_seed(0))
    level = torch.linspace(-4.0, 4.0, 20)[:, None]
    exact, single = TRUTH.build(None, None), TRUTH.build(None, None).float()
    by_strategy = ExplicitScoreMatching(score_model=TRUTH)
    by_module = ExplicitScoreMatching(score_model=exact)
    for loss in (by_strategy, by_module, clone(by_strategy), clone(by_module)):
        error = loss.error(exact, data.double(), level.double(), data.double())
        assert_allclose(error, 0.0, atol=1e-25)
        error = loss.error(single, data, level, data)
        assert error.dtype == torch.float32
        assert_allclose(error, 0.0, atol=1e-9)
    wrong = by_strategy.error(lambda z, u: torch.zeros_like(z), data, level, data)
    assert wrong.max() > 0.01


def test_loss_is_a_distance_in_nats():
    """Half the integral of g^2 times the squared error of the score, by hand."""
    sde, share = VP(), 0.1
    loss, exact = ExplicitScoreMatching(score_model=TRUTH), TRUTH.build(None, None)
    n, rng = 4000, torch.Generator().manual_seed(0)
    low, high = float(sde.log_snr(1.0)), 4.0
    log_snr, weight = loss.draw_levels(sde, (low, high), n, rng)
    log_snr = log_snr[:, None].double()
    data, noise = torch.full((n, 1), 0.5).double(), torch.zeros(n, 1).double()
    module = lambda z, u: exact(z, u) + share
    total = (weight * loss.error(module, data, log_snr, noise)).mean()
    # The noise is off by cos * share: the integral of cos^2 over log_snr.
    area = 0.5 * (np.log1p(np.exp(2 * high)) - np.log1p(np.exp(2 * low)))
    assert_allclose(total, share**2 * area, rtol=1e-3)


def test_training_on_the_truth_finds_it():
    """The loss of a network that starts at the Gaussian falls towards zero."""
    rng = np.random.RandomState(0)
    X = np.where(rng.rand(2000, 1) < 0.5, -1.0, 1.0) + 0.3 * rng.randn(2000, 1)
    X = (X - X.mean()) / X.std()
    scale = 1.0 / np.sqrt(1.09)
    truth = GaussianMixtureScore(
        weights=[0.5, 0.5],
        means=[[-scale], [scale]],
        covariances=[[[0.09 / 1.09]]] * 2,
    )
    sampler = DiffusionResidualSampler(
        loss=ExplicitScoreMatching(score_model=truth),
        score_model=ScoreNetwork(width=32, depth=1, base="gaussian"),
        max_iter=300,
        learning_rate=3e-3,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        sampler.fit(X)
    assert sampler.loss_curve_[-1] < 0.1 * sampler.loss_curve_[0]


@pytest.mark.parametrize("score_model", [None, "truth", ScoreNetwork()])
def test_a_truth_is_needed(score_model):
    with pytest.raises(ValueError, match="score_model"):
        ExplicitScoreMatching(score_model=score_model)._validate_params()
