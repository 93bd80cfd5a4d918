"""The way of X through a generator: read once, in a form that each part takes."""

import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.preprocessing import StandardScaler

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts._paths import Paths, _check, check_paths
from skdiffts.conditioning import EWVolatility, LaggedStates
from skdiffts.generation import standardized_generator


@pytest.fixture
def readings(monkeypatch):
    """Classes of the estimators that scikit-learn's validation works for, in turn."""
    found, validate = [], _check.validate_data

    def count(estimator, X, **options):
        if not options.get("skip_check_array"):
            found.append(type(estimator).__name__)
        return validate(estimator, X, **options)

    monkeypatch.setattr(_check, "validate_data", count)
    return found


def containers(walk):
    panel = walk(n_paths=3)
    index = pd.MultiIndex.from_product([range(3), range(60)])
    return {
        "array": panel[0],
        "frame": pd.DataFrame(panel[0], columns=["a", "b"]),
        "stack": panel,
        "list": list(panel),
        "long": pd.DataFrame(panel.reshape(-1, 2), index=index, columns=["a", "b"]),
    }


@pytest.mark.parametrize("preprocessor", [None, StandardScaler()])
@pytest.mark.parametrize("name", ["array", "stack", "long"])
def test_data_are_validated_once(
    quick, walk, small_sampler, readings, preprocessor, name
):
    X = containers(walk)[name]
    generator = quick(sampler=small_sampler(), preprocessor=preprocessor).fit(X)
    residuals = "DiffusionResidualSampler"
    assert readings == ["GenerativeTimeSeries", residuals]
    readings.clear()
    generator.score_samples(X)
    assert readings == ["GenerativeTimeSeries", residuals]
    readings.clear()
    generator.whiten(X)
    generator.forecast(X, 3, random_state=0)
    assert readings == ["GenerativeTimeSeries"] * 2


def test_a_list_is_validated_path_by_path(quick, walk, readings):
    quick().fit(containers(walk)["list"])
    assert readings == ["GenerativeTimeSeries"] * 3


class OwnDynamics(BaseEstimator):
    """Dynamics of a user, who knows containers alone."""

    def __init__(self, inner):
        self.inner = inner

    def fit(self, X, y=None):
        self.given_ = [X]
        self.inner_ = self.inner.fit(X)
        return self

    def whiten(self, X):
        self.given_.append(X)
        return self.inner_.whiten(X)

    def history(self, X):
        self.given_.append(X)
        return self.inner_.history(X)

    def start_history(self, states):
        return self.inner_.start_history(states)

    def simulate(self, residuals, history):
        return self.inner_.simulate(residuals, history)

    @property
    def loo_residuals_(self):
        return self.inner_.loo_residuals_

    @property
    def n_history_(self):
        return self.inner_.n_history_

    @property
    def innovation_ratio_(self):
        return self.inner_.innovation_ratio_


@pytest.mark.parametrize("name", ["array", "frame", "stack", "list", "long"])
def test_dynamics_of_users_get_containers(quick, walk, name):
    """Dynamics that take paths give the same results."""
    X = containers(walk)[name]
    kernel = KernelDriftVolEstimator(
        15, shrinkage=0.3, conditioning=LaggedStates(n_lags=2)
    )
    ours, theirs = (
        quick(preprocessor=StandardScaler()).set_params(dynamics=dynamics).fit(X)
        for dynamics in (kernel, OwnDynamics(kernel))
    )
    assert theirs.innovation_ratio_ == ours.innovation_ratio_ < 1.0
    for x0 in (None, "states", "last"):
        paths = [g.sample(3, 6, x0=x0, random_state=0) for g in (ours, theirs)]
        assert_array_equal(*paths)
    assert_array_equal(theirs.score_samples(X), ours.score_samples(X))
    assert_array_equal(
        theirs.forecast(X, 4, random_state=0), ours.forecast(X, 4, random_state=0)
    )
    given = theirs.dynamics_.given_
    assert len(given) == 4
    assert {type(container) for container in given} == {type(X)}


def test_frozen_dynamics_take_paths_too(quick, walk, readings):
    X = containers(walk)["frame"]
    kernel = KernelDriftVolEstimator(
        "all", scale=EWVolatility(), conditioning=None
    ).fit(X)
    readings.clear()
    generator = quick().set_params(dynamics=FrozenEstimator(kernel)).fit(X)
    assert readings == ["GenerativeTimeSeries"]
    inside = kernel.whiten(X)[0][1:]
    assert_array_equal(generator.residuals_, inside)
    assert generator.innovation_ratio_ == 1.0


def test_a_generator_takes_paths_that_were_read_before(quick, walk):
    X = containers(walk)["frame"]
    paths = check_paths(BaseEstimator(), X, reset=True)
    assert isinstance(paths.handed_to(quick()), Paths)
    ours, theirs = (quick().fit(data) for data in (paths, X))
    assert list(ours.feature_names_in_) == ["a", "b"]
    assert_array_equal(ours.residuals_, theirs.residuals_)
    assert ours.score(paths) == theirs.score(X)


def test_preprocessed_values_too_large_to_be_squared_are_refused(quick, walk):
    class Magnifier(StandardScaler):
        def transform(self, X, copy=None):
            return 1e120 * super().transform(X, copy)

        def inverse_transform(self, X, copy=None):
            return super().inverse_transform(X / 1e120, copy)

    with pytest.raises(ValueError, match="column 'a' of X reaches"):
        quick(preprocessor=Magnifier()).fit(containers(walk)["frame"])


def test_standardized_generators_are_generators_behind_a_scaler():
    generator = standardized_generator()
    assert isinstance(generator, GenerativeTimeSeries)
    assert isinstance(generator.preprocessor, StandardScaler)
    assert standardized_generator() is not generator
