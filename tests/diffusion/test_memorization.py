"""Memorisation report of a fitted sampler."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from skdiffts.metrics import nearest_neighbor_ratio
from skdiffts.scores import EmpiricalScore


@pytest.fixture(scope="module")
def samples(gaussian):
    """Training and held-out rows, 400 each."""
    return gaussian.draw(400, seed=1), gaussian.draw(400, seed=2)


def test_ratio_is_that_of_the_metric(fitted, X):
    train, holdout = X[:100], X[100:]
    ratio = fitted.memorization_ratio(train, holdout, n_samples=50, random_state=3)
    assert type(ratio) is float
    assert ratio == nearest_neighbor_ratio(fitted.sample(50, 3), train, holdout)
    draws = fitted.sample(1000, 3)
    assert fitted.memorization_ratio(train, holdout, random_state=3) == (
        nearest_neighbor_ratio(draws, train, holdout)
    )


def test_copies_are_found_out(tiny, samples):
    sampler = tiny(score_model=EmpiricalScore()).fit(samples[0])
    assert sampler.memorization_ratio(*samples, random_state=0) < 0.05


@pytest.mark.statistical
def test_the_true_distribution_makes_new_rows(tiny, samples, gaussian):
    """Medians of 1000 and 400 distances: 0.15 is five standard errors of the ratio."""
    sampler = tiny(score_model=gaussian.oracle(samples[0])).fit(samples[0])
    ratio = sampler.memorization_ratio(*samples, random_state=0)
    assert abs(ratio - 1.0) < 0.15


def test_a_trained_network_makes_new_rows(tiny, samples):
    sampler = tiny(early_stopping=True, tol=1e6, max_iter=100).fit(samples[0])
    assert sampler.memorization_ratio(*samples, random_state=0) > 0.85


def test_containers_and_missing_rows(tiny, X):
    frame = pd.DataFrame(X, columns=["a", "b"])
    sampler = tiny(max_iter=1).fit(frame)
    expected = sampler.memorization_ratio(frame[:100], frame[100:], random_state=0)
    gaps = frame.reindex([*range(100), 1000])
    found = sampler.memorization_ratio(gaps, frame[100:], random_state=0)
    assert found == expected
    with pytest.raises(ValueError, match="feature names"):
        sampler.memorization_ratio(frame[["b", "a"]], frame)
    with pytest.raises(ValueError, match="X_holdout has only NaN rows"):
        sampler.memorization_ratio(frame, np.nan * frame[:3], random_state=0)
    with pytest.raises(ValueError, match="holdout repeats rows of train"):
        sampler.memorization_ratio(frame, frame, random_state=0)


def test_what_is_wrong_is_named(tiny, fitted, X):
    with pytest.raises(NotFittedError):
        tiny().memorization_ratio(X, X)
    with pytest.raises(ValueError, match="n_samples"):
        fitted.memorization_ratio(X, X, n_samples=0)
    with pytest.raises(ValueError, match="features"):
        fitted.memorization_ratio(X[:, :1], X)
