"""Are the simulated paths right? Figures for three processes that are known exactly.

    python examples/benchmarks/path_fidelity.py [--seeds 5] [--transitions 1000000] [--only-times]

Process 1, a VAR(1) in 20 dimensions, has innovations from a mixture of three: VAR
with resampled residuals is the right model there, and must not be beaten by us for us to
be right, only matched. Processes 2 and 3 (a double well, a van der Pol oscillator with
multiplicative noise) are those that a VAR cannot follow. All models have their defaults.
"""

import argparse
import copy
import resource
import time
from unittest import mock

import numpy as np
import torch
from baselines import StationaryBootstrap, VarBootstrap
from joblib import Parallel, delayed

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.datasets import make_double_well, make_van_der_pol, make_var_mixture
from skdiffts.diffusion._adam import AdamSteps
from skdiffts.metrics import (
    autocovariance,
    energy_distance,
    nearest_neighbor_ratio,
    relative_error,
    sliced_wasserstein,
)

N_PATHS, LENGTH = 300, 400


def ours(X, dt, seed):
    """Fit our generator with its defaults."""
    model = GenerativeTimeSeries().set_params(
        dynamics__dt=dt, sampler__random_state=seed
    )
    return model.fit(X)


def paper_setting(X, dt, rng):
    """Degree 0, 30 neighbours, no shrinkage, in-sample residuals resampled."""
    model = KernelDriftVolEstimator(
        30, degree=0, shrinkage=0.0, dt=dt, conditioning=None
    ).fit(X)
    residuals = model.transform(X)[1:]
    draws = residuals[rng.randint(len(residuals), size=(N_PATHS, LENGTH))]
    x0 = X[rng.randint(len(X), size=N_PATHS)]
    return model, model.inverse_transform(draws, x0=x0)


