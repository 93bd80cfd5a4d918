"""Where do paths of stage one go? Long ones stay near the data, all have their moments.

    python examples/benchmarks/kernel_paths.py [--part PART] [--n-paths 1000] [--quick]

The part envelope says how far 1,000,000 rows, in some paths for every choice and in one
path for the defaults, go from the data; fidelity whether the moments of simulated paths are
right; cost what a row of one long path takes beside a row of 200 paths.
"""

import argparse
import time

import numpy as np

from skdiffts import KernelDriftVolEstimator
from skdiffts.conditioning import (
    CalendarFeatures,
    ConditioningUnion,
    EWCovariance,
    EWVolatility,
    LaggedIncrements,
    LaggedStates,
    State,
)
from skdiffts.datasets import load_seattle_weather, make_var_mixture
from skdiffts.kernel import Tabulated
from skdiffts.metrics import autocovariance, relative_error

PARTS = ["fidelity", "envelope", "cost"]
KERNELS = ("epanechnikov", "gaussian", "tricube", "uniform")


def resampled(estimator, n_paths, length, seed):
    """Draws of the training residuals."""
    residuals = estimator.loo_residuals_
    rows = np.random.RandomState(seed).randint(len(residuals), size=(n_paths, length))
    return residuals[rows]


def excursion(estimator, X, n_paths, length):
    """Largest distances from the middle of the data, in ranges: rows and increments."""
    rows = np.linspace(estimator.n_history_, len(X) - 1, n_paths).astype(int)
    noise = resampled(estimator, n_paths, length, 0)
    paths = estimator.simulate(noise, estimator.history(X).take(rows))
    if not np.isfinite(paths).all():
        return np.inf, np.inf
    X = X.to_numpy()

    def farthest(made, real):
        low, high = real.min(axis=0), real.max(axis=0)
        return np.abs((made - 0.5 * (low + high)) / (high - low)).max()

    return farthest(paths, X), farthest(np.diff(paths, axis=1), np.diff(X, axis=0))


def run_envelope(n_paths, length, n_exact, kernels=KERNELS):
    """How far a million rows go, for every kernel, degree and conditioning."""
    X = load_seattle_weather()

    def with_state(part):
        return ConditioningUnion(parts=[("state", State()), ("part", part)])

    choices = {
        "State": (State(), None),
        "LaggedStates": (LaggedStates(), None),
        "State, LaggedIncrements": (with_state(LaggedIncrements()), None),
        "State, CalendarFeatures": (
            with_state(CalendarFeatures(periods=["year"])),
            None,
        ),
        "State, EWVolatility as scale": (State(), EWVolatility()),
        "State, EWCovariance as scale": (State(), EWCovariance()),
        "LaggedIncrements alone (levels are a random walk)": (LaggedIncrements(), None),
    }
    print(
        f"Seattle's weather: largest distance from the middle of the data, in ranges "
        f"(0.5 is the range), of {n_paths * length} rows in {n_paths} paths, tabulated, "
        "k = 100; increments in brackets"
    )
    for name, (conditioning, scale) in choices.items():
        for degree in (0, 1):
            cells = []
            for kernel in kernels:
                estimator = KernelDriftVolEstimator(
                    100,
                    kernel=kernel,
                    degree=degree,
                    conditioning=conditioning,
                    scale=scale,
                    evaluation=Tabulated(),
                ).fit(X)
                rows, increments = excursion(estimator, X, n_paths, length)
                cells.append(f"{kernel} {rows:.2f} ({increments:.2f})")
            print(f"{name}, degree {degree}: {', '.join(cells)}", flush=True)
    if n_exact:
        estimator = KernelDriftVolEstimator(conditioning=None).fit(X)
        rows, increments = excursion(estimator, X, 1, n_exact)
        print(
            f"exact, defaults (k {estimator.n_neighbors_}), one path of {n_exact} rows: "
            f"{rows:.2f} ({increments:.2f})"
        )


