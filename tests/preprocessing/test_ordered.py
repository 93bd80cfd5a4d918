"""Columns that keep an order."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts._preprocessing import Preprocessing
from skdiffts.preprocessing import OrderedColumns

BARS = ["low", ["open", "close"], "high"]


def bars(n=200, seed=0, tick=0.0):
    """Open, high, low and close of a random walk, with a volume."""
    rng = np.random.RandomState(seed)
    close = 100.0 * np.exp(0.01 * rng.standard_normal(n).cumsum())
    opening = close * np.exp(0.005 * rng.standard_normal(n))
    wicks = rng.exponential(0.3, size=(n, 2)) + 1e-3
    if tick:
        wicks[rng.uniform(size=(n, 2)) < 0.1] = 0.0
    high = np.maximum(opening, close) + wicks[:, 0]
    low = np.minimum(opening, close) - wicks[:, 1]
    frame = {"open": opening, "high": high, "low": low, "close": close}
    return pd.DataFrame({**frame, "volume": rng.standard_normal(n)})


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("tick", [0.0, 1e-4])
def test_identity(positive, tick):
    X = bars(tick=tick)
    ordered = OrderedColumns(BARS, positive=positive, tick=tick).fit(X)
    mapped = ordered.transform(X)
    assert np.isfinite(mapped).all()
    assert_array_equal(mapped[:, 4], X["volume"])
    back = ordered.inverse_transform(mapped)
    assert_allclose(back, X, rtol=1e-12, atol=1e-12)
    assert clone(ordered).get_params() == ordered.get_params()


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    tick=st.sampled_from([0.0, 0.01]),
    positive=st.booleans(),
)
def test_whatever_is_drawn_is_in_order(seed, tick, positive):
    ordered = OrderedColumns(BARS, positive=positive, tick=tick).fit(bars())
    drawn = np.random.RandomState(seed).standard_normal((30, 5)) * 2.0
    made = pd.DataFrame(ordered.inverse_transform(drawn), columns=bars().columns)
    o, h, low, c, _ = made.to_numpy().T
    assert (low <= np.minimum(o, c)).all()
    assert (h >= np.maximum(o, c)).all()
    if tick == 0.0:
        assert_allclose(ordered.transform(made), drawn, atol=1e-6)


def test_jacobian_is_the_product_of_the_gaps():
    X = bars(60)
    preprocessing = Preprocessing.fit(OrderedColumns([2, [0, 3], 1]), X.to_numpy())
    mapped = preprocessing.transform(X.to_numpy())
    found = preprocessing.log_jacobian(mapped, X.to_numpy())
    gaps = X["high"] - X[["open", "close"]].max(axis=1)
    gaps *= X[["open", "close"]].min(axis=1) - X["low"]
    assert_allclose(found, -np.log(gaps), atol=1e-6)


def test_chain_of_single_columns():
    X = np.array([[1.0, 2.0, 4.0], [0.0, 0.5, 9.0]])
    mapped = OrderedColumns([0, 1, 2]).fit_transform(X)
    assert_allclose(mapped[0], [1.0, 0.0, np.log(2.0)])
    falling = OrderedColumns([2, 1, 0]).fit(X[:, ::-1])
    assert_allclose(falling.transform(X[:, ::-1])[0], [np.log(2.0), 0.0, 1.0])


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        (["low"], "less than two levels"),
        (["low", "low"], "a column twice"),
        (["low", []], "an empty one"),
        (["low", "top"], "levels has the column 'top'"),
        (["high", "low"], r"out of order .* in 200 row\(s\), first in row 0"),
    ],
)
def test_errors(levels, message):
    with pytest.raises(ValueError, match=message):
        OrderedColumns(levels).fit(bars())


def test_ties_and_signs_are_refused():
    X = bars(tick=0.1)
    with pytest.raises(ValueError, match=r"equal columns .*pass a tick"):
        OrderedColumns(BARS).fit(X)
    with pytest.raises(ValueError, match=r"zero or negative .*positive=False"):
        OrderedColumns(BARS, positive=True).fit(X - 200.0)


def test_simulated_bars_are_bars():
    X = bars()
    ordered = OrderedColumns(BARS, positive=True)
    dynamics = KernelDriftVolEstimator("all", conditioning=None)
    generator = GenerativeTimeSeries(
        dynamics, KernelDensity(bandwidth=0.3), preprocessor=ordered
    ).fit(X)
    paths = generator.sample(20, 50, random_state=0)
    body = paths[["open", "close"]]
    assert (paths["low"] <= body.min(axis=1)).all()
    assert (paths["high"] >= body.max(axis=1)).all()
    assert (paths["low"] > 0.0).all()
    assert np.isfinite(generator.score(X))
