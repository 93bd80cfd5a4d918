"""
The residual experiment of the source paper
===========================================

    make paper
    python examples/paper/residual_experiment.py [--quick] [--residuals kernel exact] [--seed 0] [--page doc] [--store FOLDER]

A vector autoregression in 20 dimensions with Gaussian mixture innovations, one path of
1,000 rows. The published method (local means of drift and covariance, their residuals in
sample, ``published_sampler``) and the defaults of skdiffts learn the distribution of the
residuals. Against the known one, during training: (a) the total variation with eq. 9 as
printed and the bounds that can be proved, (b) the same for the Wasserstein distance and
eq. 10, (c) the cross moment and (d) the squared norm of the first two components with
standard errors; at the end (e, f) the density of these two, true and generated; and, which
the paper does not show, how the simulated paths compare. Every claim is checked and
printed as it is; nothing is cut.

Everything is done twice: on the residuals of the kernel stage, as published, and on the
innovations themselves (``--residuals exact``), which leaves the second stage alone and
tells the errors of the two apart. ``--store`` keeps each finished part in a folder, from
which an interrupted run goes on. Not published: the bandwidth (by leave-one-out likelihood here), the width of the
network (128), its dropout (0.1), the first time (1e-5) and the mixture (three components).

How to read the distances: the total variation is what a classifier finds, the Wasserstein
distance what slices find, both from below, as a check of an upper bound must be. Between
two samples of 1,000 rows in 20 dimensions the distance itself is mostly noise, as two true
samples show. A network's score has no certified slope, so that its certified
Wasserstein bound is infinite; eq. 10 takes the steepest place that a search has found.
Needs scikit-learn 1.9 (callbacks) and matplotlib.
"""

import argparse
import hashlib
import time
import warnings
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import joblib
import matplotlib as mpl

mpl.use("Agg")
import numpy as np
import torch
from paper_page import draw, write_page
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from skdiffts import DiffusionResidualSampler, KernelDriftVolEstimator
from skdiffts.datasets import make_var_mixture
from skdiffts.diffusion import published_sampler
from skdiffts.kernel import nadaraya_watson
from skdiffts.metrics import (
    CrossMoment,
    SquaredNorm,
    autocovariance,
    functional_error,
    relative_error,
    sliced_wasserstein,
    total_variation_bound,
    wasserstein,
)
from skdiffts.theory import (
    bounds,
    lipschitz_constant,
    paper_tv_as_printed,
    paper_tv_bound,
    paper_w2_bound,
)

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("kernel", "exact")
FUNCTIONALS = {
    "cross moment": (CrossMoment(), 0.0),
    "squared norm": (SquaredNorm(n_features=2), 2.0),
}


@dataclass(frozen=True)
class Size:
    """What is paid for the figure."""

    n_features: int = 20
    n_rows: int = 1000
    max_iter: int = 10_000
    checkpoints: tuple = (100, 200, 500, 1000, 2000, 3000, 5000, 7500, 10_000)
    n_draws: int = 1000
    n_levels: int = 10
    n_inner: int = 200
    n_searched: int = 64  # paths of the reverse process, for the slope of the score
    n_paths: int = 25
    length: int = 400


QUICK = Size(
    n_features=2,
    n_rows=300,
    max_iter=200,
    checkpoints=(100, 200),
    n_draws=200,
    n_inner=20,
    n_searched=8,
    n_paths=5,
    length=50,
)


@dataclass(frozen=True)
class Measured:
    """Figures of both recipes on one kind of residuals."""

    histories: dict
    claims: dict
    paths: dict
    seconds: float


