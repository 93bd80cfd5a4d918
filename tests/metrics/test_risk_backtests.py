"""Backtests of value at risk and expected shortfall."""

from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2, norm

from skdiffts.metrics import (
    acerbi_szekely_test,
    christoffersen_independence_test,
    christoffersen_test,
    kupiec_test,
    portfolio_returns,
    value_at_risk_violations,
)

# `vartests.kupiec_test(x=x, n=n, risk_conf_level=1 - level)` of vartests 0.4.1, for the
# examples of its README and of its tests (tables of Giambiagi, no violations, all
# violations): statistic and p-value.
VARTESTS = [
    (3, 10, 0.1, 3.073271736075972, 0.07958914489974497),
    (0, 100, 0.01, 2.01006717070029, 0.15625839953484696),
    (0, 250, 0.01, 5.025167926750726, 0.02498150305344973),
    (10, 10, 0.01, 92.10340371976181, 8.22637584354079e-22),
    (1, 250, 0.01, 1.1764911353210774, 0.2780714900139528),
    (6, 250, 0.01, 3.5553547710617437, 0.0593536189722889),
    (7, 250, 0.01, 5.496990447792683, 0.019049230890526535),
    (4, 58, 0.025, 3.134601589730906, 0.07664711172767652),
    (12, 2000, 0.01, 3.7724648166993973, 0.05210280114466517),
    (29, 2000, 0.01, 3.591657488721239, 0.05807029696805636),
    (30, 2000, 0.01, 4.378496777695716, 0.036395081672003116),
    (1, 250, 0.001, 1.2748432323900456, 0.25886005533676615),
    (3, 1000, 0.001, 2.595680410698563, 0.10715541246157163),
]

# Numbers of cases with a violation, and independence and conditional coverage by the
# backtest in `multiarch.diagnostics` of multiarch 0.2.0 (vartests has neither test).
MULTIARCH = [
    ([1, 4, 8], 10, 0.1, 3.139488862587287, 6.212760598663257, 0.04476268998704386),
    (
        [3, 4, 5, 40, 41, 100, 180, 181, 182, 220],
        250,
        0.05,
        21.462402433565664,
        22.025755343583263,
        1.6488000702132998e-05,
    ),
    (
        [10, 90, 91, 200],
        250,
        0.01,
        4.106993251527205,
        4.876131615913051,
        0.08732960043122948,
    ),
]

ALL = [
    partial(kupiec_test, level=0.05),
    christoffersen_independence_test,
    partial(christoffersen_test, level=0.05),
]


@pytest.mark.parametrize(("x", "n", "level", "statistic", "p_value"), VARTESTS)
def test_kupiec_against_vartests(x, n, level, statistic, p_value):
    result = kupiec_test(np.arange(n) < x, level=level)
    assert_allclose(result.statistic, statistic, rtol=1e-8)
    assert_allclose(result.p_value, p_value, rtol=1e-8)


@pytest.mark.parametrize(("where", "n", "level", "alone", "both", "p"), MULTIARCH)
def test_christoffersen_against_multiarch(where, n, level, alone, both, p):
    violations = np.zeros(n, dtype=int)
    violations[where] = 1
    result = christoffersen_independence_test(violations)
    assert_allclose(result.statistic, alone, rtol=1e-8)
    assert_allclose(result.p_value, chi2.sf(alone, 1), rtol=1e-8)
    result = christoffersen_test(violations, level=level)
    assert_allclose([result.statistic, result.p_value], [both, p], rtol=1e-8)


@pytest.mark.parametrize("state", [False, True])
def test_series_without_a_change_is_independent(state):
    assert christoffersen_independence_test(np.full(50, state)).p_value == 1.0


@pytest.mark.statistical
@pytest.mark.parametrize("test", ALL)
def test_false_alarms(test):
    rng = np.random.RandomState(0)
    alarms = np.mean(
        [test(rng.uniform(size=1000) < 0.05).p_value < 0.05 for _ in range(400)]
    )
    # The asymptotic level is 5 %; four binomial errors are 4.4 %.
    assert alarms < 0.094


@pytest.mark.statistical
@pytest.mark.parametrize("m", [9, 60, 800])
@pytest.mark.parametrize("level", [0.01, 0.05])
def test_violations_have_the_level_for_any_ensemble(m, level):
    rng = np.random.RandomState(m)
    draws = rng.standard_t(4, (4000, m + 1, 2))
    hits = value_at_risk_violations(
        draws[:, 1:], draws[:, 0], level=level, weights=[0.3, 0.7], random_state=0
    )
    # Four binomial errors.
    assert abs(hits.mean() - level) < 4 * np.sqrt(level * (1 - level) / 4000)


