import numpy as np
import pytest
import torch

from skdiffts.scores import GaussianMixtureScore


@pytest.fixture(scope="session")
def random_mixture():
    """Weights, means and covariances drawn from a seed."""

    def draw(seed, n_components=3, d=2):
        rng = np.random.RandomState(seed)
        factors = rng.standard_normal((n_components, d, d)) * 0.5
        return {
            "weights": rng.dirichlet(np.full(n_components, 2.0)),
            "means": rng.standard_normal((n_components, d)),
            "covariances": factors @ factors.transpose(0, 2, 1) + 0.01 * np.eye(d),
        }

    return draw


@pytest.fixture(scope="session")
def build_mixture():
    """Module of the exact velocity."""

    def build(mixture):
        data = torch.zeros(1, len(mixture["means"][0]))
        return GaussianMixtureScore(**mixture).build(data, torch.Generator())

    return build
