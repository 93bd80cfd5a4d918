"""Grid search and simulation on a dask cluster, through joblib's dask backend."""

from dask.distributed import Client, LocalCluster
from joblib import parallel_config
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries
from skdiffts.datasets import make_van_der_pol


def main():
    """Search and simulate on two workers; give the best parameters and the paths."""
    X, truth = make_van_der_pol(n_rows=600, random_state=0)
    generator = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3), n_jobs=2)
    generator.set_params(dynamics__dt=truth.dt)
    grid = {"dynamics__n_neighbors": [30, 100, "all"]}
    search = GridSearchCV(generator, grid, cv=TimeSeriesSplit(3), n_jobs=-1)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as here,
        Client(here),
        parallel_config(backend="dask"),
    ):
        search.fit(X)
        paths = search.best_estimator_.sample(1000, 50, x0="states", random_state=0)
    return search.best_params_, paths


if __name__ == "__main__":  # workers import this file
    best, paths = main()
