"""
Stock returns: volatility that clusters
=======================================

Daily levels of three US markets, 2014 to 2018. Returns have fat tails, and large ones come in
clusters. We model log prices with a scale that follows past returns, and compare with a model that
has none.
"""

# %%
# Two models
# ----------
# Increments of 100 log prices are returns in percent. All days are pooled (``"all"``, degree 0),
# since a thousand days say little about the drift. The law of the standardised residuals is a
# small diffusion model in both. How fast volatility forgets, the half-life, is chosen by the first
# stage's own held-out score, which takes no training.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from skdiffts import (
    DiffusionResidualSampler,
    GenerativeTimeSeries,
    KernelDriftVolEstimator,
)
from skdiffts.conditioning import EWVolatility
from skdiffts.datasets import load_us_market
from skdiffts.plotting import ResidualDiagnosticsDisplay, StylizedFactsDisplay
from skdiffts.solvers import ExponentialMultistep

logs = 100.0 * np.log(load_us_market()[["SP500", "NASDAQ", "WTI"]])
train, test = logs.iloc[:1000], logs.iloc[1000:]

clustered = KernelDriftVolEstimator(
    "all",
    degree=0,
    conditioning=EWVolatility(pooling=1.0),
    scale=EWVolatility(pooling=0.3),
)
search = GridSearchCV(
    clustered, {"scale__halflife": [3.0, 6.0, 12.0, 24.0]}, cv=TimeSeriesSplit(3)
).fit(train)
clustered = search.best_estimator_
print("half-life in days:", search.best_params_["scale__halflife"])
constant = KernelDriftVolEstimator(
    "all", degree=0, conditioning=EWVolatility(pooling=1.0)
)
models = {}
for name, dynamics in {"with scale": clustered, "without": constant}.items():
    sampler = DiffusionResidualSampler(
        solver=ExponentialMultistep(n_steps=25), random_state=0
    )
    models[name] = GenerativeTimeSeries(dynamics, sampler).fit(train)
    score = models[name].score(test)
    print(f"{name:12} held-out log-likelihood {score:.3f} nats a day")

# %%
# Are the residuals white?
# ------------------------
# Residuals should be uncorrelated, and their squares too. Without the scale the squares are correlated
# for weeks; with it, what is left is in the first days.

for name, model in models.items():
    display = ResidualDiagnosticsDisplay.from_estimator(
        model, train, n_samples=2000, random_state=0
    )
    display.figure_.suptitle(name)

# %%
# Stylised facts
# --------------
# Facts of the returns of simulated paths, as ranges over panels of the size of the real one. Without the
# scale the squares of simulated returns are white. With it they are correlated, if less than the real ones in
# the first days, and the spread of the standard deviations is wide: a path may have calm or wild years.

real = train.diff().iloc[1:]
for name, model in models.items():
    paths = model.sample(20, len(train), x0="states", random_state=0)
    returns = paths.groupby("path").diff().dropna()
    display = StylizedFactsDisplay.from_predictions(real, returns)
    display.figure_.suptitle(name)
plt.show()
