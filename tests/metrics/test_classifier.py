"""Classifier two-sample test, and the scores made of it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB

from skdiffts.evaluation import compare
from skdiffts.metrics import (
    classifier_accuracy,
    context_fid,
    discriminative_score,
    frechet_distance,
    predictive_score,
)


class Recorder(ClassifierMixin, BaseEstimator):
    """Classifier that notes what it saw; it says X for even numbers."""

    seen = []

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.train_ = np.column_stack([X, y])
        return self

    def predict(self, X):
        Recorder.seen.append((self.train_, X))
        return X[:, 0] % 2


def test_folds_are_neighbours_that_were_not_seen():
    Recorder.seen = []
    X = np.arange(10.0)[:, np.newaxis]
    Y = np.arange(100.0, 106.0)[:, np.newaxis]
    result = classifier_accuracy(X, Y, estimator=Recorder(), n_folds=3)
    assert result == (5 / 10 + 3 / 6) / 2
    tested = []
    for train, rows in Recorder.seen:
        assert not set(train[:, 0]) & set(rows[:, 0])
        assert_array_equal(train[:, 1], train[:, 0] >= 100)
        assert_array_equal(np.diff(rows[:, 0]), 1.0)
        tested.append(rows)
    assert_array_equal(np.sort(np.concatenate(tested)[:, 0]), np.r_[X[:, 0], Y[:, 0]])


@pytest.mark.statistical
def test_half_for_equal_distributions_of_unequal_samples():
    rng = np.random.RandomState(0)
    draws = []
    for _ in range(150):
        X, Y = rng.standard_normal((12, 1)), rng.standard_normal((30, 1))
        draws.append(classifier_accuracy(X, Y, estimator=GaussianNB(), n_folds=3))
    # Four standard errors. Plain accuracy would be near 30 / 42.
    assert abs(np.mean(draws) - 0.5) < 4 * np.std(draws) / np.sqrt(len(draws))


@pytest.mark.statistical
def test_default_sees_shift_scale_correlation_and_shape():
    rng = np.random.RandomState(0)
    X, Y = rng.standard_normal((2, 400, 3))
    mixed = Y @ np.linalg.cholesky(np.full((3, 3), 0.8) + 0.2 * np.eye(3)).T
    signs = rng.choice([-0.95, 0.95], (400, 3)) + 0.3 * Y
    # Held-out accuracy of 800 rows has a standard error of 0.018.
    assert abs(classifier_accuracy(X, Y) - 0.5) < 4 * 0.018
    for other in (Y + 1, 2 * Y, mixed, signs):
        assert classifier_accuracy(X, other) > 0.5 + 4 * 0.018


def test_number_of_folds():
    X = np.array([[0.0], [1.0], [2.0]])
    model = LogisticRegression()
    assert classifier_accuracy(X, X + 100, estimator=model, n_folds=9) == 1.0
    with pytest.raises(ValueError, match="n_folds"):
        classifier_accuracy(X, X, n_folds=1)
    with pytest.raises(ValueError, match="minimum of 2"):
        classifier_accuracy(X, X[:1])


def test_discriminative_score_is_the_test_on_windows():
    X, Y = np.random.RandomState(0).standard_normal((2, 30, 4, 2))
    Y += 0.5
    model = LogisticRegression()
    expected = classifier_accuracy(
        X.reshape(30, 8), Y.reshape(30, 8), estimator=model, n_folds=3
    )
    score = discriminative_score(X, Y, estimator=model, n_folds=3)
    assert_allclose(score, expected - 0.5)
    assert -0.5 <= discriminative_score(X, Y[:20]) <= 0.5
    with pytest.raises(ValueError, match="pass paths of one length"):
        discriminative_score(X, Y[:, :3])


def test_predictive_score_against_a_loop():
    rng = np.random.RandomState(0)
    X, Y = rng.standard_normal((3, 9, 2)), rng.standard_normal((4, 11, 2))
    past, target = [], []
    for path in Y:
        for i in range(2, 11):
            past.append(np.concatenate([path[i - 1], path[i - 2]]))
            target.append(path[i])
    std = X.std(axis=(0, 1))
    model = LinearRegression().fit(past, target)
    errors = [
        np.abs(path[i] - model.predict([np.concatenate([path[i - 1], path[i - 2]])])[0])
        / std
        for path in X
        for i in range(2, 9)
    ]
    result = predictive_score(X, Y, estimator=LinearRegression(), n_lags=2)
    assert_allclose(result, np.mean(errors))


@pytest.mark.parametrize("d", [1, 2])
def test_predictive_score_knows_the_right_dynamics(d):
    rng = np.random.RandomState(0)

    def simulate(phi, n=30):
        paths = np.zeros((n, 30, d))
        for i in range(1, 30):
            paths[:, i] = phi * paths[:, i - 1] + rng.standard_normal((n, d))
        return paths

    X = simulate(0.9)
    right, wrong = (
        predictive_score(X, simulate(0.9)),
        predictive_score(X, simulate(-0.9)),
    )
    assert right < 0.75 * wrong
    floor = compare(
        predictive_score, X, X, n_blocks=4, n_splits=1, random_state=0
    ).floor
    assert_allclose(floor, right, rtol=0.25)


def test_predictive_score_has_no_units():
    rng = np.random.RandomState(0)
    X, Y = rng.standard_normal((2, 5, 12, 2))
    scale = np.array([1e3, 1e-3])
    assert_allclose(predictive_score(scale * X, scale * Y), predictive_score(X, Y))
    with pytest.raises(ValueError, match="n_lags=12 must be less than the 12 rows"):
        predictive_score(X, Y, n_lags=12)


def test_context_fid():
    rng = np.random.RandomState(0)
    X, Y = rng.standard_normal((2, 40, 6, 2))

    def encoder(panel):
        return np.concatenate([panel.mean(axis=1), panel.std(axis=1)], axis=1)

    expected = frechet_distance(encoder(X), encoder(Y[:30]))
    assert context_fid(X, Y[:30], encoder=encoder) == expected
    assert_allclose(context_fid(X, X[::-1], encoder=encoder), 0.0, atol=1e-12)
    with pytest.raises(ValueError, match="encoder gives 6 rows for 40 paths"):
        context_fid(X, Y, encoder=lambda panel: panel[0])


def test_predictive_score_of_a_constant_feature():
    """A constant that is missed counts in its units, not in units of its rounding."""
    X, Y = np.random.RandomState(0).standard_normal((2, 1000, 2))
    X[:, 1], Y[:, 1] = 0.1, 0.2
    score = predictive_score(X, Y)
    alone = predictive_score(X[:, :1], Y[:, :1])
    assert_allclose(score, (alone + 0.1) / 2, rtol=0.05)
