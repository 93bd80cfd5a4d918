"""Maps of simulated latent numbers to training quantiles, and volatility behind them."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.columns import Support
from skdiffts.columns._atoms import Continuous
from skdiffts.columns._coordinate import Plain
from skdiffts.columns._support import REAL
from skdiffts.conditioning import EWVolatility
from skdiffts.generation._quantile_maps import TAIL, QuantileMap, QuantileMaps

COLUMN = np.array([0])
PLAIN = Plain(REAL)


def test_quantiles_become_those_of_training():
    rng = np.random.RandomState(0)
    simulated, wanted = rng.standard_normal((20_000, 1)), rng.gamma(2.0, size=(4000, 1))
    nowhere = rng.standard_normal((20_000, 1)), rng.standard_normal((4000, 1))
    pairs = (nowhere[0], simulated), (nowhere[1], wanted)
    maps = QuantileMaps.fit(COLUMN, *pairs, [PLAIN])
    assert np.isnan(maps.frequent).all()
    mapped = maps.map(rng.standard_normal((20_000, 1)), nowhere[0])
    levels = [0.01, 0.2, 0.5, 0.8, 0.99]
    np.testing.assert_allclose(
        np.quantile(mapped, levels), np.quantile(wanted, levels), atol=0.15
    )


def test_tails_are_only_shifted_where_volatility_remembers_them():
    rng = np.random.RandomState(0)
    simulated, wanted = rng.standard_normal((20_000, 1)), rng.standard_t(3, (4000, 1))
    pairs = (simulated[::-1], simulated), (wanted[::-1], wanted)
    stretched, kept = (
        QuantileMaps.fit(COLUMN, *pairs, [tails]) for tails in (PLAIN, None)
    )
    ends = np.array([[2.0], [3.0], [3.5]])
    slopes = [
        np.diff(m.map(ends, ends)[:, 0]) / np.diff(ends[:, 0])
        for m in (stretched, kept)
    ]
    assert slopes[0].max() > 1.3
    np.testing.assert_allclose(slopes[1], 1.0)
    middle = kept.map(simulated, simulated)
    for level in (TAIL, 0.5, 1.0 - TAIL):
        assert np.mean(middle < np.quantile(wanted, level)) == pytest.approx(
            level, abs=0.01
        )


def test_a_frequent_value_has_a_map_of_its_own():
    """One step from each training row then leaves the value as often as in training."""
    rng = np.random.RandomState(0)

    def chain(n, after_low, after_high):
        now = np.where(rng.uniform(size=n) < 0.6, -1.0, rng.uniform(0.5, 2.0, n))
        after = rng.standard_normal(n) + np.where(now == -1.0, after_low, after_high)
        return now[:, np.newaxis], after[:, np.newaxis]

    training, simulated = chain(6000, -1.0, 1.0), chain(20_000, -0.7, 0.6)
    maps = QuantileMaps.fit(COLUMN, simulated, training, [PLAIN])
    assert maps.frequent[0] == -1.0
    mapped = maps.map(simulated[1], simulated[0])
    for is_low in (True, False):
        rows, wanted = ((now == -1.0) == is_low for now in (simulated[0], training[0]))
        share = np.mean(training[1][wanted] > 0.0)
        assert np.mean(mapped[rows] > 0.0) == pytest.approx(share, abs=0.01)
    few = tuple(part[:1500] for part in training)  # too few to tell them apart
    assert np.isnan(QuantileMaps.fit(COLUMN, simulated, few, [PLAIN]).frequent)


def run(maps, drift, n_paths, seed):
    """Last rows of x' = .8 x + drift + .6 e, mapped in each step."""
    rng, rows = np.random.RandomState(seed), []
    x = rng.standard_normal((n_paths, 1))
    for _ in range(60):
        x = maps.map(0.8 * x + drift + 0.6 * rng.standard_normal(x.shape), x)
        rows.append(x)
    return np.array(rows[20:])


