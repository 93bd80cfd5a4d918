"""Order of convergence and distribution of draws of each solver on each process.

    python examples/benchmarks/solver_orders.py [--quick]

Gaussian data make the denoised value linear, so that a draw is a linear combination of
the starting noise and of the noise of the steps. Basis vectors in their place give its
coefficients, hence the output's standard deviation, without any Monte Carlo error.
"""

import argparse
import itertools

import numpy as np
import torch
from known_distributions import report

from skdiffts.sde import COU, CVP, OU, VE, VP, LinearSDE, SubVP
from skdiffts.solvers import (
    EulerMaruyama,
    ExponentialMultistep,
    PredictorCorrector,
    ProbabilityFlow,
)

CLEANEST = -np.log(0.005)


def falling(t):
    return -0.5 * (0.1 + 19.9 * t)


def root_of_rate(t):
    return np.sqrt(0.1 + 19.9 * t)


FAMILIES = {
    "OU": OU(),
    "VE": VE(),
    "VP": VP(),
    "SubVP": SubVP(),
    "COU": COU(),
    "CVP": CVP(),
    "LinearSDE": LinearSDE(drift=falling, noise=root_of_rate),
}


def solvers():
    """Name and solver with a stated order.

    No order is stated for Langevin steps, whose size does not depend on the number of
    levels (predictor-corrector, annealed Langevin), nor for the adaptive pair.
    """
    for gamma in (0.0, 1.0):
        kind = "flow" if gamma == 0.0 else "SDE"
        # On the default grid the first step in t is huge where the ratio saturates.
        solver = EulerMaruyama(gamma=gamma, grid="quadratic")
        yield f"Euler-Maruyama, {kind}", solver
        for order, corrector in itertools.product((1, 2, 3), (False, True)):
            solver = ExponentialMultistep(order=order, corrector=corrector, gamma=gamma)
            yield f"multistep {order}{'+C' if corrector else ''}, {kind}", solver
    yield "Heun, flow", ProbabilityFlow()
    yield "ancestral", PredictorCorrector(n_corrections=0)


def output_std(solver, sde, sd, last, counter=None):
    """Exact standard deviation of the output for data N(0, sd^2)."""
    low = float(sde.log_snr(1.0))
    start, *noises = torch.eye(solver.n_steps + 1, dtype=torch.float64).split(1)
    noises = iter(noises)

    def denoise(y, level):
        if counter is not None:
            counter.append(level)
        return y * (sd**2 / (sd**2 + np.exp(-2.0 * level)))

    y = np.sqrt(sd**2 + np.exp(-2.0 * low)) * start.T
    draws = solver.solve(denoise, sde, y, (low, last), lambda: next(noises).T)
    return float(draws.norm())


def limit_std(sd, last):
    """Closed form of the same with infinitely many steps and the last half step."""
    noise = np.exp(-2.0 * last)
    return np.sqrt(sd**2 + noise) * 0.5 * (1.0 + sd**2 / (sd**2 + noise))


def measured_order(solver, sde, finest):
    """Slope of the log error in the log number of steps, at the finest steps.

    The levels end at a noise of 0.14: up to the level of the data's finest detail the
    problem is symmetric in the log level, where leading terms cancel.
    """
    sd, last = 0.3, 2.0
    errors = []
    for n_steps in (finest // 2, finest):
        solver.set_params(n_steps=n_steps)
        errors.append(output_std(solver, sde, sd, last) - limit_std(sd, last))
    return float(np.log2(abs(errors[0] / errors[1])))


def orders(families, finest):
    """Table of measured orders, and the largest miss."""
    print(f"measured order of the distribution at {finest} steps")
    print(f"{'':24}{'stated':>7}" + "".join(f"{name:>11}" for name in families))
    worst, where = 0.0, ""
    for name, solver in solvers():
        stated = solver.weak_order
        row = [measured_order(solver, sde, finest) for sde in families.values()]
        print(f"{name:24}{stated:7}" + "".join(f"{order:11.3f}" for order in row))
        for family, order in zip(families, row, strict=True):
            if abs(order - stated) > worst:
                worst, where = abs(order - stated), f"{name}, {family}"
    report(f"largest distance to a stated order ({where})", worst, 0.25)


def distributions(families):
    """Relative errors of the output at 50 evaluations."""
    print("\nrelative error of the output's standard deviation at 50 evaluations")
    stds = (1.0, 0.3, 0.05)
    candidates = {
        "default": ExponentialMultistep(n_steps=49),
        "default, flow": ExponentialMultistep(n_steps=48, gamma=0.0),
        "Euler-Maruyama, uniform t": EulerMaruyama(n_steps=49, grid="uniform"),
    }
    print(f"{'':28}{'data sd':>8}" + "".join(f"{name:>11}" for name in families))
    worst = 0.0
    for (name, solver), sd in itertools.product(candidates.items(), stds):
        counter = []
        row = [
            output_std(solver, sde, sd, CLEANEST, counter) / sd - 1.0
            for sde in families.values()
        ]
        assert len(counter) == 50 * len(families)
        print(f"{name:28}{sd:8.2f}" + "".join(f"{error:+11.4f}" for error in row))
        if name == "default":
            worst = max(worst, np.abs(row).max())
    report("default solver, largest error", worst, 0.01)


def main():
    """Parse the command line and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two families, 200 steps")
    quick = parser.parse_args().quick
    families = {k: FAMILIES[k] for k in ("VP", "CVP")} if quick else FAMILIES
    orders(families, 200 if quick else 800)
    distributions(families)


if __name__ == "__main__":
    main()
