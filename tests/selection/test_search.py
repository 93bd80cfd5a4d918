"""What the search finds where the truth is known, and what it leaves alone."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts.conditioning import (
    CalendarFeatures,
    ConditioningUnion,
    Constant,
    HARVolatility,
    LaggedStates,
    MovingCorrelation,
    NoScale,
    Phase,
    ProportionalScale,
    State,
)
from skdiffts.selection import Season, Specification, spread_repeated

SEEDS = range(8)
WALK = Specification()


def make_second_order(n=1000, seed=0):
    rng = np.random.RandomState(seed)
    first = np.array([[1.4, 0.1], [0.0, 0.5]])
    second = np.array([[-0.75, 0.0], [0.3, 0.3]])
    X = np.zeros((n, 2))
    for i in range(2, n):
        X[i] = first @ X[i - 1] + second @ X[i - 2] + 0.5 * rng.standard_normal(2)
    return X


def make_garch(n=1500, d=3, seed=0):
    """Increments of one common, clustered volatility."""
    rng = np.random.RandomState(seed)
    increments, h = np.empty((n, d)), 1.0
    for i in range(n):
        increments[i] = np.sqrt(h) * rng.standard_normal(d)
        h = 0.05 + 0.25 * (increments[i] ** 2).mean() + 0.7 * h
    return increments


@pytest.mark.statistical
def test_random_walks_stay_random_walks(select):
    """At one standard error a tenth is found to be more: here at most 3 of 8."""
    found = [
        select(np.random.RandomState(s).standard_normal((1000, 2)).cumsum(axis=0))
        for s in SEEDS
    ]
    assert sum(one.specification != WALK for one in found) <= 3
    assert sum(one.specification.n_lags > 0 for one in found) <= 2


@pytest.mark.statistical
def test_white_noise_has_a_level_and_nothing_else(select):
    """About a sixth has more at one standard error: here at most 4 of 8."""
    found = [
        select(np.random.RandomState(s).standard_normal((600, 2))).specification
        for s in SEEDS
    ]
    assert all(one.n_lags >= 1 for one in found)
    white = Specification(n_lags=1, independent=True)
    assert sum(one != white for one in found) <= 4


def test_two_lags_are_found(select):
    found = select(make_second_order())
    assert found.specification.n_lags == 2
    assert isinstance(found.conditioning, LaggedStates)
    assert isinstance(found.scale, NoScale)
    assert "the last 2 rows" in found.describe()


def test_a_sine_is_found_without_an_index(select):
    rng = np.random.RandomState(0)
    angle = 2.0 * np.pi * np.arange(1200) / 37.0
    X = np.stack([np.sin(angle), np.sin(angle + 1.0)], axis=1)
    found = select(X + 0.1 * rng.standard_normal(X.shape))
    assert [season.length for season in found.specification.seasons] == [37.0]
    parts = dict(found.conditioning.parts)
    assert isinstance(parts["season_37"], Phase)
    assert "season: 37 rows" in found.describe()


def test_the_day_of_a_dated_index_is_found(select):
    rng = np.random.RandomState(0)
    index = pd.date_range("2024-01-01", periods=960, freq="30min")
    hour = np.asarray(index.hour + index.minute / 60.0)
    season = np.sin(2.0 * np.pi * hour / 24.0)[:, np.newaxis] + np.zeros((1, 2))
    X = pd.DataFrame(season + 0.3 * rng.standard_normal((960, 2)), index=index)
    found = select(X)
    assert [season.length for season in found.specification.seasons] == ["day"]
    assert any(
        isinstance(part, CalendarFeatures) for _, part in found.conditioning.parts
    )
    assert "season: day" in found.describe()


@pytest.mark.statistical
def test_a_year_of_three_is_found_with_few_harmonics(select):
    """The shortest fold holds 1.65 years, so that there are one or two harmonics."""
    rng = np.random.RandomState(0)
    index = pd.date_range("2012-01-01", "2014-12-31", freq="D")
    angle = 2.0 * np.pi * np.arange(len(index)) / 365.2425
    noise = rng.standard_normal((len(index), 2))
    X = pd.DataFrame(8.0 * np.sin(angle)[:, np.newaxis] + 3.0 * noise, index=index)
    [season] = select(X).specification.seasons
    assert season.length == "year"
    assert season.n_harmonics <= 2


@pytest.mark.statistical
def test_unit_roots_reversion_and_trends_are_told_apart(select, make_autoregression):
    line = 0.02 * np.arange(1000)[:, np.newaxis]
    reverting = select(make_autoregression(0.9)).specification
    assert reverting.n_lags == 1
    assert not reverting.trend
    on_a_line = select(make_autoregression(0.5) + line).specification
    assert on_a_line.n_lags == 1
    assert on_a_line.trend
    noise = np.random.RandomState(0).standard_normal((1000, 2))
    drifting = select((0.1 + noise).cumsum(axis=0)).specification
    assert drifting.n_lags == 0


@pytest.mark.statistical
def test_a_double_well_has_a_curve(select):
    rng = np.random.RandomState(0)
    x = np.zeros(2000)
    for i in range(1, len(x)):
        force = 0.2 * (x[i - 1] - x[i - 1] ** 3)
        x[i] = x[i - 1] + force + 0.25 * rng.standard_normal()
    found = select(x[:, np.newaxis])
    assert found.is_curved
    assert "curved" in found.describe()


@pytest.mark.statistical
def test_clusters_are_found_in_returns_and_in_prices(select):
    returns = make_garch()
    levels = select(returns.cumsum(axis=0)).specification
    rows = select(returns).specification
    assert levels.n_lags == 0
    assert rows.independent
    assert levels.halflives
    assert levels.noise == rows.noise


@pytest.mark.statistical
def test_prices_move_by_shares_of_their_level(select):
    rng = np.random.RandomState(0)
    prices = 50.0 * np.exp(0.02 * rng.standard_t(5, size=(1500, 2)).cumsum(axis=0))
    found = select(prices)
    assert found.specification.n_lags == 0
    assert found.specification.proportional
    assert isinstance(found.scale, ProportionalScale)
    assert "in proportion to the level" in found.describe()
    logs = select(np.log(prices))
    assert not logs.specification.proportional


def test_a_point_mass_is_spread_and_nothing_else(read):
    rng = np.random.RandomState(0)
    hours = np.arange(1200) % 24
    X = np.where(hours < 12, 0.0, 5.0 + rng.normal(size=1200))[:, np.newaxis]
    paths = read(X)
    spread = spread_repeated(paths)
    assert len(np.unique(spread.values)) == 1200
    assert np.abs(spread.values - X).max() < 0.5 * np.diff(X, axis=0).std()
    continuous = read(rng.normal(size=(300, 1)))
    assert spread_repeated(continuous) is continuous


@pytest.mark.statistical
def test_a_season_of_the_volatility_alone_is_found(select):
    index = pd.date_range("2024-01-01", periods=1200, freq="h")
    deviation = np.where(np.asarray(index.hour) < 12, 0.5, 2.0)[:, np.newaxis]
    noise = np.random.RandomState(0).standard_normal((1200, 2))
    found = select(pd.DataFrame((deviation * noise).cumsum(axis=0), index=index))
    assert found.specification.seasonal_volatility.length == "day"
    assert isinstance(found.scale, HARVolatility | MovingCorrelation)


@pytest.mark.statistical
def test_panels_of_short_windows_are_searched_over_paths(select, make_autoregression):
    panel = make_autoregression(0.6, n=24 * 40, d=2).reshape(40, 24, 2)
    assert select(panel).specification.n_lags == 1
    walks = np.random.RandomState(0).standard_normal((40, 24, 2)).cumsum(axis=1)
    assert select(walks).specification.n_lags == 0


def test_few_rows_have_a_level_and_no_search(select):
    found = select(np.arange(12.0)[:, np.newaxis])
    assert isinstance(found.conditioning, State)
    assert found.n_fits == 0
    assert found.candidates == ()
    assert isinstance(Specification().conditioning(), Constant)


def test_the_result_is_the_same_for_any_number_of_jobs(select):
    X = make_garch(n=400)
    first, second = (select(X, n_jobs=n_jobs) for n_jobs in (1, 2))
    assert first.specification == second.specification
    assert first.log_likelihood == second.log_likelihood
    for name, column in first.table().items():
        assert_array_equal(column, second.table()[name])


def test_the_table_holds_all_candidates_and_what_was_chosen(select):
    found = select(make_second_order(600))
    table = found.table()
    chosen = table["chosen"]
    frame = pd.DataFrame(table)
    assert list(frame) == ["step", "candidate", "gain", "error", "chosen"]
    assert (frame.groupby("step")["chosen"].sum() <= 1).all()
    # All gains are over the history before the step, so that they add up.
    taken = table["gain"][chosen].sum()
    assert_allclose(found.log_likelihood_walk + taken, found.log_likelihood, atol=0.02)


def test_units_and_order_of_the_series_do_not_matter(select):
    X = make_second_order(600)
    first = select(X).specification
    assert select(1e3 * X + 50.0).specification == first
    assert select(X[:, ::-1]).specification == first


def test_strategies_of_a_specification_can_be_joined():
    one = Specification(
        n_lags=2,
        trend=True,
        seasons=(Season("day", 2), Season(12.0, 1)),
        seasonal_levels=(Season("day", 1),),
        halflives=(5.0, 20.0),
        seasonal_volatility=Season("day", 3),
        correlation=True,
        margins=True,
    )
    names = [name for name, _ in one.parts()]
    assert names == ["level", "trend", "season_day", "season_12", "level_by_day"]
    union = one.conditioning()
    assert isinstance(union, ConditioningUnion)
    assert union.set_params(season_day__n_harmonics=3) is union
    scale = one.scale()
    assert scale.volatility.halflives == (5.0, 20.0)
    assert scale.volatility.margins == "student"
    assert scale.uses_clock
    words = one.describe()
    assert "season times level: day (1 harmonic)" in words
    assert "correlations: moving" in words
