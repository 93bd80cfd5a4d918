"""Search on a dask cluster that stops bad candidates after a few folds, by optuna."""

import numpy as np
import optuna
from dask.distributed import Client, LocalCluster, as_completed
from optuna.distributions import FloatDistribution, IntDistribution
from sklearn.base import clone
from sklearn.model_selection import TimeSeriesSplit
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries
from skdiffts.datasets import make_van_der_pol

SPACE = {
    "dynamics__n_neighbors": IntDistribution(10, 90, log=True),
    "sampler__bandwidth": FloatDistribution(0.05, 2.0, log=True),
}


def score_fold(generator, parameters, X, train, test):
    """Held-out log-likelihood of one candidate on one fold, on a worker."""
    candidate = clone(generator).set_params(**parameters)
    return candidate.fit(X[train]).score(X[test])


def main(n_trials=12, n_workers=2):
    """Search; give optuna's study."""
    X, truth = make_van_der_pol(n_rows=600, random_state=0)
    generator = GenerativeTimeSeries(sampler=KernelDensity(), support=None)
    generator.set_params(dynamics__dt=truth.dt, dynamics__conditioning=None)
    folds = list(TimeSeriesSplit(5).split(X))
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=0),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4),
    )
    with (
        LocalCluster(
            n_workers=n_workers, threads_per_worker=1, dashboard_address=None
        ) as here,
        Client(here) as client,
    ):
        data = client.scatter(X, broadcast=True)
        jobs, running = {}, as_completed()

        def submit(trial, scores):
            fold = folds[len(scores)]
            arguments = generator, trial.params, data, *fold
            future = client.submit(score_fold, *arguments, pure=False)
            jobs[future.key] = trial, scores
            running.add(future)

        for _ in range(n_workers):
            submit(study.ask(SPACE), [])
        for future in running:
            trial, scores = jobs.pop(future.key)
            scores = [*scores, future.result()]
            trial.report(np.mean(scores), len(scores))
            if len(scores) == len(folds):
                study.tell(trial, np.mean(scores))
            elif trial.should_prune():
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            else:
                submit(trial, scores)
                continue
            if len(study.trials) < n_trials:
                submit(study.ask(SPACE), [])
    return study


if __name__ == "__main__":  # workers import this file
    study = main()
