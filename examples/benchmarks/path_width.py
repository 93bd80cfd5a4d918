"""Do paths of returns vary as much as the training rows, and are their tails as heavy?

    python examples/benchmarks/path_width.py [SET ...] [--data FOLDER] [--quick]

For each set, by plain defaults: standard deviation of 200 long paths over the training rows', its standard
error over paths, and excess kurtosis and autocorrelation of squares of single paths (.05, .5 and .95
quantiles over paths) beside the same of the training rows. The kurtosis of one path is noisy: the training
rows are one draw of it. Where the process is known, its own paths are printed as well. Sets are from
peers_data.py; those cut into stretches are judged by their stretches put together.
"""

import argparse
from pathlib import Path

import numpy as np
import peers_data
from scipy.stats import kurtosis

from skdiffts import DiffusionResidualSampler, GenerativeTimeSeries

SETS = ("volatility_3", "arch_5", "us_vix_market", "eustockmarkets", "sp500_20_prices")
LAGS = (1, 5, 20)
LEVELS = (0.05, 0.5, 0.95)


def memory(paths):
    """Autocorrelation of squares of each path, mean of the series."""
    squares = paths**2 - (paths**2).mean(axis=1, keepdims=True)
    size = (squares**2).mean(axis=1)
    products = [(squares[:, k:] * squares[:, :-k]).mean(axis=1) / size for k in LAGS]
    return np.mean(products, axis=2)


def describe(name, paths, deviation):
    """Print width, tails and memory of some paths."""
    variance = paths.reshape(-1, paths.shape[2]).var(axis=0)
    error = paths.var(axis=1).std(axis=0) / np.sqrt(len(paths)) / variance / 2.0
    ratio = np.sqrt(variance) / deviation
    print(f"  {name:9} deviation {ratio.round(3)} +- {error.round(3)}")
    tails = np.quantile(kurtosis(paths, axis=1), LEVELS, axis=0)
    tails = "  ".join(str(row.round(2)) for row in tails)
    print(f"  {'':9} kurtosis {tails}; squares {memory(paths).mean(axis=1).round(3)}")


def main():
    """Fit and judge each set."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("sets", nargs="*", default=SETS)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    sets = arguments.sets[:1] if arguments.quick else arguments.sets
    for name in sets:
        data = peers_data.load(name, arguments.seed, arguments.data)
        if isinstance(data, str):
            print(data)
            continue
        rows = np.concatenate(data.train)[: 400 if arguments.quick else None]
        train = rows if len(data.train) == 1 else data.train
        sampler = DiffusionResidualSampler(random_state=0)
        if arguments.quick:
            sampler.set_params(max_iter=20)
        model = GenerativeTimeSeries(sampler=sampler).fit(train)
        print(f"{name}: {model.describe()}; held out {model.score(data.test):.4f}")
        n_paths, deviation = 20 if arguments.quick else 200, rows.std(axis=0)
        options = {"x0": "states", "output": "array", "random_state": 0}
        describe("training", rows[np.newaxis], deviation)
        describe("simulated", model.sample(n_paths, len(rows), **options), deviation)
        if data.truth is not None:
            describe("truth", data.oracle_paths(n_paths, len(rows), 1), deviation)


if __name__ == "__main__":
    main()
