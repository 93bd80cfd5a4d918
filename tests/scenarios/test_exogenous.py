"""Scenarios and quantiles of generators with exogenous columns."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.mixture import GaussianMixture

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import State
from skdiffts.scenarios import ScenarioGenerator, forecast_quantiles


@pytest.fixture(scope="module")
def frame():
    rng = np.random.RandomState(0)
    u = rng.standard_normal(300)
    return pd.DataFrame({"x": u + 0.3 * rng.standard_normal(300), "u": u})


@pytest.fixture(scope="module")
def generator(frame):
    dynamics = KernelDriftVolEstimator(
        "all", conditioning=State(), scale=None, additive_drift="linear"
    )
    return GenerativeTimeSeries(dynamics, GaussianMixture(), exogenous=["u"]).fit(frame)


def test_quantiles_follow_the_given_columns(generator, frame):
    future = {"u": np.linspace(-1.0, 1.0, 5)}
    options = {"exogenous": future, "n_samples": 300, "random_state": 0}
    table = forecast_quantiles(generator, frame, 5, **options)
    median = table.xs(0.5, level="quantile")
    assert_allclose(median["u"], future["u"])
    assert_allclose(median["x"], future["u"], atol=0.15)


def test_scenarios_meet_a_condition_under_the_given_columns(generator, frame):
    future = np.zeros((4, 1))
    scenarios = ScenarioGenerator(
        generator, condition=lambda paths: paths[:, -1, 0] > 0.2, batch_size=100
    ).fit(frame)
    options = {"exogenous": future, "output": "array", "random_state": 0}
    drawn = scenarios.sample(5, 5, **options)
    assert (drawn[:, -1, 0] > 0.2).all()
    assert_array_equal(drawn[:, 1:, 1], 0.0)
    with pytest.raises(ValueError, match=r"fitted with \['u'\]"):
        scenarios.sample(5, 5)
