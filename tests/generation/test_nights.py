"""A series that stands still at night, and moves by factors in the day."""

import numpy as np
import pandas as pd
import pytest
from sklearn.mixture import GaussianMixture

from skdiffts import GenerativeTimeSeries


@pytest.mark.statistical
def test_solar_power_stays_in_its_range():
    """Slopes at night are extrapolated: their product led paths to a thousand times the sun."""
    rng = np.random.RandomState(0)
    hours = pd.date_range("2024-04-01", periods=24 * 20, freq="h")
    sun = np.maximum(0.0, np.sin((hours.hour.to_numpy() - 6) / 12.0 * np.pi))
    power = 50.0 * sun * np.repeat(rng.beta(3.0, 1.5, 20), 24)
    X = pd.DataFrame({"power": power}, index=hours)
    generator = GenerativeTimeSeries(sampler=GaussianMixture()).fit(X)
    paths = generator.sample(10, 24 * 20, random_state=0)["power"]
    assert paths.min() == 0.0
    assert paths.max() < 3.0 * power.max()
    assert abs(paths.mean() / power.mean() - 1.0) < 0.15
