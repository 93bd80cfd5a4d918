"""Maps of the columns: increasing, invertible, and right in density and score."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import trapezoid
from scipy.special import ndtr
from scipy.stats import t as student

from skdiffts.diffusion import NoMarginal, RankNormal, YeoJohnson

RECIPES = [
    NoMarginal(),
    RankNormal(),
    RankNormal(tail=0.2, n_knots=2),
    RankNormal(tail=1e-3, n_knots=40),
    YeoJohnson(),
]
TRANSFORMS = [RankNormal(), YeoJohnson()]
VALUES = st.one_of(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=2, max_size=40),
    # Many ties.
    st.lists(st.sampled_from([-2.0, 0.0, 0.5, 3.0]), min_size=2, max_size=40),
    st.lists(st.integers(-9, 9).map(float), min_size=12, max_size=40),
    # Duplicates of continuous values.
    st.lists(st.floats(-1e3, 1e3, width=16), min_size=12, max_size=30).map(
        lambda values: values * 2
    ),
)


def named(recipe):
    return repr(recipe)


def heavy(n=1000, d=3, seed=0):
    """Student's t(3) columns that depend on each other, shifted and scaled."""
    rng = np.random.RandomState(seed)
    noise = rng.standard_normal((n, d)) / np.sqrt(rng.chisquare(3, (n, d)) / 3)
    return noise @ (np.eye(d) + 0.3) * np.geomspace(0.1, 10.0, d) + 5.0


def around(x):
    """Points among the values of a column and far beyond them, rising."""
    reach = np.ptp(x) + 1e-3 * np.abs(x).max() + 1e-30
    far = reach * np.geomspace(1e-3, 1e3, 30)
    points = [x, np.linspace(x.min(), x.max(), 50), x.min() - far, x.max() + far]
    return np.unique(np.concatenate(points))


@pytest.mark.parametrize("recipe", RECIPES, ids=named)
@given(VALUES)
@settings(max_examples=60)
def test_maps_of_any_column_are_finite_increasing_and_invertible(recipe, values):
    x = np.array(values)
    marginal = recipe.build(x[:, None])
    points = around(x)
    v = marginal.transform(points[:, None])
    value, derivative = marginal.log_slope(points[:, None])
    assert all(np.isfinite(part).all() for part in (v, value, derivative))
    assert (np.diff(v[:, 0]) >= 0.0).all()
    back = marginal.inverse_transform(v)[:, 0]
    # An error of one rounding in v is one of rounding / slope in x, and conversely.
    bound = 1e-9 * np.abs(points) + 1e-13 * (1.0 + np.abs(v[:, 0])) / np.exp(
        value[:, 0]
    )
    assert (np.abs(back - points) <= bound + 1e-12 * np.abs(x).max()).all()


