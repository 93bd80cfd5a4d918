"""Random search for a bound that is below the distance that it bounds.

Pairs of a Gaussian mixture and a model with other weights and means, in one and two
dimensions, modes near and far, on seven processes, scores exact. The Wasserstein distance
of draws is measured from below (on the line, or as the mean over directions), the total
variation by the probability of the best half-line or half-plane between two modes.

Run with ``python examples/benchmarks/bounds_search.py --pairs 200``, or in parts with
``--first 100 --pairs 100`` and so on: a pair depends on its number alone.
"""

import argparse
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

from skdiffts import DiffusionResidualSampler
from skdiffts.process import Whitening
from skdiffts.scores import GaussianMixtureScore
from skdiffts.sde import COU, CVP, OU, VE, VP, LinearSDE, SubVP
from skdiffts.theory import bounds

PROCESSES = [
    OU(),
    VE(),
    VP(),
    SubVP(),
    COU(),
    CVP(),
    LinearSDE(drift=lambda t: -2.0 * t, noise=lambda t: 4.0 - t),
]
N_DRAWS = 2000


def mixture(weights, means, covariances, rng):
    """Scikit-learn's mixture with given parameters."""
    model = GaussianMixture(len(weights), random_state=rng)
    model.weights_, model.means_, model.covariances_ = weights, means, covariances
    model.precisions_cholesky_ = np.linalg.cholesky(np.linalg.inv(covariances))
    return model


def random_pair(rng):
    """Distributions of the data and of a model, which differ in weights and means."""
    d, k = rng.randint(1, 3), rng.randint(1, 4)
    spread, width = np.exp(rng.uniform(0.0, 2.0)), np.exp(rng.uniform(-2.5, 0.0))
    means = spread * rng.standard_normal((k, d))
    factors = np.ones(k) if rng.uniform() < 0.5 else rng.uniform(0.5, 2.0, size=k)
    covariances = width**2 * factors[:, np.newaxis, np.newaxis] * np.eye(d)
    weights = rng.dirichlet(3.0 * np.ones(k), size=2)
    moved = means + rng.choice([0.0, 0.3]) * width * rng.standard_normal((k, d))
    return (
        mixture(weights[0], means, covariances, rng),
        mixture(weights[1], moved, covariances, rng),
    )


def measure(seed):
    """Distances and bounds of one random pair."""
    rng = np.random.RandomState(seed)
    target, model = random_pair(rng)
    X = target.sample(N_DRAWS)[0]
    whitening = Whitening(X)
    matrix = whitening.matrix
    sampler = DiffusionResidualSampler(
        PROCESSES[seed % len(PROCESSES)],
        score_model=GaussianMixtureScore(
            weights=model.weights_,
            means=whitening.transform(model.means_),
            covariances=matrix.T @ model.covariances_ @ matrix,
        ),
        early_stopping=False,
    ).fit(X)
    result = bounds(sampler, target, n_draws=256, random_state=seed)
    draws, real, other = sampler.sample(N_DRAWS, seed), target.sample(N_DRAWS)[0], X
    directions = rng.standard_normal((20, X.shape[1]))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    distance, floor = (
        max(_on_line(a @ e, real @ e) for e in directions) for a in (draws, other)
    )
    variation, variation_floor = (
        max(_kolmogorov(a @ e, real @ e) for e in directions) for a in (draws, other)
    )
    return {
        "W2": (distance - floor, result.free_wasserstein.total),
        "W2, lambda": (distance - floor, result.wasserstein.total),
        "TV": (variation - variation_floor, result.total_variation.total),
        "TV from KL": (
            variation - variation_floor,
            result.kullback_leibler.total_variation,
        ),
    }


def _on_line(x, y):
    """Wasserstein distance of two samples on the line."""
    return np.sqrt(np.mean(np.square(np.sort(x) - np.sort(y))))


def _kolmogorov(x, y):
    """Largest difference of the probabilities of half-lines."""
    grid = np.sort(np.concatenate([x, y]))
    ranks = [np.searchsorted(np.sort(z), grid, side="right") / len(z) for z in (x, y)]
    return np.abs(ranks[0] - ranks[1]).max()


def search(seeds):
    """Measure pairs; a bound is broken where the distance exceeds it by its error."""
    broken, finite = [], dict.fromkeys(["W2", "W2, lambda", "TV", "TV from KL"], 0)
    for seed in seeds:
        for name, (distance, bound) in measure(seed).items():
            finite[name] += bool(np.isfinite(bound))
            # Four standard errors of a probability, or a few percent of a distance.
            error = 4.0 / np.sqrt(N_DRAWS) if name.startswith("TV") else 0.02
            if distance > bound * 1.02 + error:
                broken.append((seed, name, distance, bound))
    return broken, finite


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--first", type=int, default=0, help="number of the first pair")
    options = parser.parse_args()
    n_pairs = 4 if options.quick else options.pairs
    seeds = range(options.first, options.first + n_pairs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        broken, finite = search(seeds)
    print(f"pairs {seeds[0]} to {seeds[-1]}, finite bounds: {finite}")
    for seed, name, distance, bound in broken:
        print(
            f"  BROKEN: pair {seed}, {name}: distance {distance:.3g}, bound {bound:.3g}"
        )
    print(f"{len(broken)} bounds below the distance")
