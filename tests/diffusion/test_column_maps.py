"""Column maps as parts of a sampler: right in draws, density and score."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import trapezoid
from scipy.special import ndtr
from scipy.stats import t as student

from skdiffts.marginals import Identity, RankNormal, StudentNormal, YeoJohnson

TRANSFORMS = [RankNormal(), YeoJohnson(), StudentNormal()]


def named(recipe):
    return repr(recipe)


def heavy(n=1000, d=3, seed=0):
    """Student's t(3) columns that depend on each other, shifted and scaled."""
    rng = np.random.RandomState(seed)
    noise = rng.standard_normal((n, d)) / np.sqrt(rng.chisquare(3, (n, d)) / 3)
    return noise @ (np.eye(d) + 0.3) * np.geomspace(0.1, 10.0, d) + 5.0


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
    sampler = tiny(column_map=recipe, max_iter=2).fit(X)
    assert np.isfinite(sampler.score_samples(X)).all()
    assert np.isfinite(sampler.score_samples(X + 1e3)).all()
    assert np.isfinite(sampler.score_function(X, 0.5)).all()
    assert np.isfinite(sampler.sample(50, random_state=0)).all()


@pytest.mark.parametrize("recipe", TRANSFORMS, ids=named)
def test_sampler_is_that_of_the_mapped_rows(tiny, recipe):
    """Same seeds on g(X): draws, density and score follow by the change of variables."""
    X, rows = heavy(150), heavy(30, seed=1)
    column_map = recipe.build(X)
    mapped = tiny().fit(column_map.transform(X))
    sampler = tiny(column_map=recipe).fit(X)
    value, derivative = column_map.log_slope(rows)
    V = column_map.transform(rows)
    draws = column_map.inverse_transform(mapped.sample(20, random_state=0))
    assert_allclose(sampler.sample(20, random_state=0), draws, rtol=1e-9)
    density = mapped.score_samples(V) + value.sum(axis=1)
    assert_allclose(sampler.score_samples(rows), density, rtol=0, atol=1e-9)
    score = mapped.score_function(V, 0.3) * np.exp(value) + derivative
    assert_allclose(sampler.score_function(rows, 0.3), score, rtol=1e-9, atol=1e-9)


def test_none_is_the_identity(tiny, X, fitted):
    sampler = tiny(column_map=Identity()).fit(X)
    assert_array_equal(sampler.score_samples(X), fitted.score_samples(X))
    assert_array_equal(sampler.sample(5, 0), fitted.sample(5, 0))


@pytest.mark.parametrize("recipe", TRANSFORMS, ids=named)
def test_density_integrates_to_one_where_tails_are_heavy(tiny, recipe):
    x = heavy(200, 1)
    sampler = tiny(column_map=recipe, max_iter=10).fit(x)
    # Far tails need points at growing distances.
    points = 5.0 + 0.1 * np.sinh(np.linspace(-22.0, 22.0, 4000))
    density = np.exp(sampler.score_samples(points[:, None]))
    assert_allclose(trapezoid(density, points), 1.0, rtol=0, atol=2e-4)


@pytest.mark.parametrize("recipe", TRANSFORMS, ids=named)
def test_copies_draw_and_score_the_same(tiny, recipe):
    X = heavy(60)
    sampler = tiny(column_map=recipe, max_iter=2).fit(X)
    copy = pickle.loads(pickle.dumps(sampler))
    assert_array_equal(copy.score_samples(X), sampler.score_samples(X))
    assert_array_equal(copy.sample(5, 0), sampler.sample(5, 0))


def test_warm_start_keeps_the_map(tiny):
    X = heavy(100)
    sampler = tiny(column_map=RankNormal(), warm_start=True, max_iter=2).fit(X)
    before = sampler.process().whitening.column_map
    assert sampler.fit(2.0 * X)._process.whitening.column_map is before


def test_draws_leave_the_range_of_the_rows_with_the_right_tails(tiny):
    """Untrained sampler, 500 exact quantiles: the thousandths of the draws."""
    distribution = student(3)
    X = distribution.ppf((np.arange(500)[:, None] + 0.5) / 500)
    truth = distribution.ppf([0.001, 0.999])
    ratios = {}
    for name, recipe in (("none", None), ("rank", RankNormal())):
        sampler = tiny(column_map=recipe, max_iter=1, learning_rate=1e-9)
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
        tiny(column_map=recipe).fit(X)
    with pytest.raises(ValueError, match="column_map"):
        tiny(column_map="rank").fit(X)


def test_nested_parameters_reach_the_column_map(tiny, X):
    sampler = tiny(column_map=RankNormal()).set_params(column_map__tail=0.1)
    assert sampler.column_map.tail == 0.1
    share = np.mean(sampler.column_map.build(X).transform(X) > -1.2815515)
    assert abs(share - 0.9) < 0.02
    assert abs(ndtr(-1.2815515) - 0.1) < 1e-6
