"""Dynamics: a frozen object that steps, simulates and whitens consistently."""

from dataclasses import FrozenInstanceError, fields, is_dataclass, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts import KernelDriftVolEstimator
from skdiffts._paths import check_paths
from skdiffts.conditioning import EWVolatility, LaggedStates
from skdiffts.kernel import Tabulated
from skdiffts.kernel._local_model import LocalModel

VARIANTS = {
    "plain": {},
    "lags": {"conditioning": LaggedStates(n_lags=3)},
    "scale": {"scale": EWVolatility(), "dt": 0.25},
    "tabulated": {"evaluation": Tabulated(n_blend=2)},
    "global": {"n_neighbors": "all"},
    "past": {"past_only": True},
}


@pytest.fixture(scope="module", params=list(VARIANTS))
def fitted(request, make_walk):
    """Fitted estimator with the panel that it was fitted to."""
    X = make_walk(0, 3, 30, 2)
    options = {"n_neighbors": 12, "shrinkage": 0.3, **VARIANTS[request.param]}
    estimator = KernelDriftVolEstimator(**{"conditioning": None, **options}).fit(X)
    return estimator, X, check_paths(estimator, X, reset=False)


def parts(root):
    """Fields of frozen objects, at any depth."""
    for field in fields(root):
        part = getattr(root, field.name)
        yield root, field.name
        if is_dataclass(part) and type(part).__dataclass_params__.frozen:
            yield from parts(part)


def test_all_of_it_is_frozen(fitted):
    estimator, _, _ = fitted
    found = list(parts(estimator.model_))
    assert len(found) > 30
    for owner, name in found:
        with pytest.raises(FrozenInstanceError):
            setattr(owner, name, None)


def test_use_changes_no_number(fitted):
    """Arrays of the fitted object are the same after every method."""
    estimator, X, _ = fitted
    arrays = {
        (id(owner), name): getattr(owner, name)
        for owner, name in parts(estimator.model_)
        if isinstance(getattr(owner, name), np.ndarray)
    }
    before = {key: array.copy() for key, array in arrays.items()}
    residuals, _ = estimator.whiten(X)
    estimator.inverse_transform(residuals.reshape(X.shape))
    estimator.transform(X)
    estimator.score(X)
    estimator.simulate(np.ones((3, 4, 2)), estimator.start_history(X[:, 0]))
    for key, array in arrays.items():
        assert_array_equal(array, before[key])


def test_one_step_is_the_next_row(fitted):
    """Residuals advance each history to the row that they were computed from."""
    estimator, _, paths = fitted
    dynamics = estimator.model_
    residuals, _ = dynamics.whiten(paths)
    known = np.isfinite(residuals[paths.ends]).all(axis=1)
    starts, ends = paths.starts[known], paths.ends[known]
    history = dynamics.trace(paths)
    after = dynamics.advance(
        history.take(starts), residuals[ends], dynamics.time.dt, history.clock[ends]
    )
    assert_allclose(after.states, paths.values[ends], atol=1e-9)
    expected = history.take(ends)
    assert_allclose(after.conditioning, expected.conditioning, atol=1e-9)
    assert_allclose(after.scale, expected.scale, rtol=1e-9)


def test_steps_one_by_one_are_the_simulation(fitted):
    estimator, X, _ = fitted
    dynamics = estimator.model_
    noise = np.random.RandomState(0).standard_normal((3, 70, 2))
    history = dynamics.start(X[:, 0])
    paths = dynamics.simulate(noise, history)
    for i in range(noise.shape[1]):
        clock = history.clock + dynamics.time.clock_step
        history = dynamics.advance(
            history, noise[:, i], dynamics.time.dt, clock, dynamics.moments
        )
        assert_array_equal(paths[:, i + 1], history.states)


def test_the_shell_adds_containers_only(fitted):
    estimator, X, paths = fitted
    dynamics = estimator.model_
    assert_array_equal(estimator.transform(X).reshape(-1, 2), dynamics.residuals(paths))
    for actual, expected in (
        (estimator.factor(X), dynamics.factor(paths)),
        (estimator.whiten(X), dynamics.whiten(paths)),
    ):
        for one, other in zip(actual, expected, strict=True):
            assert_array_equal(one, other)
    totals = np.nansum(dynamics.log_likelihood(paths).reshape(3, -1), axis=1)
    assert_allclose(estimator.score_samples(X), totals)


def test_a_changed_part_leaves_the_original(fitted):
    estimator, _, paths = fitted
    dynamics = estimator.model_
    before, _ = dynamics.whiten(paths)
    changed = replace(dynamics, time=replace(dynamics.time, dt=4.0 * dynamics.time.dt))
    assert not np.allclose(changed.whiten(paths)[0], before, equal_nan=True)
    assert_array_equal(dynamics.whiten(paths)[0], before)


def test_paths_are_read_and_traced_once(monkeypatch, make_walk):
    """Validation and histories cost as much as there are rows."""
    calls = []
    trace = EWVolatility.trace
    monkeypatch.setattr(
        EWVolatility, "trace", lambda *args: calls.append(0) or trace(*args)
    )
    estimator = KernelDriftVolEstimator(
        "all", scale=EWVolatility(reversion=0.1), conditioning=None
    )
    estimator.fit(make_walk(0, 40, 2))
    # Once for the range of the volatility, once for the transitions.
    assert len(calls) == 2
    estimator.score(make_walk(1, 40, 2))
    assert len(calls) == 3


def test_repeated_histories_are_solved_once(monkeypatch, make_walk):
    """A calibration draws training rows with replacement, more than there are."""
    X = make_walk(0, 1, 30, 2)[0]
    options = {"conditioning": None, "additive_drift": False, "shrinkage": 0.3}
    estimator = KernelDriftVolEstimator(12, **options).fit(X)
    history = estimator.history(X)
    once = estimator.model_.evaluate(history)
    solved, solve = [], LocalModel.map_fits

    def counted(self, states, function):
        solved.append(len(states))
        return solve(self, states, function)

    monkeypatch.setattr(LocalModel, "map_fits", counted)
    drawn = np.random.RandomState(0).randint(len(X), size=100)
    often = estimator.model_.evaluate(history.take(drawn))
    assert solved == [len(np.unique(drawn))]
    for few, many in zip(once, often, strict=True):
        assert_allclose(many, few[drawn], rtol=1e-10, atol=1e-13)