@dataclass(frozen=True)
class Parts:
    """Finished parts of a run, kept in a folder if there is one.

    A part is found again by its name and by the run's settings alone: the folder is to be
    deleted when the code changes.
    """

    settings: tuple
    folder: Path | None = None

    def __call__(self, name, make):
        """Give what ``make`` returns and its CPU seconds, of this run or an earlier one."""
        key = hashlib.sha256(repr((self.settings, name)).encode()).hexdigest()[:16]
        path = self.folder / f"{key}.joblib" if self.folder else None
        if path and path.exists():
            return joblib.load(path)
        start = time.process_time()
        found = make(), time.process_time() - start
        print(f"  {name}: {found[1]:.0f} CPU s", flush=True)
        if path:
            self.folder.mkdir(parents=True, exist_ok=True)
            joblib.dump(found, path.with_suffix(".part"))
            path.with_suffix(".part").replace(path)
        return found


# %%
# The two recipes: a kernel stage, its residuals, and a sampler.


def published(X, size, seed):
    """Give both stages of the paper: residuals are in sample."""
    kernel = nadaraya_watson().fit(X)
    sampler = published_sampler(
        max_iter=size.max_iter,
        n_levels=size.n_levels,
        n_inner=size.n_inner,
        random_state=seed,
    )
    return kernel, kernel.transform(X)[1:], sampler


def ours(X, size, seed):
    """Give the defaults of skdiffts: each residual is of a fit without its row."""
    kernel = KernelDriftVolEstimator().fit(X)
    sampler = DiffusionResidualSampler(
        max_iter=min(size.max_iter, 3000), random_state=seed
    )
    return kernel, kernel.loo_residuals_, sampler


RECIPES = {"published recipe": published, "our defaults": ours}


class Checkpoints:
    """Callback that keeps the sampler as it is at given steps of the training."""

    def __init__(self, steps):
        self.steps, self.runs = steps, []

    def setup(self, estimator, context):
        """Do nothing before the fit."""

    def teardown(self, estimator, context):
        """Do nothing after it."""

    def on_fit_task_begin(self, estimator, context):
        """Start a new list with every network that is trained."""
        if context.task_name == "training":
            self.runs.append({})

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        """Keep the sampler if its step is asked for."""
        if context.task_name == "steps" and fitted_estimator.n_iter_ in self.steps:
            self.runs[-1][fitted_estimator.n_iter_] = fitted_estimator

    def of(self, sampler):
        """Samplers of the network that was kept, by step, the final one last."""
        last = sampler.validation_scores_
        found = {}
        for run in self.runs:
            history = {step: run[step].validation_scores_ for step in run}
            if all(scores == last[: len(scores)] for scores in history.values()):
                found = run
        return {**found, sampler.n_iter_: sampler}


# %%
# What is measured at a checkpoint.


def measure(sampler, mixture, size, seed):
    """Bounds, distances and functionals of one sampler."""
    rng = np.random.RandomState(seed + 1)
    real, other, rows = (_draw(mixture, size.n_draws, rng) for _ in range(3))
    draws = sampler.sample(size.n_draws, random_state=seed)
    limits = bounds(sampler, mixture, n_paths=size.n_searched, random_state=seed)
    process, error = sampler.process(), limits.score_error.largest
    moment = np.square(process.whitening.transform(rows)).sum(axis=1).mean()
    given = {"second_moment": moment, "n_features": size.n_features}
    slope = lipschitz_constant(sampler, n_samples=size.n_searched, random_state=seed)
    with np.errstate(over="ignore"):
        published_w2 = paper_w2_bound(
            process.sde, error, lipschitz=slope.largest, **given
        )
    sliced = [
        sliced_wasserstein(a, b, random_state=seed)
        for a, b in ((real, draws), (real, other))
    ]
    functionals = {}
    for name, (function, oracle) in FUNCTIONALS.items():
        found = functional_error(function, oracle, draws[:, np.newaxis])
        functionals[name] = oracle + found.value, found.standard_error
    return {
        "TV, measured": total_variation_bound(real, draws),
        "TV, eq. 9 as printed": paper_tv_as_printed(
            process.sde, error, second_moment=moment
        ),
        "TV, eq. 9 corrected": paper_tv_bound(process.sde, error, **given).total,
        "TV, Girsanov's bound": limits.total_variation.total,
        # The mean over directions of squared distances is at most W2^2 / d; unlike W2
        # between samples it hardly grows by their noise.
        "W2, measured": np.sqrt(size.n_features) * sliced[0],
        "W2 of two true samples": np.sqrt(size.n_features) * sliced[1],
        "W2 between samples": wasserstein(real, draws),
        "W2, eq. 10 by search": published_w2.total,
        "W2, estimate": limits.free_wasserstein_estimate.value,
        "W2, certified bound": limits.free_wasserstein.total,
        "score error (nats)": limits.score_error.total,
        "log-density of draws": mixture.score(draws),
        "log-density of true draws": mixture.score(real),
        **functionals,
    }