@pytest.mark.parametrize("recipe", RECIPES, ids=named)
def test_round_trip_is_exact_to_rounding(recipe):
    X = heavy()
    marginal = recipe.build(X)
    for rows in (X, heavy(seed=1), 5.0 + 1e4 * (X - 5.0)):
        back = marginal.inverse_transform(marginal.transform(rows))
        assert_allclose(back, rows, rtol=1e-10, atol=1e-10)
    V = np.random.RandomState(0).standard_normal((500, 3)) * 2.0
    back = marginal.transform(marginal.inverse_transform(V))
    assert_allclose(back, V, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("recipe", RECIPES, ids=named)
def test_slopes_are_derivatives(recipe):
    """Central differences: of the map, and of its log slope."""
    X = heavy()
    marginal = recipe.build(X)
    points = np.stack([around(x)[::37] for x in X.T], axis=1)
    step = 1e-6 * (1.0 + np.abs(points - 5.0)) * X.std(axis=0)
    value, derivative = marginal.log_slope(points)
    rise = marginal.transform(points + step) - marginal.transform(points - step)
    assert_allclose(np.exp(value), rise / (2.0 * step), rtol=1e-4)
    bend = marginal.log_slope(points + step)[0] - marginal.log_slope(points - step)[0]
    scale = 1.0 / X.std(axis=0)
    # A knot within a step is where the derivative jumps.
    error = np.abs(derivative - bend / (2.0 * step)) > 1e-3 * (
        np.abs(derivative) + scale
    )
    assert error.mean() < 0.02


@pytest.mark.parametrize("recipe", TRANSFORMS, ids=named)
@pytest.mark.parametrize("power", [-40, 30])
def test_maps_follow_the_units(recipe, power):
    X, c = heavy(200), 2.0**power
    here, there = recipe.build(X), recipe.build(c * X)
    assert_allclose(there.transform(c * X), here.transform(X), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("recipe", TRANSFORMS, ids=named)
@pytest.mark.parametrize(
    "column",
    [
        np.zeros(50),
        np.full(50, 1e6),
        np.full(50, 0.1) + 1e-17 * np.arange(50),
        np.tile([0.0, 1.0], 25),
        np.r_[np.zeros(49), 1.0],
        np.array([3.0, 3.0]),
        np.array([-1.0, 2.0]),
        np.repeat(np.arange(25.0), 2),
        np.r_[np.zeros(30), np.arange(20.0)],
        np.r_[np.full(30, 19.0), np.arange(20.0)],
        np.r_[np.arange(40.0), 1e12],
    ],
    ids=[
        "zero",
        "constant",
        "rounding",
        "two values",
        "nearly constant",
        "two equal rows",
        "two rows",
        "duplicates",
        "censored below",
        "censored above",
        "outlier",
    ],
)
def test_degenerate_columns_fit_draw_and_score(tiny, recipe, column):
    rng = np.random.RandomState(0)
    X = np.stack([column, rng.standard_normal(len(column))], axis=1)
    sampler = tiny(marginal=recipe, max_iter=2).fit(X)
    assert np.isfinite(sampler.score_samples(X)).all()
    assert np.isfinite(sampler.score_samples(X + 1e3)).all()
    assert np.isfinite(sampler.score_function(X, 0.5)).all()
    assert np.isfinite(sampler.sample(50, random_state=0)).all()


# In the sampler


@pytest.mark.parametrize("recipe", TRANSFORMS, ids=named)
def test_sampler_is_that_of_the_mapped_rows(tiny, recipe):
    """Same seeds on g(X): draws, density and score follow by the change of variables."""
    X, rows = heavy(150), heavy(30, seed=1)
    marginal = recipe.build(X)
    mapped = tiny().fit(marginal.transform(X))
    sampler = tiny(marginal=recipe).fit(X)
    value, derivative = marginal.log_slope(rows)
    V = marginal.transform(rows)
    draws = marginal.inverse_transform(mapped.sample(20, random_state=0))
    assert_allclose(sampler.sample(20, random_state=0), draws, rtol=1e-9)
    density = mapped.score_samples(V) + value.sum(axis=1)
    assert_allclose(sampler.score_samples(rows), density, rtol=0, atol=1e-9)
    score = mapped.score_function(V, 0.3) * np.exp(value) + derivative
    assert_allclose(sampler.score_function(rows, 0.3), score, rtol=1e-9, atol=1e-9)


def test_none_is_no_marginal(tiny, X, fitted):
    sampler = tiny(marginal=NoMarginal()).fit(X)
    assert_array_equal(sampler.score_samples(X), fitted.score_samples(X))
    assert_array_equal(sampler.sample(5, 0), fitted.sample(5, 0))


@pytest.mark.parametrize("recipe", TRANSFORMS, ids=named)
def test_density_integrates_to_one_where_tails_are_heavy(tiny, recipe):
    x = heavy(200, 1)
    sampler = tiny(marginal=recipe, max_iter=10).fit(x)
    # Far tails need points at growing distances.
    points = 5.0 + 0.1 * np.sinh(np.linspace(-22.0, 22.0, 4000))
    density = np.exp(sampler.score_samples(points[:, None]))
    assert_allclose(trapezoid(density, points), 1.0, rtol=0, atol=2e-4)


@pytest.mark.parametrize("recipe", TRANSFORMS, ids=named)
def test_copies_draw_and_score_the_same(tiny, recipe):
    X = heavy(60)
    sampler = tiny(marginal=recipe, max_iter=2).fit(X)
    copy = pickle.loads(pickle.dumps(sampler))
    assert_array_equal(copy.score_samples(X), sampler.score_samples(X))
    assert_array_equal(copy.sample(5, 0), sampler.sample(5, 0))


def test_warm_start_keeps_the_map(tiny):
    X = heavy(100)
    sampler = tiny(marginal=RankNormal(), warm_start=True, max_iter=2).fit(X)
    before = sampler._process.whitening.marginal
    assert sampler.fit(2.0 * X)._process.whitening.marginal is before


def test_draws_leave_the_range_of_the_rows_with_the_right_tails(tiny):
    """Untrained sampler, 500 exact quantiles: the thousandths of the draws."""
    law = student(3)
    X = law.ppf((np.arange(500)[:, None] + 0.5) / 500)
    truth = law.ppf([0.001, 0.999])
    ratios = {}
    for name, recipe in (("none", None), ("rank", RankNormal())):
        sampler = tiny(marginal=recipe, max_iter=1, learning_rate=1e-9)
        sampler.set_params(solver__n_steps=20).fit(X)
        draws = sampler.sample(20_000, random_state=0)
        ratios[name] = np.quantile(draws, [0.001, 0.999]) / truth
    assert (ratios["none"] < 0.55).all()
    assert_allclose(ratios["rank"], 1.0, atol=0.2)
    assert np.abs(draws).max() > 1.2 * X.max()


@pytest.mark.parametrize(
    "recipe",
    [RankNormal(tail=0.0), RankNormal(tail=0.5), RankNormal(n_knots=1)],
    ids=named,
)
def test_wrong_parameters_are_named(tiny, X, recipe):
    with pytest.raises(ValueError, match=r"tail|n_knots"):
        tiny(marginal=recipe).fit(X)
    with pytest.raises(ValueError, match="marginal"):
        tiny(marginal="rank").fit(X)


def test_nested_parameters_reach_the_marginal(tiny, X):
    sampler = tiny(marginal=RankNormal()).set_params(marginal__tail=0.1)
    assert sampler.marginal.tail == 0.1
    share = np.mean(sampler.marginal.build(X).transform(X) > -1.2815515)
    assert abs(share - 0.9) < 0.02
    assert abs(ndtr(-1.2815515) - 0.1) < 1e-6
