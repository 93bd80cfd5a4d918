"""Generators of paths that meet a condition."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import binom
from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.scenarios import InRange, NearValue, ScenarioGenerator, forecast_quantiles
from skdiffts.scenarios._generator import unbiased_share


class Walks(BaseEstimator):
    """Standard random walks from zero."""

    def fit(self, X, y=None):
        self.n_drawn_ = 0
        return self

    def sample(self, n_paths=1, length=None, *, x0=None, random_state=None):
        self.n_drawn_ += n_paths
        rng = np.random.RandomState(random_state)
        paths = np.zeros((n_paths, length, 1))
        paths[:, 1:] = rng.standard_normal((n_paths, length - 1, 1))
        return paths.cumsum(axis=1)


@pytest.mark.statistical
def test_gaussian_regression_of_a_walk():
    """Given that x_T + N(0, h^2) is v, x_s is Gaussian with mean s v / (T + h^2).

    Its variance is s - s^2 / (T + h^2); both within five standard errors of 4,000.
    """
    T, s, h, v, n = 16, 4, 1.0, 6.0, 4000
    near = NearValue(value=v, bandwidth=h)
    generator = ScenarioGenerator(Walks(), near, batch_size=20_000).fit(None)
    drawn = generator.draw(n, T + 1, random_state=0)
    assert n <= drawn.effective_sample_size <= drawn.n_candidates
    middle = drawn.paths[:, s, 0]
    mean, variance = s * v / (T + h**2), s - s**2 / (T + h**2)
    assert abs(middle.mean() - mean) < 5.0 * np.sqrt(variance / n)
    assert abs(middle.var() - variance) < 5.0 * variance * np.sqrt(2.0 / n)
    # The mean weight as of a Gaussian of variance T under the bell of width h.
    expected = h / np.sqrt(T + h**2) * np.exp(-0.5 * v**2 / (T + h**2))
    error = np.sqrt(expected / drawn.n_candidates)
    assert abs(drawn.probability - expected) < 5.0 * error


@pytest.mark.statistical
def test_rejection_is_exact():
    """Half of the walks end above zero; they end as half-normals."""
    above = InRange(low=0.0)
    generator = ScenarioGenerator(Walks(), above, batch_size=500).fit(None)
    drawn = generator.draw(5000, 2, random_state=0)
    ends = drawn.paths[:, 1, 0]
    assert len(np.unique(ends)) == 5000
    assert abs(ends.mean() - np.sqrt(2.0 / np.pi)) < 5.0 * 0.6 / np.sqrt(5000)
    assert abs(drawn.probability - 0.5) < 5.0 * 0.5 / np.sqrt(drawn.n_candidates)


def test_candidates_are_drawn_until_they_suffice():
    generator = ScenarioGenerator(Walks(), InRange(low=0.0), batch_size=100).fit(None)
    assert generator.draw(10, 2, random_state=0).n_candidates == 100
    assert generator.draw(400, 2, random_state=0).n_candidates in range(600, 1100, 100)
    generator.set_params(max_candidates=250)
    with pytest.warns(UserWarning, match=r"raise max_candidates, to about \d+ instead"):
        drawn = generator.draw(400, 2, random_state=0)
    assert drawn.n_candidates == 250
    generator.set_params(condition=InRange(low=50.0))
    with pytest.raises(ValueError, match=r"none of the 250 .*raise max_candidates\."):
        generator.sample(3, 2, random_state=0)


def expected_share(p, wanted, batch_size, max_candidates):
    """Mean of the estimate over all that a search may find."""
    searching, n, mean = {0: 1.0}, 0, 0.0
    while searching:
        size = min(batch_size, max_candidates - n)
        n += size
        chances = np.zeros(n + 1)
        for found, chance in searching.items():
            ways = binom.pmf(np.arange(size + 1), size, p)
            chances[found : found + size + 1] += chance * ways
        stops = (np.arange(n + 1) >= wanted) | (n == max_candidates)
        stopped = [int(k) for k in np.flatnonzero(stops & (chances > 0.0)) if k > 0]
        mean += sum(chances[k] * unbiased_share(k, n, size, wanted) for k in stopped)
        searching = {int(k): chances[k] for k in np.flatnonzero(~stops)}
    return mean


@pytest.mark.parametrize("p", [0.02, 0.3, 0.9])
@pytest.mark.parametrize("wanted", [2, 5])
@pytest.mark.parametrize(("batch_size", "most"), [(1, 30), (7, 60), (50, 120), (9, 9)])
def test_the_probability_has_no_bias(p, wanted, batch_size, most):
    """No matter whether hits or candidates end the search; one by one it is Haldane's."""
    assert_allclose(expected_share(p, wanted, batch_size, most), p, rtol=1e-9)
    assert_allclose(unbiased_share(wanted, 40, 1, wanted), (wanted - 1) / 39)


@pytest.mark.statistical
@pytest.mark.parametrize("n_paths", [1, 3])
def test_the_probability_of_a_rare_condition(n_paths):
    """200 searches in batches, within five standard errors: false alarms 6e-7."""
    p, rare = 0.02275, InRange(low=2.0)
    generator = ScenarioGenerator(Walks(), rare, batch_size=10).fit(None)
    found = [generator.draw(n_paths, 2, random_state=i).probability for i in range(200)]
    assert abs(np.mean(found) - p) < 5.0 * np.std(found) / np.sqrt(200)


