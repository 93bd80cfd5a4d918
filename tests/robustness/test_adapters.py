"""Fits of the estimators around a generator: whole or nothing."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from skdiffts.augmentation import TimeSeriesAugmenter
from skdiffts.integrations import ReturnSampler
from skdiffts.scenarios import ScenarioGenerator


class Trouble(Exception):
    """An error that nobody expects."""


class Moody(BaseEstimator):
    """Generator of noise that fails in one of its methods where it is told to."""

    def __init__(self, error=None, where="fit"):
        self.error = error
        self.where = where

    def _work(self, where):
        if self.error is not None and where == self.where:
            raise self.error

    def fit(self, X, y=None):
        self.width_ = np.shape(X)[-1]
        self._work("fit")
        return self

    def sample(self, n_paths, length, *, x0=None, random_state=None):
        self._work("sample")
        rng = np.random.RandomState(random_state)
        return rng.standard_normal((n_paths, length, self.width_))


def panel(d, seed=0):
    X = np.random.RandomState(seed).standard_normal((5, 8, d))
    return X, np.array([0, 0, 0, 1, 1])


def path(d, seed=0):
    return (0.01 * np.random.RandomState(seed).standard_normal((30, d)),)


CASES = {
    "returns": (ReturnSampler, {"random_state": 0}, "fit", path),
    "scenarios": (ScenarioGenerator, {}, "fit", path),
    "labelled": (
        TimeSeriesAugmenter,
        {"redraw_probability": 1.0, "random_state": 0},
        "fit_resample",
        panel,
    ),
    "unlabelled": (
        TimeSeriesAugmenter,
        {"redraw_probability": 1.0, "random_state": 0},
        "augment",
        lambda d, seed=0: (panel(d, seed)[0], 2),
    ),
}


@pytest.fixture
def case(name):
    """Estimator, its method that fits, and data for it of a given width."""
    kind, parameters, method, data = CASES[name]
    estimator = kind(Moody(), **parameters)
    return estimator, getattr(estimator, method), data


each_case = pytest.mark.parametrize("name", list(CASES))
# Only the augmenter draws while it fits.
each_failure = pytest.mark.parametrize(
    ("name", "where"),
    [
        *((name, "fit") for name in CASES),
        ("labelled", "sample"),
        ("unlabelled", "sample"),
    ],
)


@each_failure
@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interruption_leaves_all_as_it_was(case, where, interrupt):
    estimator, fit, data = case
    unfitted = vars(estimator).copy()
    generator = estimator.generator
    generator.set_params(error=interrupt, where=where)
    with pytest.raises(interrupt):
        fit(*data(2))
    assert vars(estimator) == unfitted
    generator.set_params(error=None)
    fit(*data(2))
    fitted = vars(estimator).copy()
    generator.set_params(error=interrupt)
    with pytest.raises(interrupt):
        fit(*data(3, seed=1))
    assert vars(estimator) == fitted
    assert all(vars(estimator)[name] is value for name, value in fitted.items())
    assert vars(generator) == {"error": interrupt, "where": where}


@each_failure
def test_an_error_leaves_nothing_fitted(case, where):
    estimator, fit, data = case
    unfitted = vars(estimator).copy()
    fit(*data(2))
    assert vars(estimator) != unfitted
    estimator.generator.set_params(error=Trouble, where=where)
    with pytest.raises(Trouble):
        fit(*data(3))
    assert vars(estimator) == unfitted
    if hasattr(estimator, "sample"):
        with pytest.raises(NotFittedError):
            estimator.sample()


@each_case
def test_what_is_refused_leaves_nothing_fitted(case):
    """Wrong parameters, and data, are found before the generator is asked."""
    estimator, fit, data = case
    unfitted = vars(estimator).copy()
    fit(*data(2))
    estimator.set_params(generator="none")
    with pytest.raises(ValueError, match="'generator' parameter"):
        fit(*data(2))
    assert vars(estimator).keys() == unfitted.keys()
    estimator.set_params(generator=Moody())
    fit(*data(2))
    if isinstance(estimator, ScenarioGenerator):
        return  # data are the affair of its generator
    X, *others = data(2)
    with pytest.raises(ValueError, match="NaN"):
        fit(np.full_like(X, np.nan), *others)
    assert vars(estimator).keys() == unfitted.keys()


@each_case
def test_what_a_fit_returns_comes_through(case):
    estimator, fit, data = case
    result = fit(*data(2))
    if not isinstance(estimator, TimeSeriesAugmenter):
        assert result is estimator
        return
    X, labels = result if isinstance(result, tuple) else (result, None)
    assert_array_equal(X[:5], data(2)[0])
    assert len(X) > 5
    assert labels is None or len(labels) == len(X)
