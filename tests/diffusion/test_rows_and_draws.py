"""Rows that the sampler takes, and the draws that it gives."""

import inspect

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neighbors import KernelDensity

from skdiffts.scores import ScoreNetwork


@pytest.mark.parametrize("n_samples", [1, 5, np.int64(3)])
def test_draws_are_float64_rows(fitted, n_samples):
    draws = fitted.sample(n_samples, random_state=0)
    assert draws.shape == (n_samples, 2)
    assert draws.dtype == np.float64
    assert np.isfinite(draws).all()


def test_one_draw_is_the_default(fitted):
    assert fitted.sample(random_state=0).shape == (1, 2)


def test_wrong_numbers_of_draws_are_named(fitted):
    for n_samples in (0, -1):
        with pytest.raises(ValueError, match="n_samples"):
            fitted.sample(n_samples)
    with pytest.raises(TypeError, match="n_samples"):
        fitted.sample(2.5)


def test_float32_rows_give_float64_results(tiny, X):
    rows = X.astype(np.float32)
    sampler = tiny(max_iter=3).fit(rows)
    assert sampler.sample(2).dtype == np.float64
    assert sampler.score_samples(rows).dtype == np.float64


def test_rows_that_are_all_nan_are_skipped(tiny, X, fitted):
    gaps = [0, 7, 80]
    rows = np.insert(X, gaps, np.nan, axis=0)
    sampler = tiny().fit(rows)
    assert_array_equal(sampler.score_samples(X), fitted.score_samples(X))
    scores = sampler.score_samples(rows)
    missing = np.isnan(rows[:, 0])
    assert_array_equal(np.isnan(scores), missing)
    assert_array_equal(scores[~missing], fitted.score_samples(X))
    assert sampler.score(rows) == fitted.score(X)
    assert len(sampler.score_function(rows, 0.5)) == len(X)


def test_score_without_rows_is_an_error(fitted):
    with pytest.raises(ValueError, match="X"):
        fitted.score(np.full((3, 2), np.nan))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_missing_and_infinite_entries_are_refused(tiny, X, fitted, value):
    rows = X.copy()
    rows[4, 1] = value
    for call in (tiny().fit, fitted.score_samples, fitted.score):
        with pytest.raises(ValueError, match=r"(?i)NaN|inf"):
            call(rows)


def test_rows_of_a_panel_are_pooled(tiny, X, fitted):
    stack = X.reshape(3, 50, 2)
    index = pd.MultiIndex.from_product([range(3), range(50)])
    for panel in (stack, list(stack), pd.DataFrame(X, index=index, columns=["a", "b"])):
        sampler = tiny().fit(panel)
        rows = fitted.score_samples(X)
        expected = (
            rows if hasattr(panel, "index") and hasattr(panel, "columns") else None
        )
        if expected is None:
            expected = rows.reshape(3, 50).sum(axis=1)
        assert_allclose(sampler.score_samples(panel), expected, rtol=1e-12)
        assert_allclose(sampler.score(panel), fitted.score(X), rtol=1e-12)


def test_frames_leave_their_names(tiny, X):
    frame = pd.DataFrame(X, columns=["a", "b"])
    sampler = tiny(max_iter=1).fit(frame)
    assert list(sampler.feature_names_in_) == ["a", "b"]
    with pytest.raises(ValueError, match="feature names"):
        sampler.score(frame[["b", "a"]])
    with pytest.raises(ValueError, match="features"):
        tiny(max_iter=1).fit(X).score(X[:, :1])


def test_two_rows_are_enough(tiny):
    X = np.array([[0.0, 1.0], [2.0, 5.0]])
    for params in ({}, {"early_stopping": True, "tol": 1e6}):
        sampler = tiny(**params).fit(X)
        assert np.isfinite(sampler.sample(5, random_state=0)).all()
        assert np.isfinite(sampler.score_samples(X)).all()
    with pytest.raises(ValueError, match="n_samples=1"):
        tiny().fit(X[:1])
    with pytest.raises(ValueError, match="n_samples=1"):
        tiny().fit(np.insert(X[:1], 0, np.nan, axis=0))


@pytest.mark.parametrize("base", ["gaussian", "mixture", "auto"])
def test_degenerate_columns_stay_finite(tiny, X, base):
    rows = np.column_stack([X, X[:, 0], np.full(len(X), 7.0), np.zeros(len(X))])
    model = ScoreNetwork(width=8, depth=1, base=base)
    sampler = tiny(score_model=model).fit(rows)
    assert np.isfinite(sampler.score_samples(rows)).all()
    draws = sampler.sample(50, random_state=0)
    assert np.isfinite(draws).all()
    assert np.corrcoef(draws[:, 2], draws[:, 0])[0, 1] > 0.95
    assert_allclose(draws[:, 3], 7.0, rtol=1e-3)


def test_same_rows_throughout_stay_finite(tiny):
    X = np.tile([1.0, -2.0], (20, 1))
    sampler = tiny().fit(X)
    assert np.isfinite(sampler.score_samples(X)).all()
    assert_allclose(sampler.sample(5, random_state=0), X[:5], rtol=1e-3)


def test_methods_are_those_of_kernel_density(fitted):
    for name in ("sample", "score_samples"):
        ours = inspect.signature(getattr(fitted, name))
        theirs = inspect.signature(getattr(KernelDensity(), name))
        assert ours.parameters.keys() == theirs.parameters.keys()
