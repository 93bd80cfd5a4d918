"""HARVolatility by hand, its long run, its likelihood, and what it finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import approx_fprime
from sklearn.base import BaseEstimator

from skdiffts._paths import check_paths
from skdiffts.conditioning import EWVolatility, HARVolatility, Phase, Step
from skdiffts.conditioning._har_volatility import (
    CAP,
    composite_likelihood,
    joint_likelihood,
)

HALFLIVES = (2.0, 8.0, 32.0)


def read(X):
    return check_paths(BaseEstimator(), X, reset=True)


def make_garch(n, d, seed=0):
    """Random walks whose volatility clusters and rises after losses."""
    rng = np.random.RandomState(seed)
    increments, h = np.empty((n, d)), np.ones(d)
    for i in range(n):
        increments[i] = np.sqrt(h) * rng.standard_normal(d)
        loss = increments[i] < 0.0
        h = 0.05 + (0.05 + 0.15 * loss) * increments[i] ** 2 + 0.82 * h
    return increments.cumsum(axis=0)


def fitted(X, dt=1.0, drift=None, **parameters):
    paths = read(X)
    steps = np.full(len(paths.ends), dt)
    strategy = HARVolatility(**{"halflives": HALFLIVES, **parameters})
    return strategy.fit(paths, steps, drift), paths, steps


def test_by_hand():
    """One series, one mean and one row at a time."""
    X, dt = make_garch(60, 2, seed=1), 0.25
    drift = np.tile([0.1, -0.2], (59, 1))
    strategy, paths, steps = fitted(X, dt, drift, margins=None)
    r = (np.diff(X, axis=0) - drift * dt) / np.sqrt(dt)
    long_run = (r**2).mean(axis=0)
    losses = (r**2 * (r < 0.0)).mean(axis=0) / long_run
    weights = dict(zip(strategy.term_names_, strategy.weights_, strict=True))
    own, negative, pooled = np.ones((3, 3, 2))
    expected = np.empty((60, 2))
    for i in range(60):
        if i > 0:
            q = r[i - 1] ** 2 / long_run
            for k, halflife in enumerate(HALFLIVES):
                decay = 0.5 ** (1.0 / halflife)
                own[k] = decay * own[k] + (1.0 - decay) * q
                loss = q * (r[i - 1] < 0.0) / losses
                negative[k] = decay * negative[k] + (1.0 - decay) * loss
                pooled[k] = decay * pooled[k] + (1.0 - decay) * q.mean()
        expected[i] = weights["constant"]
        for k, halflife in enumerate(HALFLIVES):
            expected[i] += weights[f"own {halflife:g}"] * own[k]
            expected[i] += weights[f"pooled {halflife:g}"] * pooled[k]
            expected[i] += weights[f"negative {halflife:g}"] * negative[k]
    history = strategy.trace(paths, steps, drift)
    assert_allclose(strategy.relative_variance(history), expected)
    volatility = strategy.scale(history).volatility
    assert_allclose(volatility, np.sqrt(long_run * expected))
    vector = strategy.vector(history, paths.values, paths.clock)
    assert_allclose(vector, 0.5 * np.log(expected), atol=1e-14)


@pytest.mark.parametrize("season", [None, Phase(period=5.0)])
@given(seed=st.integers(0, 2**31), d=st.integers(1, 3), dt=st.floats(0.1, 10.0))
@settings(max_examples=10)
def test_whole_paths_and_single_steps_agree(season, seed, d, dt):
    rng = np.random.RandomState(seed)
    panel = [rng.standard_normal((n, d)).cumsum(axis=0) for n in (12, 5, 8)]
    paths = read(panel)
    steps = np.full(len(paths.ends), dt)
    drift = rng.standard_normal((len(paths.ends), d))
    strategy = HARVolatility(halflives=HALFLIVES, season=season)
    strategy.fit(paths, steps, drift)
    whole = paths.split(strategy.trace(paths, steps, drift))
    parts = np.split(drift, np.cumsum(paths.lengths - 1)[:-1])
    for path, mean, expected in zip(panel, parts, whole, strict=True):
        history = strategy.start(path[:1])
        assert_allclose(history[0], expected[0])
        for i in range(1, len(path)):
            change = path[[i]] - path[[i - 1]]
            clock = np.array([float(i)])
            step = Step(path[[i]], change, np.array([dt]), clock, mean[[i - 1]])
            history = strategy.update(history, step)
            assert_allclose(history[0], expected[i], rtol=1e-10)


@given(seed=st.integers(0, 2**31), d=st.integers(1, 3))
@settings(max_examples=10)
def test_weights_are_a_distribution_and_the_long_run_is_one(seed, d):
    """Innovations of the size of the long run keep the volatility there."""
    strategy, _, _ = fitted(make_garch(80, d, seed), floor=0.1, margins=None)
    assert_allclose(strategy.weights_.sum(), 1.0)
    assert (strategy.weights_ >= 0.0).all()
    assert strategy.weights_[0] >= 0.1
    history = strategy.start(np.zeros((4, d)))
    assert_allclose(strategy.relative_variance(history), 1.0)
    # Signs in the shares of the training losses, so that each term has a mean of one.
    at_mean = np.ones((1, history.shape[1]))
    assert_allclose(strategy.relative_variance(at_mean), 1.0)
    assert_allclose(
        strategy.scale(history).volatility ** 2,
        strategy.long_run_[None] + 0 * history[:, :d],
    )


@pytest.mark.statistical
def test_simulated_volatility_keeps_its_long_run():
    """Gaussian draws: mean relative variance 1 with a standard error of about .02."""
    strategy, _, _ = fitted(make_garch(3000, 2), margins=None)
    rng = np.random.RandomState(0)
    history = strategy.start(np.zeros((400, 2)))
    total = 0.0
    for i in range(600):
        r = strategy.scale(history).multiply(rng.standard_normal((400, 2)))
        step = Step(r, r, np.ones(400), np.full(400, float(i)))
        history = strategy.update(history, step)
        total += strategy.relative_variance(history).mean() / 600.0
    assert abs(total - 1.0) < 0.08


def test_history_is_bounded_whatever_comes():
    strategy, _, _ = fitted(make_garch(200, 2))
    history = strategy.start(np.zeros((1, 2)))
    shock = np.full((1, 2), -1e6)
    for i in range(50):
        step = Step(shock, shock, np.ones(1), np.array([float(i)]))
        history = strategy.update(history, step)
    assert np.isfinite(history).all()
    assert strategy.relative_variance(history).max() <= CAP / strategy._losses.min()


@given(seed=st.integers(0, 2**31))
@settings(max_examples=10)
def test_gradients_are_those_of_finite_differences(seed):
    rng = np.random.RandomState(seed)
    terms = rng.exponential(size=(30, 2, 4))
    z = rng.standard_normal((30, 2))
    factor = rng.standard_normal((2, 2))
    precision = factor @ factor.T + np.eye(2)
    x = np.append(rng.uniform(0.1, 0.5, size=4), rng.uniform(3.0, 20.0))
    flat = terms.reshape(-1, 4), z.ravel() ** 2
    for function, data in (
        (composite_likelihood, flat),
        (joint_likelihood, (terms, z, precision)),
    ):
        _, slope, slope_degrees = function(x[:4], x[4], *data)
        numeric = approx_fprime(x, lambda y: function(y[:4], y[4], *data)[0], 1e-6)  # noqa: B023
        assert_allclose(np.append(slope, slope_degrees), numeric, rtol=1e-3, atol=1e-5)


def test_joint_likelihood_of_independent_series_is_the_composite_one():
    """With many degrees of freedom both are Gaussian."""
    rng = np.random.RandomState(0)
    terms, z = rng.exponential(size=(50, 3, 2)), rng.standard_normal((50, 3))
    weights, degrees = np.array([0.4, 0.6]), 1e7
    joint, slope, _ = joint_likelihood(weights, degrees, terms, z, np.eye(3))
    flat = terms.reshape(-1, 2), z.ravel() ** 2
    composite, slope_composite, _ = composite_likelihood(weights, degrees, *flat)
    assert_allclose(joint, 3.0 * composite, rtol=1e-5)
    assert_allclose(slope, 3.0 * slope_composite, rtol=1e-4)


@pytest.mark.statistical
def test_it_predicts_clusters_better_than_one_half_life():
    X = make_garch(4000, 3)
    paths = read(X)
    steps = np.ones(len(paths.ends))
    likelihood = []
    for strategy in (
        HARVolatility(margins=None),
        EWVolatility(halflife=20.0),
        HARVolatility(halflives=(), margins=None),
    ):
        history = strategy.fit(paths, steps).trace(paths, steps)
        sigma = strategy.scale(history).volatility[paths.starts]
        r = np.diff(X, axis=0)
        likelihood.append((-np.log(sigma) - 0.5 * (r / sigma) ** 2).mean())
    assert likelihood[0] > likelihood[1] + 0.005
    assert likelihood[1] > likelihood[2] + 0.02


def test_returns_and_prices_are_one_model():
    """The drift takes from returns as rows what differences take from prices."""
    prices = make_garch(300, 2)
    returns = np.diff(prices, axis=0)
    rows = read(returns)
    # The increment of a return, less a drift of minus the present one, is the next one.
    drift = -returns[:-1]
    other = HARVolatility(halflives=HALFLIVES).fit(rows, np.ones(298), drift)
    first, _, _ = fitted(prices[1:])
    assert_allclose(other.long_run_, first.long_run_)
    assert_allclose(other.weights_, first.weights_, atol=1e-6)


@pytest.mark.statistical
def test_a_season_of_the_volatility_is_found():
    """Standard deviations 1 and 3 in turn, half a period each."""
    rng = np.random.RandomState(0)
    deviation = np.where(np.arange(2000) % 24 < 12, 1.0, 3.0)[:, np.newaxis]
    X = (deviation * rng.standard_t(5, size=(2000, 2))).cumsum(axis=0)
    season = Phase(period=24.0, n_harmonics=3)
    strategy, paths, steps = fitted(X, season=season, halflives=(), margins=None)
    volatility = strategy.scale(strategy.trace(paths, steps), paths.clock).volatility
    # Increment i ends in row i; the row before gives the known clock.
    ratio = volatility[17::24].mean() / volatility[5::24].mean()
    assert 2.4 < ratio < 3.8
    assert strategy.uses_clock
    assert_allclose(strategy.relative_variance(np.empty((3, 0))), 1.0)


def test_rescaled_changes_the_long_run_only():
    X = make_garch(200, 2)
    strategy, paths, steps = fitted(X)
    other = strategy.rescaled(read(3.0 * X), steps)
    assert_allclose(other.long_run_, 9.0 * strategy.long_run_)
    assert other.weights_ is strategy.weights_
    same = strategy.rescaled(paths, steps)
    assert_allclose(same.long_run_, strategy.long_run_)


def test_a_series_that_never_moves_has_a_volatility():
    X = make_garch(100, 2)
    X[:, 1] = 5.0
    strategy, paths, steps = fitted(X)
    scale = strategy.scale(strategy.trace(paths, steps))
    assert np.isfinite(scale.divide(np.zeros((100, 2)))).all()
    assert (scale.diagonal.volatility > 0.0).all()
