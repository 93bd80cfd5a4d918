"""Generators of time series side by side: skdiffts, the classics, other packages.

    python examples/benchmarks/peers.py [--data FOLDER] [--seeds 5] [--only DATA ...]
        [--peers NAME ...]

Every generator is asked the same, ``generate(train, n_paths, length, seed)``: same data,
same machine, one thread. FOLDER holds the real series that are not part of the package.
Each cell (data, generator, seed) is a line of cells/peers.jsonl as soon as it is done, so
that a run can be stopped and goes on where it was, and lines that are taken out are
measured anew; doc/results_peers.md is written from the lines that are there (--page: only
that). Seeds are the outer loop. Generators whose package is missing are left out:
`pip install arch multiarch skfolio deepecho`.
"""

import argparse
import importlib.util
import json
import multiprocessing
import resource
import signal
import subprocess
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from peers_classics import (
    IndependentBootstrap,
    SchroedingerBridge,
    StaticStudentT,
    StationaryBootstrap,
    VectorAutoregression,
)
from peers_data import GROUPS, load
from peers_finance import DccGarch, FilteredHistoricalSimulation
from peers_metrics import N_FORECASTS, Judge
from peers_models import Ours, ParPeer, SelectedMixture, VinePeer
from peers_page import DCC, INSIDE, ORACLE, ORACLE_PATH, OURS, REAL, write_page
from peers_vae import WindowVae

ROOT = Path(__file__).parents[2]
CELLS = ROOT / "examples" / "benchmarks" / "cells" / "peers.jsonl"
PAGE = ROOT / "doc" / "results_peers.md"
LIMIT_S = 600


@dataclass(frozen=True)
class Peer:
    """A generator: how it is made for a set, what it needs, and where it makes sense."""

    make: Callable
    package: str | None = None
    suits: Callable = lambda data: True

    @property
    def missing(self):
        """Whether its package is not installed."""
        return bool(self.package) and importlib.util.find_spec(self.package) is None


def has_returns(data):
    """Whether the rows are returns, for which models of volatility are made."""
    return data.has_returns


PEERS = {
    OURS: Peer(lambda data: Ours(start=data.start)),
    "VAR, resampled": Peer(lambda data: VectorAutoregression(gaussian=False)),
    "VAR, Gaussian": Peer(lambda data: VectorAutoregression(gaussian=True)),
    "stationary bootstrap": Peer(lambda data: StationaryBootstrap()),
    "i.i.d. bootstrap": Peer(lambda data: IndependentBootstrap()),
    "static Student-t": Peer(lambda data: StaticStudentT()),
    DCC: Peer(lambda data: DccGarch(), "multiarch", has_returns),
    "filtered simulation, GARCH": Peer(
        lambda data: FilteredHistoricalSimulation("garch"), "arch", has_returns
    ),
    "filtered simulation, EWMA": Peer(
        lambda data: FilteredHistoricalSimulation("ewma"), suits=has_returns
    ),
    INSIDE: Peer(lambda data: Ours(SelectedMixture(), start=data.start)),
    "Schroedinger bridge": Peer(lambda data: SchroedingerBridge()),
    "vine copula (skfolio)": Peer(
        lambda data: VinePeer(), "skfolio", lambda data: data.n_features > 2
    ),
    "PAR (DeepEcho)": Peer(
        lambda data: ParPeer(),
        "deepecho",
        # Minutes a fit in higher dimension, hence only here.
        lambda data: data.name in ("double_well_2", "us_vix_market"),
    ),
    "TimeVAE": Peer(lambda data: WindowVae(), suits=lambda data: data.length == 24),
}


def generate(peer, train, n_paths, length, seed):
    """Fit a generator to training paths and draw new ones; with both costs in CPU s."""
    start = time.process_time()
    peer.fit(train, seed)
    fitted = time.process_time()
    paths = peer.sample(n_paths, length, seed)
    costs = {"fit_s": fitted - start, "sample_s": time.process_time() - fitted}
    return np.asarray(paths), costs


