"""
Stock returns: volatility that clusters
=======================================

Daily levels of three US markets, 2014 to 2018. Returns have heavy tails, and large ones come in
clusters. The plain default finds both in log prices; beside it stands a random walk of constant
volatility.
"""

# %%
# Two models
# ----------
# Increments of 100 log prices are returns in percent. The default searches for what drift and volatility depend
# on, and finds that log prices have a unit root. The distribution of the standardised residuals is a small diffusion
# model in both.

import matplotlib.pyplot as plt
import numpy as np

from skdiffts import (
    DiffusionResidualSampler,
    GenerativeTimeSeries,
    KernelDriftVolEstimator,
)
from skdiffts.conditioning import Constant
from skdiffts.datasets import load_us_market
from skdiffts.plotting import (
    PathFanDisplay,
    ResidualDiagnosticsDisplay,
    StylizedFactsDisplay,
)
from skdiffts.solvers import ExponentialMultistep

logs = 100.0 * np.log(load_us_market()[["SP500", "NASDAQ", "WTI"]])
train, test = logs.iloc[:1000], logs.iloc[1000:]

dynamics = {
    "default": KernelDriftVolEstimator(),
    "constant volatility": KernelDriftVolEstimator(
        "all", conditioning=Constant(), scale=None, additive_drift="linear"
    ),
}
models = {}
for name, part in dynamics.items():
    sampler = DiffusionResidualSampler(
        solver=ExponentialMultistep(n_steps=25), random_state=0
    )
    models[name] = GenerativeTimeSeries(part, sampler).fit(train)
    score = models[name].score(test)
    print(f"{name:20} held-out log-likelihood {score:.3f} nats a day")
print(models["default"].describe())

# %%
# Prices
# ------
# Log prices after the last day of training: their spread grows like a random walk's.

display = PathFanDisplay.from_estimator(
    models["default"], train.iloc[-250:], X_future=test, n_paths=100, random_state=0
)

# %%
# Are the residuals white?
# ------------------------
# Residuals should be uncorrelated, and their squares too. With constant volatility the squares are correlated
# for weeks.

for name, model in models.items():
    display = ResidualDiagnosticsDisplay.from_estimator(
        model, train, n_samples=2000, random_state=0
    )
    display.figure_.suptitle(name)

# %%
# Stylised facts
# --------------
# Facts of the returns of simulated paths, as ranges over panels of the size of the real one. With constant
# volatility the squares of simulated returns are white. With the default they are correlated, and the spread of the
# standard deviations is wide: a path may have calm or wild years.

real = train.diff().iloc[1:]
for name, model in models.items():
    paths = model.sample(20, len(train), random_state=0)
    returns = paths.groupby("path").diff().dropna()
    display = StylizedFactsDisplay.from_predictions(real, returns)
    display.figure_.suptitle(name)
plt.show()
