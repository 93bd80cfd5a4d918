"""Does the forward selection find the history that real series need?

    python examples/benchmarks/automatic.py --data FOLDER [--sets lag2 sine ...]

FOLDER holds the files of the sets; a set whose file is missing is skipped. Each set has at most 3,000
rows (sp500, finbench, exchange the last ones), of which the first 70 % are searched and fitted. Both
the forward and the held-out log-likelihood (nats a row) are those of the linear surrogate. The regret is
that against the best of a fixed family of histories on the held-out rows: walk, one to three rows, an
increment, with and without a curve, with and without all periods, each with constant volatility, an
exponentially weighted one and HAR; the best of them also with moving correlations. Repeated values are
spread by 5 % of the standard deviation of increments, else a point mass wins everything.
"""

import argparse
import time
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from skdiffts._paths import check_paths
from skdiffts.selection import (
    ForwardLikelihood,
    Season,
    Specification,
    block_error,
    find_periods,
    held_out_fold,
    select_history,
)

SHARE = 0.7
ROWS = 3000
JITTER = 0.05
HALFLIVES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)


def simulate_lag2(n=2000):
    rng = np.random.RandomState(0)
    first = np.array([[1.4, 0.1], [0.0, 0.5]])
    second = np.array([[-0.75, 0.0], [0.3, 0.3]])
    X = np.zeros((n + 100, 2))
    for i in range(2, len(X)):
        X[i] = first @ X[i - 1] + second @ X[i - 2] + 0.5 * rng.normal(size=2)
    return pd.DataFrame(X[100:])


def simulate_sine(n=2000):
    rng = np.random.RandomState(0)
    angle = 2.0 * np.pi * np.arange(n) / 37.0
    X = np.stack([np.sin(angle), np.sin(angle + 1.0)], axis=1)
    return pd.DataFrame(X + 0.1 * rng.normal(size=X.shape))


def simulate_double_well(n=2000):
    rng = np.random.RandomState(0)
    x = np.zeros(n)
    for i in range(1, n):
        x[i] = x[i - 1] + 0.2 * (x[i - 1] - x[i - 1] ** 3) + 0.25 * rng.normal()
    return pd.DataFrame(x)


def read_vic(folder):
    X = pd.read_parquet(folder / "vic_elecdemand.parquet")
    return X[["Demand", "Temperature"]].iloc[:ROWS]


def read_exchange(folder):
    X = pd.read_csv(folder / "exchange_rate.csv.gz", header=None)
    X = 100.0 * np.log(X.iloc[:6000, [0, 1, 2, 3, 5, 6, 7]])
    return X.iloc[-ROWS:].reset_index(drop=True)


def read_returns(folder):
    prices = pd.read_parquet(folder / "sp500_20_prices.parquet")
    returns = (100.0 * np.log(prices)).diff().dropna()
    return returns.iloc[-ROWS:, :8].reset_index(drop=True)


def read_prices(folder):
    prices = pd.read_parquet(folder / "sp500_20_prices.parquet")
    return (100.0 * np.log(prices)).iloc[-ROWS:, :8].reset_index(drop=True)


def read_finbench(folder):
    prices = pd.read_parquet(folder / "finbench_panel.parquet")
    levels = 100.0 * np.log(prices)
    levels[["VIX", "TNX"]] = prices[["VIX", "TNX"]]
    return levels[:"2019-12-31"].iloc[-ROWS:].reset_index(drop=True)


def read_nyc(folder):
    columns = ["temp", "dewp", "humid", "wind_speed", "pressure"]
    X = pd.read_parquet(folder / "nyc_weather.parquet").loc["JFK"]
    return X[columns].iloc[2000 : 2000 + ROWS]


def read_energy(folder):
    columns = ["Appliances", "T1", "RH_1", "T2", "T_out", "RH_out", "Windspeed"]
    X = pd.read_parquet(folder / "energy_appliances.parquet")
    return X[[*columns, "Tdewpoint"]].iloc[:ROWS] + 0.0


def read_los_speed(folder):
    X = pd.read_parquet(folder / "los_speed.parquet").iloc[:, ::35].iloc[:, :6]
    return X.reset_index(drop=True)


