"""Grid search over the nested parameters, in every container."""

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from numpy.testing import assert_array_equal
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    KFold,
    PredefinedSplit,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts._paths import to_transitions

GRIDS = [
    {
        "dynamics__n_neighbors": [8, "all"],
        "sampler__sde__schedule": ["linear", "geometric"],
    },
    {"sampler__sde__beta_max": [2.0], "sampler__loss__weighting": ["sigma2"]},
    {"sampler__lam": [0.01, 0.3]},
]
# Both stages differ.
PAIR = [
    {"dynamics__n_neighbors": [8], "sampler__sde__schedule": ["linear"]},
    {"dynamics__n_neighbors": ["all"], "sampler__sde__schedule": ["geometric"]},
]


@pytest.fixture
def generator(quick, small_sampler):
    return quick(sampler=small_sampler(max_iter=3))


@pytest.fixture
def panel(walk):
    return walk(0, 12, 2, 6)


@pytest.fixture
def frame(panel):
    index = pd.MultiIndex.from_product([range(6), range(12)], names=["path", "time"])
    return pd.DataFrame(panel.reshape(-1, 2), index=index, columns=["a", "b"])


def search(generator, grid, cv, X, **params):
    found = GridSearchCV(generator, grid, cv=cv, error_score="raise")
    found.fit(X, **params)
    assert np.isfinite(found.cv_results_["mean_test_score"]).all()
    paths = found.best_estimator_.sample(2, 4, output="array", random_state=0)
    assert paths.shape == (2, 4, 2)
    return found


def fold_scores(found):
    n_splits = found.n_splits_
    return [found.cv_results_[f"split{i}_test_score"] for i in range(n_splits)]


def test_one_path(generator, walk):
    found = search(generator, GRIDS, TimeSeriesSplit(2), walk(0, 60))
    scores = found.cv_results_["mean_test_score"]
    # The first four differ in what matters; lam has no part in the likelihood.
    assert len(set(scores[:4])) == 4
    assert scores[5] == scores[6]


def test_panels_have_equal_fold_scores(generator, panel, frame):
    stack = search(generator, PAIR, KFold(3), panel)
    listed = search(generator, PAIR, KFold(3), list(panel))
    # Folds of paths for the rows of the frame: the same as KFold's.
    folds = np.repeat([0, 0, 1, 1, 2, 2], 12)
    long = search(generator, PAIR, PredefinedSplit(folds), frame)
    assert_array_equal(fold_scores(listed), fold_scores(stack))
    assert_array_equal(fold_scores(long), fold_scores(stack))
    assert listed.best_params_ == stack.best_params_ == long.best_params_


def test_long_frame_with_groups(generator, frame):
    groups = frame.index.get_level_values(0)
    search(generator, PAIR, GroupKFold(3), frame, groups=groups)


def test_transitions_may_be_shuffled(generator, walk):
    folds = KFold(3, shuffle=True, random_state=0)
    search(generator, GRIDS[1:2], folds, to_transitions(walk(0, 60)))


def test_kernel_density_drops_in(walk):
    generator = GenerativeTimeSeries(
        sampler=KernelDensity(), dynamics=KernelDriftVolEstimator(conditioning=None)
    )
    grid = {"sampler__bandwidth": [0.01, 0.4], "dynamics__degree": [0, 1]}
    found = search(generator, grid, TimeSeriesSplit(3), walk(0, 200))
    assert found.best_params_["sampler__bandwidth"] == 0.4


def test_whole_parts_are_candidates(quick, small_sampler, walk):
    grid = {"sampler": [KernelDensity(bandwidth=0.5), small_sampler(max_iter=2)]}
    search(quick(), grid, TimeSeriesSplit(2), walk())


def test_default_parts_are_reached(walk):
    """Nested keys of parts that are None."""
    grid = {
        "dynamics__n_neighbors": [10],
        "sampler__max_iter": [2],
        "sampler__early_stopping": [False],
        "sampler__sde__schedule": ["cosine"],
        "sampler__score_model__width": [4],
    }
    search(
        GenerativeTimeSeries(dynamics=KernelDriftVolEstimator(conditioning=None)),
        grid,
        TimeSeriesSplit(2),
        walk(),
    )


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_jobs_do_not_change_the_scores(quick, small_sampler, panel, backend):
    scores = []
    for n_jobs in (1, 2):
        with parallel_config(backend):
            values = cross_val_score(
                quick(sampler=small_sampler(max_iter=3)),
                panel,
                cv=KFold(3),
                n_jobs=n_jobs,
                error_score="raise",
            )
        scores.append(values)
    assert_array_equal(*scores)


def test_grid_search_with_jobs(generator, panel):
    results = []
    for n_jobs in (1, 2):
        found = GridSearchCV(generator, PAIR, cv=KFold(3), n_jobs=n_jobs)
        results.append(fold_scores(found.fit(panel)))
    assert_array_equal(*results)


def test_bandwidth_has_an_interior_optimum(walk):
    """With the Jacobian the largest volatility does not win (sklearn_api.md, 3.1)."""
    generator = GenerativeTimeSeries(
        sampler=KernelDensity(bandwidth=0.3),
        dynamics=KernelDriftVolEstimator(conditioning=None),
    )
    grid = {"dynamics__n_neighbors": [4, 60], "dynamics__shrinkage": [0.0, 0.5]}
    found = search(generator, grid, TimeSeriesSplit(3), walk(0, 300))
    assert found.best_params_["dynamics__n_neighbors"] == 60


def test_halving_by_a_parameter_keeps_the_rows_in_order(quick, small_sampler, walk):
    """The steps of the training are a resource; rows are not, unless in pairs."""
    generator = quick(sampler=small_sampler())
    grid, halving = {"dynamics__n_neighbors": [8, "all"]}, {"random_state": 0}
    resource = {"resource": "sampler__max_iter", "max_resources": 4, "factor": 2}
    X = walk()
    search = HalvingGridSearchCV(
        generator,
        grid,
        cv=TimeSeriesSplit(2),
        error_score="raise",
        **resource,
        **halving,
    ).fit(pd.DataFrame(X))
    assert search.n_resources_ == [2, 4]
    plain = GridSearchCV(
        generator.set_params(sampler__max_iter=2), grid, cv=TimeSeriesSplit(2)
    ).fit(pd.DataFrame(X))
    first = search.cv_results_["iter"] == 0
    scores = search.cv_results_["mean_test_score"][first]
    assert_array_equal(scores, plain.cv_results_["mean_test_score"])
    pairs = to_transitions(X)
    search = HalvingGridSearchCV(
        quick(), grid, cv=KFold(2), factor=2, min_resources=20, **halving
    ).fit(pairs)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize("kind", ["dates", "numbers", "panel"])
def test_halving_by_rows_of_a_frame_names_the_resource(quick, walk, kind):
    X = pd.DataFrame(walk())
    if kind == "dates":
        X.index = pd.date_range("2024", periods=60)
    if kind == "panel":
        X.index = pd.MultiIndex.from_product([["a", "b"], range(30)])
    grid = {"dynamics__n_neighbors": [8, "all"]}
    search = HalvingGridSearchCV(
        quick(),
        grid,
        cv=TimeSeriesSplit(2),
        factor=2,
        random_state=0,
        error_score="raise",
    )
    with pytest.raises(
        ValueError, match="halving resource= a parameter instead of 'n_"
    ):
        search.fit(X)
