"""Conditions as weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from skdiffts.scenarios import AllOf, InRange, NearValue

paths = arrays(
    np.float64,
    st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 3)),
    elements=st.floats(0.5, 2.0),
)


def slow_number(path, column, row, measure, first):
    """Return the measured number, by the words of the docstring."""
    series = [float(x) for x in path[:, column]]
    row, first = row % len(series), first % len(series)
    span = series[first : row + 1]
    return {
        "level": series[row],
        "change": series[row] - series[0],
        "return": series[row] / series[0] - 1.0,
        "minimum": min(span),
        "maximum": max(span),
        "sum": sum(span),
        "mean": sum(span) / len(span),
    }[measure]


@given(
    paths,
    st.sampled_from(["level", "change", "return", "minimum", "maximum", "sum", "mean"]),
    st.data(),
)
def test_measures(paths, measure, data):
    _, length, d = paths.shape
    row = data.draw(st.integers(-length, length - 1))
    column = data.draw(st.integers(-d, d - 1))
    first = data.draw(st.integers(0, row % length))
    first -= length * data.draw(st.booleans())
    condition = InRange(column=column, row=row, measure=measure, first=first)
    expected = [slow_number(path, column, row, measure, first) for path in paths]
    assert_allclose(condition.measured(paths), expected, rtol=1e-12)


def test_bounds_are_included():
    path = np.array([[[0.0], [1.0]]])
    for condition in (InRange(low=1.0), InRange(high=1.0), InRange(low=1.0, high=1.0)):
        assert_array_equal(condition.weights(path), [1.0])
    assert_array_equal(InRange(low=1.0 + 1e-9).weights(path), [0.0])


def test_weights_near_a_value():
    path = np.array([[[0.0], [1.0]], [[0.0], [4.0]]])
    near = NearValue(value=2.0, bandwidth=0.5)
    assert_allclose(near.weights(path), np.exp([-2.0, -8.0]))


def test_all_of_some():
    path = np.random.RandomState(0).standard_normal((50, 4, 2))
    first, second = InRange(low=0.0), NearValue(column=1, measure="maximum")
    both = AllOf(conditions=[first, second])
    assert_array_equal(both.weights(path), first.weights(path) * second.weights(path))
    assert_array_equal(AllOf().weights(path), np.ones(50))

    def last_is_low(paths):
        return paths[:, -1, 0] < 0.5

    between = AllOf(conditions=[first, last_is_low])
    assert_array_equal(
        between.weights(path), (path[:, -1, 0] >= 0.0) & (path[:, -1, 0] < 0.5)
    )
    broken = AllOf(conditions=[first, lambda paths: paths[:, 0, 0]])
    with pytest.raises(ValueError, match="some that are negative or NaN; return 50"):
        broken.weights(path)


def test_names_become_positions():
    path = np.random.RandomState(0).standard_normal((50, 4, 2))
    first, second = InRange(column="a", low=0.0), NearValue(column="b")
    both = AllOf(conditions=[first, second, lambda paths: paths[:, 0, 0] > 0.0])
    resolved = both.with_positions(["a", "b"])
    expected = (
        InRange(low=0.0).weights(path)
        * NearValue(column=1).weights(path)
        * (path[:, 0, 0] > 0.0)
    )
    assert_array_equal(resolved.weights(path), expected)
    assert both.conditions[0].column == "a"
    assert InRange(column=1).with_positions(["a", "b"]).column == 1
    with pytest.raises(ValueError, match=r"'c' is no column of \['a', 'b'\]; pass"):
        InRange(column="c").with_positions(["a", "b"])
    with pytest.raises(ValueError, match="column='a' is a name, but columns have none"):
        first.with_positions(())
    with pytest.raises(TypeError, match="column='a' is a name, which arrays of paths"):
        first.weights(path)


def test_conditions_are_strategies():
    condition = NearValue(value=2.0, row=3)
    assert repr(clone(condition)) == repr(condition) == "NearValue(row=3, value=2.0)"


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (InRange(row=4), "row=4 is not in paths of shape .* from -4 to 3"),
        (InRange(first=-5), "first=-5 is not in paths of shape .* from -4 to 3"),
        (
            InRange(measure="sum", first=3, row=1),
            "first=3 is after row=1; pass an earlier",
        ),
        (InRange(column=-3), "column=-3 is not in paths of shape .* from -2 to 1"),
        (InRange(measure="median"), "The 'measure' parameter"),
        (NearValue(bandwidth=0.0), "The 'bandwidth' parameter"),
        (InRange(low=1.0, high=0.0), "low=1.0 is not below high=0.0; swap them"),
        (InRange(low=np.nan), "low=nan is not below high=inf"),
        (InRange(measure="return"), "measure='return' of column 0 is NaN or infinite"),
        (NearValue(measure="return", column=1), "of column 1 is NaN.*measure='change'"),
    ],
)
def test_what_cannot_be_is_refused(condition, message):
    with pytest.raises(ValueError, match=message):
        condition.weights(np.zeros((5, 4, 2)))
