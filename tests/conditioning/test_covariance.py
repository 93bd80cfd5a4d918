"""EWCovariance by hand, in its limits, and on correlations that move."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator

from skdiffts import KernelDriftVolEstimator, _chunks
from skdiffts._paths import check_paths
from skdiffts.conditioning import EWCovariance, EWVolatility, State
from skdiffts.conditioning._covariance import FLOOR


def read(X):
    return check_paths(BaseEstimator(), X, reset=True)


def test_by_hand():
    """One recursion, one correlation at a time."""
    rng = np.random.RandomState(0)
    X, dt = rng.standard_normal((30, 3)).cumsum(axis=0), 0.25
    paths, steps = read(X), np.full(29, dt)
    strategy = EWCovariance(
        halflife=3.0, reversion=0.2, volatility=EWVolatility(halflife=5.0)
    )
    strategy.fit(paths, steps)
    volatility = EWVolatility(halflife=5.0).fit(paths, steps)
    sigma = volatility.scale(volatility.trace(paths, steps)).volatility
    u = np.diff(X, axis=0) / sigma[:-1] / np.sqrt(dt)
    C = u.T @ u / len(u)
    long_run = C / np.sqrt(np.outer(np.diag(C), np.diag(C)))
    assert_allclose(strategy.correlation_, long_run)
    factors = strategy.scale(strategy.trace(paths, steps)).factor
    decay = 0.5 ** (1.0 / 3.0)
    for i in range(30):
        if i > 0:
            C = decay * C + (1.0 - decay) * np.outer(u[i - 1], u[i - 1])
        moving = C / np.sqrt(np.outer(np.diag(C), np.diag(C)))
        R = (1.0 - FLOOR) * (0.2 * long_run + 0.8 * moving) + FLOOR * np.eye(3)
        expected = np.diag(sigma[i]) @ R @ np.diag(sigma[i])
        assert_allclose(factors[i] @ factors[i].T, expected)
        assert_allclose(np.triu(factors[i], 1), 0.0)


@pytest.mark.parametrize("degree", [0, 1])
@given(seed=st.integers(0, 2**31))
@settings(max_examples=10)
def test_a_correlation_that_stays_changes_no_density(degree, seed):
    """The pooled covariance of what is divided by it makes up for it."""
    X = np.random.RandomState(seed).standard_t(4, size=(80, 3)).cumsum(axis=0)
    volatility = EWVolatility(halflife=5.0)
    options = {
        "degree": degree,
        "shrinkage": 0.0,
        "ridge": 0.0,
        "additive_drift": False,
    }
    scores = [
        KernelDriftVolEstimator("all", scale=scale, **{"conditioning": None, **options})
        .fit(X)
        .score_samples(X)
        for scale in (
            volatility,
            EWCovariance(reversion=1.0, volatility=volatility),
        )
    ]
    assert_allclose(scores[0], scores[1], atol=1e-5)


@pytest.mark.statistical
def test_correlations_that_switch_are_followed(make_switching):
    """By more than .3 nats a row of .83 that an oracle gains (seed fixed)."""
    train, test = make_switching(3000), make_switching(2000, seed=1)
    scales = EWVolatility(), EWCovariance(halflife=20.0)
    static, moving = (
        KernelDriftVolEstimator("all", degree=0, conditioning=State(), scale=scale)
        .fit(train)
        .score(test)
        for scale in scales
    )
    assert moving > static + 0.3


def test_long_simulations_keep_the_covariance(make_switching):
    """Increments of late rows; their standard error here is about 3 %."""
    X = make_switching(3000)
    dynamics = KernelDriftVolEstimator(
        "all", degree=0, scale=EWCovariance(), conditioning=None
    )
    dynamics.fit(X)
    rng = np.random.RandomState(1)
    rows = rng.randint(len(dynamics.loo_residuals_), size=(100, 1500))
    noise = dynamics.innovation_ratio_ * dynamics.loo_residuals_[rows]
    paths = dynamics.simulate(noise, dynamics.start_history(np.zeros((100, 2))))
    late = np.diff(paths[:, 750:], axis=1).reshape(-1, 2)
    assert_allclose(late.std(axis=0), np.diff(X, axis=0).std(axis=0), rtol=0.12)


@pytest.mark.filterwarnings("ignore:Columns .* of X are determined")
@pytest.mark.parametrize("case", ["equal", "constant", "one", "short"])
def test_degenerate_series(case):
    X = np.random.RandomState(0).standard_normal((60, 2)).cumsum(axis=0)
    X = {
        "equal": X[:, [0, 0, 1]],
        "constant": np.column_stack([X, np.full(60, 3.0)]),
        "one": X[:, :1],
        "short": X[:4],
    }[case]
    dynamics = KernelDriftVolEstimator(
        "all", scale=EWCovariance(), conditioning=None
    ).fit(X)
    assert np.isfinite(dynamics.score(X))
    assert dynamics.spectral_radius_ < 1.1
    noise = np.random.RandomState(1).standard_normal((5, 200, X.shape[1]))
    assert np.isfinite(
        dynamics.simulate(noise, dynamics.start_history(X[-4:].repeat(2, 0)[:5]))
    ).all()


def test_auto_takes_the_long_run_where_nothing_moves():
    X = np.random.RandomState(0).standard_normal((2000, 3)).cumsum(axis=0)
    strategy = EWCovariance().fit(read(X), np.ones(1999))
    assert strategy.reversion_ >= 0.7


def test_its_parameters_are_checked(make_switching):
    estimator = KernelDriftVolEstimator(
        "all", scale=EWCovariance(reversion=0.0), conditioning=None
    )
    with pytest.raises(ValueError, match="reversion"):
        estimator.fit(make_switching(50))
    estimator.set_params(scale=EWCovariance(volatility=State()))
    with pytest.raises(ValueError, match="volatility"):
        estimator.fit(make_switching(50))


def test_a_long_standstill():
    """After a thousand rows without a change all products are next to nothing."""
    rng = np.random.RandomState(0)
    X = rng.standard_normal((300, 3)).cumsum(axis=0)
    X = np.concatenate([X, np.tile(X[-1], (1085, 1)), X[-1] + X])
    scale = EWCovariance(halflife=1.0, reversion=0.01)
    assert np.isfinite(
        KernelDriftVolEstimator("all", scale=scale, conditioning=None).fit(X).score(X)
    )


def test_portions_do_not_change_the_reversion(monkeypatch, make_switching):
    X = make_switching(600)
    whole = EWCovariance(halflife=40.0).fit(read(X), np.ones(599))
    monkeypatch.setattr(_chunks, "CHUNK_NUMBERS", 200)
    parts = EWCovariance(halflife=40.0).fit(read(X), np.ones(599))
    assert parts.reversion_ == whole.reversion_


def test_nested_parameters_of_the_default_volatility():
    scale = EWCovariance().set_params(volatility__halflife=7.0)
    assert scale.volatility.halflife == 7.0
