"""What does stage one cost? Ratios to bare neighbour searches, taken in one run.

    python examples/benchmarks/kernel_engine.py [--part PART] [--quick]

Every figure stands beside its bar. Run alone on the machine: threads of BLAS and of the
neighbour search wait for each other when others compute.
"""

import argparse
import resource
import sys
import time
import tracemalloc

import numpy as np
from sklearn.neighbors import KNeighborsRegressor, NearestNeighbors

from skdiffts import KernelDriftVolEstimator
from skdiffts.datasets import make_var_mixture
from skdiffts.kernel import Tabulated

PORTION = 100  # simulated steps between two turns


def seconds(function, repeats=3):
    """Shortest of some runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def make_pairs(n, d, seed=0):
    """Transitions of a noisy linear map, as two-row paths."""
    random = np.random.RandomState(seed)
    states = random.standard_normal((n, d))
    ends = 0.9 * states + 0.3 * random.standard_normal((n, d))
    return np.stack([states, ends], axis=1)


def run_queries(n, d, n_queries, bar, k=200):
    """Drift and factor of many queries against the mean of the neighbours alone."""
    queries = 0.8 * np.random.RandomState(1).standard_normal((n_queries, d))
    pairs = make_pairs(n, d)
    start = time.perf_counter()
    estimator = KernelDriftVolEstimator(
        k, shrinkage=0.3, n_jobs=2, conditioning=None
    ).fit(pairs)
    fit = time.perf_counter() - start
    plain = KNeighborsRegressor(k, n_jobs=2).fit(pairs[:, 0], pairs[:, 1])
    tracemalloc.start()
    estimator.factor(queries)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    ours = seconds(lambda: estimator.factor(queries))
    theirs = seconds(lambda: plain.predict(queries))
    print(
        f"N={n}, d={d}, k={k}, {n_queries} queries: {ours:.2f} s, "
        f"KNeighborsRegressor {theirs:.2f} s: ratio {ours / theirs:.2f} (bar {bar}); "
        f"peak memory above the data {peak:.0f} MiB (bar 512); fit {fit:.1f} s",
        flush=True,
    )


def run_kernelreg(n):
    """Time and error against statsmodels' local linear regression."""
    try:
        from statsmodels.nonparametric.kernel_regression import KernelReg
    except ImportError:
        print("statsmodels is not installed: pip install statsmodels")
        return
    random = np.random.RandomState(0)
    states, queries, noise = random.standard_normal((3, n, 3))
    mixing = np.array([[0.5, 0.2, 0.0], [0.0, 0.5, 0.2], [0.2, 0.0, 0.5]])
    ends = states + np.sin(states) @ mixing + 0.3 * noise
    truth = np.sin(queries) @ mixing
    width = np.full(3, 1.06 * n ** (-1.0 / 7.0))

    def predict():
        columns = []
        for j in range(3):
            y = ends[:, j] - states[:, j]
            model = KernelReg(y, states, "ccc", reg_type="ll", bw=width)
            columns.append(model.fit(queries)[0])
        return np.column_stack(columns)

    start = time.perf_counter()
    theirs_drift = predict()
    theirs = time.perf_counter() - start
    error = np.sqrt(((theirs_drift - truth) ** 2).mean())
    print(
        f"KernelReg (local linear, fixed bandwidth, N={n}, d=3, at other points): "
        f"{theirs:.2f} s, error {error:.4f}"
    )
    # Theirs is the mean and its slopes, one column at a time, in one process; ours drift
    # and covariance of all columns. The width is a rule of thumb there; here k is given
    # as well, or chosen by the data.
    choices = ("auto", None), (100, None), (50, None), ("auto", Tabulated())
    for n_neighbors, evaluation in choices:
        for n_jobs in (1, 2):
            estimator = KernelDriftVolEstimator(
                n_neighbors,
                shrinkage=0.5,
                evaluation=evaluation,
                n_jobs=n_jobs,
                conditioning=None,
            )
            fit = seconds(
                lambda: estimator.fit(np.stack([states, ends], axis=1)),  # noqa: B023
                1,
            )
            drift, _ = estimator.coefficients(queries)
            error = np.sqrt(((drift - truth) ** 2).mean())
            query = seconds(lambda: estimator.coefficients(queries), 20)  # noqa: B023
            print(
                f"ours, {evaluation or 'exact'}, k {estimator.n_neighbors_}, {n_jobs} thread(s): "
                f"{1e3 * query:.1f} ms, error {error:.4f}, fit {fit:.2f} s: "
                f"{theirs / query:.0f} times as fast (bar 100)",
                flush=True,
            )


