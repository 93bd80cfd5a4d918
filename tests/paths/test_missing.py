"""NaN and infinity: refused, or allowed where a whole row is NaN."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal


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
