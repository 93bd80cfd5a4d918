"""Does the forward selection find the history that real series need?

    python examples/benchmarks/automatic.py --data FOLDER [--sets lag2 sine ...] [--gains [NAME ...]] [--cost] [--alarms]

FOLDER holds the files of the sets; a set whose file is missing is skipped. Each set has at most 3,000
rows (sp500, finbench, exchange the last ones), of which the first 70 % are searched and fitted. Both
the forward and the held-out log-likelihood (nats a row) belong to the linear surrogate. The regret is
that against the best of a fixed family of histories on the held-out rows: walk, one to three rows, an
increment, with and without a curve, with and without all periods, each with constant volatility, an
exponentially weighted one and HAR; the best of them also with moving correlations. Repeated values are
spread by 5 % of the standard deviation of increments, else a point mass wins everything.

`--gains` prints the held-out log-likelihood of the estimator itself by plain defaults, with a t distribution
of its residuals, beside a local regression on the present row (finbench, exchange and basic_motions, whose
test paths are scored from row 5 on), and beside the chosen history without seasons in the volatility and in
the reversion (vic, nyc, energy; beside it, in hindsight, what a season of the day would have gained).
`--gains NAME ...` prints some of the sets. `--cost` prints the seconds of the search beside the seconds of the rest
of `GenerativeTimeSeries.fit`, on one thread. `--alarms` counts how often a season is found in 40 daily series
without one: dated rows that are autoregressions of first order (slope .6) or random walks, 730 days.
"""

import argparse
import time
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.signal import lfilter
from sklearn.base import BaseEstimator

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts._paths import check_paths
from skdiffts._student import fit_student, squared_distances, unit_student
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
# Rows of energy of which 5,100 are fitted: five weeks instead of two.
LONG_ROWS = 7286
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


def read_energy(folder, n_rows=ROWS):
    columns = ["Appliances", "T1", "RH_1", "T2", "T_out", "RH_out", "Windspeed"]
    X = pd.read_parquet(folder / "energy_appliances.parquet")
    return X[[*columns, "Tdewpoint"]].iloc[:n_rows] + 0.0


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
    "energy_long": lambda folder: read_energy(folder, LONG_ROWS),
    "energy_no_dates": lambda folder: read_energy(folder).reset_index(drop=True),
    "los_speed": read_los_speed,
    "etth1": read_etth1,
    "etth1_no_dates": lambda folder: read_etth1(folder).reset_index(drop=True),
}


# Sets whose gains are printed.
GAINS = ("finbench", "exchange", "basic_motions", "vic", "nyc", "energy", "energy_long")


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


def jittered(frame):
    """Spread repeated values."""
    frame = frame.astype(float)
    rng = np.random.RandomState(0)
    noise = rng.normal(size=frame.shape) * frame.diff().std().to_numpy()
    return frame + JITTER * noise


def run(name, frame, n_jobs):
    """Search on the first rows, judge on the others."""
    paths = check_paths(BaseEstimator(), jittered(frame), reset=True)
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


def density(estimator, train, X):
    """Log-densities under a fitted estimator, with a t distribution of its residuals."""
    estimator.fit(train)
    location, shape, degrees = fit_student(estimator.loo_residuals_)
    residuals, log_jacobian = estimator.whiten(X)
    covariance = degrees / (degrees - 2.0)
    squares = squared_distances(residuals, location, shape) / covariance
    value = unit_student(squares, degrees, residuals.shape[1])[0]
    return value + log_jacobian - 0.5 * np.linalg.slogdet(shape * covariance)[1]


def compare(name, chosen, other, words, groups=None):
    """Print a paired difference of log-densities."""
    gain = chosen - other
    error = block_error(gain, groups=groups)
    print(f"{name}: {chosen.mean():.3f}, {gain.mean():+.3f} +- {error:.3f} {words}")


def run_default(name, frame):
    """Plain defaults of the estimator beside a local regression on the present row."""
    X = jittered(frame)
    n = int(SHARE * len(X))
    present = KernelDriftVolEstimator(conditioning=None, scale=None)
    ours, theirs = (
        density(one, X[:n], X)[n:] for one in (KernelDriftVolEstimator(), present)
    )
    compare(name, ours, theirs, "over the present row, by local regression")


