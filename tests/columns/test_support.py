"""Coordinates of columns: cells, values and densities belong together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, clone

from skdiffts._paths import check_paths
from skdiffts.columns import Support, TableSupport, find_support, read_supports

RNG = np.random.RandomState(0)
RAIN = np.maximum(RNG.standard_normal(400) * 3.0 - 1.0, 0.0)
COLUMNS = {
    "rain": (Support(low=0.0, atoms=[0.0]), RAIN),
    "cap": (Support(high=1.0, atoms=[1.0]), np.minimum(RNG.standard_normal(400), 1.0)),
    "both ends": (
        Support(low=-1.0, high=1.0, atoms=[-1.0, 1.0]),
        np.clip(RNG.standard_normal(400), -1.0, 1.0),
    ),
    "stale": (
        Support(atoms=[0.0]),
        np.where(RNG.uniform(size=400) < 0.2, 0.0, RNG.standard_normal(400)),
    ),
    "percentage": (Support(low=0.0, high=100.0), 100.0 * RNG.beta(2.0, 3.0, size=400)),
    "full or not": (
        Support(low=0.0, high=1.0, atoms=[1.0]),
        np.minimum(2.0 * RNG.beta(2.0, 2.0, size=400), 1.0),
    ),
    "positive": (Support(low=0.0), RNG.gamma(2.0, size=400)),
    "logarithm": (
        Support(power=0.0),
        np.exp(np.random.RandomState(1).standard_normal(400)),
    ),
    "below": (Support(high=0.0), -RNG.gamma(2.0, size=400)),
    "count": (Support(low=0.0, unit=1.0), RNG.poisson(2.0, size=400) * 1.0),
    "state": (Support(low=0.0, high=1.0, unit=1.0), RNG.binomial(1, 0.3, 400) * 1.0),
    "rate": (Support(unit=0.25), 0.25 * np.round(4.0 * RNG.standard_normal(400))),
}


def fitted(name):
    """Coordinate of one of the columns, with its values."""
    support, values = COLUMNS[name]
    paths = check_paths(BaseEstimator(), values[:, np.newaxis], reset=True)
    return TableSupport.fit(paths, [support]).coordinates[0], values


@pytest.mark.parametrize("name", COLUMNS)
def test_cells_hold_what_stands_for_a_value(name):
    coordinate, values = fitted(name)
    z = coordinate.transform(values)
    low, high = coordinate.cells(values)
    assert (z >= low).all()
    assert (z <= high).all()
    np.testing.assert_allclose(coordinate.restore(z), values, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", COLUMNS)
@settings(max_examples=30, deadline=None)
@given(z=st.floats(-8.0, 8.0))
def test_every_latent_number_is_a_possible_value(name, z):
    coordinate, _ = fitted(name)
    x = coordinate.restore(np.array([z]))
    assert np.isfinite(x).all()
    # Bounds that are not taken are reached by rounding only.
    assert x >= coordinate.support.low
    assert x <= coordinate.support.high
    if coordinate.contains(x).all():
        low, high = coordinate.cells(x)
        tolerance = 1e-6 * (1.0 + abs(z))
        assert low - tolerance <= z <= high + tolerance


@pytest.mark.parametrize("name", COLUMNS)
def test_the_map_increases(name):
    coordinate, values = fitted(name)
    latent = np.linspace(-5.0, 5.0, 2001)
    assert (np.diff(coordinate.restore(latent)) >= 0.0).all()
    distinct = np.unique(values)
    assert (np.diff(coordinate.transform(distinct)) > 0.0).all()


@pytest.mark.parametrize("name", COLUMNS)
def test_the_slope_is_the_derivative(name):
    coordinate, values = fitted(name)
    low, high = coordinate.cells(values)
    inner = values[low == high]
    if len(inner) == 0:  # a grid: probabilities per unit of length
        expected = -np.log(coordinate.support.unit)
        np.testing.assert_allclose(coordinate.log_slope(values), expected)
        return
    # The nearest values beside an atom have another slope on their other side.
    inner = inner[(inner > inner.min()) & (inner < inner.max())]
    inner = inner[np.abs(inner) > 1e-3]
    step = 1e-6
    above, below = (coordinate.transform(inner + s) for s in (step, -step))
    slope = np.log((above - below) / (2.0 * step))
    np.testing.assert_allclose(coordinate.log_slope(inner), slope, atol=1e-4)


def test_values_between_an_atom_and_the_data_have_a_density():
    values = np.where(RAIN > 0.0, RAIN + 0.3, 0.0)
    paths = check_paths(BaseEstimator(), values[:, np.newaxis], reset=True)
    coordinate = TableSupport.fit(paths, [None]).coordinates[0]
    near = np.array([0.1, 0.2])
    np.testing.assert_allclose(coordinate.restore(coordinate.transform(near)), near)
    usual = coordinate.log_slope(values[values > 0.0]).min()
    assert (coordinate.log_slope(near) < usual - 2.0).all()


@pytest.mark.parametrize(
    "name", ["rain", "cap", "both ends", "count", "state", "positive"]
)
def test_auto_finds_the_support(name):
    support, values = COLUMNS[name]
    found = find_support(values, np.diff(values))
    assert repr(found) == repr(clone(support))


def test_auto_finds_the_unit_of_a_grid():
    values = COLUMNS["rate"][1]
    assert find_support(values, np.diff(values)).unit == 0.25
    tens = 10.0 * RNG.poisson(3.0, size=300)
    found = find_support(tens, np.diff(tens))
    assert (found.unit, found.low) == (10.0, 0.0)


@pytest.mark.parametrize(
    "values",
    [
        RNG.standard_normal(500),
        RNG.standard_normal(500).cumsum().round(2),
        100.0 + RNG.standard_normal(500).cumsum(),
        np.round(20.0 + 5.0 * RNG.standard_normal(500), 1),
        np.ones(500),
        COLUMNS["stale"][1],
        RNG.poisson(1.0, size=40) * 1.0,
    ],
)
def test_auto_leaves_continuous_and_short_columns(values):
    assert find_support(values, np.diff(values)).is_real


def test_walks_above_zero_and_ticks_have_no_support():
    """In 40 walks that stay above zero, and in prices on a grid of ticks, none is found."""
    found = []
    for seed in range(40):
        noise = np.random.RandomState(seed).standard_normal(1000)
        walk = noise.cumsum()
        walk = walk - walk.min() + 3.0
        prices = np.log(np.round(8.0 * np.exp(0.02 * noise.cumsum() + 1.0)) / 8.0)
        found += [find_support(x, np.diff(x)) for x in (walk, 5.0 + prices)]
    assert all(support.is_real for support in found)


def test_rounding_makes_no_atoms():
    """In 40 rounded gamma series no value is taken for an atom."""
    found = []
    for seed in range(40):
        values = np.random.RandomState(seed).gamma(2.0, 5.0, size=800).round(1)
        found.append(len(find_support(values, np.diff(values)).atoms))
    assert not any(found)


def test_supports_are_read_by_name_and_position():
    first, second = read_supports({0: "count", "b": Support(low=0.0)}, ["a", "b"])
    assert (first.unit, second.low) == (1.0, 0.0)
    assert read_supports("auto", ["a", "b"]) == [None, None]


@pytest.mark.parametrize(
    ("support", "error", "words"),
    [
        ({"c": "count"}, ValueError, "'c'"),
        ({"a": "whole"}, ValueError, "'whole'"),
        ({"a": 3.0}, TypeError, "3.0"),
        ({"a": Support(unit=-1.0)}, ValueError, "unit"),
    ],
)
def test_supports_that_make_no_sense(support, error, words):
    with pytest.raises(error, match=words):
        read_supports(support, ["a", "b"])


def test_training_values_outside_a_support():
    paths = check_paths(BaseEstimator(), RNG.standard_normal((60, 1)), reset=True)
    with pytest.raises(ValueError, match="support"):
        TableSupport.fit(paths, [Support(low=0.0)])


def test_rounding_errors_beside_an_atom_are_the_atom():
    """The sine of a whole turn is 1e-16, and nothing else: a night without sun."""
    sun = np.maximum(0.0, np.sin((np.arange(960) % 24 - 6) / 12.0 * np.pi))
    values = sun * np.repeat(np.random.RandomState(0).uniform(1.0, 5.0, size=40), 24)
    assert ((values > 0.0) & (values < 1e-12)).sum() == 40
    paths = check_paths(BaseEstimator(), values[:, np.newaxis], reset=True)
    coordinate = TableSupport.fit(paths, [None]).coordinates[0]
    low, high = coordinate.cells(values)
    np.testing.assert_array_equal(low < high, values < 1e-12)
    assert coordinate.nearest[0] > 0.1
    restored = coordinate.restore(coordinate.transform(values))
    np.testing.assert_allclose(restored, values, rtol=1e-9, atol=1e-12)


def test_a_logarithm_goes_on_as_a_line():
    values = np.exp(np.random.RandomState(0).standard_normal(100))
    paths = check_paths(BaseEstimator(), values[:, np.newaxis], reset=True)
    coordinate = TableSupport.fit(paths, [Support(power=0.0)]).coordinates[0]
    np.testing.assert_allclose(coordinate.transform(values), np.log(values))
    x = np.array([-2.0, 0.0, 1e-6, coordinate.end, 1.0])
    np.testing.assert_allclose(coordinate.restore(coordinate.transform(x)), x, 1e-9)
    below = coordinate.end * np.array([0.999, 0.5, -3.0])
    slope = (coordinate.transform(below + 1e-9) - coordinate.transform(below)) / 1e-9
    np.testing.assert_allclose(coordinate.log_slope(below), np.log(slope), atol=1e-5)
    with pytest.raises(ValueError, match="logarithm"):
        TableSupport.fit(paths.with_values(-paths.values), [Support(power=0.0)])
