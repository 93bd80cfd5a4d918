"""Fits that are interrupted or fail, at any point: whole or nothing."""

import sys
from copy import deepcopy
from inspect import CO_GENERATOR
from itertools import cycle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

import skdiffts
from skdiffts import KernelDriftVolEstimator
from skdiffts.conditioning import CalendarFeatures, ConditioningUnion, LaggedStates
from skdiffts.kernel import Tabulated

PACKAGE = str(Path(skdiffts.__file__).parent)


class Trouble(Exception):
    """An error that nobody expects."""


class Calls:
    """Counts calls of functions of the package, and raises at one of them."""

    def __init__(self, last=None, error=None):
        self.last, self.error, self.n, self.names = last, error, 0, set()

    def __call__(self, frame, event, argument):
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(PACKAGE):
            return
        if code.co_flags & CO_GENERATOR:
            return  # also called when it is deleted, where no error gets out
        self.n += 1
        self.names.add(code.co_qualname)
        if self.n == self.last:
            raise self.error

    def run(self, function, *args):
        before = sys.getprofile()
        sys.setprofile(self)
        try:
            return function(*args)
        finally:
            sys.setprofile(before)


def frame(walk, d, seed=0):
    names = [f"column {j}" for j in range(d)]
    return pd.DataFrame(walk(seed, d=d), columns=names)


@pytest.fixture(params=["dynamics", "past", "sampler", "warm", "generator"])
def estimator(request, tiny_sampler, tiny_generator):
    """Unfitted estimators; the second learns something in each of its parts."""
    union = ConditioningUnion(
        parts=[
            ("lags", LaggedStates(n_lags=2)),
            ("week", CalendarFeatures(periods=[7.0])),
        ]
    )
    return {
        "dynamics": KernelDriftVolEstimator(conditioning=None),
        "past": KernelDriftVolEstimator(
            5, conditioning=union, past_only=True, evaluation=Tabulated()
        ),
        "sampler": tiny_sampler(early_stopping=True),
        "warm": tiny_sampler(warm_start=True),
        "generator": tiny_generator(preprocessor=StandardScaler()),
    }[request.param]


def points(estimator, X):
    """Numbers of calls at which to stop; not the last, where one more or less counts."""
    calls = Calls()
    deepcopy(estimator).fit(X)  # fills what is cached: later fits make as many calls
    calls.run(deepcopy(estimator).fit, X)
    share = np.array([0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.9])
    return calls, np.unique(1 + np.floor(share * (calls.n - 1)).astype(int))


def answers(estimator, X):
    """All that a fitted estimator says."""
    yield estimator.score_samples(X)
    if hasattr(estimator, "sample"):
        yield estimator.sample(3, random_state=0)
    if hasattr(estimator, "transform"):
        yield estimator.transform(X)


def refit(estimator, walk):
    """Data of the second fit: of another width, where the estimator allows it."""
    warm = getattr(estimator, "warm_start", False)
    return frame(walk, 2 if warm else 3, seed=1)


@pytest.mark.filterwarnings("ignore:max_iter")
def test_interrupted_refit_changes_nothing(estimator, walk):
    X, other = frame(walk, 2), refit(estimator, walk)
    estimator.fit(X)
    said, attributes = list(answers(estimator, X)), vars(estimator).copy()
    _, stops = points(estimator, other)
    for stop, interrupt in zip(
        stops, cycle([KeyboardInterrupt, SystemExit]), strict=False
    ):
        with pytest.raises(interrupt):
            Calls(stop, interrupt).run(estimator.fit, other)
        assert vars(estimator) == attributes
        assert all(vars(estimator)[name] is value for name, value in attributes.items())
        for now, then in zip(answers(estimator, X), said, strict=True):
            assert_array_equal(now, then)


@pytest.mark.filterwarnings("ignore:max_iter")
def test_interrupted_first_fit_leaves_it_unfitted(estimator, walk):
    X = frame(walk, 2)
    attributes = vars(estimator).copy()
    _, stops = points(estimator, X)
    for stop in stops:
        with pytest.raises(KeyboardInterrupt):
            Calls(stop, KeyboardInterrupt).run(estimator.fit, X)
        assert vars(estimator) == attributes


@pytest.mark.filterwarnings("ignore:max_iter")
def test_error_leaves_it_unfitted(estimator, walk):
    """The old model must not answer for data that it was not fitted to."""
    X, other = frame(walk, 2), refit(estimator, walk)
    unfitted = vars(estimator).copy()
    _, stops = points(estimator.fit(X), other)
    for stop in stops[[1, len(stops) // 2, -1]]:
        estimator.fit(X)
        assert hasattr(estimator, "n_features_in_")
        assert hasattr(estimator, "feature_names_in_")
        with pytest.raises(Trouble):
            Calls(stop, Trouble).run(estimator.fit, other)
        assert vars(estimator) == unfitted
        with pytest.raises(NotFittedError):
            check_is_fitted(estimator)


@pytest.mark.parametrize("error", [KeyboardInterrupt, Trouble])
def test_last_step_of_a_generator(tiny_generator, walk, monkeypatch, error):
    generator = tiny_generator(KernelDensity()).fit(walk())
    before = vars(generator).copy()

    def fail(*arguments):
        raise error

    monkeypatch.setattr("skdiffts.generation._generative.StartingRows.trace", fail)
    with pytest.raises(error):
        generator.fit(walk(1, d=3))
    assert (vars(generator) == before) == (error is KeyboardInterrupt)
    assert hasattr(generator, "n_features_in_") == (error is KeyboardInterrupt)


def test_both_stages_are_among_the_points(tiny_generator, walk):
    """The tests above rest on it."""
    calls, _ = points(tiny_generator(), frame(walk, 2))
    assert {
        "KernelDriftVolEstimator.fit",
        "score_bandwidths",
        "LocalModel.fit",
        "Whitening.__init__",
        "Trainer._train",
        "StartingRows.trace",
    } <= calls.names


def test_settings_outlive_an_error(tiny_sampler, walk):
    """What was set from outside is no part of a fit."""
    X = walk()
    dynamics = (
        KernelDriftVolEstimator(conditioning=None).set_output(transform="pandas").fit(X)
    )
    dynamics.note = "of the user"
    with pytest.raises(ValueError, match="NaN"):
        dynamics.fit(np.full((9, 2), np.nan))
    assert dynamics.note == "of the user"
    assert isinstance(dynamics.fit(X).transform(X), pd.DataFrame)


def test_a_refused_parameter_leaves_nothing_fitted(tiny_sampler, walk):
    sampler = tiny_sampler().fit(walk())
    with pytest.raises(ValueError, match="max_iter"):
        sampler.set_params(max_iter=0).fit(walk())
    assert not hasattr(sampler, "n_features_in_")
    with pytest.raises(NotFittedError):
        sampler.sample()


def test_parts_of_the_user_stay_unfitted(walk, tiny_generator):
    generator = tiny_generator(KernelDensity(), preprocessor=StandardScaler())
    with pytest.raises(KeyboardInterrupt):
        Calls(200, KeyboardInterrupt).run(generator.fit, walk())
    for part in (generator.dynamics, generator.sampler, generator.preprocessor):
        assert vars(part) == vars(clone(part))