def test_candidates_without_a_chance_are_not_kept():
    """A bell of width 0.1 at the end of 64 steps: for nine in ten it is below 1e-18."""
    near = NearValue(value=0.0, bandwidth=0.1)
    generator = ScenarioGenerator(Walks(), near).fit(None)
    tracemalloc.start()
    drawn = generator.draw(400, 65, random_state=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert drawn.n_candidates > 20_000
    assert peak < 0.5 * drawn.n_candidates * 65 * 8


def test_no_condition_is_the_generator_itself():
    generator = ScenarioGenerator(Walks(), batch_size=50).fit(None)
    drawn = generator.draw(50, 3, random_state=0)
    assert drawn.effective_sample_size == 50.0
    assert drawn.probability == 1.0
    again = generator.sample(50, 3, random_state=0)
    assert_array_equal(again, drawn.paths)


@pytest.fixture(scope="module")
def fitted():
    X = np.random.RandomState(0).standard_normal((80, 2)).cumsum(axis=0)
    return GenerativeTimeSeries(
        sampler=KernelDensity(bandwidth=0.3),
        dynamics=KernelDriftVolEstimator(conditioning=None),
    ).fit(X), X


def test_with_a_fitted_generator(fitted):
    generator, X = fitted
    fall = InRange(measure="change", high=-1.0)
    scenarios = ScenarioGenerator(FrozenEstimator(generator), fall).fit(X)
    paths = scenarios.sample(30, 6, x0="last", random_state=0)
    assert_allclose(paths[:, 0], np.tile(X[-1], (30, 1)))
    assert (paths[:, -1, 0] - paths[:, 0, 0] <= -1.0).all()
    assert_array_equal(paths, scenarios.sample(30, 6, x0="last", random_state=0))
    paths = scenarios.sample(5, 6, x0=np.zeros(2), random_state=0)
    assert_array_equal(paths[:, 0], np.zeros((5, 2)))
    with pytest.raises(ValueError, match="pass one row, which all paths share"):
        scenarios.sample(5, 6, x0=np.zeros((5, 2)))


def test_parameters():
    scenarios = ScenarioGenerator().set_params(generator__dynamics__n_neighbors=9)
    assert scenarios.generator.dynamics.n_neighbors == 9
    assert clone(scenarios).generator.dynamics.n_neighbors == 9
    with pytest.raises(ValueError, match="'condition' parameter"):
        ScenarioGenerator(Walks(), condition="fall").fit(None)
    with pytest.raises(ValueError, match="'batch_size' parameter"):
        ScenarioGenerator(Walks(), batch_size=0).fit(None)


# quantiles


def test_quantiles_are_those_of_the_forecast(fitted):
    generator, X = fitted
    draws = generator.forecast(X, 3, 200, random_state=1)
    levels = [0.1, 0.5, 0.9]
    q = forecast_quantiles(
        generator, X, 3, quantiles=levels, n_samples=200, random_state=1
    )
    assert_array_equal(q, np.quantile(draws, levels, axis=0))
    panel = np.stack([X[:40], X[40:]])
    q = forecast_quantiles(generator, panel, 3, n_samples=20, random_state=1)
    draws = generator.forecast(panel, 3, 20, random_state=1)
    assert q.shape == (2, 3, 3, 2)
    assert_array_equal(q[1, 2], np.quantile(draws[1], 0.95, axis=0))


@pytest.mark.parametrize("wrong", [1.5, [0.5, 1.5], [-0.1], [[0.5]]])
def test_levels_lie_between_zero_and_one(fitted, wrong):
    generator, X = fitted
    with pytest.raises(ValueError, match="pass a list of numbers from 0 to 1"):
        forecast_quantiles(generator, X, 2, quantiles=wrong)


def test_columns_have_names_where_the_training_data_have():
    pd = pytest.importorskip("pandas")
    X = np.random.RandomState(0).standard_normal((100, 2)).cumsum(axis=0)
    frame = pd.DataFrame(X, columns=["a", "b"])
    generator = GenerativeTimeSeries(
        sampler=KernelDensity(bandwidth=0.3),
        dynamics=KernelDriftVolEstimator(conditioning=None),
    )
    frozen = FrozenEstimator(clone(generator).fit(frame))
    named = InRange(column="b", measure="change", high=-1.0)
    number = InRange(column=1, measure="change", high=-1.0)
    expected = ScenarioGenerator(frozen, number).fit(frame)
    expected = expected.sample(20, 6, x0="last", random_state=0)
    for part in (generator, frozen):
        scenarios = ScenarioGenerator(part, named).fit(frame)
        drawn = scenarios.sample(20, 6, x0="last", random_state=0)
        assert_array_equal(drawn, expected)
    assert named.column == "b"
    with pytest.raises(ValueError, match="column='b' is a name, but columns have none"):
        ScenarioGenerator(generator, named).fit(X).sample(2, 6)
    impossible = InRange(column="b", low=1e9)
    with pytest.raises(ValueError, match=r"meets condition=InRange\(column='b'"):
        ScenarioGenerator(frozen, impossible, max_candidates=50).fit(X).sample(2, 6)
