"""Labels of columns that are no strings: compared as names are."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts._paths import check_names, check_paths, nameless

W = np.random.default_rng(0).normal(size=(40, 2)).cumsum(axis=0)
LABELS = {
    "levels": pd.MultiIndex.from_tuples([("Close", "AAA"), ("Close", "BBB")]),
    "integers": pd.Index([10, 20]),
    "dates": pd.date_range("2024", periods=2),
    "range": pd.RangeIndex(2),
    "floats": pd.Index([0.5, np.nan]),
    "missing": pd.Index([pd.NA, 3], dtype=object),
    "periods": pd.period_range("2024", periods=2, freq="Y"),
}


@pytest.fixture(params=LABELS)
def labels(request):
    return LABELS[request.param]


def frame(labels, n_rows=40):
    return pd.DataFrame(W[:n_rows], columns=labels)


def fitted(X):
    estimator = BaseEstimator()
    check_paths(estimator, X, reset=True)
    return estimator


def test_the_order_of_any_labels_is_checked(labels):
    X = frame(labels)
    estimator = fitted(X)
    check_paths(estimator, frame(labels.copy()), reset=False)
    for wrong in (X[X.columns[::-1]], [X[X.columns[::-1]]]):
        with pytest.raises(ValueError, match=r"X has columns .* in order: ") as caught:
            check_paths(estimator, wrong, reset=False)
    assert str(list(labels)) in str(caught.value)
    assert str(list(labels[::-1])) in str(caught.value)


def test_items_of_a_list_have_the_same_labels(labels):
    X = frame(labels)
    with pytest.raises(ValueError, match="item 1 of X has columns"):
        fitted([X, X[X.columns[::-1]]])


def test_other_labels_are_refused_but_arrays_are_not(labels):
    estimator = fitted(frame(labels))
    if not isinstance(labels, pd.RangeIndex):
        with pytest.raises(ValueError, match="X has columns"):
            check_paths(estimator, frame([7, 8]), reset=False)
    check_paths(estimator, W, reset=False)
    check_paths(estimator, frame(None), reset=False)  # 0 and 1 are no labels
    with pytest.raises(ValueError, match="X has 1 features"):
        check_paths(estimator, frame(labels).iloc[:, :1], reset=False)


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_strings_and_other_labels_are_not_the_same(labels):
    if isinstance(labels, pd.RangeIndex):
        return
    estimator = fitted(frame(["a", "b"]))
    for X in (frame(labels), [frame(labels)]):
        with pytest.raises(ValueError, match=r"columns .* in order: \['a', 'b'\]"):
            check_paths(estimator, X, reset=False)
    estimator = fitted(frame(labels))
    for X in (frame(["a", "b"]), pl.DataFrame(W, schema=["a", "b"])):
        with pytest.raises(ValueError, match=r"X has columns \['a', 'b'\]"):
            check_paths(estimator, X, reset=False)


def test_order_of_polars_columns_is_checked():
    estimator = fitted(pl.DataFrame(W, schema=["a", "b"]))
    with pytest.raises(ValueError, match="feature names should match"):
        check_paths(estimator, pl.DataFrame(W, schema=["b", "a"]), reset=False)


def test_labels_of_paths_handed_on_are_checked(labels):
    estimator, X = fitted(frame(labels)), frame(labels)
    handed = check_paths(BaseEstimator(), X[X.columns[::-1]], reset=True)
    with pytest.raises(ValueError, match="X has columns"):
        check_paths(estimator, handed, reset=False)


def test_rows_of_a_start_are_checked(labels):
    estimator, X = fitted(frame(labels)), frame(labels)
    for row in (X.iloc[-1], X.iloc[-3:], W[-1]):
        check_names(estimator, row, "x0")
    for row in (X[X.columns[::-1]].iloc[-1], X[X.columns[::-1]].iloc[-3:]):
        with pytest.raises(ValueError, match="x0 has columns"):
            check_names(estimator, row, "x0")


def test_labels_are_those_of_the_last_fit(labels):
    estimator = fitted(frame(labels))
    check_paths(estimator, W, reset=True)
    assert not [name for name in vars(estimator) if "labels" in name]
    estimator = fitted(frame(labels))
    for copied in (nameless(estimator), nameless(FrozenEstimator(estimator))):
        check_paths(copied, frame([7, 8]), reset=False)


def test_two_level_columns_end_to_end():
    """A forecast must not swap the series of yfinance's table."""
    X = pd.DataFrame([100.0, 10.0] + 0.1 * W, columns=LABELS["levels"])
    swapped = X[X.columns[::-1]]
    dynamics = KernelDriftVolEstimator("all", shrinkage=0.5, conditioning=None)
    fresh = GenerativeTimeSeries(dynamics, KernelDensity(bandwidth=0.3)).fit(X)
    for model in (fresh, pickle.loads(pickle.dumps(fresh))):
        for call in (
            lambda m: m.forecast(swapped, 1),
            lambda m: m.score(swapped),
            lambda m: m.dynamics_.transform(swapped),
            lambda m: m.sample(1, 3, x0=swapped.iloc[-1]),
        ):
            with pytest.raises(ValueError, match=r"has columns \[\('Close', 'BBB'\)"):
                call(model)
    assert "labels" not in str(vars(clone(model)))
    transformed = model.dynamics_.set_output(transform="pandas").transform(X)
    assert transformed.shape == X.shape
    with pytest.raises(ValueError, match="contains NaN"):
        model.fit(X * np.nan)
    assert not [name for name in vars(model) if "labels" in name]
