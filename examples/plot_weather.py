"""
Seattle's weather: seasons and forecasts
========================================

Four daily series with a season. The model finds it by itself, from the dates of the index.
"""

# %%
# Rain is as it was measured: more than half of the days are dry. The last year stays out of the fit. Beside the plain default
# stands the same model with the present row alone, which cannot tell spring from autumn.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skdiffts import (
    DiffusionResidualSampler,
    GenerativeTimeSeries,
    KernelDriftVolEstimator,
)
from skdiffts.datasets import load_seattle_weather
from skdiffts.plotting import PathFanDisplay
from skdiffts.solvers import ExponentialMultistep

X = load_seattle_weather()
X.columns = ["rain (mm)", "temp_max (°C)", "temp_min (°C)", "wind (m/s)"]
train, test = X.loc[:"2014"], X.loc["2015":]

dynamics = {
    "present row": KernelDriftVolEstimator(conditioning=None, scale=None),
    "default": KernelDriftVolEstimator(),
}
for name, part in dynamics.items():
    sampler = DiffusionResidualSampler(
        solver=ExponentialMultistep(n_steps=25), random_state=0
    )
    generator = GenerativeTimeSeries(part, sampler).fit(train)
    print(f"{name:12} held-out log-likelihood {generator.score(test):.3f} nats a day")

# %%
# What the default has found
# --------------------------
# In words, with the values that columns take, and the steps that the search took: each with its gain in log-likelihood of later days, in nats a
# day, and the standard error of the gain.

print(generator.describe())
table = pd.DataFrame(generator.dynamics_.memory_)
print(table.loc[table["chosen"], ["candidate", "gain", "error"]].round(3))

# %%
# A simulated year
# ----------------
# From the last day of training on. The band knows the season; a day's weather it does not know, a year ahead.

display = PathFanDisplay.from_estimator(
    generator, test, n_paths=60, x0="last", random_state=0
)

# %%
# Dry days
# --------
# A dry day is a value with a probability, not a small number: its share, the chance that it stays dry, and the length of dry
# spells are kept.


def dry_days(rain):
    """Share of dry days, chance of another, mean length of dry spells."""
    dry = rain == 0.0
    stays = dry[1:][dry[:-1]].mean()
    starts = 1 + np.count_nonzero(dry[1:] & ~dry[:-1])
    return dry.mean(), stays, dry.sum() / starts


paths = generator.sample(20, len(train), output="array", random_state=0)
rows = {"measured": dry_days(X["rain (mm)"].to_numpy())}
rows["simulated"] = np.mean([dry_days(path[:, 0]) for path in paths], axis=0)
names = ["share of dry days", "stays dry", "days in a dry spell"]
print(pd.DataFrame(rows, index=names).round(2))

# %%
# Forecasts
# ---------
# From every fourth week of the held-out year on, two weeks ahead, given the month before. Ninety in a
# hundred days should lie in the band; days near each other share their luck.

first_days = X.index.get_indexer(test.index[::28][:13])
pasts = [X.iloc[i - 30 : i] for i in first_days]
outcomes = np.stack([X.iloc[i : i + 14].to_numpy() for i in first_days])
draws = generator.forecast(pasts, 14, 60, output="array", random_state=0)
low, median, high = np.quantile(draws, [0.05, 0.5, 0.95], axis=1)
inside = ((outcomes >= low) & (outcomes <= high)).mean(axis=(0, 1))
for name, share in zip(X.columns, inside, strict=True):
    print(f"{name:14} {share:.0%} of {13 * 14} days within the 90 % band")

figure, axes = plt.subplots(1, 3, figsize=(9, 3), sharey=True, layout="constrained")
days, column = np.arange(1, 15), list(X.columns).index("temp_max (°C)")
for ax, case in zip(axes, [0, 4, 8], strict=True):
    ax.fill_between(
        days, low[case, :, column], high[case, :, column], alpha=0.3, label="90 % band"
    )
    ax.plot(days, median[case, :, column], label="median")
    ax.plot(days, outcomes[case, :, column], "k.", label="measured")
    ax.set_title(f"from {X.index[first_days[case]]:%-d %B %Y}", fontsize=10)
    ax.set_xlabel("days ahead")
    ax.set_xticks([1, 7, 14])
axes[0].set_ylabel("highest temperature (°C)")
axes[0].legend(loc="upper left", frameon=False, fontsize=8)
plt.show()
