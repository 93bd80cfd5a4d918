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

prices = load_us_market()[["SP500", "NASDAQ", "WTI"]]
prices.columns = ["S&P 500", "NASDAQ", "oil"]
logs = 100.0 * np.log(prices)
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
# Returns
# -------
# A thousand days, measured and simulated: the first of 20 paths of each model. Calm and wild months alternate in
# the data and with the default, not with constant volatility.

returns = {"measured": train.diff().dropna()}
for name, model in models.items():
    paths = model.sample(20, len(train), random_state=0)
    returns[name] = paths.groupby("path").diff().dropna()
figure, axes = plt.subplots(
    2, 3, figsize=(9, 4.2), sharex=True, sharey="row", layout="constrained"
)
for column, (name, table) in enumerate(returns.items()):
    rows = table if name == "measured" else table.loc[0]
    for ax, series in zip(axes[:, column], ["S&P 500", "oil"], strict=True):
        ax.plot(rows[series].to_numpy(), linewidth=0.6, color=f"C{column}")
    axes[0, column].set_title(name)
    axes[1, column].set_xlabel("day")
axes[0, 0].set_ylabel("return of S&P 500 (%)")
axes[1, 0].set_ylabel("return of oil (%)")

# %%
# Prices
# ------
# A year after the last day of training, in index points and dollars: the spread grows like a random walk's.

ahead = models["default"].forecast(
    train, len(test), 200, output="array", random_state=0
)
display = PathFanDisplay.from_predictions(
    prices.iloc[:1000],
    np.exp(ahead / 100.0),
    start="next",
    X_future=prices.iloc[1000:],
    n_history=250,
    feature_names=["S&P 500 (points)", "NASDAQ (points)", "oil (dollars)"],
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
# Facts of the simulated returns, as ranges over the 20 paths, each as long as the data. With the default the
# squares of returns are correlated for weeks; in the first days the data lie at the upper end of the range. The spread of
# the standard deviations is wide: a path may have calm or wild years.

display = StylizedFactsDisplay.from_predictions(returns["measured"], returns["default"])
display.figure_.suptitle("default")

# %%
# With constant volatility the squares are white, and all paths have one standard deviation.

display = StylizedFactsDisplay.from_predictions(
    returns["measured"], returns["constant volatility"]
)
display.figure_.suptitle("constant volatility")
plt.show()
