"""Simulation and search on a dask cluster."""

import pytest
from joblib import parallel_config
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

distributed = pytest.importorskip("distributed", reason="dask is not installed")


@pytest.fixture(scope="module")
def cluster():
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


def test_a_submitted_call_gives_the_same_paths(make_series, quick, cluster):
    """The generator travels whole, and its chunks stay in the worker."""
    generator = quick().fit(make_series())
    with parallel_config(backend="sequential"):
        alone = generator.sample(20, 5, random_state=3)
    client = distributed.get_client()
    there = client.submit(generator.sample, 20, 5, random_state=3)
    assert_array_equal(there.result(timeout=60), alone)
