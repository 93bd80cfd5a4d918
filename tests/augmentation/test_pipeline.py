"""Augmentation as a step of imbalanced-learn's pipeline."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.preprocessing import FunctionTransformer

pytestmark = pytest.mark.integration

pipelines = pytest.importorskip(
    "imblearn.pipeline", reason="imbalanced-learn is not installed"
)


def moments(X):
    """Mean and spread of each column of each path."""
    return np.array([np.r_[path.mean(axis=0), path.std(axis=0)] for path in X])


class Counter(ClassifierMixin, BaseEstimator):
    """Classifier that remembers how many samples it saw."""

    def fit(self, X, y):
        self.classes_, self.counts_ = np.unique(y, return_counts=True)
        return self

    def predict(self, X):
        self.asked_ = len(X)
        return np.full(len(X), self.classes_[0])


def make_pipeline(augmenter, classifier=None):
    return pipelines.Pipeline(
        [
            ("augment", augmenter),
            ("features", FunctionTransformer(moments)),
            ("classify", classifier or LogisticRegression()),
        ]
    )


@pytest.mark.parametrize("stacked", [False, True])
def test_only_fit_sees_generated_paths(make_panel, quick, stacked):
    X, y = make_panel(lengths=(20, 20) if stacked else (15, 25))
    X = np.stack(X) if stacked else X
    pipeline = make_pipeline(quick(), Counter()).fit(X, y)
    assert_array_equal(pipeline["classify"].counts_, [6, 6])
    assert len(pipeline.predict(X)) == 9
    assert pipeline["classify"].asked_ == 9


def test_cross_validation(make_panel, quick):
    X, y = make_panel(sizes=(9, 6))
    scores = cross_val_score(make_pipeline(quick()), X, y, cv=3, error_score="raise")
    assert_array_equal(scores, [1.0, 1.0, 1.0])


def test_grid_search_reaches_the_generator(make_panel, quick):
    X, y = make_panel(sizes=(8, 5))
    augmenter = quick().set_params(generator__dynamics=None)
    key = "augment__generator__dynamics__n_neighbors"
    grid = [{key: [10]}, {key: ["all"], "augment__ratio": [2.0]}]
    search = GridSearchCV(
        make_pipeline(augmenter),
        grid,
        cv=StratifiedKFold(2),
        error_score="raise",
    )
    search.fit(np.stack([path[:20] for path in X]), y)
    assert search.best_score_ == 1.0
    assert len(search.cv_results_["params"]) == 2
    best = search.best_estimator_["augment"].generators_["wild"]
    assert best.dynamics_.estimator.n_neighbors == search.best_params_[key]


def test_settings_of_scikit_learn_are_borne(make_panel, quick):
    X, y = make_panel()
    expected = make_pipeline(quick(), Counter()).fit(X, y)["classify"].counts_
    with config_context(enable_metadata_routing=True, transform_output="pandas"):
        steps = [("augment", quick()), ("classify", Counter())]
        pipeline = pipelines.Pipeline(steps).fit(X, y)
    assert_array_equal(pipeline["classify"].counts_, expected)


def test_the_pipeline_can_keep_what_was_generated(make_panel, quick, tmp_path):
    X, y = make_panel()
    pipeline = make_pipeline(quick(), Counter())
    pipeline.set_params(memory=str(tmp_path)).fit(X, y)
    assert_array_equal(pipeline.fit(X, y)["classify"].counts_, [6, 6])
