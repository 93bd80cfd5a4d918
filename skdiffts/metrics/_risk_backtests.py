"""Backtests of value at risk and expected shortfall."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from scipy.special import xlogy
from scipy.stats import chi2
from sklearn.utils import check_array, check_random_state, check_scalar

from skdiffts._chunks import slices
from skdiffts._panels import check_forecasts
from skdiffts.metrics._calibration import probability_integral_transform

__all__ = [
    "HypothesisTest",
    "acerbi_szekely_test",
    "christoffersen_independence_test",
    "christoffersen_test",
    "kupiec_test",
    "portfolio_returns",
    "value_at_risk_violations",
]


@dataclass(frozen=True)
class HypothesisTest:
    """Statistic of a test and its p-value.

    Parameters
    ----------
    statistic : float
        Value of the statistic.
    p_value : float
        Probability, under the null hypothesis, of a statistic as extreme.

    Examples
    --------
    >>> from skdiffts.metrics import HypothesisTest
    >>> print(HypothesisTest(statistic=3.84, p_value=0.05))
    3.84 (p = 0.05)
    """

    statistic: float
    p_value: float

    def __str__(self):
        """Write statistic and p-value in one line."""
        return f"{self.statistic:.3g} (p = {self.p_value:.2g})"


def portfolio_returns(returns, weights=None):
    r"""Compute the return of a portfolio that is rebalanced in each row.

    .. math:: r_w = \sum_k w_k r_k

    Parameters
    ----------
    returns : array-like of shape (..., n_features)
        Simple returns; log returns are close to them over a day.
    weights : array-like of shape (n_features,), default=None
        Weights of the assets; None is :math:`1 / d` for each of d assets.

    Returns
    -------
    portfolio : ndarray of shape (...)
        Returns of the portfolio.

    Examples
    --------
    >>> from skdiffts.metrics import portfolio_returns
    >>> portfolio_returns([[1.0, 3.0], [-2.0, 0.0]], weights=[0.25, 0.75])
    array([ 2.5, -0.5])
    """
    returns = np.asarray(returns, dtype=np.float64)
    n_features = returns.shape[-1]
    if weights is None:
        return returns.mean(axis=-1)
    weights = check_array(
        weights, ensure_2d=False, dtype=np.float64, input_name="weights"
    )
    if weights.shape != (n_features,):
        raise ValueError(
            f"weights has shape {weights.shape} for {n_features} features; pass one "
            "weight for each feature."
        )
    return returns @ weights


def value_at_risk_violations(
    forecasts, outcomes, *, level=0.05, weights=None, random_state=None
):
    r"""Mark the cases in which the loss of a portfolio exceeds the value at risk.

    .. math:: I_i = 1[u_i \le \alpha]

    with the randomised rank :math:`u_i` of the portfolio's return among its forecasts,
    see :func:`probability_integral_transform`. For ensembles of the true distribution
    the probability of a violation is exactly the level, even for ensembles too small to
    have an empirical quantile at that level; for large ones, a violation is a return
    below the empirical quantile.

    Parameters
    ----------
    forecasts : array-like of shape (n_cases, n_samples, n_features)
        Ensembles of returns.
    outcomes : array-like of shape (n_cases, n_features)
        Observed returns.
    level : float, default=0.05
        Probability :math:`\alpha` of a violation, such as 0.01 or 0.05.
    weights : array-like of shape (n_features,), default=None
        Weights of the portfolio, see :func:`portfolio_returns`.
    random_state : int, RandomState instance or None, default=None
        Seed of the randomised ranks.

    Returns
    -------
    violations : ndarray of bool of shape (n_cases,)
        True for a violation, in the order of the cases.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import value_at_risk_violations
    >>> forecasts = np.linspace(-1.0, 1.0, 1001).reshape(1, -1, 1)
    >>> value_at_risk_violations(forecasts, [[-0.95]], level=0.05, random_state=0)
    array([ True])
    >>> value_at_risk_violations(forecasts, [[-0.85]], level=0.05, random_state=0)
    array([False])
    """
    _check_level(level)
    losses, loss = _portfolio(forecasts, outcomes, weights)
    u = probability_integral_transform(
        losses[..., np.newaxis], loss[:, np.newaxis], random_state=random_state
    )
    return u[:, 0] <= level


def kupiec_test(violations, *, level=0.05):
    r"""Test the frequency of violations of the value at risk.

    .. math::
        \mathrm{LR}_{uc} = 2 \Bigl(x \log\frac{\hat\pi}{\alpha}
        + (n - x) \log\frac{1 - \hat\pi}{1 - \alpha}\Bigr) \sim \chi^2_1,
        \qquad \hat\pi = x / n

    for x violations in n cases: the likelihood ratio of unconditional coverage [1]_.

    Parameters
    ----------
    violations : array-like of bool of shape (n_cases,)
        True, or one, where the loss exceeded the value at risk.
    level : float, default=0.05
        Nominal probability :math:`\alpha` of a violation.

    Returns
    -------
    test : HypothesisTest
        Likelihood ratio and its asymptotic p-value.

    References
    ----------
    .. [1] Kupiec, P. (1995). Techniques for verifying the accuracy of risk measurement
       models. The Journal of Derivatives, 3(2), 73-84.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import kupiec_test
    >>> print(kupiec_test(np.arange(250) < 7, level=0.01))
    5.5 (p = 0.019)
    """
    _check_level(level)
    violations = _check_violations(violations)
    n, x = len(violations), int(violations.sum())
    statistic = 2 * (_log_likelihood(x, n, x / n) - _log_likelihood(x, n, level))
    return _chi2_test(statistic, 1)


def christoffersen_independence_test(violations):
    r"""Test whether violations of the value at risk depend on the previous case.

    .. math::
        \mathrm{LR}_{ind} = 2 \log \frac{\hat\pi_{01}^{n_{01}} (1 - \hat\pi_{01})^{n_{00}}
        \hat\pi_{11}^{n_{11}} (1 - \hat\pi_{11})^{n_{10}}}
        {\hat\pi^{n_{01} + n_{11}} (1 - \hat\pi)^{n_{00} + n_{10}}} \sim \chi^2_1

    with the number :math:`n_{ab}` of transitions from state a to state b, the
    frequency :math:`\hat\pi_{a1} = n_{a1} / (n_{a0} + n_{a1})` of violations after
    state a, and the frequency :math:`\hat\pi` after either: the likelihood ratio of a
    Markov chain against independence [1]_. Clusters of violations indicate that the
    forecasts miss the movement of volatility.

    Parameters
    ----------
    violations : array-like of bool of shape (n_cases,)
        True, or one, where the loss exceeded the value at risk, in the order of time;
        two cases or more.

    Returns
    -------
    test : HypothesisTest
        Likelihood ratio and its asymptotic p-value.

    References
    ----------
    .. [1] Christoffersen, P. F. (1998). Evaluating interval forecasts. International
       Economic Review, 39(4), 841-862.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import christoffersen_independence_test
    >>> clustered = np.arange(250) < 12
    >>> print(f"{christoffersen_independence_test(clustered).p_value:.3f}")
    0.000
    >>> spread = np.arange(250) % 20 == 0
    >>> print(f"{christoffersen_independence_test(spread).p_value:.3f}")
    0.251
    """
    violations = _check_violations(violations, min_cases=2)
    before, after = violations[:-1], violations[1:]
    split = [after[~before], after[before]]
    apart = sum(
        _log_likelihood(some.sum(), len(some), some.mean())
        for some in split
        if len(some)
    )
    together = _log_likelihood(after.sum(), len(after), after.mean())
    return _chi2_test(2 * (apart - together), 1)


def christoffersen_test(violations, *, level=0.05):
    r"""Test frequency and independence of violations together: conditional coverage.

    .. math:: \mathrm{LR}_{cc} = \mathrm{LR}_{uc} + \mathrm{LR}_{ind} \sim \chi^2_2

    of :func:`kupiec_test` and :func:`christoffersen_independence_test` [1]_.

    Parameters
    ----------
    violations : array-like of bool of shape (n_cases,)
        True, or one, where the loss exceeded the value at risk, in the order of time;
        two cases or more.
    level : float, default=0.05
        Nominal probability :math:`\alpha` of a violation.

    Returns
    -------
    test : HypothesisTest
        Likelihood ratio and its asymptotic p-value.

    References
    ----------
    .. [1] Christoffersen, P. F. (1998). Evaluating interval forecasts. International
       Economic Review, 39(4), 841-862.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import christoffersen_test
    >>> test = christoffersen_test(np.arange(250) % 20 == 0, level=0.05)
    >>> print(f"{test.p_value:.3f}")
    0.512
    """
    parts = (
        kupiec_test(violations, level=level),
        christoffersen_independence_test(violations),
    )
    return _chi2_test(sum(part.statistic for part in parts), 2)


def acerbi_szekely_test(
    forecasts,
    outcomes,
    *,
    level=0.05,
    weights=None,
    n_simulations=1000,
    random_state=None,
):
    r"""Test whether losses beyond the value at risk are as large as forecast.

    .. math::
        Z = 1 - \frac{1}{n \alpha} \sum_i \frac{-r_i \, I_i}{\mathrm{ES}_i},
        \qquad \mathrm{ES}_i = -\operatorname{mean}(r_i^{(j)} : r_i^{(j)} \le q_i)

    with the violations :math:`I_i = 1[r_i \le q_i]` of the portfolio's return
    :math:`r_i` and the quantile :math:`q_i` of its forecasts: the second statistic of
    Acerbi and Szekely [1]_, which is about 0 for correct forecasts and negative where
    risk is underestimated, in frequency or in size. The p-value is one-sided; its null
    distribution is simulated with members of the ensembles in place of the outcomes.

    Parameters
    ----------
    forecasts : array-like of shape (n_cases, n_samples, n_features)
        Ensembles of returns; :math:`1 / \alpha` members or more, better ten times as
        many.
    outcomes : array-like of shape (n_cases, n_features)
        Observed returns.
    level : float, default=0.05
        Level :math:`\alpha` of value at risk and expected shortfall; 0.025 in the
        regulation of banks.
    weights : array-like of shape (n_features,), default=None
        Weights of the portfolio, see :func:`portfolio_returns`.
    n_simulations : int, default=1000
        Number of draws of the null distribution.
    random_state : int, RandomState instance or None, default=None
        Seed of the null distribution.

    Returns
    -------
    test : HypothesisTest
        Statistic Z and its p-value.

    Raises
    ------
    ValueError
        If an ensemble has fewer than :math:`1 / \alpha` members, or an expected
        shortfall that is a gain.

    References
    ----------
    .. [1] Acerbi, C. and Szekely, B. (2014). Backtesting expected shortfall. Risk, 27
       (December).

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import acerbi_szekely_test
    >>> rng = np.random.RandomState(0)
    >>> forecasts = rng.standard_normal((250, 400, 1))
    >>> outcomes = rng.standard_t(3, (250, 1))
    >>> print(f"{acerbi_szekely_test(forecasts, outcomes, random_state=0).p_value:.2f}")
    0.00
    """
    _check_level(level)
    check_scalar(n_simulations, "n_simulations", Integral, min_val=1)
    rng = check_random_state(random_state)
    draws, returns = _portfolio(forecasts, outcomes, weights)
    n, m = draws.shape
    if m * level < 1:
        raise ValueError(
            f"forecasts has {m} samples in each case, and level={level:g} needs "
            f"{int(np.ceil(1 / level))} or more; forecast with a larger n_samples."
        )
    table, value = _relative_losses(draws, returns, int(m * level + 1e-9))
    cases = np.arange(n)
    null = [
        table[cases, rng.randint(m + 1, size=(part.stop - part.start, n))].sum(axis=1)
        for part in slices(n_simulations, n)
    ]
    # Small sums of losses are good; the outcome counts as one of the draws.
    p_value = (1 + np.count_nonzero(np.concatenate(null) >= value)) / (
        1 + n_simulations
    )
    return HypothesisTest(float(1.0 - value / (n * level)), float(p_value))


def _relative_losses(draws, returns, worst):
    """Losses beyond the value at risk over the expected shortfall.

    Returns a table (n_cases, n_samples + 1) with each row of the pool of members and
    outcome in the place of the outcome and the rest of the pool as its ensemble, so
    that under the null hypothesis the outcome is a random column, whatever the number
    of members; and the sum over the cases with the outcome itself.
    """
    n, m = draws.shape
    pool = np.concatenate([returns[:, np.newaxis], draws], axis=1)
    order = np.argsort(pool, axis=1, kind="stable")
    losses = -np.take_along_axis(pool, order[:, : worst + 1], axis=1)
    # Without one of the worst rows, the row after them is among the worst.
    shortfall = (losses.sum(axis=1, keepdims=True) - losses[:, :worst]) / worst
    if not (shortfall > 0).all():
        case = int(np.argmin(shortfall.min(axis=1)))
        raise ValueError(
            f"the expected shortfall of case {case} is {shortfall.min():.3g}, no loss; "
            "pass returns, or deviations from the mean of the forecasts."
        )
    table = np.zeros((n, m + 1))
    table[:, :worst] = losses[:, :worst] / shortfall
    value = table[order == 0].sum()
    return table, float(value)


def _check_level(level):
    check_scalar(
        level, "level", Real, min_val=0.0, max_val=1.0, include_boundaries="neither"
    )


def _check_violations(violations, min_cases=1):
    """Turn violations into an array of bool."""
    values = check_array(
        violations,
        ensure_2d=False,
        ensure_min_samples=min_cases,
        input_name="violations",
    )
    if values.ndim != 1 or not np.isin(values, (0, 1)).all():
        raise ValueError(
            f"violations has shape {values.shape} and values other than 0 and 1, or is "
            "not one series; pass one number, 0 or 1, for each case."
        )
    return values.astype(bool)


def _portfolio(forecasts, outcomes, weights):
    """Portfolio returns (n_cases, n_samples) of the ensembles and of the outcomes."""
    forecasts, outcomes = check_forecasts(forecasts, outcomes)
    return portfolio_returns(forecasts, weights), portfolio_returns(outcomes, weights)


def _log_likelihood(x, n, p):
    """Bernoulli log-likelihood of x successes in n trials."""
    return xlogy(x, p) + xlogy(n - x, 1 - p)


def _chi2_test(statistic, df):
    statistic = max(float(statistic), 0.0)
    return HypothesisTest(statistic, float(chi2.sf(statistic, df)))
