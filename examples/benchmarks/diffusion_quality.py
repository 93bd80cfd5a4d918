"""Quality and cost of the trained sampler on known distributions in 20 dimensions.

    python examples/benchmarks/diffusion_quality.py [--quick] [--n 1000 20000]
        [--distributions mixture rings skewed-t] [--seeds 3] [--peers]

A five-component mixture; pairs of rings and bananas; a skewed t with four degrees of
freedom. Columns: CPU seconds of the fit (one thread); the exact Girsanov bound of
KL(truth, distribution of the draws), where the score of the truth is known; KL(truth,
density of the model) = E[log p - log q] on fresh rows; energy distance of the draws to
the truth; nearest-neighbour ratio (1 = no memorisation). The other packages are run if
installed.
"""

import argparse
import importlib
import time
import warnings

import numpy as np
import torch
from known_distributions import (
    RingsAndBananas,
    girsanov_bound,
    report,
    sampler_bound,
    skew_t,
    well_separated_mixture,
)
from paper_recipe import PaperRecipe
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity

from skdiffts import DiffusionResidualSampler
from skdiffts.metrics import energy_distance, nearest_neighbor_ratio
from skdiffts.scores import ScoreNetwork
from skdiffts.sde import VP

DISTRIBUTIONS = {
    "mixture": well_separated_mixture(20),
    "rings": RingsAndBananas(10),
    "skewed-t": skew_t(20),
}
OURS = {
    "auto": "skdiffts, base auto (default)",
    "gaussian": "skdiffts, base gaussian",
    "mixture": "skdiffts, base mixture",
}
GMM, PAPER = "GaussianMixture (BIC)", "paper's recipe"
TRUE, ROWS = "true sample", "training rows, resampled"


class Ours:
    """DiffusionResidualSampler with one base."""

    def __init__(self, base):
        self.base = base

    def fit(self, X, seed):
        self.sampler = DiffusionResidualSampler(
            score_model=ScoreNetwork(base=self.base), random_state=seed
        ).fit(X)
        return self

    def sample(self, n, seed):
        return self.sampler.sample(n, random_state=seed)

    def log_density(self, X):
        return self.sampler.score_samples(X)

    def bound(self, distribution):
        return sampler_bound(self.sampler, distribution)


class Paper(PaperRecipe):
    """The paper's recipe; its bound starts where its time does."""

    def bound(self, distribution):
        span = float(VP().log_snr(1.0)), float(VP().log_snr(1e-3))
        standard = distribution.mapped(self.mean, np.diag(1.0 / self.std))
        return girsanov_bound(self.network, standard, span)


class Mixture:
    """scikit-learn's GaussianMixture, number of components by BIC."""

    def fit(self, X, seed):
        candidates = [
            GaussianMixture(k, random_state=seed).fit(X) for k in range(1, 11)
        ]
        self.model = min(candidates, key=lambda model: model.bic(X))
        return self

    def sample(self, n, seed):
        self.model.random_state = seed
        return self.model.sample(n)[0]

    def log_density(self, X):
        return self.model.score_samples(X)


class Kernel:
    """scikit-learn's KernelDensity, bandwidth by cross-validation."""

    def fit(self, X, seed):
        grid = {"bandwidth": np.geomspace(0.1, 1.0, 10) * X.std()}
        self.model = GridSearchCV(KernelDensity(), grid).fit(X[:5000]).best_estimator_
        self.model.fit(X)
        return self

    def sample(self, n, seed):
        return self.model.sample(n, random_state=seed)

    def log_density(self, X):
        return self.model.score_samples(X)


class Forest:
    """ForestDiffusion, with fewer levels and copies than its defaults (50, 100)."""

    def fit(self, X, seed):
        forest = importlib.import_module("ForestDiffusion")
        self.model = forest.ForestDiffusionModel(
            X, n_t=20, duplicate_K=20, n_jobs=1, seed=seed
        )
        return self

    def sample(self, n, seed):
        return self.model.generate(batch_size=n)


class Tree:
    """treeffuser with its defaults; the condition is a constant."""

    def fit(self, X, seed):
        package = importlib.import_module("treeffuser")
        self.model = package.Treeffuser(seed=seed, n_jobs=1)
        self.model.fit(np.zeros((len(X), 1)), X)
        return self

    def sample(self, n, seed):
        draws = self.model.sample(np.zeros((1, 1)), n_samples=n, seed=seed)
        return draws.reshape(n, -1)


class Truth:
    def __init__(self, distribution):
        self.distribution = distribution

    def fit(self, X, seed):
        return self

    def sample(self, n, seed):
        return self.distribution.sample(n, np.random.RandomState(seed + 500))


class Bootstrap:
    def fit(self, X, seed):
        self.X = X
        return self

    def sample(self, n, seed):
        return self.X[np.random.RandomState(seed).randint(len(self.X), size=n)]


def models(distribution, peers, quick):
    """Name and an unfitted model."""
    yield TRUE, Truth(distribution)
    yield ROWS, Bootstrap()
    for base, name in OURS.items():
        yield name, Ours(base)
    yield PAPER, Paper(n_iter=200 if quick else 10_000)
    yield GMM, Mixture()
    yield "KernelDensity (CV)", Kernel()
    if peers:
        yield "ForestDiffusion", Forest()
        yield "treeffuser", Tree()


