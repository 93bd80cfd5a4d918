"""Stylised facts of returns: leverage and coarse against fine volatility."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from skdiffts.datasets import load_us_market
from skdiffts.metrics import coarse_fine_asymmetry, leverage


@pytest.fixture
def returns(make_returns):
    return make_returns(3, 30)


def test_leverage_against_numpy(returns):
    result = leverage(returns, lags=(1, 4))
    for row, h in enumerate((1, 4)):
        for k in range(2):
            pairs = np.array(
                [
                    (path[i, k], abs(path[i + h, k]))
                    for path in returns
                    for i in range(30 - h)
                ]
            )
            assert_allclose(result[row, k], np.corrcoef(pairs.T)[0, 1])


def test_coarse_fine_asymmetry_against_loops(returns):
    result = coarse_fine_asymmetry(returns, lags=(1, 3), span=4)
    for row, h in enumerate((1, 3)):
        for k in range(2):
            past, future = [], []
            for path in returns[:, :, k]:
                past += [
                    (path[i - 3 : i + 1].sum() ** 2, path[i + h] ** 2)
                    for i in range(3, 30 - h)
                ]
                future += [
                    (path[i : i + 4].sum() ** 2, path[i - h] ** 2) for i in range(h, 27)
                ]
            expected = np.corrcoef(np.transpose(past))[0, 1]
            expected -= np.corrcoef(np.transpose(future))[0, 1]
            assert_allclose(result[row, k], expected)


@given(st.floats(0.01, 100), st.integers(0, 1000))
def test_time_signs_and_units(scale, seed):
    returns = np.random.RandomState(seed).standard_t(4, size=(3, 30, 2))
    expected = coarse_fine_asymmetry(returns)
    assert_allclose(coarse_fine_asymmetry(returns[:, ::-1]), -expected, atol=1e-9)
    assert_allclose(coarse_fine_asymmetry(-scale * returns), expected, atol=1e-9)
    assert_allclose(leverage(-scale * returns), -leverage(returns), atol=1e-9)


@pytest.mark.statistical
def test_zero_for_independent_rows():
    rows = np.random.RandomState(0).standard_normal((200, 200, 1))
    # 40,000 rows: correlations have standard errors of 0.005 (0.01 where windows
    # overlap).
    assert np.abs(leverage(rows)).max() < 0.025
    assert np.abs(coarse_fine_asymmetry(rows)).max() < 0.06


@pytest.mark.statistical
def test_leverage_of_a_known_process():
    rng = np.random.RandomState(0)
    x = rng.standard_normal((200, 200, 1))
    returns = x.copy()
    # Volatility doubles after a fall: corr(r, |r'|) at lag 1 only.
    returns[:, 1:] *= np.where(returns[:, :-1] < 0, 2.0, 1.0)
    result = leverage(returns, lags=(1, 3))[:, 0]
    assert result[0] < -0.2
    assert abs(result[1]) < 0.1


def test_market():
    pytest.importorskip("pandas")
    returns = np.log(load_us_market()).diff().iloc[1:].to_numpy()
    # Stocks fall into volatility, which they call up in the coarse first.
    assert (leverage(returns)[:2, :2] < -0.1).all()
    assert (coarse_fine_asymmetry(returns)[:3, :2] > 0.1).all()


def test_constant_feature(returns):
    returns[..., 1] = 0.1
    for fact in (leverage, coarse_fine_asymmetry):
        assert np.isnan(fact(returns)[:, 1]).all()
        assert np.isfinite(fact(returns)[:, 0]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lags": [30]}, r"lags=\[30\] must lie between"),
        ({"lags": [1.5]}, "must be one list of integers"),
        ({"lags": [[1]]}, "must be one list of integers"),
    ],
    ids=["long", "float", "nested"],
)
def test_errors(arguments, message, returns):
    with pytest.raises(ValueError, match=message):
        leverage(returns, **arguments)


def test_errors_of_coarse_fine_asymmetry(returns):
    with pytest.raises(ValueError, match=r"lags=\[0\] must lie between 1 and 29"):
        coarse_fine_asymmetry(returns, lags=[0])
    with pytest.raises(ValueError, match="span=30 must be less than the 30 rows"):
        coarse_fine_asymmetry(returns, span=30)
    assert coarse_fine_asymmetry(returns, lags=[25]).shape == (1, returns.shape[2])
    with pytest.raises(ValueError, match="reach over 31 rows, and the paths have 30"):
        coarse_fine_asymmetry(returns, lags=[26])
