"""Paths have the noise of the series; forecasts the errors of the fit as well."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.frozen import FrozenEstimator

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import EWVolatility
from skdiffts.datasets import make_var_mixture
from skdiffts.kernel import Tabulated


class Resampling:
    """Draws rows of its training data: the empirical distribution of the residuals."""

    def fit(self, X, y=None):
        self.rows_ = X
        return self

    def sample(self, n_samples=1, random_state=None):
        rng = np.random.RandomState(random_state)
        return self.rows_[rng.randint(len(self.rows_), size=n_samples)]

    def score_samples(self, X):
        return np.zeros(len(X))

    def get_params(self, deep=True):
        return {}


def make(**options):
    return GenerativeTimeSeries(
        KernelDriftVolEstimator(**{"conditioning": None, **options}), Resampling()
    )


def simulated_over_true(X, distribution, **options):
    """Variance of simulated innovations, in the metric of the true covariance."""
    generator = make(**options).fit(X)
    paths = generator.sample(200, 21, x0="states", random_state=0)
    before = paths[:, :-1].reshape(-1, X.shape[1])
    drift, _ = generator.dynamics_.coefficients(before)
    innovations = np.diff(paths, axis=1).reshape(before.shape) - drift
    covariance = innovations.T @ innovations / len(innovations)
    true = distribution.covariance(X[:1])[0]
    return np.trace(np.linalg.solve(true, covariance)) / X.shape[1]


@pytest.mark.parametrize(
    ("n_rows", "tolerance"), [(200, 0.04), (1000, 0.02)], ids=["short", "long"]
)
def test_innovations_of_a_var_are_as_wide_as_the_true_ones(n_rows, tolerance):
    """Without the ratio they are 1.25 and 1.04 times as wide.

    A seed's estimate has a standard deviation of 0.02 and 0.01: four standard errors.
    """
    ratios = [
        simulated_over_true(
            *make_var_mixture(n_rows, 20, random_state=seed), n_neighbors="all"
        )
        for seed in range(4)
    ]
    assert abs(np.mean(ratios) - 1.0) < tolerance


@pytest.mark.parametrize(
    "options",
    [{"shrinkage": 1.0}, {"shrinkage": 0.0}, {"evaluation": Tabulated()}],
    ids=["pooled", "local", "tabulated"],
)
def test_local_fits_have_true_innovations(options):
    """Without the ratio 1.16, 1.31 and 1.2 times as wide, with 60 of 300 neighbours."""
    options = {"n_neighbors": 60, "shrinkage": 0.3} | options
    ratios = [
        simulated_over_true(
            *make_var_mixture(300, 5, n_components=1, random_state=seed), **options
        )
        for seed in range(4)
    ]
    # Of 300 innovations in 5 dimensions; the seeds differ by 0.06.
    assert abs(np.mean(ratios) - 1.0) < 0.1


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"dt": 0.1},
        {"scale": EWVolatility(halflife=10.0), "additive_drift": True},
        {"evaluation": Tabulated()},
    ],
    ids=["plain", "dt", "scale", "tabulated"],
)
def test_paths_are_forecasts_with_less_noise(options, walk):
    generator = make(n_neighbors=15, **options).fit(walk())
    ratio = generator.dynamics_.innovation_ratio_
    assert 0.5 < ratio < 0.99
    paths = generator.sample(4, 2, x0="last", random_state=3)[:, 1]
    rng = np.random.RandomState(3)
    rng.randint(1, size=4)  # which row is the last
    forecasts = generator.forecast(walk(), 1, 4, random_state=rng)[:, 0]
    memory = generator.dynamics_.history(walk()).take(slice(-1, None))
    mean = generator.dynamics_.simulate(np.zeros((1, 1, 2)), memory)[0, 1]
    assert_allclose(paths - mean, ratio * (forecasts - mean), rtol=1e-8)


def test_ratio_does_not_depend_on_units_of_space_and_time(walk):
    X = walk()
    plain = KernelDriftVolEstimator(15, conditioning=None).fit(X).innovation_ratio_
    for options, factor in (({}, [1e3, 1e-2]), ({"dt": 1 / 252}, 1.0)):
        other = KernelDriftVolEstimator(15, **{"conditioning": None, **options}).fit(
            X * factor
        )
        assert_allclose(other.innovation_ratio_, plain, rtol=1e-6)


def test_what_has_no_ratio_keeps_its_draws(walk):
    """Frozen dynamics, whose residuals are others, and a user's own."""
    X = walk()
    fitted = KernelDriftVolEstimator(15, conditioning=None).fit(X)
    frozen = GenerativeTimeSeries(FrozenEstimator(fitted), Resampling()).fit(walk(1))
    rng = np.random.RandomState(3)
    rng.randint(1, size=4)
    forecasts = frozen.forecast(walk(1), 5, 4, random_state=rng)
    paths = frozen.sample(4, 6, x0="last", random_state=3)
    assert_array_equal(paths[:, 1:], forecasts)
    own = make(n_neighbors=15).fit(X)
    wide = own.sample(4, 6, random_state=0)
    del own.dynamics_.innovation_ratio_
    assert (np.abs(own.sample(4, 6, random_state=0) - wide)[:, 1:] > 0).all()
