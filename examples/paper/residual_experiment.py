"""
The residual experiment of the source paper
===========================================

    python examples/paper/residual_experiment.py [--quick] [--residuals exact] [--seed 0]

A vector autoregression in 20 dimensions with Gaussian mixture innovations, one path of
1,000 rows. A score-based model learns the law of its residuals, twice: by the published
recipe (geometric schedule, unweighted loss, four-layer GELU network, Adam at 5e-3 with
batches of 128 rows for 10,000 steps, noised rows to start from, 10 levels of 200 Langevin
steps, large steps first), and by the
defaults of skdiffts. Against the known law, during training: (a) the bound of the total
variation above the measured one, (b) the same for the Wasserstein distance, (c) the
cross moment and (d) the squared norm of the first two components with standard errors;
at the end (e, f) the density of these two, true and generated; and, which the paper does
not show, how the simulated paths compare. Every claim is checked and printed as it is.
Panel (a) has eq. 9 as printed beside the bound that can be proved, uncut. A network's
score has no certified slope, so that panel (b) has an estimate and no bound.

Residuals are those of our kernel stage; ``--residuals exact`` trains on the innovations
themselves, which leaves the second stage alone. Published and not here: dropout, Adam
without clipping and with the usual second moment, and draws whose moments are left as they
are. Not published, or not known to us: epsilon of the solver, the width of the network
(128 here), and whether the step size of Adam stays constant (here it falls to zero along
a cosine, as always in skdiffts). Bounds are those of the reverse equation solved
exactly; for the Langevin steps, which solve another one, they promise nothing, so the
draws of the same network by the default solver stand beside them. The measured total
variation is what a classifier finds, the Wasserstein distance what slices find, both
from below, as a check of an upper bound must be: between two samples of 1,000 rows in 20
dimensions the Wasserstein distance is mostly noise, as that of two true samples shows.
Needs scikit-learn 1.9 (callbacks) and matplotlib; figures go to ``build/``.
"""

import argparse
import copy
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.stats import gaussian_kde
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from skdiffts import DiffusionResidualSampler, KernelDriftVolEstimator
from skdiffts.datasets import make_var_mixture
from skdiffts.losses import DenoisingScoreMatching
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
from skdiffts.scores import MLPScore
from skdiffts.sde import VP
from skdiffts.solvers import AnnealedLangevin, ExponentialMultistep
from skdiffts.theory import bounds, paper_tv_as_printed

BUILD = Path(__file__).resolve().parents[2] / "build"
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
    n_paths: int = 50
    length: int = 400


QUICK = Size(
    n_features=2,
    n_rows=300,
    max_iter=200,
    checkpoints=(100, 200),
    n_draws=200,
    n_inner=20,
    n_paths=5,
    length=50,
)


# %%
# The two recipes.


def published(size, seed):
    """Give the recipe of the paper."""
    return DiffusionResidualSampler(
        VP(schedule="geometric"),
        score_model=MLPScore(),
        loss=DenoisingScoreMatching(
            weighting="unit", time_sampling="uniform", antithetic=False
        ),
        solver=AnnealedLangevin(
            rule="falling", grid="ends", n_steps=size.n_levels, n_inner=size.n_inner
        ),
        prior="empirical",
        max_iter=size.max_iter,
        batch_size=128,
        learning_rate=5e-3,
        ema_decay=0.0,
        early_stopping=False,
        random_state=seed,
    )


def ours(size, seed):
    """Give the defaults of skdiffts."""
    return DiffusionResidualSampler(
        max_iter=min(size.max_iter, 3000), random_state=seed
    )


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


def measure(sampler, law, truth, size, seed):
    """Bounds, distances and functionals of one sampler."""
    limits = bounds(by_reverse_sde(sampler), law, random_state=seed)
    process = sampler.process()
    moments = process.whitening.transform(
        truth.sample(size.n_draws, np.random.RandomState(seed))
    )
    figures = {
        "TV bound": limits.total_variation.total,
        # Of the published recipe, whose process is VP; the same formula beside ours.
        "TV, eq. 9": paper_tv_as_printed(
            process.sde,
            limits.score_error.largest,
            second_moment=np.square(moments).sum(axis=1).mean(),
        ),
        "W2 estimate": limits.free_wasserstein_estimate.value,
        "score error (nats)": limits.score_error.total,
    }
    rng = np.random.RandomState(seed + 1)
    real, other = truth.sample(size.n_draws, rng), truth.sample(size.n_draws, rng)
    for name, drawer in {"": sampler, ", reverse SDE": by_reverse_sde(sampler)}.items():
        draws = drawer.sample(size.n_draws, random_state=seed)
        figures["TV" + name] = total_variation_bound(real, draws)
        # The mean over directions of squared distances is at most W2^2 / d; unlike W2
        # between samples it hardly grows by their noise.
        sliced = sliced_wasserstein(real, draws, random_state=seed)
        figures["W2" + name] = np.sqrt(size.n_features) * sliced
        if name == "":
            figures["W2 of samples"] = wasserstein(real, draws)
            for functional, (function, oracle) in FUNCTIONALS.items():
                error = functional_error(function, oracle, draws[:, np.newaxis])
                figures[functional] = oracle + error.value, error.standard_error
    figures["W2 of true samples"] = wasserstein(real, other)
    return figures


def by_reverse_sde(sampler):
    """Give the same network with the default solver of the reverse SDE."""
    return copy.copy(sampler).set_params(solver=ExponentialMultistep())


def follow(sampler, residuals, law, truth, size, seed):
    """Train a sampler and measure it on the way."""
    checkpoints = Checkpoints(size.checkpoints)
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        sampler.set_callbacks(checkpoints).fit(residuals)
    print(f"  trained in {time.process_time() - start:.0f} CPU s")
    return {
        step: measure(stage, law, truth, size, seed)
        for step, stage in checkpoints.of(sampler).items()
    }


