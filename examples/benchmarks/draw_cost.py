"""What do draws cost over the bare evaluations of the network? Run it alone.

    python examples/benchmarks/draw_cost.py [--quick] [--draws 1000000] [--threads 2]

The floor is the trained module itself, in inference mode, at the batch size that is
best for it, called as often as the solver calls it, in the same run.
"""

import argparse
import resource
import time
import warnings

import numpy as np
import torch
from known_laws import report, well_separated_mixture
from sklearn.exceptions import ConvergenceWarning

from skdiffts import DiffusionResidualSampler
from skdiffts.metrics import energy_distance, sliced_wasserstein
from skdiffts.scores import ScoreNetwork
from skdiffts.solvers import ExponentialMultistep

BATCHES = (256, 512, 1024, 2048, 4096)


def bare_seconds(module, d, n_rows):
    """Seconds of one evaluation of the module for each of that many rows."""
    best = np.inf
    level = torch.zeros(1, 1)
    with torch.inference_mode():
        for batch in BATCHES:
            z = torch.randn(batch, d)
            module(z, level)
            repeats = max(1, 50_000 // batch)
            for _ in range(5):
                start = time.perf_counter()
                for _ in range(repeats):
                    module(z, level)
                seconds = time.perf_counter() - start
                best = min(best, seconds / (repeats * batch))
    return best * n_rows


def timed(sampler, solver, n_draws):
    """Seconds of the draws with a solver, and the draws."""
    sampler.set_params(solver=solver)
    start = time.perf_counter()
    draws = sampler.sample(n_draws, random_state=0)
    return time.perf_counter() - start, draws


def main():
    """Parse the command line and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few thousand draws")
    parser.add_argument("--draws", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--base", default="auto")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    warnings.simplefilter("ignore", ConvergenceWarning)
    n_draws = 4096 if options.quick else options.draws
    law = well_separated_mixture(20)
    sampler = DiffusionResidualSampler(
        score_model=ScoreNetwork(base=options.base),
        max_iter=100 if options.quick else 3000,
        random_state=0,
    ).fit(law.sample(1000, np.random.RandomState(0)))
    truth = law.sample(6000, np.random.RandomState(1))
    n_parameters = sum(p.numel() for p in sampler.module_.parameters())
    print(
        f"{n_draws} draws, d = 20, {n_parameters} parameters, base {options.base}, "
        f"{options.threads} threads"
    )
    total, process = {}, sampler._process
    solvers = {
        "default": ExponentialMultistep(),
        "flow, 20 evaluations": ExponentialMultistep(gamma=0.0, n_steps=18),
    }
    for name, solver in solvers.items():
        before = bare_seconds(sampler.module_, 20, n_draws)
        total[name], draws = timed(sampler, solver, n_draws)
        # On both sides of the run: the machine's speed drifts.
        after = bare_seconds(sampler.module_, 20, n_draws)
        # One evaluation at each level but the last, and one for the final half step.
        nfe = len(solver.levels(process.sde, process.log_snr_range))
        floor = 0.5 * nfe * (before + after)
        print(
            f"{name}: {total[name]:.1f} s, {nfe} evaluations {floor:.1f} s "
            f"({nfe * before:.1f} before, {nfe * after:.1f} after)"
        )
        report(f"{name}: seconds over the floor", total[name] / floor, 1.25)
        some = draws[:6000]
        print(
            f"  energy distance {energy_distance(some, truth):.4f}, "
            f"sliced W2 {sliced_wasserstein(some, truth, random_state=0):.4f}"
        )
    flow, default = total["flow, 20 evaluations"], total["default"]
    report("flow over default, seconds", flow / default, 0.5)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    report("peak memory of the whole process, GiB", peak, 1.0)


if __name__ == "__main__":
    main()
