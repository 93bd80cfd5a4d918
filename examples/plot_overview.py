"""
Simulated beside measured: season, clusters, bands
==================================================

Two plain fits: daily weather, and two markets. No season, no unit root and no clustering
of volatility was asked for; the default finds them.
"""

# %%
# Fit
# ---

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.dates import DateFormatter, YearLocator

from skdiffts import GenerativeTimeSeries
from skdiffts.datasets import load_seattle_weather, load_us_market

weather = load_seattle_weather()
train, test = weather.loc[:"2014"], weather.loc["2015":]
logs = 100.0 * np.log(load_us_market()[["SP500", "WTI"]])

seasonal = GenerativeTimeSeries().set_params(sampler__random_state=0).fit(train)
market = GenerativeTimeSeries().set_params(sampler__random_state=0).fit(logs)
print(seasonal.describe())
print(market.describe())

# %%
# Simulate and forecast
# ---------------------
# Three more years of weather, as many days of returns as there are in the data, and the
# first two weeks of the year that stayed out of the fit.

year = seasonal.sample(1, len(train), x0="last", random_state=1)
days = market.sample(1, len(logs), x0="initial", random_state=1)
ahead = seasonal.forecast(train, 14, 500, random_state=0)["temp_max"]
bands = ahead.groupby("date").quantile([0.05, 0.25, 0.5, 0.75, 0.95]).unstack()

# %%
# Measured on the left, simulated on the right; below, the forecast with its bands.

MEASURED, SIMULATED = "#4c566a", "#0b6fb8"
figure, axes = plt.subplots(3, 2, figsize=(9.0, 6.6), layout="constrained")
pairs = [
    (train["temp_max"], year["temp_max"], "highest temperature (°C)"),
    (logs["WTI"].diff(), days["WTI"].diff(), "return of oil (%)"),
]
for row, (real, drawn, name) in zip(axes[:2], pairs, strict=True):
    for ax, values, color in zip(
        row, (real, drawn), (MEASURED, SIMULATED), strict=True
    ):
        dates = values.index.get_level_values(-1)
        ax.plot(dates, values.to_numpy(), color=color, linewidth=0.6)
        ax.set_ylim(min(real.min(), drawn.min()), max(real.max(), drawn.max()))
        ax.xaxis.set_major_locator(YearLocator())
        ax.xaxis.set_major_formatter(DateFormatter("%Y"))
    row[0].set_ylabel(name)
axes[0, 0].set_title("measured")
axes[0, 1].set_title("simulated by the default")
for ax in axes[2]:
    ax.remove()
ax = figure.add_subplot(axes[2, 0].get_gridspec()[2, :])
past = train["temp_max"].iloc[-28:]
ax.plot(past.index, past, color=MEASURED, linewidth=1.0, label="measured")
came = test["temp_max"].iloc[:14]
ax.plot(came.index, came, "o", color=MEASURED, markersize=2.5, label="came true")
for low, high in ((0.05, 0.95), (0.25, 0.75)):
    label = f"{round(100 * (high - low))} % of 500 forecasts"
    ax.fill_between(
        bands.index, bands[low], bands[high], color=SIMULATED, alpha=0.25, label=label
    )
ax.plot(bands.index, bands[0.5], color=SIMULATED, label="median")
ax.set_ylabel("highest temperature (°C)")
ax.set_ylim(bottom=-5.0)
ax.legend(ncols=5, fontsize="small", loc="lower center")
plt.show()
