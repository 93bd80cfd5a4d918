"""Every forward process trains with the same code and draws the same distribution.

    python examples/benchmarks/families.py [--quick]

First, the seven families on the mixture in two dimensions; then one network under COU,
VE and VP that end at the same noise-to-signal ratio, where all three are one process.
"""

import argparse
import time
import warnings
from dataclasses import replace

import numpy as np
import torch
from known_distributions import report, sampler_bound, well_separated_mixture
from sklearn.exceptions import ConvergenceWarning
from solver_orders import FAMILIES

from skdiffts import DiffusionResidualSampler
from skdiffts.metrics import sliced_wasserstein
from skdiffts.scores import ScoreNetwork
from skdiffts.sde import COU, VE, VP


def fitted(sde, X, max_iter=3000):
    """Sampler whose network starts from a Gaussian, so that it has all to learn."""
    return DiffusionResidualSampler(
        sde,
        score_model=ScoreNetwork(base="gaussian"),
        max_iter=max_iter,
        random_state=0,
    ).fit(X)


def training(n, max_iter, n_floor):
    """Sliced W2 of draws of every family, and the noise floor."""
    distribution = well_separated_mixture(2)
    X = distribution.sample(n, np.random.RandomState(0))
    truth = distribution.sample(n, np.random.RandomState(1))
    floor = [
        sliced_wasserstein(
            distribution.sample(n, np.random.RandomState(100 + i)),
            truth,
            random_state=0,
        )
        for i in range(n_floor)
    ]
    rows = sliced_wasserstein(X, truth, random_state=0)
    print(
        f"sliced W2 of {n} draws; noise floor {np.mean(floor):.4f} +- "
        f"{np.std(floor, ddof=1):.4f}, the {n} training rows {rows:.4f}"
    )
    for name, sde in FAMILIES.items():
        start = time.process_time()
        sampler = fitted(sde, X, max_iter)
        spent = time.process_time() - start
        # Mean over draws, as the floor is one.
        figure = np.mean(
            [
                sliced_wasserstein(sampler.sample(n, seed), truth, random_state=0)
                for seed in range(3)
            ]
        )
        bound = sampler_bound(sampler, distribution)
        report(
            f"{name:9} {spent:5.1f} CPU s, KL bound {bound:.4f}; sliced W2",
            figure,
            2.0 * np.mean(floor),
        )
    return fitted(VP(), X, max_iter)


def one_process(sampler):
    """Draws, density and score under COU, VE and VP with one network."""
    process = sampler.process()
    low, high = process.log_snr_range
    ratio2 = np.exp(-2.0 * low)
    # Parameters for which the noise-to-signal ratio at t = 1 equals the VP's.
    theta = 2.0
    sigma = np.sqrt(2.0 * theta * ratio2 / -np.expm1(-2.0 * theta))
    sigma_max = 0.01 * np.sqrt(1.0 + ratio2 / 0.01**2)
    others = {
        "COU": COU(theta=theta, sigma=sigma),
        "VE": VE(sigma_max=sigma_max),
    }
    draws = process.sample(2000, np.random.RandomState(0))
    density = process.log_density(draws[:200])
    for name, sde in others.items():
        span = float(sde.log_snr(1.0)), high
        report(f"{name}, log-SNR at t = 1 less VP's", abs(span[0] - low), 1e-12)
        other = replace(process, sde=sde, log_snr_range=span)
        apart = np.abs(other.sample(2000, np.random.RandomState(0)) - draws).max()
        # The network works in single precision, whose rounding the steps carry on.
        report(f"{name}, draws less VP's", apart, 1e-4)
        apart = np.abs(other.log_density(draws[:200]) - density).max()
        report(f"{name}, log-density less VP's", apart, 1e-9)
        apart = 0.0
        for level in np.linspace(low + 1e-6, high - 1e-6, 9):
            scores = []
            for one in (process, other):
                t = one.sde.time(level)
                scale = one.sde.scale(t)
                x = (draws[:200] - process.whitening.mean) * scale
                score = one.score_function(process.whitening.mean + x, t)
                # The score of y = x / m(t) about the mean.
                scores.append(scale * score * np.exp(-level))
            apart = max(apart, np.abs(scores[1] - scores[0]).max())
        report(f"{name}, score in the common coordinate", apart, 1e-9)


def main():
    """Parse the command line and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few rows and steps")
    quick = parser.parse_args().quick
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", ConvergenceWarning)
    one_process(training(*((500, 100, 3) if quick else (5000, 3000, 20))))


if __name__ == "__main__":
    main()
