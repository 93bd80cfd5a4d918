"""A sampler that trains in a tenth of a second, data, and oracles."""

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from skdiffts import DiffusionResidualSampler
from skdiffts.process import Whitening
from skdiffts.scores import GaussianMixtureScore, ScoreNetwork

N_ROWS = 150


class Mixture:
    """Gaussian mixture in the units of the data, with draws and density."""

    def __init__(self, weights, means, covariances):
        self.weights = np.asarray(weights)
        self.means = np.asarray(means, dtype=float)
        self.covariances = np.asarray(covariances, dtype=float)

    def draw(self, n, seed):
        rng = np.random.RandomState(seed)
        component = rng.choice(len(self.weights), size=n, p=self.weights)
        factors = np.linalg.cholesky(self.covariances)[component]
        noise = rng.standard_normal((n, self.means.shape[1], 1))
        return self.means[component] + (factors @ noise)[..., 0]

    def log_density(self, X):
        terms = [
            np.log(weight) + multivariate_normal(mean, covariance).logpdf(X)
            for weight, mean, covariance in zip(
                self.weights, self.means, self.covariances, strict=True
            )
        ]
        return logsumexp(np.array(terms), axis=0)

    def oracle(self, X):
        """Score model of the distribution in the coordinates of a fit to X."""
        whitening = Whitening(X)
        matrix = whitening.matrix
        return GaussianMixtureScore(
            weights=self.weights,
            means=whitening.transform(self.means),
            covariances=matrix.T @ self.covariances @ matrix,
        )


@pytest.fixture(scope="session")
def gaussian():
    """Five dimensions, condition number 100."""
    rng = np.random.RandomState(0)
    vectors = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    covariance = vectors * np.geomspace(0.1, 10.0, 5) @ vectors.T
    return Mixture([1.0], [rng.standard_normal(5)], [covariance])


@pytest.fixture(scope="session")
def make_mixture():
    """Make a mixture from weights, means and covariances."""
    return Mixture


@pytest.fixture(scope="session")
def mixture():
    return Mixture(
        [0.5, 0.3, 0.2],
        [[0.0, 10.0], [4.0, 12.0], [2.0, 30.0]],
        [[[0.5, 1.0], [1.0, 5.0]], [[0.3, -0.3], [-0.3, 3.0]], [[1.0, 0], [0, 2.0]]],
    )


@pytest.fixture(scope="session")
def X():
    rng = np.random.RandomState(0)
    return rng.standard_t(5, size=(N_ROWS, 2)) @ [[2.0, 0.5], [0.0, 0.3]] + [5.0, -1.0]


@pytest.fixture(scope="session")
def tiny():
    """Make an unfitted sampler."""

    def make(**params):
        return DiffusionResidualSampler(
            **{
                "score_model": ScoreNetwork(width=8, depth=1, base="gaussian"),
                "max_iter": 30,
                "learning_rate": 1e-2,
                "early_stopping": False,
                "random_state": 0,
            }
            | params
        )

    return make


@pytest.fixture(scope="session")
def fitted(tiny, X):
    """Fitted sampler: do not change it."""
    return tiny().fit(X)
