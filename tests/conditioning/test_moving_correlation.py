"""MovingCorrelation by hand, its likelihood, and correlations that switch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from scipy.optimize import approx_fprime
from sklearn.base import BaseEstimator

from skdiffts._paths import check_paths
from skdiffts.conditioning import (
    EWVolatility,
    HARVolatility,
    MovingCorrelation,
    Phase,
    Step,
)
from skdiffts.conditioning._moving_correlation import FLOOR, blend, joint_likelihood

HALFLIVES = (4.0, 16.0)


def read(X):
    return check_paths(BaseEstimator(), X, reset=True)


def random_correlations(rng, shape, d):
    rows = rng.standard_normal((*shape, d, 2 * d))
    products = rows @ np.swapaxes(rows, -1, -2)
    deviation = np.sqrt(np.diagonal(products, axis1=-2, axis2=-1))
    return products / deviation[..., np.newaxis] / deviation[..., np.newaxis, :]


def test_by_hand():
    rng = np.random.RandomState(0)
    X, dt = rng.standard_normal((40, 3)).cumsum(axis=0), 0.25
    paths, steps = read(X), np.full(39, dt)
    drift = np.full((39, 3), 0.3)
    strategy = MovingCorrelation(
        halflives=HALFLIVES, volatility=EWVolatility(halflife=5.0)
    ).fit(paths, steps, drift)
    volatility = EWVolatility(halflife=5.0).fit(paths, steps, drift)
    sigma = volatility.scale(volatility.trace(paths, steps, drift)).volatility
    g = (np.diff(X, axis=0) - 0.3 * dt) / np.sqrt(dt) / sigma[:-1]
    start = g.T @ g / 39.0
    products = [start.copy() for _ in HALFLIVES]

    def correlation(C):
        return C / np.sqrt(np.outer(np.diag(C), np.diag(C)))

    assert_allclose(strategy.correlation_, correlation(start))
    factors = strategy.scale(strategy.trace(paths, steps, drift)).factor
    for i in range(40):
        R = strategy.weights_[0] * correlation(start)
        for k, halflife in enumerate(HALFLIVES):
            if i > 0:
                decay = 0.5 ** (1.0 / halflife)
                new = np.outer(g[i - 1], g[i - 1])
                products[k] = decay * products[k] + (1.0 - decay) * new
            R = R + strategy.weights_[k + 1] * correlation(products[k])
        R = (1.0 - FLOOR) * R + FLOOR * np.eye(3)
        assert_allclose(factors[i] @ factors[i].T, R)
        assert_allclose(np.triu(factors[i], 1), 0.0)


@pytest.mark.parametrize("season", [None, Phase(period=5.0)])
@given(seed=st.integers(0, 2**31), d=st.integers(1, 4))
@settings(max_examples=5)
def test_whole_paths_and_single_steps_agree(season, seed, d):
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((15, d)).cumsum(axis=0)
    drift = rng.standard_normal((14, d))
    paths, dt = read(X), np.full(14, 0.5)
    volatility = HARVolatility(halflives=(3.0, 9.0), season=season)
    strategy = MovingCorrelation(halflives=HALFLIVES, volatility=volatility)
    whole = strategy.fit(paths, dt, drift).trace(paths, dt, drift)
    history = strategy.start(X[:1])
    for i in range(1, 15):
        change, clock = X[[i]] - X[[i - 1]], np.array([float(i)])
        step = Step(X[[i]], change, dt[:1], clock, drift[[i - 1]])
        history = strategy.update(history, step)
        assert_allclose(history[0], whole[i], rtol=1e-8, atol=1e-10)


@given(seed=st.integers(0, 2**31), d=st.integers(1, 5))
@settings(max_examples=10)
def test_factors_are_those_of_correlations(seed, d):
    """Positive definite with unit diagonal, also after a standstill."""
    rng = np.random.RandomState(seed)
    X = rng.standard_t(3, size=(60, d)).cumsum(axis=0)
    X[20:40] = X[19]
    paths, dt = read(X), np.ones(59)
    strategy = MovingCorrelation(halflives=HALFLIVES).fit(paths, dt)
    assert_allclose(strategy.weights_.sum(), 1.0)
    assert strategy.weights_[0] >= strategy.floor - 1e-12
    factors = strategy.scale(strategy.trace(paths, dt)).factor
    products = factors @ factors.transpose(0, 2, 1)
    assert_allclose(np.diagonal(products, axis1=1, axis2=2), 1.0)
    assert (np.linalg.eigvalsh(products) > 0.0).all()


@given(seed=st.integers(0, 2**31))
@settings(max_examples=10)
def test_gradient_is_that_of_finite_differences(seed):
    rng = np.random.RandomState(seed)
    parts = random_correlations(rng, (20, 3), 4)
    scores = rng.standard_normal((20, 4))
    weights = rng.dirichlet(np.ones(3))
    _, slope, _ = joint_likelihood(weights, parts, scores)
    numeric = approx_fprime(
        weights, lambda w: joint_likelihood(w, parts, scores)[0], 1e-6
    )
    assert_allclose(slope, numeric, rtol=1e-3, atol=1e-5)


def test_likelihood_is_that_of_scipy():
    rng = np.random.RandomState(0)
    parts = random_correlations(rng, (5, 2), 3)
    scores = rng.standard_normal((5, 3))
    value, _, _ = joint_likelihood(np.array([0.3, 0.7]), parts, scores)
    reference = [
        stats.multivariate_t(shape=(0.3 * a + 0.7 * b) * 13.0 / 15.0, df=15.0).logpdf(
            row
        )
        for (a, b), row in zip(parts, scores, strict=True)
    ]
    assert_allclose(value, np.mean(reference))


@pytest.mark.statistical
def test_correlations_that_switch_are_followed(make_switching):
    X = make_switching(2000)
    paths, dt = read(X), np.ones(1999)
    strategy = MovingCorrelation(halflives=(10.0, 100.0)).fit(paths, dt)
    assert strategy.weights_[1] > 0.5
    factors = strategy.scale(strategy.trace(paths, dt)).factor
    correlation = (factors @ factors.transpose(0, 2, 1))[:, 0, 1]
    assert correlation[200:250].mean() > 0.5
    assert correlation[450:500].mean() < -0.5


@pytest.mark.statistical
def test_correlations_that_stay_keep_the_long_run():
    X = np.random.RandomState(0).standard_normal((3000, 3)).cumsum(axis=0)
    strategy = MovingCorrelation().fit(read(X), np.ones(2999))
    factors = strategy.scale(strategy.start(X[:1])).factor
    moving = strategy.scale(strategy.trace(read(X), np.ones(2999))).factor
    assert np.abs(moving - factors).max() < 0.25


def test_factors_are_those_of_blended_correlations():
    """Also of a series that never moves."""
    X = np.random.RandomState(0).standard_t(4, size=(200, 3)).cumsum(axis=0)
    X[:, 1] = 1.0
    paths, dt = read(X), np.ones(199)
    strategy = MovingCorrelation(halflives=HALFLIVES).fit(paths, dt)
    history = strategy.trace(paths, dt)
    parts = strategy._parts(history[:, -6 * len(HALFLIVES) :])
    expected = np.linalg.cholesky(blend(strategy.weights_, parts))
    assert_allclose(strategy.scale(history).factor, expected, atol=1e-12)


def test_scale_divides_what_it_multiplies_and_knows_its_slope():
    rng = np.random.RandomState(0)
    X = rng.standard_t(4, size=(80, 2)).cumsum(axis=0)
    paths, dt = read(X), np.ones(79)
    strategy = MovingCorrelation(halflives=HALFLIVES).fit(paths, dt)
    scale = strategy.scale(strategy.trace(paths, dt)[:6])
    e = rng.standard_normal((6, 2))
    r = scale.multiply(e)
    assert_allclose(scale.divide(r), e, atol=1e-10)
    step = 1e-6
    for k in range(6):
        columns = []
        for j in range(2):
            shift = np.zeros((6, 2))
            shift[:, j] = step
            change = scale.divide(r + shift) - scale.divide(r - shift)
            columns.append(change[k] / (2.0 * step))
        _, log_det = np.linalg.slogdet(np.array(columns))
        assert_allclose(scale.log_slope(r)[k], log_det, atol=1e-5)


def test_nested_parameters_build_the_default_volatility():
    strategy = MovingCorrelation().set_params(volatility__floor=0.2)
    assert strategy.volatility.floor == 0.2
    assert not strategy.uses_clock