def _draw(mixture, n_draws, rng):
    """Draws of a mixture in random order."""
    return rng.permutation(mixture.set_params(random_state=rng).sample(n_draws)[0])


def train(recipe, X, truth, kind, size, seed):
    """Kernel stage, residuals, and the sampler at each checkpoint."""
    kernel, residuals, sampler = recipe(X, size, seed)
    if kind == "exact":
        residuals = truth.residuals(X)[1:]
    checkpoints = Checkpoints(size.checkpoints)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        sampler.set_callbacks(checkpoints).fit(residuals)
    stages = checkpoints.of(sampler)
    for stage in stages.values():
        stage.set_callbacks()
    return kernel, residuals, stages


# %%
# What is claimed.


def verdicts(history, residuals):
    """Claims of theory and paper, each with what was seen."""
    steps, rows = list(history), list(history.values())
    found = []
    for distance, names in {
        "TV, measured": [n for n in rows[0] if n.startswith("TV, ")][1:],
        "W2, measured": ["W2, eq. 10 by search", "W2, estimate", "W2, certified bound"],
    }.items():
        for name in names:
            broken = [s for s, row in history.items() if not row[distance] <= row[name]]
            seen = f"FAILS at steps {broken}" if broken else "holds at every checkpoint"
            found.append((f"{distance}: below {name!r}", seen))
        first, last = rows[0][distance], rows[-1][distance]
        seen = f"{first:.3f} at step {steps[0]}, {last:.3f} at step {steps[-1]}"
        found.append(
            (f"{distance}: decreases in training", f"{_word(last < first)}: {seen}")
        )
    for name, (function, oracle) in FUNCTIONALS.items():
        (first, _), (value, error) = rows[0][name], rows[-1][name]
        distance = abs(value - oracle) / error
        trained_on = functional_error(function, oracle, residuals[:, np.newaxis])
        seen = (
            f"{value:.3f} +- {error:.3f}, oracle {oracle:.3f} ({distance:.1f} standard "
            f"errors); training residuals {oracle + trained_on.value:.3f} +- "
            f"{trained_on.standard_error:.3f}"
        )
        found.append(
            (
                f"{name} is within two standard errors",
                f"{_word(distance <= 2.0)}: {seen}",
            )
        )
        gap = abs(first - oracle), abs(value - oracle)
        found.append(
            (
                f"{name} comes closer to its oracle in training",
                f"{_word(gap[1] < gap[0])}: off by {gap[0]:.3f} first, {gap[1]:.3f} last",
            )
        )
    return found


def _word(holds):
    return "holds" if holds else "FAILS"


def print_history(history, found):
    """Print the figures of each checkpoint and the verdicts."""
    names = [name for name in next(iter(history.values())) if name not in FUNCTIONALS]
    for name in names:
        cells = "".join(f"{row[name]:11.3g}" for row in history.values())
        print(f"  {name:<26}{cells}")
    print("  at steps                  " + "".join(f"{step:11d}" for step in history))
    for claim, seen in found:
        print(f"  {claim}: {seen}")


# %%
# Paths.


def path_errors(paths, truth, reference):
    """Errors of paths in covariance, in lag-1 autocovariance and in pairs of rows."""
    return (
        relative_error(autocovariance(paths), truth.stationary_covariance),
        relative_error(autocovariance(paths, lag=1), truth.lag1_autocovariance),
        sliced_wasserstein(pairs(paths), pairs(reference), random_state=0),
    )


