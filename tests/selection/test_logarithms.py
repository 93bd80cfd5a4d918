"""Series that are modelled by their logarithms: what is found, and what is left alone."""

import numpy as np
import pandas as pd
import pytest

from skdiffts.selection import find_logarithms

SEEDS = range(10)


@pytest.fixture(scope="session")
def find(read):
    """Columns of a container whose logarithm is taken."""

    def search(X, is_open=None):
        paths = read(X)
        every = np.ones(paths.n_features, dtype=bool)
        return find_logarithms(paths, every if is_open is None else is_open).tolist()

    return search


def make_walk(seed=0, n=600, size=0.05):
    noise = np.random.RandomState(seed).standard_normal((n, 1))
    return size * noise.cumsum(axis=0)


def make_growth(seed=0, years=12):
    """Growth by a percent a month, with a year in percent."""
    months = pd.date_range("1990-01-31", periods=12 * years, freq="ME")
    noise = 0.03 * np.random.RandomState(seed).standard_normal(len(months))
    year = 0.2 * np.sin(2.0 * np.pi * months.month.to_numpy() / 12.0)
    log = 5.0 + 0.01 * np.arange(len(months)) + year + noise
    return pd.DataFrame({"sold": np.exp(log)}, index=months)


def test_prices_move_by_factors(find):
    assert find(50.0 * np.exp(make_walk())) == [True]


def test_growth_with_a_year_is_found(find):
    assert find(make_growth()) == [True]


@pytest.mark.statistical
def test_sums_are_left_alone(find, make_autoregression):
    """At two standard errors, gained twice, about one in fifty: here at most 1 of 20."""
    found = []
    for seed in SEEDS:
        walk = make_walk(seed, n=400, size=1.0)
        level = 20.0 + 2.5 * make_autoregression(0.8, n=400, d=1, seed=seed)
        found += find(np.hstack([walk - walk.min() + 15.0, level]))
    assert sum(found) <= 1


@pytest.mark.statistical
def test_logarithms_are_not_taken_twice(find):
    """The same rate: at most 1 of 10 logarithms that range over a factor of two."""
    walks = [make_walk(seed, size=0.1) for seed in SEEDS]
    found = [find(100.0 * (3.0 + walk - walk.min())) for walk in walks]
    assert sum(one == [True] for one in found) <= 1


@pytest.mark.statistical
def test_factors_must_count_from_zero(find):
    """Degrees count from a zero farther down.

    Steps that are shares of the distance to the true zero, which is given, or lies below by
    six tenths of the lowest value. Found were 7 and 0 of 8, and 5 of 8 of the second kind
    by a rule that does not ask. If nine in ten and one in fifty are found, a bound is
    missed once in 200 and once in 2,000 times.
    """
    found = {0.0: 0, 0.6: 0}
    for seed in range(8):
        walk, noise = np.zeros(600), np.random.RandomState(seed).standard_normal(600)
        for i in range(1, 600):
            walk[i] = 0.9 * walk[i - 1] + 0.2 * noise[i]
        above = 20.0 * np.exp(walk)
        for share in found:
            found[share] += find((above - share * above.min())[:, np.newaxis]) == [True]
    assert found[0.0] >= 5
    assert found[0.6] <= 2


@pytest.mark.statistical
def test_storms_at_a_high_level_are_no_reason(find):
    """Volatility that clusters on a rising line is not in proportion to the level."""
    found = []
    for seed in range(10):
        rng = np.random.RandomState(seed)
        x, h = np.empty(800), 1.0
        for i, z in enumerate(rng.standard_normal(800)):
            x[i] = np.sqrt(h) * z
            h = 0.02 + 0.2 * x[i] ** 2 + 0.78 * h
        found += find((0.05 * np.arange(800) + 40.0 + x.cumsum())[:, np.newaxis])
    assert sum(found) <= 2


def test_units_and_other_columns_make_no_difference(find, make_autoregression):
    level = 20.0 + 2.0 * make_autoregression(0.8, n=400, d=1)
    X = np.hstack([np.exp(make_walk(n=400)), level, make_walk(n=400)])
    assert find(X) == [True, False, False]
    assert find(1024.0 * X[:, ::-1]) == [False, False, True]


def test_columns_that_are_closed_negative_short_or_narrow(find):
    growing = np.exp(make_walk())
    assert find(growing, [False]) == [False]
    assert find(-growing) == [False]
    assert find(growing - growing.min()) == [False]
    assert find(growing[:40]) == [False]
    assert find(1000.0 + growing) == [False]
    assert not any(find(np.repeat(growing, 25, axis=1)))


def test_panels_are_compared_over_paths(find):
    panel = np.exp(make_walk(n=12 * 60, size=0.1)).reshape(12, 60, 1)
    panel = panel / panel[:, :1] * np.linspace(1.0, 5.0, 12)[:, np.newaxis, np.newaxis]
    assert find(panel) == [True]
    many = np.repeat(panel, 12, axis=0)
    many *= np.random.RandomState(0).uniform(0.5, 2.0, size=(144, 1, 1))
    assert find(many) == [True]
