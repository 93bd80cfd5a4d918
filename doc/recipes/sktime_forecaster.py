"""Joint forecasts in sktime."""

import numpy as np
import pandas as pd
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries
from skdiffts.integrations.sktime import SktimeForecaster

steps = np.random.RandomState(0).standard_normal((200, 2))
index = pd.period_range("2005-01", periods=200, freq="M")
y = pd.DataFrame(steps.cumsum(axis=0), index=index, columns=["north", "south"])
forecaster = SktimeForecaster(
    GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3)), random_state=0
).fit(y)
quantiles = forecaster.predict_quantiles(fh=[1, 2, 3], alpha=[0.1, 0.9])
paths = forecaster.predict_paths(fh=[1, 2, 3])
total = paths.sum(axis=1).groupby("sample").sum()  # over both columns and three months
