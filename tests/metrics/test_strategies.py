"""Sharpe ratios of strategies, and the transfer of their ranks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import spearmanr

from skdiffts.metrics import sharpe_ratios, strategy_rank_transfer, strategy_returns


def slow_positions(past):
    """Weights of each strategy from the rows (lookback, d) before."""
    d = past.shape[1]
    total, size = past.sum(axis=0), np.sqrt((past**2).mean(axis=0))
    apart = total - total.mean()
    return {
        "momentum": np.sign(total) / d,
        "reversal": np.where(np.abs(past[-1]) > size, -np.sign(past[-1]), 0.0) / d,
        "relative strength": apart / np.abs(apart).sum(),
        "inverse volatility": (1 / size) / (1 / size).sum(),
    }


def test_returns_against_a_slow_reference():
    paths = np.random.RandomState(0).standard_normal((2, 20, 3))
    returns = strategy_returns(paths, lookbacks=(2, 5, 9))
    assert len(returns) == 12
    for rows in (2, 5, 9):
        for p, path in enumerate(paths):
            for i in range(9, 20):
                for name, weights in slow_positions(path[i - rows : i]).items():
                    found = returns[f"{name}, {rows} rows"][p, i - 9]
                    assert_allclose(found, weights @ path[i], atol=1e-12)


def test_positions_know_the_past_alone():
    paths = np.random.RandomState(0).standard_normal((1, 30, 2))
    changed = paths.copy()
    changed[:, 25:] += 100.0
    before, after = strategy_returns(paths), strategy_returns(changed)
    for name, returns in before.items():
        assert_allclose(after[name][:, :15], returns[:, :15])


def test_ratios_and_ranks_against_scipy():
    X, Y = np.random.RandomState(0).standard_normal((2, 6, 40, 3))
    returns = strategy_returns(X)
    expected = [r.mean() / r.std() for r in returns.values()]
    assert_allclose(sharpe_ratios(X), expected)
    assert_allclose(
        strategy_rank_transfer(X, Y),
        spearmanr(sharpe_ratios(X), sharpe_ratios(Y)).statistic,
    )
    assert strategy_rank_transfer(X, X) == 1.0


@pytest.mark.statistical
def test_markets_that_trend_and_that_revert():
    def market(phi, seed):
        noise = np.random.RandomState(seed).standard_normal((20, 200, 3))
        for i in range(1, 200):
            noise[:, i] += phi * noise[:, i - 1]
        return noise

    assert strategy_rank_transfer(market(0.3, 1), market(0.3, 2)) > 0.7
    assert strategy_rank_transfer(market(0.3, 1), market(-0.3, 2)) < -0.3


def test_one_feature_has_the_strategies_of_one_feature():
    X = np.random.RandomState(0).standard_normal((50, 1))
    names = list(strategy_returns(X, lookbacks=(3,)))
    assert names == ["momentum, 3 rows", "reversal, 3 rows"]


def test_returns_that_never_move():
    X = np.zeros((30, 2))
    assert_allclose(sharpe_ratios(X), 0.0)
    assert strategy_rank_transfer(X, X) == 0.0


def test_errors():
    with pytest.raises(ValueError, match="lookbacks"):
        strategy_returns(np.zeros((10, 2)))
    with pytest.raises(ValueError, match="lookbacks"):
        strategy_returns(np.zeros((10, 2)), lookbacks=(0,))
