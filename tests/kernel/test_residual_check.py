"""What the dynamics leave in the residuals is said, with what takes it."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from skdiffts import KernelDriftVolEstimator
from skdiffts.conditioning import Constant, HARVolatility, State
from skdiffts.kernel._residual_check import remaining_margins


def lagged(n=800):
    rng, X = np.random.RandomState(0), np.zeros((n, 1))
    for i in range(2, n):
        X[i] = 1.4 * X[i - 1] - 0.75 * X[i - 2] + rng.normal()
    return X


def clustered(n=2000):
    rng, r, h = np.random.RandomState(0), np.zeros(n), 1.0
    for i in range(n):
        r[i] = np.sqrt(h) * rng.normal()
        h = 0.05 + 0.3 * r[i] ** 2 + 0.65 * h
    return r.cumsum()[:, np.newaxis]


def daily(n=24 * 60):
    index = pd.date_range("2024-01-01", periods=n, freq="h")
    cycle = np.sin(2.0 * np.pi * index.hour.to_numpy() / 24.0)
    noise = np.random.RandomState(0).normal(size=n)
    return pd.DataFrame({"x": 3.0 * cycle + noise}, index=index)


def margins(n=1500):
    """Walks with correlated innovations, normal scores of which are normal."""
    rng = np.random.RandomState(0)
    scores = rng.normal(size=(n, 4)) @ np.linalg.cholesky(0.4 * np.eye(4) + 0.6).T
    rows = stats.t([2.5, 3.0, 4.0, 50.0]).ppf(stats.norm.cdf(scores))
    return rows.cumsum(axis=0)


CASES = {
    "lag": (lagged(), State(), "autocorrelation .* at lag 1, .* LaggedStates"),
    "squares": (clustered(), Constant(), r"squares with .* HARVolatility\(\) takes"),
    "season": (daily(), State(), r"a season, day, .* CalendarFeatures\(periods"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_left_is_said_and_the_default_takes_it(case):
    X, conditioning, words = CASES[case]
    with pytest.warns(UserWarning, match=words):
        KernelDriftVolEstimator("all", conditioning=conditioning).fit(X)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        KernelDriftVolEstimator().fit(X)


def test_margins_that_are_left_are_said_and_what_is_named_takes_them():
    X = margins()
    words = r"margins, worth .* HARVolatility\(margins='student'\) takes"
    with pytest.warns(UserWarning, match=words):
        KernelDriftVolEstimator("all", conditioning=Constant()).fit(X)
    scale = HARVolatility(halflives=(), margins="student")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        KernelDriftVolEstimator("all", conditioning=Constant(), scale=scale).fit(X)


@pytest.mark.statistical
@pytest.mark.parametrize("degrees", [3.0, 5.0, np.inf])
def test_one_tail_of_all_series_is_no_margin(degrees):
    """A false alarm needs 4.5 standard errors; none in two hundred fits."""
    factor = np.linalg.cholesky(0.5 * np.eye(3) + 0.5)
    for seed in range(200):
        rng = np.random.RandomState(seed)
        rows = rng.normal(size=(300, 3)) @ factor.T
        if np.isfinite(degrees):
            rows /= np.sqrt(rng.chisquare(degrees, size=(300, 1)) / degrees)
        assert remaining_margins(rows) == []


@pytest.mark.parametrize("seed", range(5))
def test_white_residuals_are_no_news(seed):
    rng = np.random.RandomState(seed)
    index = pd.date_range("2024-01-01", periods=400, freq="D")
    X = pd.DataFrame(rng.standard_t(4, size=(400, 3)).cumsum(axis=0), index=index)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        KernelDriftVolEstimator("all", conditioning=Constant()).fit(X)
