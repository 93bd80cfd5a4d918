"""Maps of the columns: increasing, invertible, and right in density and score."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from skdiffts.marginals import Identity, RankNormal, StudentNormal, YeoJohnson

RECIPES = [
    Identity(),
    RankNormal(),
    RankNormal(tail=0.2, n_knots=2),
    RankNormal(tail=1e-3, n_knots=40),
    YeoJohnson(),
    StudentNormal(),
]
TRANSFORMS = [RankNormal(), YeoJohnson(), StudentNormal()]
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
    column_map = recipe.build(x[:, None])
    points = around(x)
    v = column_map.transform(points[:, None])
    value, derivative = column_map.log_slope(points[:, None])
    assert all(np.isfinite(part).all() for part in (v, value, derivative))
    assert (np.diff(v[:, 0]) >= 0.0).all()
    back = column_map.inverse_transform(v)[:, 0]
    # An error of one rounding in v is one of rounding / slope in x, and conversely.
    bound = 1e-9 * np.abs(points) + 1e-13 * (1.0 + np.abs(v[:, 0])) / np.exp(
        value[:, 0]
    )
    assert (np.abs(back - points) <= bound + 1e-12 * np.abs(x).max()).all()


@pytest.mark.parametrize("recipe", RECIPES, ids=named)
def test_round_trip_is_exact_to_rounding(recipe):
    X = heavy()
    column_map = recipe.build(X)
    for rows in (X, heavy(seed=1), 5.0 + 1e4 * (X - 5.0)):
        back = column_map.inverse_transform(column_map.transform(rows))
        assert_allclose(back, rows, rtol=1e-10, atol=1e-10)
    V = np.random.RandomState(0).standard_normal((500, 3)) * 2.0
    back = column_map.transform(column_map.inverse_transform(V))
    assert_allclose(back, V, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("recipe", RECIPES, ids=named)
def test_slopes_are_derivatives(recipe):
    """Central differences: of the map, and of its log slope."""
    X = heavy()
    column_map = recipe.build(X)
    points = np.stack([around(x)[::37] for x in X.T], axis=1)
    step = 1e-6 * (1.0 + np.abs(points - 5.0)) * X.std(axis=0)
    value, derivative = column_map.log_slope(points)
    rise = column_map.transform(points + step) - column_map.transform(points - step)
    assert_allclose(np.exp(value), rise / (2.0 * step), rtol=1e-4)
    bend = (
        column_map.log_slope(points + step)[0] - column_map.log_slope(points - step)[0]
    )
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
