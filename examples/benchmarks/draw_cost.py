"""What do draws cost over the bare evaluations of the network? Run it alone.

    python examples/benchmarks/draw_cost.py [--quick] [--draws 1000000] [--threads 2]

The floor is the trained module itself, in inference mode, at the batch size that is
best for it, called as often as the solver calls it. Draws and bare evaluations take
turns, a portion of the draws at a time: the machine's speed drifts by more than what
is measured.
"""

import argparse
import resource
import time
import warnings

import numpy as np
import torch
from known_distributions import report, well_separated_mixture
from sklearn.exceptions import ConvergenceWarning

from skdiffts import DiffusionResidualSampler
from skdiffts.metrics import energy_distance, sliced_wasserstein
from skdiffts.scores import ScoreNetwork
from skdiffts.solvers import ExponentialMultistep

BATCHES = (256, 512, 1024, 2048, 4096)
PORTION = 16_384  # draws between two turns
TRIAL = 40_960  # rows with which a batch size is tried


def bare_seconds(module, d, batch, n_rows):
    """Seconds of one evaluation of the module for each of that many rows."""
    z, level = torch.randn(batch, d), torch.zeros(1, 1)
    with torch.inference_mode():
        start = time.perf_counter()
        for _ in range(-(-n_rows // batch)):
            module(z, level)
        return time.perf_counter() - start


def best_batch(module, d, n_rows):
    """Batch size with the least seconds a row, each tried five times in turn."""
    seconds = np.array(
        [
            [bare_seconds(module, d, batch, n_rows) for batch in BATCHES]
            for _ in range(6)
        ]
    )
    return BATCHES[np.median(seconds[1:], axis=0).argmin()]


def timed(sampler, solver, n_draws, nfe):
    """Seconds of draws with a solver, of the bare evaluations, and some draws."""
    sampler.set_params(solver=solver)
    module = sampler.module_
    batch = best_batch(module, 20, min(TRIAL, n_draws))
    of_draws = of_evaluations = 0.0
    size = min(PORTION, n_draws)
    for portion in range(-(-n_draws // size)):
        start = time.perf_counter()
        draws = sampler.sample(size, random_state=portion)
        of_draws += time.perf_counter() - start
        of_evaluations += bare_seconds(module, 20, batch, size * nfe)
    return of_draws, of_evaluations, draws


def main():
    """Parse the command line and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few thousand draws")
    parser.add_argument("--draws", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--base", default="auto")
    options = parser.parse_args()
    n_threads = options.threads or (1 if options.quick else 2)
    torch.set_num_threads(n_threads)
    warnings.simplefilter("ignore", ConvergenceWarning)
    n_draws, n_rows = (1024, 300) if options.quick else (options.draws, 1000)
    distribution = well_separated_mixture(20)
    sampler = DiffusionResidualSampler(
        score_model=ScoreNetwork(base=options.base),
        max_iter=100 if options.quick else 3000,
        random_state=0,
    ).fit(distribution.sample(n_rows, np.random.RandomState(0)))
    truth = distribution.sample(min(n_draws, 6000), np.random.RandomState(1))
    n_parameters = sum(p.numel() for p in sampler.module_.parameters())
    print(
        f"{n_draws} draws, d = 20, {n_parameters} parameters, base {options.base}, "
        f"{n_threads} threads"
    )
    total, process = {}, sampler.process()
    solvers = {
        "default": ExponentialMultistep(),
        "flow, 20 evaluations": ExponentialMultistep(gamma=0.0, n_steps=18),
    }
    for name, solver in solvers.items():
        # One evaluation at each level but the last, and one for the final half step.
        nfe = len(solver.levels(process.sde, process.log_snr_range))
        total[name], floor, draws = timed(sampler, solver, n_draws, nfe)
        print(f"{name}: {total[name]:.1f} s, {nfe} evaluations {floor:.1f} s")
        report(f"{name}: seconds over the floor", total[name] / floor, 1.25)
        some = draws[:6000]
        print(
            f"  energy distance {energy_distance(some, truth):.4f}, "
            f"sliced W2 {sliced_wasserstein(some, truth, random_state=0):.4f}"
        )
    flow, default = total["flow, 20 evaluations"], total["default"]
    report("flow over default, seconds", flow / default, 0.5)
    # The memory that all draws at once take does not depend on the number of steps.
    sampler.set_params(solver=solvers["flow, 20 evaluations"]).sample(n_draws)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    report("peak memory of the whole process, GiB", peak, 1.0)


if __name__ == "__main__":
    main()
