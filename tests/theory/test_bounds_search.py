"""A small random search for a bound below the distance; the benchmark script has 200 pairs."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "examples" / "benchmarks" / "bounds_search.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("bounds_search", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.statistical
def test_no_bound_is_below_the_distance(benchmark):
    """One pair for each process; most have a finite Wasserstein bound."""
    broken, finite = benchmark.search(range(1000, 1000 + len(benchmark.PROCESSES)))
    assert broken == []
    assert finite["TV"] == len(benchmark.PROCESSES)
    assert finite["W2"] > 0
