"""FinBench F1 of the generator by plain defaults, beside a block bootstrap.

    pip install finval==0.6.1
    python examples/benchmarks/finbench.py --data FOLDER [--seeds 5] [--form levels|returns] [--reason]

FOLDER holds finbench_panel.parquet (daily levels of IWM, QQQ, SPY, TLT, VIX, TNX and DXY, 2010 to 2023) and
finbench_real_paths.npy (the frozen reference: 200 windows of 60 days of 2020 to 2023). Generators are fitted
to 2010-2019; each seed gives 200 paths of 60 days: log returns, and first differences of VIX and TNX. F1 is
finval's overall score, times 2^-z for each failed gate, with z the distance from the acceptable value in
units of the band from excellent to acceptable. Printed besides: the standard deviation, over windows, of the
logarithm of a window's volatility, over the data's own (windows of the training years; mean over series).
The bootstrap joins blocks of 20 days. Levels are fitted as logarithms times 100, VIX and TNX as they are.

`--reason` needs neither finval nor a generator. Of the gates only the tail quantiles' one fails. Printed is the rest
of a score of .795, over 100 draws of the bootstrap and of 200 windows of the training years themselves,
each as it is and with another deviation: how far F1 is decided by chance and by the level of volatility alone.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from skdiffts import GenerativeTimeSeries

GATES = (
    "memorization",
    "tail_quantiles",
    "tail_dependence_lower",
    "drawdown_distribution",
)
N_PATHS, LENGTH, BLOCK = 200, 60, 20
# Quantiles of the gate that fails, its band, and the score before it of all generators.
PERCENT, EXCELLENT, ACCEPTABLE, BEFORE = (1, 5, 95, 99), 0.10, 0.35, 0.795
N_DRAWS, SIZES = 100, (0.94, 0.97, 1.0, 1.03)
DIFFERENCED = ["VIX", "TNX"]


def f1(paths, reference):
    """Score of simulated windows, and what the gates leave of it."""
    from finval import validate_paths

    report = validate_paths(paths, reference)
    left = 1.0
    for name in GATES:
        metric = report.metrics[name]
        if metric.quality == "poor":
            excellent, acceptable = (
                metric.thresholds[key] for key in ("excellent", "acceptable")
            )
            left *= 2.0 ** -((metric.value - acceptable) / (acceptable - excellent))
    return report.overall_score * max(left, 0.02), report.overall_score


def spread_of_volatility(windows):
    """Standard deviation over windows of the logarithm of volatility, mean over series."""
    return np.log(windows.std(axis=1)).std(axis=0).mean()


def bootstrap(rows, rng):
    """Windows of joined blocks."""
    n_blocks = LENGTH // BLOCK
    first = rng.randint(len(rows) - BLOCK + 1, size=(N_PATHS, n_blocks, 1))
    return rows[(first + np.arange(BLOCK)).reshape(N_PATHS, LENGTH)]


def tail_error(paths, reference):
    """Mean error of four tail quantiles, in standard deviations of the reference."""
    rows, wanted = (x.reshape(-1, x.shape[-1]) for x in (paths, reference))
    ours, theirs = (np.percentile(x, PERCENT, axis=0) for x in (rows, wanted))
    return (np.abs(ours - theirs) / wanted.std(axis=0)).mean()


def reason(rows, windows, reference):
    """Print F1 as the tail quantiles have it."""

    def drawn(rng):
        return windows[rng.randint(len(windows), size=N_PATHS)]

    kinds = {
        "block bootstrap": lambda rng: bootstrap(rows, rng),
        "training windows": drawn,
    }
    for name, draw in kinds.items():
        for size in SIZES:
            paths = [draw(np.random.RandomState(seed)) for seed in range(N_DRAWS)]
            error = np.array([tail_error(size * one, reference) for one in paths])
            over = np.maximum(error - ACCEPTABLE, 0.0) / (ACCEPTABLE - EXCELLENT)
            score = BEFORE * 0.5**over
            print(
                f"{name}, deviation times {size}: error of the tail quantiles "
                f"{error.mean():.3f} +- {error.std():.3f}, F1 about {score.mean():.3f} "
                f"+- {score.std():.3f} (one seed)"
            )


def generated(X, is_level, seed, unit):
    """Windows of the generator, in the units of the reference."""
    generator = GenerativeTimeSeries().set_params(sampler__random_state=seed)
    start = time.process_time()
    generator.fit(X)
    if seed == 0:
        seconds = time.process_time() - start
        print(f"fit {seconds:.0f} CPU s: {generator.describe()}", flush=True)
    length = LENGTH + 1 if is_level else LENGTH
    paths = generator.sample(N_PATHS, length, output="array", random_state=seed)
    return (np.diff(paths, axis=1) if is_level else paths) / unit


def main():
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--reason", action="store_true")
    parser.add_argument("--form", choices=["levels", "returns"], default="levels")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    panel = pd.read_parquet(arguments.data / "finbench_panel.parquet")
    reference = np.load(arguments.data / "finbench_real_paths.npy").astype(float)
    levels = 100.0 * np.log(panel)
    levels[DIFFERENCED] = panel[DIFFERENCED]
    unit = np.where(levels.columns.isin(DIFFERENCED), 1.0, 100.0)
    levels = levels[:"2019-12-31"]
    returns = levels.diff().dropna()
    is_level = arguments.form == "levels"
    rows = returns.to_numpy() / unit
    starts = np.arange(len(rows) - LENGTH + 1)
    windows = rows[starts[:, np.newaxis] + np.arange(LENGTH)]
    if arguments.quick:
        paths = bootstrap(rows, np.random.RandomState(0))
        print(f"block bootstrap: F1 {f1(paths, reference)[0]:.3f}")
        return
    if arguments.reason:
        reason(rows, windows, reference)
        return
    real = spread_of_volatility(windows)
    deviation = rows.std(axis=0)
    scores: dict[str, list] = {"generator": [], "block bootstrap": []}
    for seed in range(arguments.seeds):
        for name, found in scores.items():
            if name == "generator":
                X = levels if is_level else returns
                paths = generated(X, is_level, seed, unit)
            else:
                paths = bootstrap(rows, np.random.RandomState(seed))
            score, before = f1(paths, reference)
            ratio = spread_of_volatility(paths) / real
            size = (paths.std(axis=(0, 1)) / deviation).mean()
            error = tail_error(paths, reference)
            found.append((score, before, ratio, size, error))
            print(
                f"{name}, seed {seed}: F1 {score:.3f} (before gates {before:.3f}), "
                f"spread of log volatility over the data's {ratio:.2f}, "
                f"deviation over the data's {size:.2f}, tail quantiles off by {error:.3f}",
                flush=True,
            )
    for name, found in scores.items():
        mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1)
        print(
            f"{name}: F1 {mean[0]:.3f} +- {error[0] / np.sqrt(len(found)):.3f}, spread "
            f"{mean[2]:.2f} (bar .8 to 1.2), deviation {mean[3]:.2f}, tail quantiles off by "
            f"{mean[4]:.3f}"
        )


if __name__ == "__main__":
    main()
