"""What the dynamics leave in the residuals is said, with what takes it."""

import warnings

import numpy as np
import pandas as pd
import pytest

from skdiffts import KernelDriftVolEstimator
from skdiffts.conditioning import Constant, State


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


@pytest.mark.parametrize("seed", range(5))
def test_white_residuals_are_no_news(seed):
    rng = np.random.RandomState(seed)
    index = pd.date_range("2024-01-01", periods=400, freq="D")
    X = pd.DataFrame(rng.standard_t(4, size=(400, 3)).cumsum(axis=0), index=index)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        KernelDriftVolEstimator("all", conditioning=Constant()).fit(X)
