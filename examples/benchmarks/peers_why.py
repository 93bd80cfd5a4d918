"""Why lines of the peers page are not met: small measurements beside it.

    python examples/benchmarks/peers_why.py --part PART [--only DATA ...] [--seeds 0 1 ...] [--data FOLDER]

"shrunk": distances and coverage of a path of the truth (of the training rows for a real
set) that is as long as the training path, as it is and with its deviations from its mean
multiplied by less than one. A measure that is then better asks for too little spread.

"ours": the same for simulated paths of `GenerativeTimeSeries()`, with the standard
deviations of simulated and training rows over those of held-out rows, their kurtosis, and
the deviation of the variance from path to path, all means over the columns.

"copies": nearest-neighbour ratio of each stretch of training rows to the other stretches,
none of which is a copy, in units of that of held-out rows.

"density": log-density of `GenerativeTimeSeries()` less that of DCC-GARCH on every held-out
row, with a standard error of blocks.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np
import torch
from peers_data import GROUPS, load
from peers_finance import DccGarch
from peers_metrics import Judge, spread, windows
from peers_models import Ours

from skdiffts.metrics import nearest_neighbor_ratio
from skdiffts.selection import block_error

FACTORS = (1.0, 0.95, 0.9, 0.8, 0.7)
SHOWN = ("sw2_pairs", "sw2_windows", "coverage", "memorisation")


def shrunk(judge, panels):
    """Figures of panels with smaller and smaller deviations, a line each."""
    for factor in FACTORS:
        found = []
        for panel in panels:
            mean = panel.mean(axis=(0, 1))
            found.append(judge.paths(mean + factor * (panel - mean)))
        words = [f"{key} {np.mean([row[key] for row in found]):.3f}" for key in SHOWN]
        print(f"  deviations times {factor}: {', '.join(words)}", flush=True)


def measure_shrunk(data, seed):
    """One path of the truth, or the training rows."""
    if data.truth is None:
        panels = [np.stack([np.asarray(path, dtype=float) for path in data.train])]
    else:
        n_rows = sum(map(len, data.train))
        seeds = 20_000 + 100 * seed + np.arange(5)
        panels = [data.oracle_paths(1, n_rows, int(one)) for one in seeds]
    shrunk(Judge(data), panels)


def measure_ours(data, seed):
    """Simulated paths of the defaults."""
    ours = Ours(start=data.start).fit(data.train, seed)
    print(f"  {ours.describe()}")
    paths = ours.sample(data.n_paths, data.length, seed)
    sets = {"simulated": list(paths), "training": data.train, "held out": data.test}
    rows = {
        key: [np.asarray(path, dtype=float) for path in paths]
        for key, paths in sets.items()
    }
    held_out = np.concatenate(rows["held out"])
    mean, unit = held_out.mean(axis=0), held_out.std(axis=0)
    for key, paths in rows.items():
        standard = [(path - mean) / unit for path in paths]
        size = min(min(map(len, standard)), data.length)
        cut = np.stack(
            [
                path[first : first + size]
                for path in standard
                for first in range(0, len(path) - size + 1, size)
            ]
        )
        whole = np.concatenate(standard)
        kurtosis = ((whole - whole.mean(axis=0)) / whole.std(axis=0)) ** 4
        print(
            f"  {key}: deviation {whole.std(axis=0).mean():.3f}, kurtosis "
            f"{kurtosis.mean():.2f}, variances of {size} rows {cut.var(axis=1).mean():.3f} +- "
            f"{cut.var(axis=1).std(axis=0).mean():.3f}, median size "
            f"{np.median(np.abs(whole)):.3f}"
        )
    shrunk(Judge(data), [paths])


def measure_copies(data, seed):
    """Nearest-neighbour ratios of training rows that nobody has generated."""
    judge = Judge(data)
    stretches = [windows(path[np.newaxis], 2, 1) for path in judge.train]
    held_out = spread(judge.pairs, 1000)
    ratios = [
        nearest_neighbor_ratio(
            one, np.concatenate(stretches[:i] + stretches[i + 1 :]), held_out
        )
        for i, one in enumerate(stretches)
    ]
    error = np.std(ratios, ddof=1) / np.sqrt(len(ratios))
    print(
        f"  {len(ratios)} stretches: {np.mean(ratios):.3f} +- {error:.3f}, from "
        f"{min(ratios):.2f} to {max(ratios):.2f}"
    )


def measure_density(data, seed):
    """Log-density of the defaults beside that of a multivariate GARCH."""
    kept = [np.arange(20, len(path)) for path in data.test]
    ours = Ours(start=data.start).fit(data.train, seed).log_density(data.test, kept)
    gain = ours - DccGarch().fit(data.train, seed).log_density(data.test, kept)
    print(
        f"  ours less DCC-GARCH {gain.mean():+.4f} +- {block_error(gain):.4f} on "
        f"{len(gain)} rows"
    )


PARTS = {
    "shrunk": measure_shrunk,
    "ours": measure_ours,
    "copies": measure_copies,
    "density": measure_density,
}


def main():
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--part", choices=list(PARTS), default="shrunk")
    parser.add_argument("--only", nargs="+", choices=list(GROUPS), default=["arch_5"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--quick", action="store_true", help="one set, one seed")
    options = parser.parse_args()
    if options.quick:
        options.part, options.only, options.seeds = "shrunk", ["volatility_3"], [0]
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", UserWarning)
    for name in options.only:
        for seed in options.seeds:
            data = load(name, seed, options.data)
            if isinstance(data, str):
                print(data)
                continue
            print(f"{options.part} {name}, seed {seed}", flush=True)
            PARTS[options.part](data, seed)


if __name__ == "__main__":
    main()
