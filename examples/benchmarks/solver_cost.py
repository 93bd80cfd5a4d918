"""What each solver draws for how many evaluations, with the exact score of a mixture.

    python examples/benchmarks/solver_cost.py [--quick] [--dims 2 20]

Three distances between draws and a true sample: energy, sliced W2, and W2 by optimal
assignment on a part of the rows. Their noise floor is what other true samples of the
same size have to the same sample. W2 rewards draws that are too narrow: never read it
alone.
"""

import argparse

import numpy as np
import torch
from known_distributions import report, well_separated_mixture
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from skdiffts.metrics import energy_distance, sliced_wasserstein
from skdiffts.sde import VP
from skdiffts.solvers import (
    AdaptiveProbabilityFlow,
    AnnealedLangevin,
    EulerMaruyama,
    ExponentialMultistep,
    PredictorCorrector,
    ProbabilityFlow,
)

CLEANEST = -np.log(0.005)
BLOCK = 1000
DISTANCES = ("energy distance", "sliced W2", "W2")
DEFAULT, FLOW = "multistep 3+C, SDE (default)", "multistep 3+C, flow"


def multistep(order, corrector, gamma):
    # Order 3 of the flow has a further, short first step.
    extra = 2 if order == 3 and gamma == 0.0 else 1
    return lambda nfe: ExponentialMultistep(
        n_steps=nfe - extra, order=order, corrector=corrector, gamma=gamma
    )


# Solver that spends a number of evaluations, of which the last step takes one.
SOLVERS = {
    "Euler-Maruyama, uniform t": lambda nfe: EulerMaruyama(
        n_steps=nfe - 1, grid="uniform"
    ),
    "Euler-Maruyama, quadratic t": lambda nfe: EulerMaruyama(
        n_steps=nfe - 1, grid="quadratic"
    ),
    "Euler-Maruyama, log-SNR": lambda nfe: EulerMaruyama(
        n_steps=nfe - 1, grid="logsnr"
    ),
    "ancestral (multistep 1, SDE)": multistep(1, False, 1.0),
    "multistep 2, SDE": multistep(2, False, 1.0),
    DEFAULT: multistep(3, True, 1.0),
    "DDIM (multistep 1, flow)": multistep(1, False, 0.0),
    "multistep 2, flow": multistep(2, False, 0.0),
    FLOW: multistep(3, True, 0.0),
    "Heun, log-SNR": lambda nfe: ProbabilityFlow(n_steps=(nfe - 1) // 2),
    "Heun, Karras": lambda nfe: ProbabilityFlow(n_steps=(nfe - 1) // 2, grid="karras"),
    "predictor-corrector": lambda nfe: PredictorCorrector(n_steps=(nfe - 1) // 2),
    "annealed Langevin": lambda nfe: AnnealedLangevin(
        n_steps=(nfe - 1) // 2, n_inner=2, grid="logsnr", rule="noise"
    ),
}


def draw(distribution, solver, n, seed):
    """Draws, in blocks that stay in the cache, and the number of evaluations a row."""
    blocks = [
        draw_block(distribution, solver, min(BLOCK, n - start), 10_000 * seed + start)
        for start in range(0, n, BLOCK)
    ]
    return np.concatenate([draws for draws, _ in blocks]), blocks[0][1]


def draw_block(distribution, solver, n, seed):
    """Draws that start from the moments of the noised distribution."""
    sde, module = VP(), distribution.velocity()
    rng = torch.Generator().manual_seed(seed)
    low = float(sde.log_snr(1.0))
    levels = []

    def denoise(y, level):
        levels.append(level)
        angle = np.arctan(np.exp(-level))
        log_snr = torch.full((1, 1), level, dtype=torch.float64)
        z = np.cos(angle) * y
        return np.cos(angle) * z - np.sin(angle) * module(z, log_snr)

    def noise():
        return torch.randn(
            n, len(distribution.mean), generator=rng, dtype=torch.float64
        )

    covariance = distribution.covariance + np.exp(-2.0 * low) * np.eye(
        len(distribution.mean)
    )
    factor = torch.as_tensor(np.linalg.cholesky(covariance))
    start = torch.as_tensor(distribution.mean) + noise() @ factor.T
    with torch.inference_mode():
        draws = solver.solve(denoise, sde, start, (low, CLEANEST), noise)
    return draws.numpy(), len(levels)


def distances(draws, truth, n_assigned):
    """Energy distance, sliced W2 and W2 to a true sample."""
    if not np.isfinite(draws).all():
        return np.full(3, np.inf)
    cost = cdist(draws[:n_assigned], truth[:n_assigned], "sqeuclidean")
    rows, columns = linear_sum_assignment(cost)
    return np.array(
        [
            energy_distance(draws, truth),
            sliced_wasserstein(draws, truth, random_state=0),
            np.sqrt(cost[rows, columns].mean()),
        ]
    )


def run_dimension(d, budgets, n, n_assigned, n_floor):
    """Print the tables of one dimension, and the bars."""
    distribution = well_separated_mixture(d)
    truth = distribution.sample(n, np.random.RandomState(1))
    floor = np.array(
        [
            distances(
                distribution.sample(n, np.random.RandomState(100 + i)),
                truth,
                n_assigned,
            )
            for i in range(n_floor)
        ]
    )
    mean, std = floor.mean(axis=0), floor.std(axis=0, ddof=1)
    table, spent = {}, {}
    for name, make in SOLVERS.items():
        for budget in budgets:
            try:
                draws, count = draw(distribution, make(budget), n, budget)
            except ValueError:  # refused: too few steps for the grid
                table[name, budget] = np.full(len(DISTANCES), np.inf)
                continue
            spent[name, budget] = count
            table[name, budget] = distances(draws, truth, n_assigned)
    for k, distance in enumerate(DISTANCES):
        print(
            f"\n{distance}, d = {d}, {n if k < 2 else n_assigned} rows; "
            f"noise floor {mean[k]:.4f} +- {std[k]:.4f}"
        )
        print(f"{'evaluations':32}" + "".join(f"{b:>10}" for b in budgets))
        for name in SOLVERS:
            cells = "".join(f"{table[name, b][k]:10.4f}" for b in budgets)
            print(f"{name:32}{cells}")
    assert all(count <= budget for (_, budget), count in spent.items())
    print()
    for tol in (1e-3, 1e-5):
        solver = AdaptiveProbabilityFlow(tol=tol)
        draws, nfe = draw(distribution, solver, n, 0)
        cells = "".join(f"{x:10.4f}" for x in distances(draws, truth, n_assigned))
        print(f"adaptive RK45, tol {tol:.0e}, {nfe} evaluations:{cells}")
    for name, budget in ((DEFAULT, 50), (FLOW, 20)):
        for k, distance in enumerate(DISTANCES):
            report(
                f"d = {d}, {name}, {budget} evaluations, {distance}",
                table[name, budget][k],
                mean[k] + 3.0 * std[k],
            )


def main():
    """Parse the command line and run each dimension."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few rows and evaluations")
    parser.add_argument("--dims", type=int, nargs="+", default=[2, 20])
    options = parser.parse_args()
    quick = options.quick
    torch.set_num_threads(1)
    budgets = (5, 10, 20, 50) if quick else (5, 10, 20, 50, 100, 200, 1000)
    n, n_assigned, n_floor = (800, 300, 5) if quick else (6000, 1500, 20)
    print("bars: the floor's mean and three of its standard deviations")
    for d in options.dims:
        run_dimension(d, budgets, n, n_assigned, n_floor)


if __name__ == "__main__":
    main()
