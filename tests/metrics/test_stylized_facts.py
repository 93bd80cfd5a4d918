"""Stylised facts of a panel, and their difference between panels."""

import pickle
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import kurtosis

from skdiffts.datasets import load_us_market
from skdiffts.metrics import autocorrelation, fact_difference, leverage, stylized_facts

FIELDS = (
    "standard_deviation",
    "excess_kurtosis",
    "autocorrelation",
    "autocorrelation_of_squares",
    "cross_correlation",
)


@pytest.fixture
def paths():
    noise = np.random.RandomState(0).standard_t(5, size=(20, 60, 3))
    return noise + 0.5 * noise[:, :, :1] + [0.0, 1.0, -5.0]


def test_against_numpy_and_scipy(paths):
    facts = stylized_facts(paths, lags=(1, 3))
    rows = paths.reshape(-1, 3)
    assert facts.lags == (1, 3)
    assert_allclose(facts.standard_deviation, rows.std(axis=0))
    assert_allclose(facts.excess_kurtosis, kurtosis(rows, axis=0))
    assert_allclose(facts.cross_correlation, np.corrcoef(rows.T), atol=1e-12)
    assert_array_equal(facts.autocorrelation, autocorrelation(paths, (1, 3)))
    squares = autocorrelation(
        (rows - rows.mean(axis=0)).reshape(paths.shape) ** 2, (1, 3)
    )
    assert_allclose(facts.autocorrelation_of_squares, squares)


@given(st.floats(-100, 100), st.floats(0.01, 100), st.permutations(range(3)))
def test_shift_scale_and_order_of_features(shift, scale, order):
    paths = np.random.RandomState(0).standard_normal((4, 30, 3))
    facts = stylized_facts(paths)
    moved = stylized_facts(shift + scale * paths[:, :, order])
    expected = {name: getattr(facts, name)[..., order] for name in FIELDS}
    expected["standard_deviation"] = scale * expected["standard_deviation"]
    expected["cross_correlation"] = expected["cross_correlation"][order]
    for name in FIELDS:
        assert_allclose(getattr(moved, name), expected[name], atol=1e-7, err_msg=name)


def test_one_path(paths):
    one, panel = stylized_facts(paths[0]), stylized_facts(paths[:1])
    for name in FIELDS:
        assert_array_equal(getattr(one, name), getattr(panel, name))


def test_one_feature(paths):
    facts = stylized_facts(paths[:, :, :1])
    assert_allclose(facts.cross_correlation, [[1.0]])
    assert facts.autocorrelation.shape == (4, 1)


def test_constant_feature(paths):
    paths[:, :, 1] = 0.1
    facts = stylized_facts(paths)
    assert facts.standard_deviation[1] == 0
    for name in FIELDS[1:]:
        value = getattr(facts, name)
        assert np.isnan(value[..., 1]).all()
        assert np.isfinite(value[..., 0]).any()


def test_returns_of_a_market():
    pytest.importorskip("pandas")
    returns = np.log(load_us_market()).diff().iloc[1:]
    facts = stylized_facts(returns)
    stocks = [0, 1]
    assert (facts.excess_kurtosis > 1).all()
    assert (np.abs(facts.autocorrelation[0, stocks]) < 0.1).all()
    assert (facts.autocorrelation_of_squares[0, stocks] > 0.15).all()
    assert facts.cross_correlation[0, 1] > 0.9
    assert facts.cross_correlation[0, 2] < -0.7


def test_facts_are_frozen_and_picklable(paths):
    facts = stylized_facts(paths)
    with pytest.raises(AttributeError):
        facts.lags = (1,)
    copy = pickle.loads(pickle.dumps(facts))
    assert_array_equal(copy.autocorrelation, facts.autocorrelation)


def test_short_paths(paths):
    with pytest.raises(ValueError, match=r"lags=\[1, 5, 10, 20\] must lie .* 14"):
        stylized_facts(paths[:, :15])


def test_fact_difference():
    def fact(panel):
        return panel.mean(axis=(0, 1))

    X = np.tile([0.5, 10.0, -4.0], (4, 1))
    Y = np.tile([0.0, 15.0, -2.0], (4, 1))
    assert_allclose(fact_difference(X, Y, fact=fact), np.mean([0.5, 0.5, 0.5]))
    assert fact_difference(X, X, fact=fact) == 0.0
    with_nan = partial(fact_difference, fact=lambda p: fact(p) * [np.nan, 1, 1])
    assert_allclose(with_nan(X, 2 * Y), np.mean([2.0, 0.0]))
    assert np.isnan(fact_difference(X, X, fact=lambda panel: [np.nan]))


@pytest.mark.statistical
def test_fact_difference_of_equal_distributions_falls_with_the_sample():
    rng = np.random.RandomState(0)

    def mean_error(n):
        draws = [
            fact_difference(*rng.standard_normal((2, n, 20, 2)), fact=leverage)
            for _ in range(30)
        ]
        return np.mean(draws)

    # Sixteen times the rows, a fourth of the error; both means are known to 5 %.
    assert_allclose(mean_error(10) / mean_error(160), 4.0, rtol=0.3)
