"""The exact score model of a mixture against the gradient of its log-density."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.base import clone

from skdiffts.scores import GaussianMixtureScore

SEEDS = st.integers(0, 2**32 - 1)
LEVELS = st.floats(-6.0, 6.0)


def log_density(z, angle, mixture):
    """Log-density of cos * x_0 + sin * noise, written out from the definition."""
    cosine, sine = np.cos(angle), np.sin(angle)
    terms = [
        np.log(weight)
        + torch.distributions.MultivariateNormal(
            torch.tensor(cosine * mean),
            torch.tensor(cosine**2 * covariance + sine**2 * np.eye(len(mean))),
        ).log_prob(z)
        for weight, mean, covariance in zip(*mixture.values(), strict=True)
    ]
    return torch.logsumexp(torch.stack(terms), dim=0)


@given(SEEDS, LEVELS, st.integers(1, 4), st.integers(1, 3))
def test_score_is_the_gradient_of_the_log_density(
    random_mixture, build_mixture, seed, log_snr, n_components, d
):
    mixture = random_mixture(seed, n_components, d)
    angle = np.arctan(np.exp(-log_snr))
    z = torch.tensor(np.random.RandomState(seed).standard_normal((5, d)) * 1.5)
    z.requires_grad_(True)
    [score] = torch.autograd.grad(log_density(z, angle, mixture).sum(), z)
    level = torch.full((1, 1), log_snr, dtype=torch.float64)
    velocity = build_mixture(mixture)(z, level)
    noise = np.sin(angle) * z + np.cos(angle) * velocity
    # At little noise a score is the difference of large numbers: take it times noise.
    assert_allclose(noise.detach(), -np.sin(angle) * score, rtol=1e-8, atol=1e-8)


@given(SEEDS, st.floats(-6.0, 5.0), st.integers(1, 4), st.integers(1, 3))
def test_divergence_is_the_trace_of_the_jacobian(
    random_mixture, build_mixture, seed, log_snr, n_components, d
):
    module = build_mixture(random_mixture(seed, n_components, d))
    z = torch.tensor(np.random.RandomState(seed).standard_normal((5, d)) * 1.5)
    level = torch.full((1, 1), log_snr, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(
        lambda z: module(z, level).sum(dim=0), z
    )
    velocity, divergence = module.velocity_and_divergence(z, level)
    assert_allclose(velocity, module(z, level), rtol=0, atol=0)
    expected = torch.einsum("jnj->n", jacobian)
    scale = 1e-9 * (1.0 + jacobian.abs().max().item())
    assert_allclose(divergence, expected, rtol=1e-8, atol=scale)
    _, each = module.velocity_and_divergence(z, level.expand(5, 1))
    assert_allclose(each, divergence, rtol=1e-10, atol=scale)


@given(SEEDS, LEVELS)
def test_single_gaussian_in_closed_form(random_mixture, build_mixture, seed, log_snr):
    mixture = random_mixture(seed, 1)
    [mean], [covariance] = mixture["means"], mixture["covariances"]
    z = np.random.RandomState(seed).standard_normal((4, 2))
    noise = np.exp(-log_snr)
    cosine, sine = 1.0 / np.hypot(1.0, noise), noise / np.hypot(1.0, noise)
    y = z / cosine
    # Posterior mean of x_0 given y = x_0 + noise: Kalman's gain.
    gain = covariance @ np.linalg.inv(covariance + noise**2 * np.eye(2))
    denoised = mean + (y - mean) @ gain.T
    expected = (cosine * z - denoised) / sine
    level = torch.full((4, 1), log_snr, dtype=torch.float64)
    velocity = build_mixture(mixture)(torch.tensor(z), level)
    assert_allclose(velocity, expected, rtol=1e-6, atol=1e-9 / noise)


def test_white_data_have_no_velocity(build_mixture):
    module = build_mixture(
        {"weights": [1.0], "means": [[0, 0]], "covariances": [np.eye(2)]}
    )
    z, levels = torch.randn(9, 2, dtype=torch.float64), torch.linspace(-6, 6, 9)
    assert module(z, levels[:, None].double()).abs().max() < 1e-15


def test_rows_do_not_meet(random_mixture, build_mixture):
    module = build_mixture(random_mixture(0))
    z = torch.tensor(np.random.RandomState(0).standard_normal((6, 2)))
    levels = torch.linspace(-3.0, 3.0, 6, dtype=torch.float64)[:, None]
    together = module(z, levels)
    for i in range(6):
        assert_allclose(
            together[i], module(z[i : i + 1], levels[i : i + 1])[0], rtol=1e-10
        )
        assert_allclose(module(z, levels[i : i + 1])[i], together[i], rtol=1e-10)


def test_far_components_and_points_stay_finite(build_mixture):
    module = build_mixture(
        {
            "weights": [0.5, 0.5],
            "means": [[-1e4], [1e4]],
            "covariances": [[[1e-4]], [[1e-4]]],
        }
    )
    z = torch.tensor([[0.0], [1e8], [-1e8]], dtype=torch.float64)
    for log_snr in (-6.0, 0.0, 6.0):
        level = torch.full((1, 1), log_snr, dtype=torch.float64)
        assert torch.isfinite(module(z, level)).all()


def test_module_has_nothing_to_train_and_pickles(
    random_mixture, build_mixture, through_pickle
):
    module = build_mixture(random_mixture(0))
    assert list(module.parameters()) == []
    z, level = torch.ones(2, 2, dtype=torch.float64), torch.zeros(1, 1).double()
    assert torch.equal(through_pickle(module)(z, level), module(z, level))


@pytest.mark.parametrize("name", ["weights", "means", "covariances"])
def test_missing_parameters_are_named(random_mixture, name):
    model = GaussianMixtureScore(**random_mixture(0) | {name: None})
    with pytest.raises(ValueError, match=name):
        model._validate_params()


def test_clone_keeps_the_parameters(random_mixture):
    mixture = random_mixture(0)
    copy = clone(GaussianMixtureScore(**mixture))
    for name, value in mixture.items():
        assert_allclose(copy.get_params()[name], value)
