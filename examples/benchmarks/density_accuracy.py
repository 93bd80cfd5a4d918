"""How accurate is the log-density? Exact scores, and integrals of trained densities.

python examples/benchmarks/density_accuracy.py [--quick]
"""

import argparse

import numpy as np
import torch
from known_distributions import Mixture, report, well_separated_mixture
from scipy.integrate import trapezoid
from scipy.stats import ortho_group
from solver_orders import FAMILIES

from skdiffts import DiffusionResidualSampler
from skdiffts.process import Whitening
from skdiffts.scores import ScoreNetwork


def ill_conditioned_gaussian(d=20, condition=100.0):
    """Gaussian whose covariance has a given condition number."""
    axes = ortho_group.rvs(d, random_state=0)
    covariance = axes * np.geomspace(1.0 / condition, 1.0, d) @ axes.T
    return Mixture(np.ones(1), np.ones((1, d)), covariance[np.newaxis])


def error_of(distribution, n_rows):
    """Errors of the log-density with the exact score, on fresh rows."""
    X = distribution.sample(5000, np.random.RandomState(0))
    whitening = Whitening(X)
    model = distribution.mapped(whitening.mean, whitening.matrix).score_model()
    sampler = DiffusionResidualSampler(score_model=model).fit(X)
    rows = distribution.sample(n_rows, np.random.RandomState(1))
    return sampler.score_samples(rows) - distribution.log_density(rows)


def mass(d, sde, n_iter):
    """Integral of the density of a small network, trained on the mixture.

    In two dimensions the training is short: longer, and the density has filaments
    between the clusters that are finer than this grid.
    """
    X = well_separated_mixture(d).sample(500, np.random.RandomState(0))
    sampler = DiffusionResidualSampler(
        sde,
        score_model=ScoreNetwork(width=16, depth=1, base="gaussian"),
        max_iter=n_iter,
        early_stopping=False,
        random_state=0,
    ).fit(X)
    axis = np.linspace(-8.0, 8.0, 3201) if d == 1 else np.linspace(-6.0, 6.0, 241)
    if d == 1:
        return trapezoid(np.exp(sampler.score_samples(axis[:, np.newaxis])), axis)
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    density = np.exp(sampler.score_samples(points.reshape(-1, 2)))
    return density.sum() * (axis[1] - axis[0]) ** 2


def main():
    """Parse the command line and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few rows, d = 1 only")
    quick = parser.parse_args().quick
    torch.set_num_threads(1)
    n_rows = 100 if quick else 2000
    for name, distribution, limit in (
        ("Gaussian, condition number 100", ill_conditioned_gaussian(), 0.01),
        ("five-component mixture", well_separated_mixture(20), 0.05),
    ):
        error = error_of(distribution, n_rows)
        report(f"{name}, d = 20, rmse", np.sqrt(np.mean(error**2)), limit)
        print(f"  median {np.median(np.abs(error)):.5f}, max {np.abs(error).max():.4f}")
    for d in (1,) if quick else (1, 2):
        for name, sde in FAMILIES.items():
            off = abs(mass(d, sde, 100 if quick or d == 2 else 500) - 1.0)
            report(f"integral less one, d = {d}, {name}", off, 1e-3)


if __name__ == "__main__":
    main()
