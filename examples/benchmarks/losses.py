"""Sliced and implicit losses and flow matching against denoising, where the exact score is known.

    python examples/benchmarks/losses.py [--quick] [--seeds 3] [--losses denoising implicit]

Two dimensions, five components, a network that starts from the Gaussian fit.
"""

import argparse
import time
import warnings

import numpy as np
import torch
from known_distributions import report, sampler_bound, well_separated_mixture
from sklearn.exceptions import ConvergenceWarning

from skdiffts import DiffusionResidualSampler
from skdiffts.losses import (
    DenoisingScoreMatching,
    FlowMatching,
    ImplicitScoreMatching,
    SlicedScoreMatching,
)
from skdiffts.scores import ScoreNetwork

# Losses and numbers of rows a step: the gradients of the others are noisier.
LOSSES = {
    "denoising": (DenoisingScoreMatching(), 256),
    "flow matching, linear": (FlowMatching(), 256),
    "flow matching, trigonometric": (FlowMatching(path="trigonometric"), 256),
    "implicit": (ImplicitScoreMatching(), 256),
    "implicit, 1024 rows": (ImplicitScoreMatching(), 1024),
    "sliced, 1 direction": (SlicedScoreMatching(), 256),
    # Two directions are exact in two dimensions.
    "sliced, 2 directions": (SlicedScoreMatching(n_projections=2), 256),
    "sliced, 1 direction, 1024 rows": (SlicedScoreMatching(), 1024),
    "sliced, 2 directions, 1024 rows": (SlicedScoreMatching(n_projections=2), 1024),
}


def main():
    """Parse the command line and print the table and the bars."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few rows and steps")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--losses", nargs="+", choices=LOSSES, default=list(LOSSES))
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", ConvergenceWarning)
    n, max_iter, n_seeds = (500, 100, 1) if options.quick else (5000, 3000, None)
    seeds = range(n_seeds or options.seeds)
    distribution = well_separated_mixture(2)
    bounds = {}
    print(f"d = 2, n = {n}: KL bound of each seed in nats, CPU s, iterations")
    for name in options.losses:
        loss, batch_size = LOSSES[name]
        bounds[name], iterations = [], []
        start = time.process_time()
        for seed in seeds:
            sampler = DiffusionResidualSampler(
                loss=loss,
                batch_size=batch_size,
                score_model=ScoreNetwork(base="gaussian"),
                max_iter=max_iter,
                # A noisy gradient has rises of the validation loss that mean nothing, and
                # 5,000 rows are not learnt by heart in so many steps.
                early_stopping=False,
                random_state=seed,
            ).fit(distribution.sample(n, np.random.RandomState(seed)))
            bounds[name].append(sampler_bound(sampler, distribution))
            iterations.append(sampler.n_iter_)
        spent = (time.process_time() - start) / len(seeds)
        cells = "".join(f"{bound:9.4f}" for bound in bounds[name])
        print(f"{name:32}{cells} {spent:9.1f} {iterations}", flush=True)
    reference = np.mean(bounds["denoising"])
    for name in options.losses[1:]:
        ratio = np.mean(bounds[name]) / reference
        report(f"KL bound of {name} over denoising's", ratio, 1.25)


if __name__ == "__main__":
    main()