def run_auto(n, d):
    """Leave-one-out search of k against one query of the whole training set."""
    pairs = make_pairs(n, d)
    search = NearestNeighbors(n_neighbors=200, n_jobs=2).fit(pairs[:, 0])
    query = seconds(lambda: search.kneighbors(pairs[:, 0]), 1)
    estimator = KernelDriftVolEstimator(n_jobs=2, conditioning=None)
    ours = seconds(lambda: estimator.fit(pairs), 1)
    print(
        f"n_neighbors='auto', N={n}, d={d}: {ours:.1f} s (chose {estimator.n_neighbors_}), "
        f"one query of all for 200 neighbours {query:.1f} s: ratio {ours / query:.2f} (bar 3). "
        "2,000 transitions score the candidates, 20,000 give residuals."
    )


def run_simulation(n_transitions, evaluation, n_rows=1000, d=20, n_paths=1000, k=200):
    """Stage one of a simulation against bare queries (and moments) of the same batches."""
    X, _ = make_var_mixture(n_rows, d, random_state=0)
    estimator = KernelDriftVolEstimator(
        k, shrinkage=0.5, evaluation=evaluation, conditioning=None
    ).fit(X)
    random = np.random.RandomState(0)
    length = n_transitions // n_paths
    residuals = random.standard_normal((n_paths, length, d))
    states = X[random.randint(n_rows, size=n_paths)]
    smoother = estimator.model_.local_model.smoother

    def bare(batch, mapped):
        if evaluation is not None:
            smoother.search.search.kneighbors(mapped, 1)
            return
        found = smoother.search.query(batch, k)
        for i in range(0, n_paths, 100):
            rows = slice(i, i + 100)
            distances, indices = (part[rows] for part in found)
            smoother.moments(batch[rows], distances, indices, k)

    # Simulation and bare queries take turns: the speed of the machine drifts.
    ours = floor = 0.0
    for first in range(0, length, PORTION):
        start = time.perf_counter()
        paths = estimator.simulate(
            residuals[:, first : first + PORTION], estimator.start_history(states)
        )
        ours += time.perf_counter() - start
        states = paths[:, -1]
        batches = [paths[:, i].copy() for i in range(paths.shape[1] - 1)]
        points = [smoother.search.map(batch) for batch in batches]
        start = time.perf_counter()
        for batch, mapped in zip(batches, points, strict=True):
            bare(batch, mapped)
        floor += time.perf_counter() - start
    print(
        f"{evaluation or 'exact'}, {n_paths * length} transitions, N={n_rows}, d={d}: {ours:.2f} s, "
        f"bare {'queries' if evaluation else 'queries and moments'} "
        f"{floor:.2f} s: ratio {ours / floor:.2f} (bar 2)",
        flush=True,
    )
    return ours


def run_growth():
    """Exponents of the cost in N, d, paths and length."""
    base = {"n_transitions": 100_000, "n_rows": 1000, "d": 10, "n_paths": 500}
    for name, factor in (("n_rows", 4), ("d", 2), ("n_paths", 2), ("n_transitions", 2)):
        small = run_simulation(evaluation=Tabulated(), **base)
        larger = {**base, name: base[name] * factor}
        if name == "n_paths":  # the same length
            larger["n_transitions"] *= factor
        large = run_simulation(evaluation=Tabulated(), **larger)
        label = "length" if name == "n_transitions" else name
        print(
            f"growth exponent in {label}: {np.log(large / small) / np.log(factor):.2f}"
        )


def main():
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    many, n = 1_000_000, 100_000
    if "--quick" in sys.argv:
        many, n = many // 10, n // 10
    parts = {
        "queries": lambda: run_queries(n, 20, n // 10, 1.5),
        "small": lambda: [run_queries(n, d, n // 10, 2) for d in (1, 2, 3)],
        "kernelreg": lambda: run_kernelreg(2000),
        "simulation": lambda: [
            run_simulation(many, Tabulated()),
            run_simulation(n, None),
        ],
        "growth": run_growth,
        "auto": lambda: run_auto(n, 20),
        "million": lambda: run_queries(many, 20, 10_000, 1.3),
    }
    parser.add_argument("--part", choices=parts, action="append")
    # The last takes minutes.
    for part in parser.parse_args().part or list(parts)[:-1]:
        parts[part]()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory of the process {peak:.2f} GiB")


if __name__ == "__main__":
    main()
