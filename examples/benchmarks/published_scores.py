"""Scores of the published tables of windows, by their recurrent network.

    python examples/benchmarks/published_scores.py [--data FOLDER] [--seeds 3] [--quick]

Windows of 24 rows: sines, and Google's stock where FOLDER holds it (as for peers.py).
Discriminative score (0 is best, 1/2 worst) and predictive score (mean absolute error in
standard deviations; small is good, but real windows cannot be beaten but by luck),
each by the network of recurrent.py, see there for what differs from the tables. The row
of real windows is the noise floor: training windows in the place of generated ones.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import torch
from peers_classics import StationaryBootstrap, VectorAutoregression
from peers_data import load
from peers_models import Ours
from peers_vae import WindowVae
from recurrent import GRUClassifier, GRURegressor

from skdiffts.metrics import discriminative_score, predictive_score

LENGTH, N_WINDOWS = 24, 500
FLOOR = "real windows"
PEERS = {
    "skdiffts, two lags": lambda data: Ours("lags", start=data.start),
    "VAR, resampled": lambda data: VectorAutoregression(gaussian=False),
    "stationary bootstrap": lambda data: StationaryBootstrap(),
    "TimeVAE": lambda data: WindowVae(),
}


def windows(paths):
    """Some windows of paths, evenly spaced."""
    cut = [
        np.asarray(path)[i : i + LENGTH]
        for path in paths
        for i in range(0, len(path) - LENGTH + 1, 2)
    ]
    kept = np.linspace(0, len(cut) - 1, min(N_WINDOWS, len(cut))).round()
    return np.stack([cut[i] for i in kept.astype(int)])


def scores(real, generated, seed, share):
    """Both scores of generated windows."""
    network = {"n_features": real.shape[2], "random_state": seed}
    classifier = GRUClassifier(n_iter=int(2000 * share), **network)
    regressor = GRURegressor(n_iter=int(5000 * share), **network)
    return (
        abs(discriminative_score(real, generated, estimator=classifier)),
        predictive_score(real, generated, estimator=regressor),
    )


def run(name, folder, seeds, share):
    """Print the table of one set."""
    results: dict[str, list] = {}
    for seed in seeds:
        data = load(name, seed, folder)
        if isinstance(data, str):
            print(data)
            return
        real = windows(data.test)
        made = {FLOOR: partial(windows, data.train)}
        for peer, make in PEERS.items():
            fitted = make(data).fit(data.train, seed)
            made[peer] = partial(fitted.sample, len(real), LENGTH, seed)
        for peer, sample in made.items():
            pair = scores(real, np.asarray(sample()), seed, share)
            results.setdefault(peer, []).append(pair)
            print(f"  seed {seed} {peer:24} {pair[0]:.3f} {pair[1]:.3f}", flush=True)
    print(f"{name}, {len(seeds)} seeds: discriminative score, predictive score")
    for peer, pairs in results.items():
        mean = np.mean(pairs, axis=0)
        error = np.std(pairs, axis=0, ddof=len(pairs) > 1) / np.sqrt(len(pairs))
        cells = [f"{m:.3f} +- {e:.3f}" for m, e in zip(mean, error, strict=True)]
        print(f"{peer:26} {'   '.join(cells)}", flush=True)


def main():
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a tenth of the steps")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name in ("sines_24", "google_stock"):
        seeds = range(1 if options.quick else options.seeds)
        run(name, options.data, seeds, 0.1 if options.quick else 1.0)


if __name__ == "__main__":
    main()
