"""Does a residual distribution that knows the state gain held-out likelihood?

    python examples/benchmarks/conditional_residuals.py --part PART [--data FOLDER] [--stage plain|seasonal]

Each part fits `GenerativeTimeSeries` by its defaults to the first rows of a series and scores the
others twice: as fitted, and with `state_residuals=False`, which leaves the conditional mixtures out and
changes nothing else. Printed are the mean log-density a row, the gain with a standard error of blocks,
what the mixtures see with their weights, and ratios of the standard deviations of simulated paths to the
training rows', with and without. FOLDER holds nyc_weather.parquet, vic_elecdemand.parquet,
ETTh1.csv.gz, us_vix_market.parquet and sp500_20_prices.parquet; the other parts need no files.

`--stage` puts a line in the place of the dynamics that are searched for: three rows, the harmonics of
day and week, volatilities with half-lives, margins and moving correlations ("plain"), and with them
season times level and a season of the volatility ("seasonal"). Supports of columns are then not used.

"flips": residuals whose skewness has the sign of a level. "peaks": residuals with two peaks where a
level is high. "gaussian": nothing to find. These train on 1,500 rows and are scored on 5,000.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import (
    CalendarFeatures,
    ConditioningUnion,
    HARVolatility,
    LaggedStates,
    MovingCorrelation,
    SeasonalLevel,
)
from skdiffts.datasets import load_seattle_weather
from skdiffts.selection import block_error

N_TRAIN, N_TEST = 1500, 5000
# Share of a real series that is fitted.
SHARE = 0.75
PEAK = 0.98


def simulated(draw, decay):
    """Two autoregressions whose innovations see the first one."""
    rng = np.random.RandomState(0)
    X = np.zeros((N_TRAIN + N_TEST + 100, 2))
    for i in range(1, len(X)):
        X[i] = decay * X[i - 1] + np.sqrt(1.0 - decay**2) * draw(rng, X[i - 1, 0])
    return pd.DataFrame(X[100:], columns=["first", "second"])


def flipped(rng, level):
    """Standardised gamma variables, mirrored where the level is negative."""
    drawn = (rng.gamma(2.0, size=2) - 2.0) / np.sqrt(2.0)
    return drawn if level >= 0.0 else -drawn


def two_peaks(rng, level):
    """Normal variables, the first one with two peaks where the level is high."""
    drawn = rng.standard_normal(2)
    if level > 0.8:
        side = np.sign(rng.uniform() - 0.5)
        drawn[0] = PEAK * side + np.sqrt(1.0 - PEAK**2) * drawn[0]
    return drawn


def read_nyc(folder):
    columns = ["temp", "dewp", "humid", "wind_speed", "pressure"]
    return pd.read_parquet(folder / "nyc_weather.parquet").loc["JFK"][columns][
        2000:7000
    ]


def read_vic(folder):
    X = pd.read_parquet(folder / "vic_elecdemand.parquet")
    return X[["Demand", "Temperature"]][:6000]


def read_etth1(folder):
    X = pd.read_csv(folder / "ETTh1.csv.gz", index_col=0, parse_dates=True)
    return X[:5000]


def read_sp500(folder):
    prices = pd.read_parquet(folder / "sp500_20_prices.parquet").iloc[-2000:, :8]
    return 100.0 * np.log(prices).diff().dropna()


PARTS = {
    "flips": lambda _: simulated(flipped, 0.9),
    "peaks": lambda _: simulated(two_peaks, 0.8),
    "gaussian": lambda _: simulated(lambda rng, _: rng.standard_normal(2), 0.8),
    "seattle": lambda _: load_seattle_weather(),
    "nyc": read_nyc,
    "vic": read_vic,
    "etth1": read_etth1,
    "us_market": lambda folder: pd.read_parquet(folder / "us_vix_market.parquet"),
    "sp500": read_sp500,
}


def line(stage):
    """Dynamics of a line, without and with what season and level do together."""
    season = CalendarFeatures(periods=("day", "week"), n_harmonics=4)
    parts = [("level", LaggedStates(n_lags=3)), ("season", season)]
    halflives = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
    volatility = HARVolatility(halflives=halflives, margins="student")
    if stage == "seasonal":
        parts.append(("level_by_season", SeasonalLevel(season=season)))
        volatility.set_params(season=season)
    return KernelDriftVolEstimator(
        "all",
        conditioning=ConditioningUnion(parts=parts),
        scale=MovingCorrelation(volatility=volatility),
    )


def deviations(generator, train):
    """Ratios of standard deviations of increments and of rows, simulated to training."""
    paths = generator.sample(8, len(train), output="array", random_state=0)
    real = train.to_numpy(dtype=float)
    steps = np.diff(paths, axis=1).std(axis=(0, 1)) / np.diff(real, axis=0).std(axis=0)
    rows = paths.std(axis=(0, 1)) / real.std(axis=0)
    return (
        f"increments {steps.min():.2f} to {steps.max():.2f}, "
        f"rows {rows.min():.2f} to {rows.max():.2f}"
    )


def run(name, X, seed, stage):
    """Fit, and score the rows that follow with and without the mixtures."""
    is_simulated = len(X) == N_TRAIN + N_TEST
    n = N_TRAIN if is_simulated else int(SHARE * len(X))
    train = X.iloc[:n]
    begin = time.process_time()
    generator = GenerativeTimeSeries()
    if stage is not None:
        generator = GenerativeTimeSeries(
            line(stage), support=None, state_residuals=True
        )
    generator.set_params(sampler__random_state=seed).fit(train)
    seconds = time.process_time() - begin
    distribution = generator.residual_distribution_
    print(
        f"{name} {stage or ''}: {n} x {X.shape[1]}, fit {seconds:.1f} s\n  {generator.describe()}"
    )
    scores, spread = [], []
    for state_residuals in (True, False):
        generator.set_params(state_residuals=state_residuals)
        scores.append(generator.score_samples(X)[n:])
        spread.append(deviations(generator, train))
    gain = scores[0] - scores[1]
    if hasattr(distribution, "weights"):
        pairs = zip(
            ["sampler", *distribution.groups], distribution.weights, strict=True
        )
        words = ", ".join(f"{key} {weight:.2f}" for key, weight in pairs)
        print(
            f"  weights: {words}; gain on the last training rows {distribution.gain:.3f}"
        )
    print(
        f"  held out {scores[1].mean():.3f}, gain {gain.mean():+.3f} +- "
        f"{block_error(gain):.3f} on {len(gain)} rows\n"
        f"  deviations over training: {spread[0]}; without mixtures: {spread[1]}",
        flush=True,
    )


def main():
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--part", choices=list(PARTS), action="append")
    parser.add_argument("--stage", choices=["plain", "seasonal"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.part = ["gaussian"]
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", UserWarning)
    for name in arguments.part or PARTS:
        X = PARTS[name](arguments.data)
        run(name, X, arguments.seed, arguments.stage)


if __name__ == "__main__":
    main()
