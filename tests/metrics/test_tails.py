"""Stylised facts of returns: tails and sums."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import kurtosis

from skdiffts.metrics import (
    aggregational_kurtosis,
    gain_loss_asymmetry,
    hill_index,
)


@pytest.fixture
def returns(make_returns):
    return make_returns(5, 60)


def test_hill_index_against_a_loop(returns):
    rows = (returns - returns.mean(axis=(0, 1))).reshape(-1, 2)
    index = hill_index(returns, share=0.1)
    k = 30
    for side, sign in enumerate((-1, 1)):
        for feature in range(2):
            x = sorted(sign * rows[:, feature], reverse=True)
            expected = np.mean([np.log(x[i] / x[k]) for i in range(k)])
            assert_allclose(index[side, feature], expected)


@pytest.mark.parametrize("xi", [0.2, 0.5])
def test_hill_index_of_a_power_law(xi):
    tail = (np.arange(1, 20_001) / 20_000) ** -xi
    index = hill_index(np.concatenate([tail, -tail])[:, np.newaxis], share=0.025)
    assert_allclose(index, xi, rtol=0.01)


def test_tails_without_a_sign():
    rows = np.array([[0.0], [0.0], [0.0], [4.0]])
    index = hill_index(rows, share=0.3)
    assert_allclose(index[0], 0.0)
    assert np.isnan(index[1])  # the value below the largest is below the mean


def test_gain_loss_asymmetry_against_numpy(returns):
    rows = np.sort(returns.reshape(-1, 2), axis=0)
    L, G = -rows[:15].mean(axis=0), rows[-15:].mean(axis=0)
    assert_allclose(gain_loss_asymmetry(returns), (L - G) / (L + G))
    assert np.isnan(gain_loss_asymmetry(np.zeros((10, 1)))).all()


@given(st.floats(0.01, 100))
def test_signs_and_units(scale):
    returns = np.random.RandomState(0).standard_t(4, size=(5, 60, 2))
    turned = -scale * returns
    assert_allclose(hill_index(turned), hill_index(returns)[::-1], rtol=1e-9)
    asymmetry = gain_loss_asymmetry(returns)
    assert_allclose(gain_loss_asymmetry(turned), -asymmetry, rtol=1e-9)
    expected = aggregational_kurtosis(returns)
    assert_allclose(aggregational_kurtosis(turned), expected, rtol=1e-9)


def test_kurtosis_against_scipy(returns):
    result = aggregational_kurtosis(returns, scales=(1, 7))
    assert_allclose(result[0], kurtosis(returns.reshape(-1, 2), axis=0))
    sums = [path[7 * j : 7 * j + 7].sum(axis=0) for path in returns for j in range(8)]
    assert_allclose(result[1], kurtosis(np.array(sums), axis=0))


@pytest.mark.statistical
def test_kurtosis_of_independent_rows_falls_as_one_over_tau():
    rows = np.random.RandomState(0).laplace(size=(200, 1000, 1))
    result = aggregational_kurtosis(rows, scales=(1, 4, 10))[:, 0]
    # Excess 3 for Laplace; 0.06 is three standard errors of the first.
    assert_allclose(result, [3, 3 / 4, 3 / 10], atol=0.15)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (partial(hill_index, share=0.5), "share"),
        (partial(gain_loss_asymmetry, share=0.0), "share"),
        (partial(aggregational_kurtosis, scales=(61,)), "scales"),
        (lambda paths: hill_index(paths[:1, :1]), "one row only"),
    ],
    ids=["half", "zero", "scales", "one row"],
)
def test_errors(call, message, returns):
    with pytest.raises(ValueError, match=message):
        call(returns)
