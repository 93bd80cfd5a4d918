"""Why lines of the peers page are not met: small measurements beside it.

    python examples/benchmarks/peers_why.py --part PART [--only DATA ...] [--seeds 0 1 ...] [--data FOLDER]

"shrunk": distances and coverage of a path of the truth (of the training rows for a real
set) that is as long as the training path, as it is and with its deviations from its mean
multiplied by less than one. A measure that is then better asks for too little spread.

"ours": the same for simulated paths of `GenerativeTimeSeries()`, with the standard
deviations of simulated and training rows over the held-out rows', their kurtosis, and
the deviation of the variance from path to path, all means over the columns.

"copies": nearest-neighbour ratio of each stretch of training rows to the other stretches,
none of which is a copy, in units of the held-out rows'.

"coverage": coverage by single rows, and by pairs of a training row and the row that is
simulated after it, whose first rows are real: whether the loss is in levels or in steps;
and by pairs from the first and from the last rows of simulated paths.

"squares": for each column, the autocorrelation of squares at a few lags, the kurtosis and
share of large values of held-out, training and simulated rows; the figure of the page
without the stretch of training that has the largest values, and without simulated paths
that have a row or a step larger than any of training.

"replay": figures of panels of real rows, as many and as long as simulated paths: random
stretches of training rows, and blocks of 15 of these below each other, as a block
bootstrap draws them. Means over panels, with their standard deviations.

"density": log-density of `GenerativeTimeSeries()` less DCC-GARCH's on every held-out
row, with a standard error of blocks.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np
import torch
from peers_data import CONTEXT, GROUPS, load
from peers_finance import DccGarch
from peers_metrics import Judge, spread, windows
from peers_models import Ours
from scipy.stats import kurtosis

from skdiffts.metrics import (
    autocorrelation,
    autocorrelation_difference,
    coverage,
    nearest_neighbor_ratio,
)
from skdiffts.selection import block_error

# Pairs of each kind, as many as the page takes, and lags that are shown.
N_PAIRS, LAGS = 1000, (1, 5, 10, 20)
# Panels of random stretches of training rows, and rows of a short block.
N_REPLAYS, BLOCK = 8, 15
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


def measure_coverage(data, seed):
    """Coverage of the parts of simulated pairs: rows, steps, and rows of long paths."""
    judge, d = Judge(data), data.n_features
    ours = Ours(start=data.start).fit(data.train, seed)
    real = spread(judge.pairs, N_PAIRS)
    panel = judge.scaled(ours.sample(data.n_paths, data.length, seed))
    cases = [(p, i) for p, x in enumerate(data.train) for i in range(4, len(x))]
    cases = [cases[j] for j in spread(np.arange(len(cases)), N_PAIRS)]
    pasts = [data.train[p][max(0, i - CONTEXT) : i] for p, i in cases]
    before = judge.scaled(np.stack([np.asarray(past)[-1] for past in pasts]))
    after = judge.scaled(ours.forecast(pasts, 1, seed)[:, 0])
    half = min(8, data.length // 2)
    sets = {
        "training": spread(judge.train_pairs, N_PAIRS),
        "simulated": spread(windows(panel, 2, 1), N_PAIRS),
        "simulated after a training row": np.hstack([before, after]),
        f"rows 0 to {half - 1}": spread(windows(panel[:, :half], 2, 1), N_PAIRS),
        f"last {half} rows": spread(windows(panel[:, -half:], 2, 1), N_PAIRS),
    }
    for name, pairs in sets.items():
        print(
            f"  {name}: pairs {coverage(real, pairs):.3f}, first rows "
            f"{coverage(real[:, :d], pairs[:, :d]):.3f}, steps "
            f"{coverage(steps(real, d), steps(pairs, d)):.3f}, deviation of steps "
            f"{steps(pairs, d).std(axis=0).mean() / steps(real, d).std(axis=0).mean():.3f}, "
            f"of first rows {pairs[:, :d].std(axis=0).mean():.3f}",
            flush=True,
        )


def steps(pairs, d):
    """Increments of pairs."""
    return pairs[:, d:] - pairs[:, :d]


def measure_squares(data, seed):
    """Autocorrelations of squares by column, and their error without any model."""
    judge = Judge(data)
    ours = Ours(start=data.start).fit(data.train, seed)
    drawn = judge.scaled(ours.sample(data.n_paths, data.length, seed))
    extreme = np.argmax(np.abs(judge.train).max(axis=(1, 2)))
    rest = np.delete(judge.train, extreme, axis=0)
    sets = {"held out": judge.test, "training": judge.train}
    sets |= {f"training without stretch {extreme}": rest, "simulated": drawn}
    for name, panel in sets.items():
        print(f"  {name}: {figure(judge, panel):.3f}")
        correlations = autocorrelation(panel, LAGS, power=2).T
        for j, rho in enumerate(correlations):
            column = panel[..., j].ravel()
            print(
                f"    column {j}: kurtosis {kurtosis(column):.2f}, share above 3 "
                f"{(np.abs(column) > 3.0).mean():.4f}, at lags {LAGS}: {rho.round(2)}"
            )
    far = beyond(judge.train, drawn)
    print(
        f"  simulated, without {far.sum()} of {len(drawn)} paths beyond 1.1 times the "
        f"largest row or step of training: {figure(judge, drawn[~far]):.3f}"
    )


def figure(judge, panel):
    """Error of the autocorrelations of squares, as on the page."""
    lags = judge.square_lags
    return autocorrelation_difference(judge.test, panel, of="squares", lags=lags)


def beyond(training, drawn):
    """Tell which paths have a row or a step that is larger than any of training."""
    far = np.zeros(len(drawn), dtype=bool)
    for change in (lambda panel: panel, lambda panel: np.diff(panel, axis=1)):
        largest = np.abs(change(training)).max(axis=(0, 1))
        far |= (np.abs(change(drawn)) > 1.1 * largest).any(axis=(1, 2))
    return far


def measure_replay(data, seed):
    """Figures of real rows, in long stretches and in short blocks."""
    judge, shown = Judge(data), (*SHOWN[:3], "squares")
    for block in dict.fromkeys((data.length, min(BLOCK, data.length))):
        found = []
        for number in range(N_REPLAYS):
            panel = replay(judge.train, data, block, N_REPLAYS * seed + number)
            found.append(judge.paths(judge.mean + judge.std * panel))
        words = [
            f"{key} {np.mean([row[key] for row in found]):.3f} +- "
            f"{np.std([row[key] for row in found], ddof=1):.3f}"
            for key in shown
        ]
        print(f"  stretches of {block} rows: {', '.join(words)}", flush=True)


def replay(panel, data, block, seed):
    """Random stretches of training rows below each other, in the shape of paths."""
    rng, n_blocks = np.random.RandomState(seed), -(-data.length // block)
    shape = (data.n_paths, n_blocks)
    paths = rng.randint(len(panel), size=shape)[..., np.newaxis]
    firsts = rng.randint(panel.shape[1] - block + 1, size=shape)[..., np.newaxis]
    rows = panel[paths, firsts + np.arange(block)]
    return rows.reshape(data.n_paths, -1, panel.shape[2])[:, : data.length]


def measure_density(data, seed):
    """Log-density of the defaults beside a multivariate GARCH's."""
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
    "coverage": measure_coverage,
    "squares": measure_squares,
    "replay": measure_replay,
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