def test_violations_of_large_ensembles_are_below_the_quantile():
    rng = np.random.RandomState(0)
    forecasts, outcomes = (
        rng.standard_normal((300, 1999, 2)),
        rng.standard_normal((300, 2)),
    )
    weights = np.array([2.0, -1.0])
    hits = value_at_risk_violations(
        forecasts, outcomes, level=0.05, weights=weights, random_state=0
    )
    quantile = np.quantile(forecasts @ weights, 0.05, axis=1)
    below = outcomes @ weights < quantile
    # They may differ where the outcome lies next to the quantile.
    apart = np.abs(outcomes @ weights - quantile) > 0.02
    assert (hits == below)[apart].all()
    assert below[apart].any()


def slow_acerbi_szekely(forecasts, outcomes, level):
    """Statistic case by case, as it is printed."""
    total, n = 0.0, len(outcomes)
    for members, outcome in zip(forecasts, outcomes, strict=True):
        ordered = sorted(members)[: int(len(members) * level)]
        if outcome <= ordered[-1]:
            total += outcome / (-np.mean(ordered))
    return total / (n * level) + 1


def test_acerbi_szekely_against_a_slow_reference():
    rng = np.random.RandomState(0)
    forecasts, outcomes = rng.standard_normal((120, 80, 3)), rng.standard_t(3, (120, 3))
    weights = np.array([0.5, 0.2, 0.3])
    result = acerbi_szekely_test(
        forecasts, outcomes, level=0.05, weights=weights, random_state=0
    )
    expected = slow_acerbi_szekely(forecasts @ weights, outcomes @ weights, 0.05)
    assert_allclose(result.statistic, expected)
    assert_allclose(
        acerbi_szekely_test(10 * forecasts, 10 * outcomes, random_state=0).p_value,
        acerbi_szekely_test(forecasts, outcomes, random_state=0).p_value,
    )


@pytest.mark.statistical
def test_acerbi_szekely_at_a_known_alternative():
    """Losses twice as large as forecast: Z by the normal distribution."""
    rng = np.random.RandomState(0)
    forecasts, outcomes = (
        rng.standard_normal((4000, 500, 1)),
        2 * rng.standard_normal((4000, 1)),
    )
    result = acerbi_szekely_test(forecasts, outcomes, level=0.05, random_state=0)
    q = norm.ppf(0.05)
    shortfall = norm.pdf(q) / 0.05
    expected = 1 - 2 * norm.pdf(q / 2) / (0.05 * shortfall)
    # A standard deviation of 2 * 2 / sqrt(4000 * 0.05) at most; four of them are 1.1.
    assert abs(result.statistic - expected) < 0.6
    assert result.p_value < 0.002


@pytest.mark.statistical
@pytest.mark.parametrize("level", [0.01, 0.05])
def test_false_alarms_of_acerbi_szekely(level):
    rng = np.random.RandomState(0)
    alarms = []
    for _ in range(200):
        draws = rng.standard_t(4, (250, 301, 1))
        result = acerbi_szekely_test(
            draws[:, 1:], draws[:, 0], level=level, n_simulations=200, random_state=rng
        )
        alarms.append(result.p_value <= 0.05)
    # Four binomial errors around 5 % are 6.2 %.
    assert 0.0 < np.mean(alarms) < 0.112


def test_portfolio_of_equal_weights():
    returns = np.random.RandomState(0).standard_normal((4, 5, 3))
    assert_allclose(portfolio_returns(returns), returns.mean(axis=2))
    assert_allclose(
        portfolio_returns(returns), portfolio_returns(returns, np.full(3, 1 / 3))
    )


def test_errors():
    forecasts, outcomes = np.zeros((5, 10, 2)), np.zeros((5, 2))
    with pytest.raises(
        ValueError, match=r"10 samples in each case, and level=0.05 needs 20"
    ):
        acerbi_szekely_test(forecasts, outcomes)
    with pytest.raises(ValueError, match=r"weights has shape \(3,\) for 2 features"):
        value_at_risk_violations(forecasts, outcomes, weights=[1, 1, 1])
    with pytest.raises(ValueError, match="expected shortfall"):
        acerbi_szekely_test(forecasts + 1.0, outcomes, level=0.1)
    for bad in ([0, 2, 1], [[0, 1]]):
        with pytest.raises(ValueError, match="violations"):
            kupiec_test(bad)
    with pytest.raises(ValueError, match="level"):
        kupiec_test([0, 1], level=1.0)