def measure(name, model, distribution, X, held_out, truth, seed):
    """Figures of one model fitted to X."""
    row = dict.fromkeys(("cpu", "bound", "kl", "energy", "ratio"), np.nan)
    start = time.process_time()
    model.fit(X, seed)
    row["cpu"] = time.process_time() - start
    draws = model.sample(len(truth), seed)
    row["energy"] = energy_distance(draws, truth)
    row["ratio"] = nearest_neighbor_ratio(draws, X, held_out)
    if hasattr(model, "bound") and hasattr(distribution, "velocity"):
        row["bound"] = model.bound(distribution)
    gaps = None
    if hasattr(model, "log_density"):
        rows = held_out[:1000]
        gaps = distribution.log_density(rows) - model.log_density(rows)
        row["kl"] = gaps.mean()
    cells = "".join(f"{value:9.4f}" for value in row.values())
    print(f"  seed {seed} {name:32}{cells}", flush=True)
    return row, gaps


def run(distribution_name, n, n_seeds, n_draws, peers, quick):
    """Print the table and the bars of one distribution and one size."""
    distribution = DISTRIBUTIONS[distribution_name]
    rows, gaps = {}, {}
    print(f"\n{distribution_name}, d = 20, n = {n}: CPU s, bound, KL, energy, ratio")
    for seed in range(n_seeds):
        X = distribution.sample(n, np.random.RandomState(seed))
        held_out = distribution.sample(4000, np.random.RandomState(1000 + seed))
        truth = distribution.sample(n_draws, np.random.RandomState(2000 + seed))
        for name, model in models(distribution, peers, quick):
            try:
                row, gap = measure(name, model, distribution, X, held_out, truth, seed)
            except ImportError as error:
                print(f"  {name}: {error}")
                continue
            rows.setdefault(name, []).append(row)
            gaps.setdefault(name, []).append(gap)
    means = {
        name: {key: np.mean([row[key] for row in of_name]) for key in of_name[0]}
        for name, of_name in rows.items()
    }
    print(
        f"{f'mean of {n_seeds} seeds':35}   CPU s    bound       KL   energy    ratio"
    )
    for name, mean in means.items():
        cells = [f"{mean['cpu']:8.1f}"]
        cells += [f"{mean[key]:9.4f}" for key in ("bound", "kl", "energy", "ratio")]
        print(f"{name:35}" + "".join(cells))
    if distribution_name == "mixture":  # here GaussianMixture is the true model
        bars_of_mixture(n, means)
    else:
        bars_of_log_likelihood(distribution_name, n, means, gaps)


def bars_of_mixture(n, means):
    """The bars on the bound, the energy distance and the CPU time."""
    if n >= 20_000:
        for base in ("gaussian", "auto"):
            report(f"KL bound, base {base}", means[OURS[base]]["bound"], 0.35)
        return
    for base, limit in (("gaussian", 2.2), ("auto", 1.2)):
        mean = means[OURS[base]]
        report(f"KL bound, base {base}", mean["bound"], limit)
        report(f"energy distance, base {base}", mean["energy"], 0.009)
        report(f"memorisation, base {base}", mean["ratio"], 0.95, at_least=True)
        report(f"CPU s, base {base}", mean["cpu"], means[PAPER]["cpu"])
    print("published figures of the paper's recipe: 4.3 nats, energy .038, 10 CPU s")


def bars_of_log_likelihood(distribution_name, n, means, gaps):
    """Held-out log-likelihood of "auto" against the classics."""
    auto = np.concatenate(gaps[OURS["auto"]])
    rivals = (GMM, OURS["gaussian"], OURS["mixture"])
    best = min(rivals, key=lambda name: means[name]["kl"])
    difference = np.concatenate(gaps[best]) - auto
    noise = difference.std() / np.sqrt(len(difference))
    report(
        f"log-likelihood of auto less {best}'s (noise {noise:.3f})",
        difference.mean(),
        -2.0 * noise,
        at_least=True,
    )
    if distribution_name == "rings":
        margin = means[GMM]["kl"] - means[OURS["auto"]]["kl"]
        limit = 3.0 if n == 1000 else 0.0
        report(f"margin of auto over {GMM}", margin, limit, at_least=True)
    mean = means[OURS["auto"]]
    report(f"energy distance against {GMM}", mean["energy"], means[GMM]["energy"])
    report("memorisation", mean["ratio"], 0.95, at_least=True)


def main():
    """Parse the command line and run everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="200 rows, one seed")
    parser.add_argument("--n", type=int, nargs="+", default=[1000, 20_000])
    parser.add_argument(
        "--distributions", nargs="+", choices=DISTRIBUTIONS, default=list(DISTRIBUTIONS)
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--peers", action="store_true", help="slow packages too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    # Early stopping that never came is in the figures, not in warnings between them.
    warnings.simplefilter("ignore", ConvergenceWarning)
    sizes = [200] if options.quick else options.n
    n_seeds = 1 if options.quick else options.seeds
    n_draws = 500 if options.quick else 6000
    for distribution in (
        options.distributions[:1] if options.quick else options.distributions
    ):
        for n in sizes:
            run(distribution, n, n_seeds, n_draws, options.peers, options.quick)


if __name__ == "__main__":
    main()
