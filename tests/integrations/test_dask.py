"""Simulation and search on a dask cluster."""

import pytest
from joblib import parallel_config
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    TimeSeriesSplit,
)

from skdiffts.integrations import sample_to_parquet

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

distributed = pytest.importorskip("distributed", reason="dask is not installed")


@pytest.fixture(scope="module")
def cluster(patient_dask):
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
        parallel_config(backend="dask"),
    ):
        yield cluster


@pytest.mark.parametrize("sampler", ["table", "diffusion"])
def test_paths_are_those_of_one_process(make_series, quick, cluster, sampler):
    generator = quick(sampler).fit(make_series())
    with parallel_config(backend="sequential"):
        alone = generator.sample(600, 4, x0="states", random_state=0)
    shared = clone(generator).set_params(n_jobs=2).fit(make_series())
    assert_array_equal(shared.sample(600, 4, x0="states", random_state=0), alone)


def test_scores_are_those_of_one_process(make_series, quick, cluster):
    search = GridSearchCV(
        quick(),
        {"dynamics__n_neighbors": [10, 30]},
        cv=TimeSeriesSplit(2),
        error_score="raise",
        n_jobs=2,
    )
    there = clone(search).fit(make_series()).cv_results_["mean_test_score"]
    with parallel_config(backend="sequential"):
        here = clone(search).fit(make_series()).cv_results_["mean_test_score"]
    assert_array_equal(there, here)


def test_bad_candidates_are_stopped_early(make_series, quick, cluster):
    """Successive halving over the steps of the network: the same as in one process."""
    search = HalvingGridSearchCV(
        quick("diffusion"),
        {"dynamics__n_neighbors": [5, 30]},
        resource="sampler__max_iter",
        factor=2,
        min_resources=4,
        max_resources=8,
        refit=False,
        cv=TimeSeriesSplit(2),
        error_score="raise",
        random_state=0,
        n_jobs=2,
    )
    there = clone(search).fit(make_series())
    assert there.n_candidates_ == [2, 1]
    assert list(there.cv_results_["n_resources"]) == [4, 4, 8]
    with parallel_config(backend="sequential"):
        here = clone(search).fit(make_series())
    found, expected = (s.cv_results_["mean_test_score"] for s in (there, here))
    assert_array_equal(found, expected)


def test_files_are_those_of_one_process(make_series, quick, cluster, tmp_path):
    """Workers write the files of their blocks."""
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    generator = quick().fit(make_series())
    options = {"block_rows": 1, "random_state": 0}
    with parallel_config(backend="sequential"):
        here = sample_to_parquet(generator, tmp_path / "a", 600, 5, **options)
    generator.set_params(n_jobs=2)
    there = sample_to_parquet(generator, tmp_path / "b", 600, 5, **options)
    for a, b in zip(here, there, strict=True):
        assert a.read_bytes() == b.read_bytes()


def test_a_submitted_call_gives_the_same_paths(make_series, quick, cluster):
    """The generator travels whole, and its chunks stay in the worker."""
    generator = quick().fit(make_series())
    with parallel_config(backend="sequential"):
        alone = generator.sample(20, 5, random_state=3)
    client = distributed.get_client()
    there = client.submit(generator.sample, 20, 5, random_state=3)
    assert_array_equal(there.result(timeout=300), alone)
