"""Roles of columns: which are given, how paths are split, and the columns of the next row."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator

from skdiffts._paths import ColumnRoles, check_paths, known_ahead, present_and_next

X = np.arange(24.0).reshape(6, 4)


def read(X, **options):
    return check_paths(BaseEstimator(), X, reset=True, **options)


def test_columns_are_found_by_label_and_by_position():
    frame = pd.DataFrame(X, columns=list("abcd"))
    for exogenous in (
        ["d", "b"],
        [3, 1],
        [-1, "b"],
        np.array([1, 3]),
        frame.columns[[1, 3]],
    ):
        roles = ColumnRoles.find(exogenous, read(frame))
        assert_array_equal(roles.given, [1, 3])
        assert_array_equal(roles.simulated, [0, 2])
        assert roles.labels == ("b", "d")
    assert ColumnRoles.find("d", read(frame)).labels == ("d",)


def test_labels_that_are_numbers_come_before_positions():
    frame = pd.DataFrame(X, columns=[3, 2, 1, 0])
    assert_array_equal(ColumnRoles.find([3], read(frame)).given, [0])


@pytest.mark.parametrize(
    ("exogenous", "words"),
    [
        (["z"], "'z', which is no column"),
        ([4], "4, which is no column"),
        (["a", 0], "names a column twice"),
        (["a", "b", "c", "d"], "names all 4"),
    ],
)
def test_wrong_columns_are_refused(exogenous, words):
    frame = pd.DataFrame(X, columns=list("abcd"))
    with pytest.raises(ValueError, match=words):
        ColumnRoles.find(exogenous, read(frame))


@pytest.mark.parametrize(
    "make", [pd.DataFrame, pl.DataFrame, None], ids=["pandas", "polars", "array"]
)
def test_split_paths_are_read_as_the_simulated_columns_alone(make):
    names = list("abcd")
    table = X if make is None else make(dict(zip(names, X.T, strict=True)))
    paths = read(table)
    roles = ColumnRoles.find([1, 3], paths)
    split = roles.split(paths)
    assert_array_equal(split.values, X[:, [0, 2]])
    assert_array_equal(split.covariates, X[:, [1, 3]])
    restored = split.restore(split.values)
    assert type(restored) is type(table)
    assert_array_equal(np.asarray(restored), X[:, [0, 2]])
    if make is not None:
        assert list(restored.columns) == ["a", "c"]
    assert_array_equal(roles.join(split.values, split.covariates), X)


def test_without_given_columns_paths_are_themselves():
    paths = read(X)
    roles = ColumnRoles.find(None, paths)
    assert roles.split(paths) is paths
    assert not roles.has_given


def test_covariates_follow_their_rows():
    gap = X.copy()
    gap[2, 0] = np.nan
    paths = read([gap, X + 100.0], missing="break")
    roles = ColumnRoles.find([3], paths)
    split = roles.split(paths)
    assert_array_equal(split.covariates[:, 0], paths.values[:, 3])
    late = roles.split(read(np.stack([X, X + 100.0]))).take(np.array([1]))
    assert_array_equal(late.covariates[:, 0], X[:, 3] + 100.0)


def test_next_covariates_do_not_cross_paths():
    paths = read(np.stack([X, X + 100.0]))
    split = ColumnRoles.find([3], paths).split(paths)
    both = present_and_next(split)
    assert_array_equal(both[:5, 1, 0], X[1:, 3])
    assert np.isnan(both[[5, 11], 1]).all()
    ahead = known_ahead(both)[split.starts]
    assert_array_equal(ahead[:, 0], split.covariates[split.ends, 0])
    assert_array_equal(ahead[:, 1], np.full(10, 4.0))
