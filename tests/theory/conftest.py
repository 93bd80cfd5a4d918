"""Gaussian data and model, and the exact distribution of the reverse process."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.mixture import GaussianMixture

from skdiffts import DiffusionResidualSampler
from skdiffts.process import Whitening
from skdiffts.scores import GaussianMixtureScore
from skdiffts.sde import COU, CVP, VE, VP, SubVP

# What shrinks the data, leaves them or lets them grow; all have center zero.
FAMILIES = [
    VP(schedule="geometric"),
    SubVP(),
    VE(sigma_min=0.1, sigma_max=5.0),
    COU(theta=1.0, sigma=2.0),
    CVP(beta_min=0.2, beta_max=4.0),
]


class GaussianOracle:
    """Reverse process of N(model_mean, model_var) where the data are N(mean, var).

    In y = x / m the noise has variance w - var at time t. With w' = model_var + noise
    as the clock, which runs down, dy = (1 + gamma^2) / 2 (model_mean - y) / w' dw' +
    gamma dW: a linear equation with the solution below.
    """

    def __init__(
        self, sde, mean, var, model_mean, model_var, prior_mean, prior_var, gamma=1.0
    ):
        self.sde, self.gamma = sde, gamma
        self.mean, self.var = mean, var
        self.model_mean, self.model_var = model_mean, model_var
        self.prior_mean, self.prior_var = prior_mean, prior_var

    def noise(self, t):
        return np.square(self.sde.std(t) / self.sde.scale(t))

    def true_distribution(self, t):
        """Mean and variance of x_t for the data."""
        m = self.sde.scale(t)
        return m * self.mean, m**2 * (self.var + self.noise(t))

    def model_distribution(self, t):
        """Mean and variance of x_t for the reverse process, which starts at t = 1."""
        a = 1.0 + self.gamma**2
        last, now = (self.model_var + self.noise(u) for u in (1.0, t))
        mean = self.model_mean + (self.prior_mean - self.model_mean) * (now / last) ** (
            a / 2.0
        )
        var = self.prior_var * (now / last) ** a
        var = var + now - now**a * last ** (-(self.gamma**2))
        m = self.sde.scale(t)
        return m * mean, m**2 * var

    def prior(self):
        """Mean and variance of x_1 for the prior."""
        m = self.sde.scale(1.0)
        return m * self.prior_mean, m**2 * self.prior_var

    def error(self, t):
        """Root mean squared error of the score under the data."""
        return self._error(t, *self.true_distribution(t))

    def error_of_model(self, t):
        """The same under the distribution of the reverse process."""
        return self._error(t, *self.model_distribution(t))

    def _error(self, t, mean, var):
        m = self.sde.scale(t)
        v, v_model = (m**2 * (u + self.noise(t)) for u in (self.var, self.model_var))
        slope = 1.0 / v - 1.0 / v_model
        shift = m * (self.model_mean / v_model - self.mean / v)
        return np.sqrt((shift + slope * mean) ** 2 + slope**2 * var)

    def slope(self, t):
        """Slope of the model's score."""
        return -1.0 / (np.square(self.sde.scale(t)) * (self.model_var + self.noise(t)))

    def largest_error(self, error, start=0.0):
        """Largest error over all times, with a margin for the times in between."""
        t = start + (1.0 - start) * np.linspace(1e-9, 1.0, 2001) ** 2
        return 1.001 * float(np.max(error(t)))


def kl(distribution, other):
    (mean, var), (mean_2, var_2) = distribution, other
    ratio = var / var_2
    return 0.5 * (ratio - 1.0 - np.log(ratio) + (mean - mean_2) ** 2 / var_2)


def w2(distribution, other):
    (mean, var), (mean_2, var_2) = distribution, other
    return np.hypot(mean - mean_2, np.sqrt(var) - np.sqrt(var_2))


def tv(distribution, other):
    distributions = [norm(mean, np.sqrt(var)) for mean, var in (distribution, other)]
    ends = [
        distribution.ppf(q)
        for distribution in distributions
        for q in (1e-12, 1.0 - 1e-12)
    ]
    # Every interval of the grid adds the difference of the two probabilities.
    grid = np.linspace(min(ends), max(ends), 4001)
    masses = [np.diff(distribution.cdf(grid)) for distribution in distributions]
    return 0.5 * np.abs(masses[0] - masses[1]).sum()


@pytest.fixture(scope="session", params=FAMILIES, ids=repr)
def family(request):
    """Forward process."""
    return request.param


@pytest.fixture(scope="session")
def oracle():
    """Class of the oracle."""
    return GaussianOracle


@pytest.fixture(scope="session")
def distances():
    """Exact distances of two Gaussians on the line, given as (mean, variance)."""
    return {"kl": kl, "tv": tv, "w2": w2}


def make_mixture(weights, means, covariances):
    """Scikit-learn's mixture with given parameters."""
    distribution = GaussianMixture(len(weights))
    distribution.weights_ = np.asarray(weights)
    distribution.means_ = np.asarray(means, dtype=float)
    distribution.covariances_ = np.asarray(covariances, dtype=float)
    distribution.precisions_cholesky_ = np.linalg.cholesky(
        np.linalg.inv(distribution.covariances_)
    )
    return distribution


def fit_exact_sampler(X, distribution, **params):
    """Sampler fitted to X whose score is the exact one of a mixture."""
    whitening = Whitening(X)
    matrix = whitening.matrix
    model = GaussianMixtureScore(
        weights=distribution.weights_,
        means=whitening.transform(distribution.means_),
        covariances=matrix.T @ distribution.covariances_ @ matrix,
    )
    params = {"early_stopping": False, "max_iter": 1, **params}
    return DiffusionResidualSampler(score_model=model, **params).fit(X)


def whitened_moments(sampler, distribution):
    """Means and covariances in the coordinates in which the process runs."""
    matrix = sampler.process().whitening.matrix
    means = sampler.process().whitening.transform(distribution.means_)
    return means, matrix.T @ distribution.covariances_ @ matrix


@pytest.fixture(scope="session")
def mixture():
    """Make scikit-learn's mixture with given parameters."""
    return make_mixture


@pytest.fixture(scope="session")
def exact_sampler():
    """Fit a sampler to X whose score is the exact one of a mixture."""
    return fit_exact_sampler


@pytest.fixture(scope="session")
def whitened():
    """Means and covariances of a mixture in whitened coordinates."""
    return whitened_moments


@pytest.fixture(scope="session")
def X():
    rng = np.random.RandomState(0)
    return rng.standard_normal((200, 2)) @ [[3.0, 1.0], [0.0, 0.5]] + [5.0, -2.0]


@pytest.fixture(scope="session")
def gaussian(X, mixture):
    """Distribution near the distribution of X, and the same moved by a little."""
    covariance = np.cov(X.T)
    shift = np.array([0.4, -0.1])
    mean = X.mean(axis=0)
    return (
        mixture([1.0], [mean], [covariance]),
        mixture([1.0], [mean + shift], [covariance]),
    )


@pytest.fixture(scope="session")
def bimodal(X, mixture):
    covariance = np.cov(X.T)
    means = X.mean(axis=0) + np.array([[-3.0, 0.5], [3.0, -0.5]])
    return mixture([0.4, 0.6], means, [0.3 * covariance, 0.2 * covariance])


@pytest.fixture(scope="session")
def moved(X, gaussian, exact_sampler):
    """Sampler whose model is the moved distribution."""
    return exact_sampler(X, gaussian[1])


@pytest.fixture(scope="session")
def two_modes(X, bimodal, exact_sampler):
    return exact_sampler(X, bimodal)
