"""Entries that are no numbers, magnitudes that cannot be squared, containers refused."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator

from skdiffts._paths import check_paths

X = np.arange(8.0).reshape(4, 2) + 1.0


def with_entry(entry):
    data = X.astype(object)
    data[2, 1] = entry
    return data


@pytest.mark.parametrize(
    ("entry", "error"),
    [("a", ValueError), ({}, TypeError), (10**400, ValueError), ([1], ValueError)],
)
def test_the_entry_that_is_no_number_is_named(read, entry, error):
    frame = pd.DataFrame(with_entry(entry), columns=["one", "two"])
    place = "has .* in row 2, which is no number .*: drop the column"
    for data, name in (
        (with_entry(entry), "column 1 of X"),
        (frame, "column 'two' of X"),
        ([X, with_entry(entry)], "column 1 of item 1 of X"),
        (with_entry(entry).reshape(2, 2, 2), "column 1 of X"),
    ):
        with pytest.raises(error, match=f"{name} {place}") as caught:
            read(data)
        assert caught.value.__cause__ is not None


def test_long_entries_are_cut(read):
    with pytest.raises(ValueError, match="no number") as caught:
        read(with_entry("a" * 10_000))
    assert len(str(caught.value).partition("(")[0]) < 120


def test_other_errors_keep_their_words(read):
    for data in (with_entry(np.nan), with_entry(None), X[:, :0], X[:0], "text"):
        with pytest.raises(ValueError, match=r"NaN|Found array|string") as caught:
            read(data)
        assert "no number" not in str(caught.value)


def test_infinite_entries_of_both_signs_make_no_warning(read):
    data = X.copy()
    data[0, 0], data[1, 1] = np.inf, -np.inf
    for panel in (data, np.stack([data, data]), with_entry("1e400")):
        with pytest.raises(ValueError, match="infinity"):
            read(panel)


@pytest.mark.parametrize("factor", [1e-105, 1e105, -1e300, 1e-300, 5e-324])
def test_magnitudes_that_cannot_be_squared_are_named(read, factor):
    data = X.copy()
    data[:, 1] *= factor
    pandas = pd.DataFrame(data, columns=["one", "two"])
    for panel, name in (
        (data, "1"),
        (pandas, "'two'"),
        (pl.from_pandas(pandas), "'two'"),
        ([pandas[:2], pandas[2:]], "'two'"),
        (data.reshape(2, 2, 2), "1"),
    ):
        with pytest.raises(ValueError, match=f"column {name} of X reaches .* unit"):
            read(panel)


@pytest.mark.parametrize("factor", [1e-98, 1e98, 0.0])
def test_other_magnitudes_pass(read, factor):
    assert_array_equal(read(X * factor).values, X * factor)


def test_new_rows_may_be_small_but_not_large():
    """A held-out path may be near zero, beside the training paths."""
    small, large = X * 1e-200, X * 1e200
    estimator = BaseEstimator()
    check_paths(estimator, X, reset=True)
    assert_array_equal(check_paths(estimator, small, reset=False).values, small)
    with pytest.raises(ValueError, match="reaches"):
        check_paths(estimator, large, reset=False)


def test_missing_rows_have_no_magnitude(read):
    data = X.copy()
    data[1] = np.nan
    read(data, missing="break")
    data[:, 0] *= 1e200
    with pytest.raises(ValueError, match="column 0 of X reaches"):
        read(data, allow_nan_rows=True)


def test_masks_are_not_lost(read):
    masked = np.ma.masked_array(X, mask=X > 5.0)
    for data in (masked, [X, masked]):
        with pytest.raises(TypeError, match=r"masked array.*filled"):
            read(data)
    filled = masked.astype(float).filled(np.nan)
    assert read(filled, missing="break").n_rows == 2


def test_columns_of_frames_are_checked(read):
    with pytest.raises(ValueError, match="column 'a' of X is there more than once"):
        read(pd.DataFrame(X, columns=["a", "a"]))
    with pytest.raises(ValueError, match="X has no columns"):
        read(pd.DataFrame(index=range(3)))


def test_nested_lists_are_paths(read):
    for data in (X.reshape(2, 2, 2).tolist(), [X[:2].tolist(), X[2:].tolist()]):
        paths = read(data)
        assert_array_equal(paths.values, X)
        assert_array_equal(paths.indptr, [0, 2, 4])
    assert read(X.tolist()).n_paths == 1


SKY = np.array(["sun", "rain", "fog", "sun"])


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"x": X[:, 0], "sky": SKY}),
        pd.DataFrame({"x": X[:, 0], "sky": pd.Categorical(SKY)}),
        pd.DataFrame({"x": X[:, 0], "sky": pd.array([*SKY[:3], None])}),
        pl.DataFrame({"x": X[:, 0], "sky": SKY}),
        pl.DataFrame({"x": X[:, 0], "sky": pl.Series(SKY, dtype=pl.Categorical)}),
    ],
)
def test_categories_are_named_with_what_to_do(read, table):
    expected = (
        r"column 'sky' of X has the categories 'fog', 'rain', 'sun', which are no numbers: "
        r"pass their codes if they have an order, else a column of 0 and 1 for each .* "
        r"exogenous=\[...\] if they are known ahead"
    )
    with pytest.raises(ValueError, match=expected) as caught:
        read(table)
    assert caught.value.__cause__ is not None


def test_only_the_first_categories_are_told(read):
    sky = [f"kind {i:02}" for i in range(30)]
    table = pd.DataFrame({"sky": sky, "x": np.arange(30.0)})
    with pytest.raises(ValueError, match="'kind 05' and 24 others, which are no numb"):
        read(table)
    names = [f"name {i}" for i in range(60)]  # too many for categories
    with pytest.raises(ValueError, match="has 'name 0' in row 0, which is no number"):
        read(pd.DataFrame({"name": names, "x": np.arange(60.0)}))
    mixed = pd.DataFrame({"x": ["1,5", "2.5", "3.5"], "y": [1.0, 2.0, 3.0]})
    with pytest.raises(ValueError, match="has '1,5' in row 0, which is no number"):
        read(mixed)
