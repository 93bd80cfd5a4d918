"""NaN and infinity: refused, or allowed where a whole row is NaN."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts._paths import check_paths


@pytest.mark.parametrize(("bad", "word"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_missing_and_infinite_values_are_refused(read, bad, word, as_container):
    X = np.arange(24.0).reshape(2, 4, 3)
    X[0, 1] = bad
    with pytest.raises(ValueError, match=word):
        read(as_container(X))


def test_rows_that_are_nan_may_be_allowed(read, as_container):
    X = np.arange(24.0).reshape(2, 4, 3)
    X[:, 0] = np.nan
    X = as_container(X)
    paths = read(X, allow_nan_rows=True)
    missing = np.isnan(paths.values).any(axis=1)
    assert_array_equal(np.flatnonzero(missing), paths.first_rows)
    with pytest.raises(ValueError, match="NaN"):
        read(X)


def test_rows_that_are_partly_nan_are_named(read):
    X = np.arange(24.0).reshape(2, 4, 3)
    X[1, 2, 1] = np.nan
    with pytest.raises(ValueError, match="row 2 of path 1 of X is NaN in some columns"):
        read(X, allow_nan_rows=True)
    with pytest.raises(ValueError, match="row 2 of path 1 of X is NaN in some columns"):
        read(list(X), allow_nan_rows=True)
    with pytest.raises(ValueError, match="row 2 of X is NaN in some columns"):
        read(X[1], allow_nan_rows=True)


def test_infinity_is_refused_beside_allowed_nan_rows(read):
    X = np.full((3, 2), np.nan)
    X[1] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        read(X, allow_nan_rows=True)


REMEDIES = {
    "dynamics": (
        KernelDriftVolEstimator(conditioning=None),
        'pass missing="break", which ends the pa',
    ),
    "generator": (
        GenerativeTimeSeries(dynamics=KernelDriftVolEstimator(conditioning=None)),
        'pass dynamics__missing="break" to set_par',
    ),
    "custom": (GenerativeTimeSeries(BaseEstimator()), "pieces before and after as pat"),
    "other": (BaseEstimator(), "pass the pieces before and after as paths of a list"),
}


@pytest.mark.parametrize(("estimator", "remedy"), REMEDIES.values(), ids=REMEDIES)
def test_the_place_of_nan_and_the_remedy_of_the_estimator_are_named(estimator, remedy):
    """Never the advice to take a classifier of scikit-learn."""
    X = np.arange(24.0).reshape(2, 4, 3)
    X[1, 2, 1] = np.nan
    frame = pd.DataFrame(X[1], columns=["a", "b", "c"])
    for data, place in (
        (X[1], "row 2, column 1"),
        (frame, "row 2, column 'b'"),
        (pl.from_pandas(frame), "row 2, column 'b'"),
        (X, "row 2 of path 1, column 1"),
        ([frame[:1], frame[1:]], "row 1 of path 1, column 'b'"),
        (pd.concat({"u": frame[:1], "v": frame[1:]}), "row 2, column 'b'"),
    ):
        with pytest.raises(ValueError, match=f"X contains NaN in {place}: ") as caught:
            check_paths(clone(estimator), data, reset=True)
        assert remedy in str(caught.value)
        assert "sklearn" not in str(caught.value)
    X[1, 2, 1:], X[0, 0, 0] = np.inf, np.nan
    with pytest.raises(
        ValueError, match=r"infinity in row 2 of path 1, column 1 \(and"
    ):
        check_paths(clone(estimator), X, reset=True, missing="break")


def test_the_remedy_works():
    X = np.random.RandomState(0).standard_normal((60, 2)).cumsum(axis=0)
    X[30, 1] = np.nan
    model = GenerativeTimeSeries(
        sampler=KernelDensity(), dynamics=KernelDriftVolEstimator(conditioning=None)
    )
    with pytest.raises(ValueError, match="dynamics__missing"):
        model.fit(X)
    model.set_params(dynamics__missing="break").fit(X)
    assert model.dynamics_.n_transitions_ == 57