def check(history, residuals):
    """Print whether what theory promises is seen."""
    columns = [name for name in next(iter(history.values())) if name not in FUNCTIONALS]
    print("  step   " + "".join(f"{name:>20}" for name in columns))
    for step, row in history.items():
        print(f"  {step:<7}" + "".join(f"{row[name]:20.3g}" for name in columns))
    for distance, limit in (("TV", "bound"), ("W2", "estimate")):
        for drawer in ("", ", reverse SDE"):
            broken = [
                step
                for step, row in history.items()
                if row[distance + drawer] > row[f"{distance} {limit}"]
            ]
            print(
                f"  {distance}{drawer} below its {limit}: "
                + (f"NO, at steps {broken}" if broken else "yes, at every checkpoint")
            )
    last = list(history.values())[-1]
    for name, (function, oracle) in FUNCTIONALS.items():
        value, error = last[name]
        trained_on = function(residuals[:, np.newaxis]).mean()
        distance = abs(value - oracle) / error
        print(
            f"  {name}: {value:.3f} +- {error:.3f}, oracle {oracle:.3f}, training residuals "
            f"{trained_on:.3f}: "
            + ("within" if distance <= 2.0 else "NOT within")
            + f" two standard errors ({distance:.1f})"
        )


# %%
# The figure.


def draw(history, real, draws, title, path):
    """Draw the six panels."""
    figure = plt.figure(figsize=(13, 7.5), layout="constrained")
    steps = list(history)
    for place, distance in enumerate(("TV", "W2"), start=1):
        axes = figure.add_subplot(2, 3, place)
        for line in (name for name in history[steps[0]] if name.startswith(distance)):
            values = [history[step][line] for step in steps]
            axes.plot(steps, values, marker="o", label=line)
        axes.set(xscale="log", xlabel="training step", title=f"({' ab'[place]})")
        if distance == "W2":
            axes.set_yscale("log")
        axes.legend()
    for place, (name, (_, oracle)) in enumerate(FUNCTIONALS.items(), start=4):
        axes = figure.add_subplot(2, 3, place)
        values, errors = np.transpose([history[step][name] for step in steps])
        axes.errorbar(steps, values, 2.0 * errors, marker="o", capsize=3, label="draws")
        axes.axhline(oracle, color="black", label="oracle")
        axes.set(xscale="log", xlabel="training step")
        axes.set_title(f"({'cd'[place - 4]}) {name}, two standard errors")
        axes.legend()
    grid = np.stack(np.meshgrid(*2 * [np.linspace(-3.0, 3.0, 60)]))
    for place, (name, rows) in {3: ("true", real), 6: ("generated", draws)}.items():
        axes = figure.add_subplot(2, 3, place, projection="3d")
        surface = gaussian_kde(rows[:, :2].T)(grid.reshape(2, -1)).reshape(60, 60)
        axes.plot_surface(*grid, surface, cmap="viridis")
        axes.set_title(f"({'ef'[place // 6]}) density of two components, {name}")
    figure.suptitle(title)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)
    print(f"  figure: {path}")


# %%
# Paths.


def path_table(rows, truth, reference):
    """Print the errors of simulated paths, in covariance and in the law of pairs."""
    print("paths: errors of   covariance  lag-1 autocovariance  pairs (sliced W2)")
    true_pairs = pairs(reference)
    for name, paths in rows.items():
        print(
            f"  {name:<22}"
            f"{relative_error(autocovariance(paths), truth.stationary_covariance):7.3f}"
            f"{relative_error(autocovariance(paths, lag=1), truth.lag1_autocovariance):22.3f}"
            f"{sliced_wasserstein(pairs(paths), true_pairs, random_state=0):19.3f}"
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


def main():
    """Run both recipes on one path."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--quick", action="store_true", help="two features, 200 steps")
    parser.add_argument("--residuals", choices=["kernel", "exact"], default="kernel")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    size, seed = QUICK if options.quick else Size(), options.seed
    X, truth = make_var_mixture(size.n_rows, size.n_features, random_state=seed)
    innovation = truth.innovation
    law = GaussianMixture(innovation.n_components)
    law.weights_, law.means_ = innovation.weights, innovation.means
    law.covariances_ = innovation.covariances
    law.precisions_cholesky_ = np.linalg.cholesky(np.linalg.inv(law.covariances_))
    kernel = KernelDriftVolEstimator(conditioning=None).fit(X)
    residuals = kernel.loo_residuals_
    if options.residuals == "exact":
        root = np.linalg.cholesky(truth.innovation_covariance)
        residuals = np.linalg.solve(
            root, (X[1:] - X[:-1] @ truth.transition_matrix.T).T
        ).T
    reference = truth.sample(size.n_paths, size.length, random_state=seed + 2)
    paths = {"training path": X[np.newaxis]}
    paths["oracle"] = truth.sample(size.n_paths, size.length, random_state=seed + 3)
    for name, recipe in {"published recipe": published, "our defaults": ours}.items():
        print(f"{name}, {options.residuals} residuals")
        sampler = recipe(size, seed)
        history = follow(sampler, residuals, law, innovation, size, seed)
        check(history, residuals)
        draws = sampler.sample(2000, random_state=seed)
        real = innovation.sample(2000, np.random.RandomState(seed))
        figure = f"residual_experiment_{recipe.__name__}.png"
        draw(history, real, draws, f"{name}, d = {size.n_features}", BUILD / figure)
        paths[name] = simulate(kernel, sampler, X, size, seed)
    path_table(paths, truth, reference)


if __name__ == "__main__":
    main()
