"""Paths that one estimator has read, and another takes without reading them again."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.preprocessing import StandardScaler

from skdiffts._paths import check_paths, nameless

NAMES = ["u", "v"]


def numbers(n_rows=5, n_columns=2):
    return np.random.default_rng(0).normal(size=(n_rows, n_columns))


def long_frame(columns=NAMES):
    index = pd.MultiIndex.from_product([["a", "b"], range(3)])
    return pd.DataFrame(numbers(6), index=index, columns=columns)


CONTAINERS = {
    "rows": numbers(),
    "stack": numbers(6).reshape(2, 3, 2),
    "list": [numbers(3), numbers(4)],
    "pandas": pd.DataFrame(numbers(), columns=NAMES),
    "polars": pl.DataFrame(numbers(), schema=NAMES),
    "labels": pd.DataFrame(numbers(), columns=[1, 2]),
    "long": long_frame(),
    "frames": [pd.DataFrame(numbers(n), columns=NAMES) for n in (3, 4)],
}


@pytest.fixture(params=list(CONTAINERS))
def X(request):
    return CONTAINERS[request.param]


def attributes(estimator):
    return {name: np.asarray(value).tolist() for name, value in vars(estimator).items()}


def test_attributes_are_set_as_by_the_container(read, X):
    by_container, by_paths = BaseEstimator(), BaseEstimator()
    check_paths(by_container, X, reset=True)
    paths = read(X)
    taken = check_paths(by_paths, paths, reset=True)
    assert attributes(by_paths) == attributes(by_container)
    assert taken is paths


def test_paths_agree_with_an_estimator_as_their_container_does(read, X):
    estimator = BaseEstimator()
    check_paths(estimator, X, reset=True)
    check_paths(estimator, read(X), reset=False)
    wide = numbers(5, 3)
    with pytest.raises(ValueError, match="X has 3 features, but BaseEstimator is exp"):
        check_paths(estimator, read(wide), reset=False)


@pytest.mark.parametrize("name", ["pandas", "polars", "long", "frames"])
def test_other_names_are_refused(read, name):
    estimator = BaseEstimator()
    check_paths(estimator, CONTAINERS["pandas"], reset=True)
    others = {
        "pandas": pd.DataFrame(numbers(), columns=["v", "u"]),
        "polars": pl.DataFrame(numbers(), schema=["v", "u"]),
        "long": long_frame(["v", "u"]),
        "frames": [pd.DataFrame(numbers(), columns=["v", "u"])],
    }
    with pytest.raises(ValueError, match="feature names should match"):
        check_paths(estimator, read(others[name]), reset=False)


def test_without_names_on_one_side_only_widths_are_compared(read):
    named, unnamed = BaseEstimator(), BaseEstimator()
    check_paths(named, CONTAINERS["pandas"], reset=True)
    check_paths(unnamed, CONTAINERS["rows"], reset=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_paths(named, read(CONTAINERS["rows"]), reset=False)
        check_paths(unnamed, read(CONTAINERS["pandas"]), reset=False)
    assert_array_equal(named.feature_names_in_, NAMES)


def test_new_values_keep_all_but_the_numbers(read, X):
    paths = read(X)
    other = paths.with_values(np.asfortranarray(2.0 * paths.values))
    assert_array_equal(other.values, 2.0 * paths.values)
    assert other.values.flags.c_contiguous
    assert other.indptr is paths.indptr
    assert other.times is paths.times
    back, expected = (p.restore(p.values) for p in (other, paths))
    if not isinstance(X, list):
        back, expected = [back], [expected]
    for ours, theirs in zip(back, expected, strict=True):
        assert type(ours) is type(theirs)
        assert_array_equal(np.asarray(ours), 2.0 * np.asarray(theirs))


def test_new_values_are_float64_whatever_came_in(read):
    paths = read(numbers().astype(np.float32))
    other = paths.with_values(paths.values + 1e-12)
    assert other.restore(other.values).dtype == np.float64


@pytest.mark.parametrize("shape", [(4, 2), (5, 3), (5,)])
def test_new_values_of_another_shape_are_refused(read, shape):
    with pytest.raises(
        ValueError, match=r"values has shape .*: pass \(5, 2\), the row"
    ):
        read(numbers()).with_values(np.zeros(shape))


@pytest.mark.parametrize(
    ("value", "message"),
    [(np.nan, "NaN"), (np.inf, "infinity"), (1e200, "column 0 of X reaches 1.0e")],
)
def test_new_values_are_checked_when_they_are_taken(read, value, message):
    paths = read(numbers())
    values = paths.values.copy()
    values[2, 0] = value
    changed = paths.with_values(values)
    with pytest.raises(ValueError, match=message):
        read(changed)
    if np.isnan(value):
        with pytest.raises(ValueError, match="row 2 of X is NaN in some columns only"):
            read(changed, allow_nan_rows=True)


def test_short_paths_are_refused_by_whoever_needs_longer_ones(read):
    paths = read([numbers(4), numbers(2)])
    with pytest.raises(ValueError, match=r"path 1 of X has 2 row\(s\); at least 3"):
        read(paths, min_length=3)


def test_gaps_stay_where_they_are(read):
    """Pieces may be short; what is missing afterwards breaks them once more."""
    X = np.stack([numbers(8), numbers(8) + 1.0])
    X[0, [1, 5]], X[1, 3] = np.nan, np.nan
    broken = read(X, missing="break")
    taken = read(broken, missing="break", min_length=2)
    assert taken is broken
    values = broken.values.copy()
    values[3, 1] = np.nan  # row 4 of the first path
    X[0, 4, 1] = np.nan
    once, twice = (
        read(data, missing="break") for data in (X, broken.with_values(values))
    )
    for name in ("values", "indptr", "rows_in_container", "container_indptr"):
        assert_array_equal(getattr(twice, name), getattr(once, name))


class Taker(BaseEstimator):
    takes_paths = True


def test_estimators_get_what_they_read(read, X):
    paths = read(X)
    fitted = Taker()
    fitted.n_features_in_ = 2
    assert paths.handed_to(Taker()) is paths
    assert paths.handed_to(FrozenEstimator(fitted)) is paths
    container = paths.handed_to(StandardScaler())
    assert type(container) is type(X)
    again = read(container)
    assert_array_equal(again.values, paths.values)
    assert_array_equal(again.indptr, paths.indptr)
    assert (again.times is None) == (paths.times is None)


@pytest.mark.parametrize("name", ["stack", "list", "frames"])
def test_paths_are_chosen_as_by_a_plain_loop(read, name):
    X = CONTAINERS[name]
    which = np.array([1, 0, 1])
    taken = read(X).take(which)
    expected = read(X[which] if name == "stack" else [X[i] for i in which])
    for field in ("values", "indptr", "times"):
        assert_array_equal(getattr(taken, field), getattr(expected, field))
    for ours, theirs in zip(
        taken.restore(taken.values), expected.restore(expected.values), strict=True
    ):
        assert type(ours) is type(theirs)
        assert_array_equal(np.asarray(ours), np.asarray(theirs))


def test_nameless_copies_take_arrays_without_a_word():
    scaler = StandardScaler().fit(CONTAINERS["pandas"])
    for fitted in (scaler, FrozenEstimator(scaler)):
        copied = nameless(fitted)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            rows = copied.transform(numbers())
        assert_array_equal(rows, scaler.transform(CONTAINERS["pandas"]))
    assert_array_equal(scaler.feature_names_in_, NAMES)
    unnamed = StandardScaler().fit(numbers())
    assert nameless(unnamed) is unnamed