def measure(name, data, judge, seed):
    """All figures of one generator on one set."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peer = PEERS[name].make(data)
    paths, figures = generate(peer, data.train, data.n_paths, data.length, seed)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures["memory_mib"] = (peak - before) / 1024.0
    figures |= judge.paths(paths)
    if hasattr(peer, "forecast"):
        ensembles = peer.forecast(judge.pasts, N_FORECASTS, seed)
        figures |= judge.forecasts(ensembles)
    if hasattr(peer, "log_density"):
        densities = peer.log_density(data.test, judge.kept_rows())
        if densities is not None:
            figures["log_likelihood"] = float(np.mean(densities))
    if hasattr(peer, "describe"):
        figures["found"] = peer.describe()
    return figures


def measure_reference(name, data, judge, seed):
    """Figures of the rows that every table has: real against real, and the truth."""
    if name == REAL:
        return judge.floor()
    if name == ORACLE_PATH:
        rows = sum(map(len, data.train))
        return judge.paths(data.oracle_paths(1, rows, 20_000 + seed))
    figures = judge.paths(data.oracle_paths(data.n_paths, data.length, 30_000 + seed))
    ensembles = data.oracle_forecasts(judge.where, N_FORECASTS, seed)
    figures |= judge.forecasts(ensembles)
    if data.states.shape[2] == data.n_features:  # nothing is hidden
        kept = judge.kept_rows()
        densities = [
            data.truth.score_samples(path)[some]
            for path, some in zip(data.test, kept, strict=True)
        ]
        figures["log_likelihood"] = float(np.mean(np.concatenate(densities)))
    return figures


def in_fork(task):
    """Run in a process of its own, so that its peak memory is its own."""
    receiver, sender = multiprocessing.get_context("fork").Pipe(duplex=False)

    def work():
        signal.alarm(LIMIT_S)
        try:
            sender.send({"figures": task()})
        except Exception as error:  # noqa: BLE001, one peer must not end the run
            traceback.print_exc()
            sender.send({"error": f"{type(error).__name__}: {error}".splitlines()[0]})

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    sender.close()
    try:
        result = receiver.recv()
    except EOFError:
        result = {"error": f"It was stopped, at the latest after {LIMIT_S} s."}
    process.join()
    return result


def git(*arguments):
    """What git says in this checkout; nothing where it is none."""
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def package_version():
    """Last commit that changed the package, with a mark for changes without a commit."""
    commit = git("log", "-1", "--format=%h", "--", "skdiffts")
    changes = git("status", "--porcelain", "--", "skdiffts")
    return f"{commit or 'unknown'}{' with changes' if changes else ''}"


def read_cells(path):
    """Cells that are done."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def shortened(figures):
    """The same with six digits: cells stay in the tree."""
    return {
        key: float(f"{value:.6g}") if isinstance(value, float) else value
        for key, value in figures.items()
    }


def rows_of(data):
    """Rows of the table of a set, in the order in which they are run."""
    references = [REAL]
    if data.truth is not None:
        references += [ORACLE, ORACLE_PATH]
    peers = [
        name for name, peer in PEERS.items() if peer.suits(data) and not peer.missing
    ]
    return references + peers


def run(names, peers, seeds, folder, cells_path):
    """Measure what is not there yet, and add it line by line."""
    done = {(c["data"], c["peer"], c["seed"]) for c in read_cells(cells_path)}
    version = package_version()
    cells_path.parent.mkdir(exist_ok=True)
    for name, peer in PEERS.items():
        if peer.missing:
            print(f"{name}: {peer.package} is not installed", flush=True)
    for seed in seeds:
        for data_name in names:
            data = load(data_name, seed, folder)
            if isinstance(data, str):
                print(data, flush=True)
                continue
            todo = [
                name
                for name in rows_of(data)
                if (data_name, name, seed) not in done
                and (name in peers or name not in PEERS)
            ]
            judge = Judge(data) if todo else None
            for name in todo:
                work = measure if name in PEERS else measure_reference
                start = time.perf_counter()
                result = in_fork(partial(work, name, data, judge, seed))
                cell = {"data": data_name, "peer": name, "seed": seed} | result
                if "figures" in cell:
                    cell["figures"] = shortened(cell["figures"])
                cell["commit"] = version
                with cells_path.open("a") as stream:
                    stream.write(json.dumps(cell) + "\n")
                wall = time.perf_counter() - start
                print(f"{seed} {data_name} {name}: {wall:.1f} s", flush=True)


def main():
    """Parse the command line, measure, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=list(GROUPS), default=list(GROUPS))
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--cells", type=Path, default=CELLS)
    parser.add_argument("--write", type=Path, default=PAGE)
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--quick", action="store_true", help="one set, two peers")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.only, arguments.seeds = ["double_well_2"], 1
        arguments.peers = ["VAR, resampled", "stationary bootstrap"]
        arguments.cells = Path("quick.jsonl")
        arguments.write = Path("quick.md")
    torch.set_num_threads(1)
    if not arguments.page:
        seeds = range(arguments.seeds)
        run(arguments.only, arguments.peers, seeds, arguments.data, arguments.cells)
    absent = [
        f"{name}: `{peer.package}` was not installed"
        for name, peer in PEERS.items()
        if peer.missing
    ]
    command = f"python examples/benchmarks/peers.py --seeds {arguments.seeds}"
    if arguments.data is not None:
        command += f" --data {arguments.data}"
    cells = read_cells(arguments.cells)
    write_page(arguments.write, cells, GROUPS, list(PEERS), absent, command)


if __name__ == "__main__":
    main()
