"""Forms that users bring: taken as paths, or refused with the remedy that works."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator

from skdiffts import KernelDriftVolEstimator
from skdiffts._paths import check_paths

W = np.random.default_rng(0).normal(size=(12, 2)).cumsum(axis=0)
F = pd.DataFrame(W, columns=["a", "b"])
A, B = W[:7, 0], W[:5, 1]


def as_object_array(items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


UNIVARIATE = {
    "arrays": [A, B],
    "tuple": (A, B),
    "object array": as_object_array([A, B]),
    "values of a dict": list({"a": A, "b": B}.values()),
    "series": [pd.Series(A), pd.Series(B)],
    "polars series": [pl.Series(A), pl.Series(B)],
    "named polars series": [pl.Series("x", A), pl.Series("y", B)],
    "series of an array": [A, pd.Series(B)],
    "array and numbers": [A, B.tolist()],
    "integers of a frame": [pd.Series(A, name="x"), pd.Series(B, name="y")],
    "index": [pd.Index(A), pd.Index(B)],
}


@pytest.mark.parametrize("X", UNIVARIATE.values(), ids=UNIVARIATE)
def test_one_dimensional_items_are_univariate_paths(read, X):
    paths = read(X)
    assert paths.container == "list"
    assert_array_equal(paths.indptr, [0, 7, 12])
    assert_array_equal(paths.values[:, 0], np.append(A, B))


@pytest.mark.parametrize("X", UNIVARIATE.values(), ids=UNIVARIATE)
def test_residuals_of_univariate_paths_have_one_column(X):
    """As a transformer's output has in scikit-learn; they go in again."""
    estimator = KernelDriftVolEstimator("all").fit(X)
    residuals = estimator.transform(X)
    assert [path.shape for path in residuals] == [(7, 1), (5, 1)]
    x0 = np.array([[A[0]], [B[0]]])
    for given in (residuals, [np.asarray(path)[:, 0] for path in residuals]):
        back = estimator.inverse_transform(given, x0=x0)
        assert_allclose(np.concatenate(back)[:, 0], np.append(A, B))


def test_equal_lengths_make_no_table(read):
    X = [W[:, 0], W[:, 1]]
    paths = read(X)
    assert (paths.n_paths, paths.n_features) == (2, 1)
    for table in (np.array(X), np.array(X).tolist(), [tuple(x) for x in X]):
        assert (read(table).n_paths, read(table).n_features) == (1, 12)


def test_series_keep_their_index_and_the_name_they_share(read):
    dates = pd.date_range("2024", periods=12)
    X = [F.set_index(dates)["a"].iloc[:5], F.set_index(dates)["a"].iloc[5:]]
    estimator = BaseEstimator()
    paths = check_paths(estimator, X, reset=True)
    assert paths.dated
    assert_array_equal(estimator.feature_names_in_, ["a"])
    check_paths(estimator, X[:1], reset=False)
    other = BaseEstimator()
    check_paths(other, [F["a"], F["b"]], reset=True)
    assert not hasattr(other, "feature_names_in_")
    check_paths(other, [F["a"]], reset=False)  # without a warning about names
    polars = BaseEstimator()
    check_paths(polars, [pl.Series("a", A), pl.Series("a", B)], reset=True)
    assert_array_equal(polars.feature_names_in_, ["a"])


GROUPS = F.groupby(np.arange(12) // 4)
REFUSED = {
    "groupby": (GROUPS, "groupby object", lambda X: [path for _, path in X]),
    "series groupby": (GROUPS["a"], "groupby object", lambda X: [p for _, p in X]),
    "polars groupby": (
        pl.DataFrame(W).with_columns(g=pl.lit(1)).group_by("g"),
        "groupby object",
        lambda X: [path.drop("g") for _, path in X],
    ),
    "records": (F.to_records(index=False), "record array", pd.DataFrame.from_records),
    "structured": (
        np.zeros(3, dtype=[("a", "f8"), ("b", "f8")]),
        "record array",
        pd.DataFrame.from_records,
    ),
    "columns": ({"a": A, "b": A}, "dict of columns", pd.DataFrame),
    "lists": ({"a": [1.0, 2.0], "b": [3.0, 4.0]}, "dict of columns", pd.DataFrame),
    "series": (F.to_dict("series"), "dict of columns", pd.DataFrame),
    "unequal columns": (
        {"a": A, "b": B},
        "dict of paths of different lengths",
        lambda X: [np.asarray(path) for path in X.values()],
    ),
    "paths": ({0: W, 1: W}, "dict of paths", lambda X: list(X.values())),
    "frames": ({0: F, 1: F}, "dict of paths", lambda X: list(X.values())),
    "numbers": ({"a": 1.0, "b": 2.0}, "of numbers", lambda X: pd.DataFrame([X])),
    "records of rows": (F.to_dict("records"), "item 0 of X is a dict", pd.DataFrame),
    "values": ({0: W, 1: W}.values(), "dict_values", list),
    "generator": ((path for path in [W, W]), "generator", list),
    "set": ({1.0, 2.0}, "set", lambda X: [[x] for x in X]),
    "list of groupby": ([GROUPS], "item 0 of X is a groupby", lambda X: [W]),
    "list of records": (
        [F.to_records(index=False)] * 2,
        r"item 0 of X is a record array: .*from_records\(X\[0\]\)",
        lambda X: [pd.DataFrame.from_records(item) for item in X],
    ),
}


@pytest.mark.parametrize(
    ("X", "message", "remedy"), REFUSED.values(), ids=list(REFUSED)
)
def test_other_forms_are_refused_and_the_remedy_is_taken(read, X, message, remedy):
    with pytest.raises(TypeError, match=message) as caught:
        read(X)
    assert re.search(r"\bX\b.*: pass ", str(caught.value))
    assert read(remedy(X)).n_rows > 0


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([[1.0, 2.0], [1.0]], r"item 1 of X has 1 number.*item 0 has 2.*numpy.asarray"),
        ([A, W], "item 1 of X, a ndarray, is no 1-D array as item 0 is"),
        ([W, A], r"item 1 of X has shape \(7,\): pass \(n_rows, 2\)"),
        ([A, 3.0], "item 1 of X, a float, is no 1-D"),
        ([W, [[1.0, 2.0], [1.0]]], "item 1 of X is a list of rows of different len"),
        ([A.astype("M8[s]"), B], r"item 0 of X holds dates or durations"),
        (
            [A, np.array(["a", "b"])],
            "column 0 of item 1 of X has the categories 'a', 'b', which are no numbers",
        ),
        (3.0, "X: Expected 2D array, got scalar"),
        (A, "X: Expected 2D array, got 1D array"),
    ],
)
def test_items_that_do_not_fit_are_named(read, X, message):
    with pytest.raises(ValueError, match=message):
        read(X)