def run_fidelity(n_seeds, n_paths, length):
    """Moments of simulated paths of a VAR in 20 dimensions."""
    estimators = {
        "tabulated, defaults": KernelDriftVolEstimator(
            evaluation=Tabulated(), conditioning=None
        ),
        "tabulated, k = 900, shrinkage 0.7": KernelDriftVolEstimator(
            900, shrinkage=0.7, evaluation=Tabulated(), conditioning=None
        ),
        "exact, k = 900, shrinkage 0.7": KernelDriftVolEstimator(
            900, shrinkage=0.7, conditioning=None
        ),
    }
    errors = {name: [] for name in ["training path", *estimators]}
    for seed in range(n_seeds):
        X, truth = make_var_mixture(1000, 20, random_state=seed)
        distribution = truth.stationary_covariance, truth.lag1_autocovariance
        rows = np.random.RandomState(seed).randint(len(X), size=n_paths)
        paths = {"training path": X[np.newaxis]}
        for name, estimator in estimators.items():
            noise = resampled(estimator.fit(X), n_paths, length, seed)
            paths[name] = estimator.simulate(noise, estimator.start_history(X[rows]))
        for name, sample in paths.items():
            moments = [autocovariance(sample, lag=lag) for lag in (0, 1)]
            errors[name].append(list(map(relative_error, moments, distribution)))
    base = np.mean(errors["training path"], axis=0)
    for name, values in errors.items():
        mean = np.mean(values, axis=0)
        print(
            f"{name}: relative error of the stationary covariance {mean[0]:.3f}, of the "
            f"lag-1 autocovariance {mean[1]:.3f}; over the training path's "
            f"{mean[0] / base[0]:.2f}, {mean[1] / base[1]:.2f} (bar 1.5)",
            flush=True,
        )


def run_cost(n_rows):
    """Processor time of a row, for one path and for 200 paths at a time."""
    X = load_seattle_weather()
    V, _ = make_var_mixture(1000, 20, random_state=0)
    tabulated = {"conditioning": None, "evaluation": Tabulated()}
    cases = {
        "local, defaults": (X, KernelDriftVolEstimator(conditioning=None)),
        "local, k = 50": (X, KernelDriftVolEstimator(50, conditioning=None)),
        "tabulated": (X, KernelDriftVolEstimator(**tabulated)),
        "global": (X, KernelDriftVolEstimator("all", conditioning=None)),
        "history found": (X, KernelDriftVolEstimator()),
        "local, d = 20": (V, KernelDriftVolEstimator(conditioning=None)),
        "tabulated, d = 20": (V, KernelDriftVolEstimator(**tabulated)),
        "global, d = 20": (V, KernelDriftVolEstimator("all", conditioning=None)),
    }
    print("Microseconds a row of one path, and of 200 paths at a time")
    for name, (data, estimator) in cases.items():
        history = estimator.fit(data).history(data)
        cells = []
        for n_paths in (1, 200):
            length = max(n_rows // n_paths, 20)
            noise = resampled(estimator, n_paths, length, 0)
            batch = history.take(slice(100, 100 + n_paths))
            estimator.simulate(noise[:, :5], batch)  # what is computed once
            start = time.process_time()
            estimator.simulate(noise, batch)
            seconds = time.process_time() - start
            cells.append(f"{seconds / n_paths / length * 1e6:.1f}")
        print(f"{name} (k {estimator.n_neighbors_}): {', '.join(cells)}", flush=True)


def main():
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="short paths, one seed, one kernel"
    )
    parser.add_argument("--n-paths", type=int, default=1000)
    parser.add_argument("--part", choices=PARTS, action="append")
    options = parser.parse_args()
    n_rows = 10_000 if options.quick else 1_000_000
    kernels = KERNELS[:1] if options.quick else KERNELS
    parts = options.part or PARTS
    if "fidelity" in parts:
        run_fidelity(*((1, 30, 100) if options.quick else (3, 300, 400)))
    if "envelope" in parts:
        run_envelope(options.n_paths, n_rows // options.n_paths, n_rows, kernels)
    if "cost" in parts:
        run_cost(n_rows // 500)


if __name__ == "__main__":
    main()
