"""Do two dask workers simulate faster than one, and the same numbers?

    python examples/benchmarks/dask_throughput.py [--quick]
    python examples/benchmarks/dask_throughput.py --dataset 10000000

Processes of one thread each, a VAR in 20 dimensions with 1,000 training rows, exact and
tabulated evaluation, residuals drawn from the training ones. Each time is the shortest
of three, taken in turns, after a first call that the workers need for their imports.
Beside it stands the ceiling of the machine: the same simulation in bare processes, which
share caches and memory, one alone and two at once.

On one worker of one thread joblib would leave the work to this process, with all its
threads; so the whole call is submitted there. Workers keep the memory that they have
freed: dask's MALLOC_TRIM_THRESHOLD_ gives each array back to the system, and a third of
the time goes into page faults.

With ``--dataset`` so many rows of a VAR in five dimensions, in paths of 250 rows, are
written to a parquet dataset by one process and by two workers, which write their files
themselves: rows a second, the peak of the memory of each process, and whether all files
are the same byte for byte.
"""

import argparse
import hashlib
import multiprocessing
import re
import tempfile
import time
from pathlib import Path

import numpy as np
from joblib import parallel_config
from sklearn.base import BaseEstimator

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import State
from skdiffts.datasets import make_var_mixture
from skdiffts.integrations import sample_to_parquet
from skdiffts.kernel import Tabulated


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


def simulate(generator, n_paths, length, n_jobs):
    """Paths, with the jobs given."""
    generator.n_jobs = n_jobs
    return generator.sample(n_paths, length + 1, x0="states", random_state=0)


def run(evaluation, n_paths, length, clusters):
    """Throughput of one and of two workers."""
    X, _ = make_var_mixture(1000, 20, random_state=0)
    dynamics = KernelDriftVolEstimator(
        200, shrinkage=0.5, evaluation=evaluation, conditioning=None
    )
    generator = GenerativeTimeSeries(dynamics, ResampledResiduals()).fit(X)
    times = {n_workers: [] for n_workers in clusters}
    for attempt in range(4):
        start = time.perf_counter()
        call = clusters[1].submit(
            simulate, generator, n_paths, length, None, pure=False
        )
        alone = call.result()
        middle = time.perf_counter()
        with clusters[2].as_current(), parallel_config(backend="dask"):
            shared = simulate(generator, n_paths, length, 2)
        if attempt:  # the first call imports
            times[1].append(middle - start)
            times[2].append(time.perf_counter() - middle)
    np.testing.assert_array_equal(alone, shared)
    one, two = min(times[1]), min(times[2])
    print(
        f"{evaluation or 'exact'}, {n_paths * length} transitions in {n_paths} paths: one worker "
        f"{one:.2f} s, two {two:.2f} s, the same numbers: {one / two:.2f} times the "
        f"throughput (bar 1.6; {ceiling(generator, 256, length):.2f} for bare processes)",
        flush=True,
    )


def ceiling(generator, n_paths, length):
    """Throughput of two processes that have nothing to do with each other, over one."""
    context = multiprocessing.get_context("spawn")
    times = {1: [], 2: []}
    for n_processes in (1, 2) * 2:
        barrier, queue = context.Barrier(n_processes), context.Queue()
        arguments = barrier, queue, generator, n_paths, length
        processes = [
            context.Process(target=time_alone, args=arguments)
            for _ in range(n_processes)
        ]
        for process in processes:
            process.start()
        times[n_processes].append(max(queue.get() for _ in processes))
        for process in processes:
            process.join()
    return 2.0 * min(times[1]) / min(times[2])


def time_alone(barrier, queue, generator, n_paths, length):
    """Time of one process, which begins with the others."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        simulate(generator, n_paths, 2, None)
        barrier.wait()
        start = time.perf_counter()
        simulate(generator, n_paths, length, None)
        queue.put(time.perf_counter() - start)


def write_dataset(n_rows):
    """Write a dataset by one process and by two workers, and compare."""
    import dask
    from distributed import Client, LocalCluster

    length, options = 250, {"threads_per_worker": 1, "dashboard_address": None}
    unset = {"distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None}
    X, _ = make_var_mixture(2000, 5, random_state=0)
    dynamics = KernelDriftVolEstimator("all", conditioning=State())
    generator = GenerativeTimeSeries(dynamics, ResampledResiduals(), support=None).fit(
        X
    )
    job = {"length": length, "x0": "states", "random_state": 0}
    n_paths = n_rows // length
    with tempfile.TemporaryDirectory() as folder:
        before, start = peak_memory(), time.perf_counter()
        here = sample_to_parquet(generator, f"{folder}/one", n_paths, **job)
        seconds = time.perf_counter() - start
        print(
            f"one process: {n_rows} rows in {seconds:.1f} s, {n_rows / seconds:.0f} rows a "
            f"second, peak {peak_memory():.0f} MiB ({before:.0f} before)",
            flush=True,
        )
        digests = [digest(file) for file in here]
        for file in here:
            file.unlink()
        generator.n_jobs = 2
        with (
            dask.config.set(unset),
            LocalCluster(n_workers=2, **options) as cluster,
            Client(cluster) as client,
            parallel_config(backend="dask"),
        ):
            # Each worker imports, and fills its memory, with a small job of its own.
            sample_to_parquet(generator, f"{folder}/warm", 1024, block_rows=1, **job)
            idle, start = client.run(peak_memory), time.perf_counter()
            there = sample_to_parquet(generator, f"{folder}/two", n_paths, **job)
            seconds = time.perf_counter() - start
            peaks = client.run(peak_memory)
        size = sum(file.stat().st_size for file in there) / 2**20
        same = digests == [digest(file) for file in there]
    print(
        f"two dask workers: {n_rows} rows in {seconds:.1f} s, {n_rows / seconds:.0f} rows a "
        f"second, peaks {', '.join(f'{peak:.0f}' for peak in peaks.values())} MiB "
        f"({', '.join(f'{peak:.0f}' for peak in idle.values())} before), {len(there)} "
        f"files of {size:.0f} MiB, byte for byte the files of one process: {same}",
        flush=True,
    )


def peak_memory():
    """Largest resident memory of this process so far, in MiB."""
    # getrusage would count the process that a worker was forked from.
    status = Path("/proc/self/status").read_text("utf-8")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def digest(file):
    """Hash of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main():
    """Parse the command line and run."""
    import dask
    from distributed import Client, LocalCluster

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--dataset", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.dataset:
        write_dataset(arguments.dataset)
        return
    share = 50 if arguments.quick else 1
    options = {"threads_per_worker": 1, "dashboard_address": None}
    unset = {"distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None}
    with (
        dask.config.set(unset),
        LocalCluster(n_workers=1, **options) as single,
        LocalCluster(n_workers=2, **options) as pair,
        Client(single, set_as_default=False) as one,
        Client(pair, set_as_default=False) as two,
    ):
        clusters = {1: one, 2: two}
        run(Tabulated(), 2000, 500 // share, clusters)
        run(None, 2000, 500 // share // 10, clusters)


if __name__ == "__main__":
    main()