@pytest.mark.parametrize("drift", [0.0, 0.1])
def test_long_paths_are_led_to_the_training_rows(drift):
    """An error of each step adds up to five times as much; noise of paths is no error."""
    now, training = np.random.RandomState(0).standard_normal((2, 4000, 1))
    same = QuantileMap(np.array([-1.0, 1.0]), np.array([-1.0, 1.0]))
    maps = QuantileMaps(COLUMN, np.array([np.nan]), ((same, same),))
    before = run(maps, drift, 500, seed=1)
    after = maps.followed_by(before, training, [1.0 - 0.8])
    assert before.mean() == pytest.approx(5.0 * drift, abs=0.06)
    assert run(after, drift, 2000, seed=2).mean() == pytest.approx(0.0, abs=0.06)
    moved = after.map(now, now) - now
    assert np.abs(moved).max() < (0.02 if drift == 0.0 else 0.15)
    np.testing.assert_allclose(after.unmap(after.map(now, now)[:, 0], 0), now[:, 0])


def returns(n, seed, share):
    """GARCH(1, 1) with heavy tails, of which some cells are exactly zero."""
    rng = np.random.RandomState(seed)
    noise = rng.standard_t(4, size=(n, 2)) / np.sqrt(2.0)
    x, variance = np.zeros((n, 2)), np.ones(2)
    for i in range(n):
        x[i] = np.sqrt(variance) * noise[i]
        variance = 0.03 + 0.1 * x[i] ** 2 + 0.87 * variance
    x[rng.uniform(size=x.shape) < share] = 0.0
    return x


@pytest.mark.parametrize(("seed", "share"), [(2, 0.05), (3, 0.05), (1, 0.3)])
def test_volatility_of_returns_with_an_atom_stays_at_its_long_run(seed, share):
    """Its feedback multiplies an error: 1.8 to 4.6 times the deviation with tails mapped."""
    x = returns(1200, seed, share)
    dynamics = KernelDriftVolEstimator(
        "all", conditioning=None, additive_drift="linear", scale=EWVolatility()
    )
    support = {0: Support(atoms=[0.0]), 1: Support(atoms=[0.0])}
    mixture = GaussianMixture(2, random_state=0)
    generator = GenerativeTimeSeries(dynamics, mixture, support=support).fit(x)
    paths = generator.sample(40, 1200, random_state=0)
    ratio = paths.std(axis=(0, 1)) / x.std(axis=0)
    assert 0.85 < ratio.min() <= ratio.max() < 1.15
    zeros = (paths == 0.0).mean(axis=(0, 1)) - (x == 0.0).mean(axis=0)
    assert np.abs(zeros).max() < 0.03
    remembered = generator.dynamics_.model_.moments.remembered
    assert remembered.shape == (2,)
    assert 0.75 < remembered.min() <= remembered.max() < 1.33


@pytest.mark.parametrize("name", ["exponential", "pareto"])
def test_the_largest_of_many_years_has_the_tail_of_the_training_values(name):
    """Latent tails that are too heavy do not become values that cannot be believed."""
    rng = np.random.RandomState(0)

    def values(n):
        exponential = np.maximum(rng.exponential(size=n) - 0.2, 0.0)
        return 8.0 * exponential if name == "exponential" else np.expm1(exponential / 4)

    training = values(1500)
    coordinate = Continuous.fit(Support(low=0.0, atoms=[0.0]), training, 1.0 / 3.0)
    latent = coordinate.transform(training)[:, np.newaxis]
    heavy = latent.mean() + latent.std() * rng.standard_t(4, size=(2**15, 1))
    now = rng.standard_normal((2**15, 1))
    maps = QuantileMaps.fit(COLUMN, (now, heavy), (now[:1500], latent), [coordinate])
    years = latent.mean() + latent.std() * rng.standard_t(4, size=(400_000, 1))
    plain, mapped = (
        coordinate.restore(z[:, 0]) for z in (years, maps.map(years, years))
    )
    truth = np.quantile(values(2_000_000), [0.5, 0.99, 0.9999])
    found = np.quantile(mapped, [0.5, 0.99, 0.9999])
    np.testing.assert_allclose(found, truth, rtol=0.35)
    if name == "exponential":
        assert np.quantile(plain, 0.9999) > 2.0 * truth[-1]
    numbers = np.linspace(np.quantile(heavy, 0.01), heavy.max() + 2.0, 200)
    through = maps.map(numbers[:, np.newaxis], numbers[:, np.newaxis])[:, 0]
    assert (np.diff(through) >= 0.0).all()
    np.testing.assert_allclose(maps.unmap(through, 0)[20:], numbers[20:], rtol=1e-6)
