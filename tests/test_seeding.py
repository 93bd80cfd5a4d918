"""Seeded draws from densities of any kind."""

import numpy as np
import pytest
from joblib import parallel_config
from numpy.testing import assert_array_equal
from sklearn.frozen import FrozenEstimator
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts._seeding import check_sampler, draw_residuals
from skdiffts.plotting import ResidualDiagnosticsDisplay


@pytest.fixture(scope="module")
def rows():
    """Two clusters that are far apart."""
    rng = np.random.RandomState(0)
    return rng.standard_normal((200, 2)) + 20.0 * rng.randint(2, size=(200, 1))


@pytest.mark.parametrize("kind", [GaussianMixture, BayesianGaussianMixture])
@pytest.mark.parametrize("frozen", [False, True])
def test_draws_of_mixtures_are_independent_and_repeatable(kind, frozen, rows):
    mixture = kind(n_components=2, random_state=5).fit(rows)
    sampler = FrozenEstimator(mixture) if frozen else mixture
    check_sampler(sampler)
    draws = draw_residuals(sampler, 4000, 1)
    assert_array_equal(draw_residuals(sampler, 4000, 1), draws)
    assert_array_equal(draw_residuals(sampler, 4000, np.random.RandomState(1)), draws)
    assert not np.isin(draw_residuals(sampler, 4000, 2), draws).any()
    assert mixture.random_state == 5
    # Half of the rows follow one of the other cluster; five standard deviations.
    cluster = draws[:, 0] > 10.0
    assert 1850 < cluster.sum() < 2350
    assert abs(np.mean(cluster[1:] != cluster[:-1]) - 0.5) < 5 * 0.5 / np.sqrt(4000)


def test_densities_that_take_a_seed_get_it(rows):
    density = KernelDensity().fit(rows)
    expected = density.sample(7, random_state=3)
    assert_array_equal(draw_residuals(density, 7, 3), expected)
    assert_array_equal(draw_residuals(FrozenEstimator(density), 7, 3), expected)


@pytest.fixture(scope="module")
def generator():
    X = np.random.RandomState(1).standard_normal((80, 2)).cumsum(axis=0)
    dynamics = KernelDriftVolEstimator("all", conditioning=None)
    return GenerativeTimeSeries(dynamics, GaussianMixture(2, random_state=0)).fit(X)


def test_mixtures_work_inside_the_generator(generator):
    np.random.seed(4)  # noqa: NPY002
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    paths = generator.sample(300, 5, random_state=0)
    assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    assert paths.shape == (300, 5, 2)
    assert_array_equal(generator.sample(300, 5, random_state=0), paths)
    generator.n_jobs = 2
    with parallel_config("threading"):
        assert_array_equal(generator.sample(300, 5, random_state=0), paths)
    generator.n_jobs = None
    assert len(np.unique(paths[:, 1:].reshape(-1, 2), axis=0)) == 1200
    X = paths[0]
    assert generator.forecast(X, 3, 7, random_state=0).shape == (7, 3, 2)
    assert np.isfinite(generator.score(X))
    assert generator.sampler_.means_.shape == (2, 2)


def test_mixtures_are_shown(generator):
    pytest.importorskip("matplotlib").use("Agg")
    from matplotlib import pyplot as plt

    X = generator.sample(1, 60, random_state=0)[0]
    display = ResidualDiagnosticsDisplay.from_estimator(generator, X, random_state=0)
    assert display.reference_name == "draws of the sampler"
    plt.close("all")


def test_what_cannot_be_seeded_is_refused_before_it_is_fitted():
    class Unseeded(KernelDensity):
        def fit(self, X, y=None):
            raise AssertionError

        def sample(self, n_samples=1):
            return super().sample(n_samples)

    generator = GenerativeTimeSeries(
        sampler=Unseeded(), dynamics=KernelDriftVolEstimator(conditioning=None)
    )
    with pytest.raises(TypeError, match=r"sampler=Unseeded\(\) .* random_state"):
        generator.fit(np.arange(20.0).reshape(10, 2) ** 2)
