"""Maps of simulated latent numbers to training quantiles, and volatility behind them."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.columns import Support
from skdiffts.conditioning import EWVolatility
from skdiffts.generation._quantile_maps import TAIL, QuantileMaps

COLUMN = np.array([0])


def test_quantiles_become_those_of_training():
    rng = np.random.RandomState(0)
    simulated, wanted = rng.standard_normal((20_000, 1)), rng.gamma(2.0, size=(4000, 1))
    nowhere = rng.standard_normal((20_000, 1)), rng.standard_normal((4000, 1))
    pairs = (nowhere[0], simulated), (nowhere[1], wanted)
    maps = QuantileMaps.fit(COLUMN, *pairs, keeps_tails=False)
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
        QuantileMaps.fit(COLUMN, *pairs, keeps_tails=keeps) for keeps in (False, True)
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
    maps = QuantileMaps.fit(COLUMN, simulated, training, keeps_tails=False)
    assert maps.frequent[0] == -1.0
    mapped = maps.map(simulated[1], simulated[0])
    for is_low in (True, False):
        rows, wanted = ((now == -1.0) == is_low for now in (simulated[0], training[0]))
        share = np.mean(training[1][wanted] > 0.0)
        assert np.mean(mapped[rows] > 0.0) == pytest.approx(share, abs=0.01)
    few = tuple(part[:1500] for part in training)  # too few to tell them apart
    assert np.isnan(
        QuantileMaps.fit(COLUMN, simulated, few, keeps_tails=False).frequent
    )


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
