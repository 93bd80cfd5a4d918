"""Do two dask workers simulate faster than one, and the same numbers?

    python examples/benchmarks/dask_throughput.py [--quick]

Processes of one thread each, a VAR in 20 dimensions with 1,000 training rows, exact and
tabulated evaluation, residuals drawn from the training ones. Each time is the shortest
of three, taken in turns, after a first call that the workers need for their imports.
"""

import argparse
import time

import numpy as np
from joblib import parallel_config
from sklearn.base import BaseEstimator

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.datasets import make_var_mixture


class ResampledResiduals(BaseEstimator):
    """The residuals themselves: simulation costs no more than stage one."""

    def fit(self, X, y=None):
        self.rows_ = X
        return self

    def sample(self, n_samples=1, random_state=None):
        rng = np.random.RandomState(random_state)
        return self.rows_[rng.randint(len(self.rows_), size=n_samples)]

    def score_samples(self, X):
        return np.full(len(X), np.nan)


def run(evaluation, n_paths, length, clusters):
    """Throughput of one and of two workers."""
    X, _ = make_var_mixture(1000, 20, random_state=0)
    dynamics = KernelDriftVolEstimator(200, shrinkage=0.5, evaluation=evaluation)
    generator = GenerativeTimeSeries(dynamics, ResampledResiduals(), n_jobs=2).fit(X)
    times = {n_workers: [] for n_workers in clusters}
    paths = {}
    for attempt in range(4):
        for n_workers, client in clusters.items():
            with client.as_current(), parallel_config(backend="dask"):
                start = time.perf_counter()
                paths[n_workers] = generator.sample(
                    n_paths, length + 1, x0="states", random_state=0
                )
                if attempt:  # the first call imports
                    times[n_workers].append(time.perf_counter() - start)
    np.testing.assert_array_equal(paths[1], paths[2])
    one, two = min(times[1]), min(times[2])
    print(
        f"{evaluation}, {n_paths * length} transitions in {n_paths} paths: one worker "
        f"{one:.2f} s, two {two:.2f} s, the same numbers: {one / two:.2f} times the "
        "throughput (bar 1.6)",
        flush=True,
    )


def main():
    """Parse the command line and run."""
    from distributed import Client, LocalCluster

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    share = 50 if parser.parse_args().quick else 1
    options = {"threads_per_worker": 1, "dashboard_address": None}
    with (
        LocalCluster(n_workers=1, **options) as single,
        LocalCluster(n_workers=2, **options) as pair,
        Client(single, set_as_default=False) as one,
        Client(pair, set_as_default=False) as two,
    ):
        clusters = {1: one, 2: two}
        run("tabulated", 2000, 500 // share, clusters)
        run("exact", 2000, 500 // share // 10, clusters)


if __name__ == "__main__":
    main()