def path_errors(paths, distribution, reference):
    """Covariance, lag-1 autocovariance and pair distribution of simulated paths."""
    pairs = np.concatenate([paths[:, :-1], paths[:, 1:]], axis=2)
    pairs = pairs.reshape(-1, pairs.shape[2])[:: max(1, paths.shape[1] // 20)]
    return [
        relative_error(autocovariance(paths), distribution["covariance"]),
        relative_error(autocovariance(paths, lag=1), distribution["lag1"]),
        sliced_wasserstein(pairs, reference, random_state=0),
    ]


def known_moments(truth):
    """Exact second moments, or moments of two million simulated transitions."""
    exact = truth.stationary_covariance is not None
    long = truth.sample(2000, 20 if exact else 1000, random_state=123)
    pairs = np.concatenate([long[:, :-1], long[:, 1:]], axis=2)
    pairs = pairs.reshape(-1, pairs.shape[2])
    reference = pairs[:: max(1, len(pairs) // 10_000)]
    if exact:
        covariance, lag1 = truth.stationary_covariance, truth.lag1_autocovariance
    else:
        covariance, lag1 = autocovariance(long), autocovariance(long, lag=1)
    return {"covariance": covariance, "lag1": lag1}, reference


def run_seed(make, n_rows, seed, distribution, reference):
    """Fit and judge everything on one training path."""
    X, truth = make(n_rows=n_rows, random_state=seed)
    if distribution is None:
        distribution, reference = known_moments(truth)
    held_out = truth.sample(1, 1000, random_state=1000 + seed)[0]
    rng = np.random.RandomState(seed)
    model = ours(X, truth.dt, seed)
    var = VarBootstrap().fit(X)
    boot = StationaryBootstrap().fit(X)
    paper, paper_paths = paper_setting(X, truth.dt, rng)
    paths = {
        "training path": X[np.newaxis],
        "oracle": truth.sample(N_PATHS, LENGTH, random_state=seed),
        "ours": model.sample(N_PATHS, LENGTH, x0="states", random_state=seed),
        var.name: var.sample(N_PATHS, LENGTH, rng),
        boot.name: boot.sample(N_PATHS, LENGTH, rng),
        "degree 0, k = 30, no shrinkage": paper_paths,
    }
    return (
        {
            row: path_errors(sample, distribution, reference)
            for row, sample in paths.items()
        },
        held_out_scores(model, paper, var, truth, held_out),
        residual_energies(model, truth, seed),
    )


def run_distribution(name, make, n_rows, n_seeds):
    """Print the tables of one series; seeds run in two processes of one thread each."""
    _, truth = make(n_rows=n_rows, random_state=0)
    distribution, reference = None, None
    if truth.stationary_covariance is None:
        # The same process for every seed; the VAR is drawn anew.
        distribution, reference = known_moments(truth)
    results = Parallel(n_jobs=2, verbose=10)(
        delayed(run_seed)(make, n_rows, seed, distribution, reference)
        for seed in range(n_seeds)
    )
    errors, scores, energies = zip(*results, strict=True)
    print_table(name, {row: [e[row] for e in errors] for row in errors[0]})
    print_scores(np.array(scores))
    print_energies(np.array(energies))


def held_out_scores(model, paper, var, truth, held_out):
    """Held-out log-likelihoods of a transition."""
    increments = np.diff(held_out, axis=0) - truth.drift(held_out[:-1]) * truth.dt
    factor = np.linalg.cholesky(truth.covariance(held_out[:-1]) * truth.dt)
    whitened = np.linalg.solve(factor, increments[..., np.newaxis])[..., 0]
    log_det = np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    d = held_out.shape[1]
    gaussian_truth = (-0.5 * (whitened**2).sum(axis=1) - log_det).mean()
    return [
        gaussian_truth - 0.5 * d * np.log(2 * np.pi),
        model.dynamics_.score(held_out),
        paper.score(held_out),
        var.gaussian_score(held_out),
        truth.score(held_out),
        model.score(held_out),
    ]


def residual_energies(model, truth, seed):
    """Distances to the whitened innovations, which 8,000 draws stand for."""
    residuals = model.residuals_
    distribution, holdout, fresh = (
        truth.sample_residuals(n, random_state=seed + shift)
        for n, shift in ((8000, 50), (len(residuals), 60), (len(residuals), 70))
    )
    drawn = model.sampler_.sample(8000, random_state=seed)
    return [
        empirical_energy(residuals, distribution),
        energy_distance(drawn, distribution),
        empirical_energy(fresh, distribution),
        nearest_neighbor_ratio(drawn, residuals, holdout),
    ]


def empirical_energy(sample, distribution):
    """Energy distance of the empirical distribution of a sample, its bootstrap."""
    n, d = sample.shape
    # Twice the mean norm less the distance to a point gives the mean self-distance.
    point = np.zeros((2, d))
    within = 2 * np.linalg.norm(sample, axis=1).mean() - energy_distance(sample, point)
    # The unbiased estimate leaves a row's zero distance to itself out.
    return energy_distance(sample, distribution) + within / n


def print_table(name, rows):
    """Print path errors, mean and standard error over seeds."""
    print(f"\n{name}: relative errors of simulated paths (mean +- standard error)")
    print(f"{'':36}{'covariance':>18}{'lag-1 autocov.':>18}{'SW2 of pairs':>18}")
    for row, values in rows.items():
        values = np.array(values)
        error = (
            values.std(axis=0, ddof=1) / np.sqrt(len(values))
            if len(values) > 1
            else 0 * values[0]
        )
        cells = [
            f"{m:10.3f} +-{e:5.3f}"
            for m, e in zip(values.mean(axis=0), error, strict=True)
        ]
        print(f"{row:36}" + "".join(f"{cell:>18}" for cell in cells))
    ratio = np.mean(rows["ours"], axis=0) / np.mean(rows["training path"], axis=0)
    print(
        f"ours / training path: {ratio[0]:.2f}, {ratio[1]:.2f} (at most 1.5 for the VAR)"
    )


def print_scores(scores):
    """Print held-out log-likelihoods."""
    gaussian, dynamics, paper, var, truth, full = scores.mean(axis=0)
    print("held-out log-likelihood of a transition, less the truth's")
    print(f"  Gaussian: dynamics {dynamics - gaussian:.3f} (bar -1.0), ", end="")
    print(f"degree 0 {paper - gaussian:.3f}, VAR(1) {var - gaussian:.3f}")
    print(f"  full:     ours {full - truth:.3f} (bar -3.0, aim -1.5), ", end="")
    print(f"VAR(1)-Gaussian {var - truth:.3f}; margin over it {full - var:.3f}")


def print_energies(energies):
    """Print energy distances and the memorisation ratio."""
    training, drawn, fresh, ratio = energies.mean(axis=0)
    print(
        f"energy distance to the innovations: training residuals {training:.5f}, "
        f"drawn {drawn:.5f} (ratio {drawn / training:.2f}, bar 1.5), a true sample of "
        f"their number {fresh:.5f}; nearest-neighbour ratio {ratio:.3f} (bar 0.9)\n"
    )


def run_times(n_transitions):
    """Print times of fit and simulation over their floors, in one run."""
    X, truth = make_var_mixture(random_state=0)
    n_steps, step = 0, AdamSteps.step

    def counted(optimizer, *arguments):
        nonlocal n_steps
        n_steps += 1  # of both base distributions
        step(optimizer, *arguments)

    with mock.patch.object(AdamSteps, "step", counted):
        ours(X, truth.dt, 0)  # also warms up
    start = time.perf_counter()
    model = ours(X, truth.dt, 0)
    fit = time.perf_counter() - start
    sampler = model.sampler_
    bare = bare_training(sampler, model.residuals_, n_steps)
    print(f"threads {torch.get_num_threads()}")
    print(
        f"fit {fit:.1f} s with {n_steps} steps; bare training loop of as many "
        f"{bare:.1f} s: ratio {fit / bare:.2f} (bar 3); of the {sampler.n_iter_} of the "
        f"winning base: ratio {fit / bare * n_steps / sampler.n_iter_:.2f}",
        flush=True,
    )
    length = 1000
    n_paths = n_transitions // length
    floor = bare_evaluations(sampler, n_transitions)
    local = bare_local_moments(model.dynamics_, X, n_transitions)
    start = time.perf_counter()
    model.sample(n_paths, length + 1, x0="states", random_state=0)
    simulate = time.perf_counter() - start
    print(
        f"{n_paths * length} transitions {simulate:.1f} s; bare network evaluations "
        f"{floor:.1f} s, neighbours and moments {local:.1f} s: ratio "
        f"{simulate / (floor + local):.2f} (bar 2)"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory {peak:.2f} GiB (bar 2)")


def bare_training(sampler, residuals, n_steps):
    """Seconds of forward, backward and Adam steps on ready batches."""
    module = copy.deepcopy(sampler.module_).train()
    module.requires_grad_(True)
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-5, fused=True)
    z = torch.randn(sampler.batch_size, residuals.shape[1])
    level, target = torch.randn(len(z), 1), torch.randn_like(z)
    start = time.perf_counter()
    for _ in range(n_steps):
        optimizer.zero_grad()
        (module(z, level) - target).square().mean().backward()
        optimizer.step()
    return time.perf_counter() - start


def bare_evaluations(sampler, n_transitions):
    """Seconds of the network evaluations of that many draws, at the best batch size."""
    nfe = sampler.process().solver.n_steps + 1
    module, best = sampler.module_, np.inf
    level = torch.zeros(1, 1)
    for batch in (512, 1024, 2048, 4096):
        z = torch.randn(batch, sampler.n_features_in_)
        with torch.inference_mode():
            module(z, level)
            repeats = max(1, 60_000 // batch)
            start = time.perf_counter()
            for _ in range(repeats):
                module(z, level)
            best = min(best, (time.perf_counter() - start) / repeats / batch)
    return best * nfe * n_transitions


def bare_local_moments(dynamics, X, n_transitions):
    """Seconds of neighbour queries and moments; none in the global limit."""
    if dynamics.n_neighbors_ == "all":
        return 0.0
    model = dynamics.model_.local_model
    smoother, k = model.smoother, model.n_neighbors
    start = time.perf_counter()
    for i in range(0, len(X), 100):
        rows = X[i : i + 100]
        smoother.moments(rows, *smoother.search.query(rows, k), k)
    return (time.perf_counter() - start) / len(X) * n_transitions


def main():
    """Parse the command line and run everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--transitions", type=int, default=1_000_000)
    parser.add_argument("--only-times", action="store_true")
    parser.add_argument("--quick", action="store_true", help="one small VAR")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    if arguments.quick:
        run_distribution("VAR(1), d = 20", make_var_mixture, 400, 1)
        return
    if not arguments.only_times:
        run_distribution(
            "VAR(1), d = 20, mixture innovations",
            make_var_mixture,
            1000,
            arguments.seeds,
        )
        run_distribution("double well, d = 1", make_double_well, 2000, arguments.seeds)
        run_distribution("van der Pol, d = 2", make_van_der_pol, 2000, arguments.seeds)
    run_times(arguments.transitions)


if __name__ == "__main__":
    main()