def read_etth1(folder):
    X = pd.read_csv(folder / "ETTh1.csv.gz", index_col=0, parse_dates=True)
    return X.iloc[:ROWS]


# Name: how it is made, and whether dates are kept.
SETS = {
    "lag2": lambda folder: simulate_lag2(),
    "sine": lambda folder: simulate_sine(),
    "double_well": lambda folder: simulate_double_well(),
    "vic": read_vic,
    "vic_no_dates": lambda folder: read_vic(folder).reset_index(drop=True),
    "exchange": read_exchange,
    "sp500_returns": read_returns,
    "sp500_prices": read_prices,
    "finbench": read_finbench,
    "nyc": read_nyc,
    "nyc_no_dates": lambda folder: read_nyc(folder).reset_index(drop=True),
    "energy": read_energy,
    "energy_no_dates": lambda folder: read_energy(folder).reset_index(drop=True),
    "los_speed": read_los_speed,
    "etth1": read_etth1,
    "etth1_no_dates": lambda folder: read_etth1(folder).reset_index(drop=True),
}


def family(paths):
    """Fixed histories that the choice is compared with."""
    named, _ = find_periods(paths)
    seasons = tuple(Season(p.length, max(p.n_harmonics)) for p in named)
    means = [{}, {"n_increments": 1}]
    for lags in (1, 2, 3):
        means.append({"n_lags": lags})
        if lags < 3:
            means.append({"n_lags": lags, "spline": True})
    scales = [(), (20.0,), HALFLIVES]
    found = [{}, {"seasons": seasons}] if seasons else [{}]
    return [
        Specification(**mean, **season, halflives=halflives, margins=margins)
        for mean, season, halflives in product(means, found, scales)
        for margins in ((False, True) if halflives else (False,))
    ]


def run(name, frame, n_jobs):
    """Search on the first rows, judge on the others."""
    frame = frame.astype(float)
    rng = np.random.RandomState(0)
    noise = rng.normal(size=frame.shape) * frame.diff().std().to_numpy()
    paths = check_paths(BaseEstimator(), frame + JITTER * noise, reset=True)
    n = int(SHARE * paths.n_rows)
    whole = held_out_fold(paths, np.arange(paths.n_rows) < n)
    dt = np.ones(paths.n_rows - 1)
    begin = time.process_time()
    found = select_history(whole.paths, dt[: n - 1], n_jobs=n_jobs)
    seconds = time.process_time() - begin
    likelihood = ForwardLikelihood(paths, dt, [whole], n_history=4)

    def held_out(specification):
        return likelihood.evaluate(specification)

    chosen, line = held_out(found.specification), held_out(Specification(n_lags=1))
    rivals = [held_out(one) for one in family(whole.paths)]
    rivals = [one for one in rivals if one is not None]
    best = max(rivals, key=lambda one: one.values.mean())
    if paths.n_features > 1:
        for margins in (False, True):
            moving = replace(
                best.specification,
                halflives=HALFLIVES,
                correlation=True,
                margins=margins,
            )
            rivals.append(held_out(moving))
        best = max(rivals, key=lambda one: one.values.mean())
    regret = best.values - chosen.values
    gain = chosen.values - line.values
    print(
        f"{name}: {paths.n_rows} x {paths.n_features}, {found.n_fits} fits, {seconds:.1f} CPU s\n"
        f"  {found.describe()}\n"
        f"  forward {found.log_likelihood:.3f} (walk {found.log_likelihood_walk:.3f}), "
        f"held out {chosen.values.mean():.3f}, over a line on the present row "
        f"{gain.mean():+.3f} +- {block_error(gain):.3f}\n"
        f"  regret {regret.mean():+.3f} +- {block_error(regret):.3f} against "
        f"{best.specification.describe()}",
        flush=True,
    )
    for candidate in found.candidates:
        if candidate.chosen:
            print(
                f"    {candidate.name}: {candidate.gain:+.4f} +- {candidate.error:.4f}"
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=list(SETS))
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    for name in arguments.sets:
        try:
            frame = SETS[name](arguments.data)
        except FileNotFoundError as error:
            print(f"{name}: skipped, {error.filename} is missing")
            continue
        run(name, frame, arguments.jobs)


if __name__ == "__main__":
    main()
