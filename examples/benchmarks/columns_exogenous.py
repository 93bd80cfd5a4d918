"""What columns that are known ahead are worth: held-out likelihood with and without them.

    python examples/benchmarks/columns_exogenous.py [--part simulated idle demand volatility]
        [--data shared/data] [--quick] [--seeds 5]

`simulated`: an autoregression of which a covariate drives half of the innovation's variance,
beside the linear model that generated it, which knows its parameters. `idle`: covariates that drive
nothing, whose price is the loss. `demand`: hourly electricity demand of Victoria with and
without temperature and workdays. `volatility`: a covariate that drives the deviation of
the innovations alone, from .2 to 5, beside the model that generated it. Fitted are the
first three quarters of the rows by defaults, scored is the last quarter, in nats a row;
`--quick` takes a Gaussian mixture as sampler, one seed, one idle covariate and four weeks
of demand.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.mixture import GaussianMixture

from skdiffts import GenerativeTimeSeries

N_ROWS, SLOPE = 2000, 0.5
# Largest gap to the model that generated the rows.
GAP = 0.05
IDLE = (1, 5, 20)
QUICK_HOURS = 24 * 28
COLUMNS = (["Temperature"], ["Temperature", "WorkDay"])


def simulated(seed, effect=1.0, n_covariates=1):
    """Rows of x' = .5 x + effect u' + noise, and of autoregressions u."""
    rng = np.random.default_rng(seed)
    noise, steps = rng.normal(size=N_ROWS), rng.normal(size=(N_ROWS, n_covariates))
    x, u = np.zeros(N_ROWS), np.zeros((N_ROWS, n_covariates))
    for i in range(1, N_ROWS):
        u[i] = 0.7 * u[i - 1] + np.sqrt(1.0 - 0.7**2) * steps[i]
        x[i] = SLOPE * x[i - 1] + effect * u[i, 0] + noise[i]
    names = [f"u{k}" for k in range(n_covariates)]
    return pd.DataFrame(np.column_stack([x, u]), columns=["x", *names])


def volatile(seed):
    """Rows of x' = .5 x + exp(.6 u') noise, and their log-densities."""
    rng = np.random.default_rng(seed)
    table = simulated(seed, 0.0)
    u, noise, x = table["u0"].to_numpy(), rng.normal(size=N_ROWS), np.zeros(N_ROWS)
    for i in range(1, N_ROWS):
        x[i] = SLOPE * x[i - 1] + np.exp(0.6 * u[i]) * noise[i]
    density = -0.5 * noise**2 - 0.6 * u - 0.5 * np.log(2.0 * np.pi)
    return table.assign(x=x), density


def held_out(table, exogenous, sampler, seed=0):
    """Score of the last quarter, what was found, and the seconds of the fit."""
    n = 3 * len(table) // 4
    generator = GenerativeTimeSeries(sampler=sampler, exogenous=exogenous)
    if sampler is None:
        generator.set_params(sampler__random_state=seed)
    start = time.perf_counter()
    generator.fit(table[:n])
    seconds = time.perf_counter() - start
    return generator.score(table[n:]), generator.describe(), seconds


def truth(table):
    """Score of the linear model that generated the last quarter."""
    x, u = table["x"].to_numpy(), table["u0"].to_numpy()
    errors = (x[1:] - SLOPE * x[:-1] - u[1:])[3 * len(table) // 4 :]
    return float(np.mean(-0.5 * errors**2 - 0.5 * np.log(2.0 * np.pi)))


def print_simulated(args):
    print("\ncovariate that drives half of the variance: nats a row")
    print("seed   without      with    margin     truth       gap")
    gaps, margins = [], []
    for seed in range(args.seeds):
        table = simulated(seed)
        alone, _, _ = held_out(table[["x"]], None, args.sampler, seed)
        beside, _, _ = held_out(table, ["u0"], args.sampler, seed)
        best = truth(table)
        gaps.append(best - beside)
        margins.append(beside - alone)
        numbers = alone, beside, margins[-1], best, gaps[-1]
        print(f"{seed:4d}" + "".join(f"{number:10.4f}" for number in numbers))
    met = "met" if np.mean(gaps) <= GAP and min(margins) > 0.0 else "NOT met"
    print(
        f"mean gap {np.mean(gaps):.4f}, at most {GAP}; least margin {min(margins):.4f}: {met}"
    )


def print_idle(args):
    print("\ncovariates that drive nothing: loss in nats a row")
    idle = IDLE[:1] if args.quick else IDLE
    print("seed" + "".join(f"{n:10d}" for n in idle))
    losses = np.empty((args.seeds, len(idle)))
    for seed in range(args.seeds):
        for k, n in enumerate(idle):
            table = simulated(seed, 0.0, n)
            alone, _, _ = held_out(table[["x"]], None, args.sampler, seed)
            beside, _, _ = held_out(table, list(table.columns[1:]), args.sampler, seed)
            losses[seed, k] = alone - beside
        print(f"{seed:4d}" + "".join(f"{loss:10.4f}" for loss in losses[seed]))
    print("mean" + "".join(f"{loss:10.4f}" for loss in losses.mean(axis=0)))


def print_demand(args):
    print("\nhourly demand of Victoria 2014, GW: nats a row")
    table = pd.read_parquet(Path(args.data) / "vic_elecdemand.parquet")
    table = table.resample("h").mean()[: QUICK_HOURS if args.quick else None]
    alone = None
    for names in ([], *COLUMNS):
        score, words, seconds = held_out(table[["Demand", *names]], names, args.sampler)
        alone = score if alone is None else alone
        print(
            f"{', '.join(names) or 'nothing':22s}{score:9.4f}  margin "
            f"{score - alone:8.4f}  {seconds:5.0f} s  {words}",
            flush=True,
        )


def print_volatility(args):
    print("\ncovariate that drives the deviation of innovations: nats a row")
    print("seed   without      with    margin     truth       gap")
    gaps, margins = [], []
    for seed in range(args.seeds):
        table, density = volatile(seed)
        alone, _, _ = held_out(table[["x"]], None, args.sampler, seed)
        beside, words, _ = held_out(table, ["u0"], args.sampler, seed)
        best = float(density[3 * len(table) // 4 + 1 :].mean())
        gaps.append(best - beside)
        margins.append(beside - alone)
        numbers = alone, beside, margins[-1], best, gaps[-1]
        print(f"{seed:4d}" + "".join(f"{number:10.4f}" for number in numbers), words)
    met = "met" if np.mean(gaps) <= GAP and min(margins) > 0.0 else "NOT met"
    print(
        f"mean gap {np.mean(gaps):.4f}, at most {GAP}; least margin {min(margins):.4f}: {met}"
    )


PARTS = {
    "simulated": print_simulated,
    "idle": print_idle,
    "demand": print_demand,
    "volatility": print_volatility,
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--data", default="shared/data")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seeds", type=int)
    args = parser.parse_args()
    args.seeds = args.seeds or (1 if args.quick else 5)
    args.sampler = GaussianMixture(random_state=0) if args.quick else None
    for part in args.part:
        PARTS[part](args)