def pairs(paths):
    """Successive rows side by side."""
    return np.concatenate([paths[:, :-1], paths[:, 1:]], axis=2).reshape(
        -1, 2 * paths.shape[2]
    )


def simulate(kernel, sampler, X, size, seed):
    """Roll residuals out from rows of the training path."""
    draws = sampler.sample(size.n_paths * size.length, random_state=seed)
    x0 = X[np.random.RandomState(seed).randint(len(X), size=size.n_paths)]
    shape = (size.n_paths, size.length, X.shape[1])
    return kernel.inverse_transform(draws.reshape(shape), x0=x0)


def mixture_of(innovation):
    """Scikit-learn's mixture with the parameters of the innovations."""
    mixture = GaussianMixture(innovation.n_components)
    mixture.weights_, mixture.means_ = innovation.weights, innovation.means
    mixture.covariances_ = innovation.covariances
    mixture.precisions_cholesky_ = np.linalg.cholesky(
        np.linalg.inv(mixture.covariances_)
    )
    return mixture


def run(size, kind="kernel", seed=0, folder=ROOT / "build", store=None):
    """Run both recipes on one path, print and draw them; give what was measured."""
    X, truth = make_var_mixture(size.n_rows, size.n_features, random_state=seed)
    mixture = mixture_of(truth.innovation)
    reference = truth.sample(size.n_paths, size.length, random_state=seed + 2)
    oracle = truth.sample(size.n_paths, size.length, random_state=seed + 3)
    paths = {
        "training path": path_errors(X[np.newaxis], truth, reference),
        "true paths": path_errors(oracle, truth, reference),
    }
    histories, claims, seconds = {}, {}, 0.0
    for name, recipe in RECIPES.items():
        print(f"{name}, {kind} residuals", flush=True)
        part = Parts((size, kind, seed, recipe.__name__), store)
        (kernel, residuals, stages), spent = part(
            "training", partial(train, recipe, X, truth, kind, size, seed)
        )
        print(f"  n_neighbors_ = {kernel.n_neighbors_}")
        histories[name] = {}
        for step, stage in stages.items():
            histories[name][step], extra = part(
                f"step {step}", partial(measure, stage, mixture, size, seed)
            )
            spent += extra
        claims[name] = verdicts(histories[name], residuals)
        print_history(histories[name], claims[name])
        sampler = stages[max(stages)]
        draws, extra = part(
            "draws", partial(sampler.sample, 2 * size.n_draws, random_state=seed)
        )
        real = _draw(mixture, 2 * size.n_draws, np.random.RandomState(seed))
        title = f"{name}, {kind} residuals, d = {size.n_features}"
        figure = folder / f"paper_{recipe.__name__}_{kind}.png"
        draw(histories[name], FUNCTIONALS, real, draws, title, figure)
        simulated, more = part(
            "paths", partial(simulate, kernel, sampler, X, size, seed)
        )
        paths[name] = path_errors(simulated, truth, reference)
        seconds += spent + extra + more
    print("paths: errors of       covariance  lag-1 autocovariance  pairs (sliced W2)")
    for name, errors in paths.items():
        print(f"  {name:<22}{errors[0]:10.3f}{errors[1]:22.3f}{errors[2]:19.3f}")
    return Measured(histories, claims, paths, seconds)


def main():
    """Parse the command line, run, and write the page where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--quick", action="store_true", help="two features, 200 steps")
    parser.add_argument("--residuals", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--page", type=Path, help="folder for the page and figures")
    parser.add_argument("--store", type=Path, help="folder that keeps finished parts")
    options = parser.parse_args()
    torch.set_num_threads(1)
    size, page = QUICK if options.quick else Size(), options.page
    folder = page / "_static" if page else ROOT / "build"
    measured = {
        kind: run(size, kind, options.seed, folder, options.store)
        for kind in options.residuals
    }
    if page:
        target = page / "results_paper.md"
        write_page(target, size, options.seed, FUNCTIONALS, measured)


if __name__ == "__main__":
    main()
