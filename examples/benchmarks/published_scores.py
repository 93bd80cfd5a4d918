"""Scores of the published tables of windows, by their recurrent network.

    python examples/benchmarks/published_scores.py [--data FOLDER] [--seeds 5]
        [--only SET ...] [--peers NAME ...] [--quick]

Windows of 24 rows: sines, and where FOLDER holds them Google's stock (as for peers.py),
energy_appliances.parquet ("Energy", 28 columns) and fmri_sim4.npz ("fMRI", 50 columns).
Discriminative score (0 is best, 1/2 worst) by the network of recurrent.py, see there for
what differs from the tables; for sines and stock also the predictive score (mean absolute
error in standard deviations), in which published models do not differ. The row of real
windows is the noise floor: training windows in the place of generated ones. Cells are added
to cells/published.jsonl and doc/results_published.md is written anew, see
published_page.py; --quick prints one seed of the first set, with few paths and windows and a
fiftieth of the steps, and writes nothing.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import torch
from peers import read_cells
from peers_classics import StationaryBootstrap, VectorAutoregression
from peers_data import load
from peers_models import Ours
from peers_vae import WindowVae
from published_page import CELLS, WINDOWS, fill, write_page
from recurrent import GRUClassifier, GRURegressor

from skdiffts.metrics import discriminative_score, predictive_score

LENGTH, N_WINDOWS = 24, 500
# With --quick: windows, training paths, and share of the steps.
QUICK = (60, 20, 0.02)
FLOOR = "real windows"
# Sets with the score in which nearly all published models are at the real windows'.
WITH_PREDICTIVE = ("sines_24", "google_stock")
PEERS = {
    FLOOR: None,
    "skdiffts": lambda data: Ours(start=data.start),
    "VAR, resampled": lambda data: VectorAutoregression(gaussian=False),
    "stationary bootstrap": lambda data: StationaryBootstrap(),
    "TimeVAE": lambda data: WindowVae(),
}


def windows(paths, n_windows):
    """Some windows of paths, evenly spaced."""
    cut = [
        np.asarray(path)[i : i + LENGTH]
        for path in paths
        for i in range(0, len(path) - LENGTH + 1, 2)
    ]
    kept = np.linspace(0, len(cut) - 1, min(n_windows, len(cut))).round()
    return np.stack([cut[i] for i in kept.astype(int)])


def figures(name, folder, peer, n_windows, n_train, share, seed):
    """Scores of the windows of one generator."""
    data = load(name, seed, folder)
    real, train = windows(data.test, n_windows), data.train[:n_train]
    if PEERS[peer] is None:
        generated = windows(train, n_windows)
    else:
        fitted = PEERS[peer](data).fit(train, seed)
        generated = np.asarray(fitted.sample(len(real), LENGTH, seed))
    network = {"n_features": real.shape[2], "random_state": seed}
    classifier = GRUClassifier(n_iter=int(2000 * share), **network)
    score = discriminative_score(real, generated, estimator=classifier)
    found = {"discriminative": abs(score)}
    if name in WITH_PREDICTIVE:
        regressor = GRURegressor(n_iter=int(5000 * share), **network)
        found["predictive"] = predictive_score(real, generated, estimator=regressor)
    return found


def main():
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--only", nargs="+", choices=list(WINDOWS), default=list(WINDOWS)
    )
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--quick", action="store_true", help="a fiftieth of the steps")
    options = parser.parse_args()
    torch.set_num_threads(1)
    size = QUICK if options.quick else (N_WINDOWS, None, 1.0)
    for name in options.only[:1] if options.quick else options.only:
        if isinstance(missing := load(name, 0, options.data), str):
            print(missing)
            continue
        makers = {
            peer: partial(figures, name, options.data, peer, *size)
            for peer in options.peers
        }
        if options.quick:
            for peer, make in makers.items():
                print(f"{name}, {peer}: {make(0)}", flush=True)
        else:
            fill(name, makers, range(options.seeds))
    if not options.quick:
        write_page(read_cells(CELLS))


if __name__ == "__main__":
    main()
