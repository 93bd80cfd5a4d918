"""Forecasts of eight exchange rates by the published protocol, and on ten times its windows.

    python examples/benchmarks/exchange_rate.py [--data FOLDER] [--seeds 5] [--simulated]

FOLDER holds exchange_rate.csv.gz (7,588 days, as in GluonTS). Fit to 6,071 days, then
windows of 30 days behind each other without a new fit, 100 paths each: CRPS_sum, CRPS of
series, coverage of the central 90 %, energy score, on the 5 windows of the published table
and on all 50. Cells are added to cells/published.jsonl and doc/results_published.md is
written anew, see published_page.py.

With --simulated nothing is written: coverage of each column and energy score on walks of a
known distribution, whose bands should cover 90 %. Two rates have volatility that clusters
and heavy tails, the third one hardly moves but for rare jumps, as a currency whose peg
breaks.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from peers import read_cells
from peers_classics import IndependentBootstrap, VectorAutoregression
from peers_finance import FilteredHistoricalSimulation
from published_page import BASE, CELLS, EXCHANGE_TABLE, fill, write_page

from skdiffts import GenerativeTimeSeries
from skdiffts.metrics import energy_score, interval_coverage

N_TRAIN, HORIZON, N_SAMPLES, N_WINDOWS = 6071, 30, 100, (5, 50)
# Rows before a window that a model may look at.
MEMORY = 1000
QUANTILES = np.arange(1, 20) / 20.0


class Default:
    """GenerativeTimeSeries() on the rates as they are."""

    def fit(self, train, seed):
        self.model = GenerativeTimeSeries().set_params(sampler__random_state=seed)
        self.model.fit(train)
        return self

    def continued(self, pasts, n_steps, n_samples, seed):
        return self.model.forecast(pasts, n_steps, n_samples, random_state=seed)


class Increments:
    """A model of the increments of the rates, or of their logarithms."""

    def __init__(self, model, *, logarithm):
        self.model = model
        self.forward, self.back = (
            (np.log, np.exp) if logarithm else (np.asarray, np.asarray)
        )

    def fit(self, train, seed):
        self.model.fit([np.diff(self.forward(path), axis=0) for path in train], seed)
        return self

    def continued(self, pasts, n_steps, n_samples, seed):
        pasts = [self.forward(past) for past in pasts]
        rows = [np.diff(past, axis=0) for past in pasts]
        steps = self.model.continued(rows, n_steps, n_samples, seed).cumsum(axis=2)
        last = np.stack([past[-1] for past in pasts])
        return self.back(last[:, np.newaxis, np.newaxis] + steps)


class LastValue:
    """The last row as a point."""

    def fit(self, train, seed):
        return self

    def continued(self, pasts, n_steps, n_samples, seed):
        last = np.stack([past[-1] for past in pasts])[:, np.newaxis, np.newaxis]
        return np.tile(last, (1, n_samples, n_steps, 1))


PEERS = {
    "skdiffts": Default,
    BASE: lambda: Increments(IndependentBootstrap(), logarithm=False),
    "VAR, resampled": lambda: VectorAutoregression(gaussian=False),
    "filtered simulation, EWMA": lambda: Increments(
        FilteredHistoricalSimulation("ewma"), logarithm=True
    ),
    "last value": LastValue,
}


def pinball(drawn, outcomes):
    """Twice the mean pinball loss over the quantiles, of each entry."""
    levels = QUANTILES.reshape(-1, *[1] * outcomes.ndim)
    errors = outcomes - np.quantile(drawn, QUANTILES, axis=1)
    return 2.0 * np.maximum(levels * errors, (levels - 1.0) * errors).mean(axis=0)


def figures(make, rates, seed):
    """Scores of one model over the first 5 and over all windows."""
    model = make().fit([rates[:N_TRAIN]], seed)
    starts = N_TRAIN + HORIZON * np.arange(max(N_WINDOWS))
    pasts = [rates[i - MEMORY : i] for i in starts]
    outcomes = np.stack([rates[i : i + HORIZON] for i in starts])
    drawn = model.continued(pasts, HORIZON, N_SAMPLES, seed)
    of_sum = pinball(drawn.sum(axis=3), outcomes.sum(axis=2)).mean(axis=1)
    each = pinball(drawn, outcomes)
    found = {"by_window": of_sum.tolist()}
    unit = rates[:N_TRAIN].std(axis=0)
    for n in N_WINDOWS:
        size = float(np.abs(outcomes[:n].sum(axis=2)).mean())
        # Days of all windows as cases.
        rows = outcomes[:n].reshape(n * HORIZON, -1)
        members = drawn[:n].swapaxes(1, 2).reshape(n * HORIZON, N_SAMPLES, -1)
        inside = interval_coverage(members, rows, level=0.9, random_state=seed)
        found |= {
            f"size_{n}": size,
            f"crps_sum_{n}": float(of_sum[:n].mean()) / size,
            f"crps_{n}": float(each[:n].sum() / np.abs(outcomes[:n]).sum()),
            f"coverage_{n}": inside,
            f"energy_score_{n}": energy_score(members / unit, rows / unit),
        }
    return found


def simulated_rates(seed, n_rows=3000):
    """Two walks with clustering volatility and t innovations, and one that is pegged."""
    rng = np.random.RandomState(seed)
    steps, variance = np.empty((n_rows, 3)), np.ones(2)
    for i in range(n_rows):
        steps[i, :2] = np.sqrt(0.6 * variance) * rng.standard_t(5, size=2)
        variance = 0.03 + 0.07 * steps[i, :2] ** 2 + 0.9 * variance
    calm = np.where(np.arange(n_rows) % 1500 < 750, 0.002, 0.1)
    steps[:, 2] = calm * rng.standard_normal(n_rows)
    steps[[200, 900, 1700], 2] = [8.0, -5.0, 3.0]
    return 100.0 * np.exp(0.005 * steps.cumsum(axis=0))


def measure_simulated(seed):
    """Print the coverage of bands on simulated rates, column by column."""
    rates, n_train, horizon = simulated_rates(seed), 2100, 10
    model = Default().fit([rates[:n_train]], seed)
    starts = np.arange(n_train, len(rates) - horizon, 2 * horizon)
    pasts = [rates[i - MEMORY : i] for i in starts]
    drawn = model.continued(pasts, horizon, N_SAMPLES, seed)
    outcomes = np.stack([rates[i : i + horizon] for i in starts])
    low, high = np.quantile(drawn, [0.05, 0.95], axis=1)
    inside = ((outcomes >= low) & (outcomes <= high)).mean(axis=(0, 1))
    print(f"seed {seed}: {model.model.describe()}")
    print(f"  coverage of each column {np.round(inside, 3)}", flush=True)


def main():
    """Parse the command line, measure, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--quick", action="store_true", help="one peer, no page")
    parser.add_argument("--simulated", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.simulated:
        for seed in range(options.seeds):
            measure_simulated(seed)
        return
    rates = pd.read_csv(options.data / "exchange_rate.csv.gz", header=None).to_numpy()
    if options.quick:
        print(figures(PEERS["last value"], rates, 0))
        return
    makers = {peer: partial(figures, PEERS[peer], rates) for peer in options.peers}
    fill(EXCHANGE_TABLE, makers, range(options.seeds))
    write_page(read_cells(CELLS))


if __name__ == "__main__":
    main()
