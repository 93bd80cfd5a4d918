"""Recipes of the user guide, run with the packages that they are for."""

import importlib
import os
import runpy
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

RECIPES = Path(__file__).parents[2] / "doc" / "recipes"

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore")]


def run(name):
    return runpy.run_path(str(RECIPES / f"{name}.py"))


def need(*packages):
    for package in packages:
        pytest.importorskip(package, reason=f"{package} is not installed")


def test_all_recipes_are_tested():
    tested = {name.removeprefix("test_") for name in globals() if "test_" in name}
    assert {path.stem for path in RECIPES.glob("*.py")} <= tested


def test_imblearn_pipeline():
    need("imblearn")
    search = run("imblearn_pipeline")["search"]
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_["augment"].sampling_strategy_["calm"] >= 6


def test_skfolio_cvar():
    need("skfolio", "pandas")
    names = run("skfolio_cvar")
    for weights in (names["weights"], names["stressed_weights"]):
        assert_allclose(weights.sum(), 1.0)
        assert (weights >= -1e-9).all()
    # Oil is the asset under stress.
    assert names["stressed_weights"]["WTI"] <= names["weights"]["WTI"] + 1e-6


def test_optuna_search():
    need("optuna", "optuna_integration")
    search = run("optuna_search")["search"]
    assert len(search.trials_) == 10
    assert search.best_score_ == max(trial.value for trial in search.trials_)


def same_draws(names):
    drawn = names["generator"].sample(3, 10, random_state=0)
    assert_array_equal(names["again"].sample(3, 10, random_state=0), drawn)


def test_skops_file():
    need("skops")
    names = run("skops_file")
    assert all(name.startswith(("skdiffts.", "sklearn.")) for name in names["types"])
    same_draws(names)


def test_sktime_forecaster():
    need("sktime")
    found = run("sktime_forecaster")
    assert found["quantiles"].shape == (3, 4)
    assert found["total"].shape == (500,)
    assert found["total"].std() > 0


def test_safetensors_file(tmp_path, monkeypatch):
    need("safetensors")
    monkeypatch.chdir(tmp_path)
    names = run("safetensors_file")
    assert names["network"].keys() == names["sampler"].module_.state_dict().keys()
    assert names["tensors"]["whitening.matrix"].shape == (2, 2)


@pytest.mark.slow
def test_mlflow_model(tmp_path, monkeypatch):
    need("mlflow", "skops")
    import mlflow

    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/runs.db")
    experiment = mlflow.create_experiment(
        "recipe", artifact_location=f"file://{tmp_path}/store"
    )
    mlflow.set_experiment(experiment_id=experiment)
    same_draws(run("mlflow_model"))
    mlflow.set_tracking_uri(None)


def load(name, monkeypatch):
    """Import a recipe under its name, by which dask workers find its functions."""
    monkeypatch.syspath_prepend(str(RECIPES))
    monkeypatch.setenv("PYTHONPATH", str(RECIPES), prepend=os.pathsep)
    return importlib.import_module(name)


@pytest.mark.slow
def test_dask_pruned_search(monkeypatch, patient_dask):
    """Bad candidates are stopped before their last fold, and the best one is not."""
    need("optuna")
    from optuna.trial import TrialState

    study = load("dask_pruned_search", monkeypatch).main()
    folds = {trial.state: [] for trial in study.trials}
    for trial in study.trials:
        folds[trial.state].append(len(trial.intermediate_values))
    assert sum(map(len, folds.values())) == 12
    assert set(folds[TrialState.COMPLETE]) == {5}
    assert max(folds[TrialState.PRUNED]) < 5
    assert study.best_trial.state == TrialState.COMPLETE
    means = [np.mean(list(t.intermediate_values.values())) for t in study.trials]
    assert np.isfinite(means).all()
    assert study.best_value >= max(
        t.value for t in study.trials if t.state == TrialState.COMPLETE
    )


@pytest.mark.slow
def test_dask_grid_search(monkeypatch, patient_dask):
    best, paths = load("dask_grid_search", monkeypatch).main()
    assert best["dynamics__n_neighbors"] in (30, 100, "all")
    assert paths.shape == (1000, 50, 2)
    assert np.isfinite(paths).all()