def run_motions(folder):
    """The same on a panel: training paths of four kinds of motion, and as many new ones."""
    with np.load(folder / "basic_motions.npz") as file:
        train, test = (
            list(file[part].transpose(0, 2, 1).astype(float))
            for part in ("X_train", "X_test")
        )
    late = np.concatenate([np.arange(len(x)) >= 5 for x in test])
    groups = np.repeat(np.arange(len(test)), [len(x) - 5 for x in test])
    present = KernelDriftVolEstimator(conditioning=None, scale=None)
    ours, theirs = (
        density(one, train, test)[late] for one in (KernelDriftVolEstimator(), present)
    )
    compare("basic_motions", ours, theirs, "over the present row", groups)


def run_without(name, frame):
    """The chosen history beside itself without seasons beyond the one of the mean."""
    paths = check_paths(BaseEstimator(), jittered(frame), reset=True)
    n = int(SHARE * paths.n_rows)
    whole, dt = (
        held_out_fold(paths, np.arange(paths.n_rows) < n),
        np.ones(paths.n_rows - 1),
    )
    chosen = select_history(whole.paths, dt[: n - 1]).specification
    plain = replace(chosen, seasonal_levels=(), seasonal_volatility=None)
    likelihood = ForwardLikelihood(paths, dt, [whole], n_history=4)
    ours, theirs = (likelihood.evaluate(one).values for one in (chosen, plain))
    compare(name, ours, theirs, "over the same without seasons in reversion and scale")
    print(f"    {chosen.describe()}")
    lags = max(1, chosen.n_lags, chosen.n_increments + 1)
    level = replace(chosen, n_lags=lags, n_increments=0, independent=False)
    few = Season("day", 2)
    hindsight = {
        "season in the scale": replace(chosen, seasonal_volatility=Season("day", 4)),
        "season": replace(chosen, seasons=(few,)),
        "season, season times level": replace(
            level, seasons=(few,), seasonal_levels=(few,)
        ),
    }
    for words, added in hindsight.items():
        theirs = likelihood.evaluate(added).values
        compare(f"    in hindsight with {words}", theirs, ours, "over the chosen one")


def run_cost(folder):
    """Processor seconds of the search and of the rest of a fit."""
    torch.set_num_threads(1)
    prices = 100.0 * np.log(pd.read_parquet(folder / "sp500_20_prices.parquet"))
    for n, d in ((3000, 8), (6000, 20)):
        X = prices.iloc[-n:, :d]
        paths = check_paths(BaseEstimator(), X, reset=True)
        begin = time.process_time()
        select_history(paths, np.ones(n - 1))
        search = time.process_time() - begin
        begin = time.process_time()
        GenerativeTimeSeries().fit(X)
        rest = time.process_time() - begin - search
        print(
            f"cost, {n} x {d}: search {search:.1f} s, rest of the fit {rest:.1f} s",
            flush=True,
        )


def run_alarms(n_seeds=40, n=730):
    """Seasons that are found in daily series that have none."""
    days = pd.date_range("2022-01-01", periods=n, freq="D")
    for slope in (0.6, 1.0):
        found: dict[str, int] = {}
        for seed in range(n_seeds):
            noise = np.random.RandomState(seed).standard_normal(n)
            x = lfilter([1.0], [1.0, -slope], noise)
            frame = pd.DataFrame({"x": x}, index=days)
            paths = check_paths(BaseEstimator(), frame, reset=True)
            chosen = select_history(paths, np.ones(n - 1)).specification
            for season in chosen.seasons:
                name = f"drift, {season.length}"
                found[name] = found.get(name, 0) + 1
            if chosen.seasonal_volatility is not None:
                name = f"volatility, {chosen.seasonal_volatility.length}"
                found[name] = found.get(name, 0) + 1
        print(f"slope {slope:g}: {found} of {n_seeds} series", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=list(SETS))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--gains", nargs="*", choices=GAINS)
    parser.add_argument("--cost", action="store_true")
    parser.add_argument("--alarms", action="store_true")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.sets = ["lag2"]
    for name in [] if arguments.gains is None else arguments.gains or GAINS:
        if name == "basic_motions":
            run_motions(arguments.data)
        else:
            judge = run_default if name in ("finbench", "exchange") else run_without
            judge(name, SETS[name](arguments.data))
    if arguments.cost:
        run_cost(arguments.data)
    if arguments.alarms:
        run_alarms()
    if arguments.gains is not None or arguments.cost or arguments.alarms:
        return
    for name in arguments.sets:
        try:
            frame = SETS[name](arguments.data)
        except FileNotFoundError as error:
            print(f"{name}: skipped, {error.filename} is missing")
            continue
        run(name, frame, arguments.jobs)


if __name__ == "__main__":
    main()
