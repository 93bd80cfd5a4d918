"""Covariates in the dynamics: drift, local fit, stability, simulation and round trips."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator

from skdiffts import KernelDriftVolEstimator
from skdiffts._paths import ColumnRoles, check_paths
from skdiffts.conditioning import (
    Constant,
    HARVolatility,
    LaggedStates,
    State,
)

EFFECT = np.array([1.5, -0.5])


def simulated(n=600, seed=0, effect=EFFECT):
    """x' = .5 x + effect . u' + noise, beside the columns of u."""
    rng = np.random.RandomState(seed)
    u, noise = rng.standard_normal((2, n, len(effect)))
    x = np.zeros(n)
    for i in range(1, n):
        x[i] = 0.5 * x[i - 1] + u[i] @ effect + noise[i, 0]
    return np.column_stack([x, u])


def split(X, given=(1, 2)):
    paths = check_paths(BaseEstimator(), X, reset=True)
    return ColumnRoles.find(list(given), paths).split(paths)


def line(**params):
    options = {"conditioning": State(), "additive_drift": "linear", "scale": None}
    return KernelDriftVolEstimator("all", **{**options, **params})


def slopes(core):
    """Total slopes of the drift in the columns of the conditioning vector."""
    m = len(core.ridge.slopes)
    zero, unit = np.zeros((1, m)), np.eye(m)
    return core.line(unit) - core.line(zero)


def test_linear_core_finds_the_effect_of_the_next_row():
    fitted = line().fit(split(simulated(4000)))
    level, *ahead = slopes(fitted.model_.rules.core)[:, 0]
    assert_allclose(level, -0.5, atol=0.05)
    assert_allclose(ahead[:2], EFFECT, atol=0.05)
    assert_allclose(ahead[2:], 0.0, atol=0.05)


def test_effect_of_the_present_row_is_found_beside_the_next():
    """A change that alone has an effect is a walk driven by a walk."""
    rng = np.random.RandomState(0)
    u, own = rng.standard_normal((2, 3000)).cumsum(axis=1)
    X = np.column_stack([own + 2.0 * u, u])
    fitted = line(conditioning=Constant()).fit(split(X, [1]))
    core = fitted.model_.rules.core
    vectors = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    base, following, change = core(vectors)[:, 0]
    assert_allclose(change - base, 2.0, atol=0.05)
    assert_allclose(following - base, 0.0, atol=0.02)


def test_local_fit_sees_an_effect_that_is_a_curve():
    rng = np.random.RandomState(0)
    u, noise = rng.uniform(-2.0, 2.0, 2000), 0.3 * rng.standard_normal(2000)
    X = np.column_stack([u**2 + noise, u])
    train, test = split(X[:1500], [1]), split(X[1500:], [1])
    local = KernelDriftVolEstimator(conditioning=None).fit(train)
    assert local.score(test) > line().fit(train).score(test) + 0.5


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"conditioning": LaggedStates(n_lags=2)},
        {"scale": HARVolatility(halflives=(3.0, 10.0))},
        {"additive_drift": "auto", "conditioning": None},
    ],
    ids=["line", "lags", "volatility", "local"],
)
def test_constant_covariates_change_nothing(params):
    X = simulated(400)
    rows = np.column_stack([X[:, 0], np.full(400, 7.0)])
    alone = line(**params).fit(X[:, :1])
    beside = line(**params).fit(split(rows, [1]))
    assert_allclose(beside.score(split(rows, [1])), alone.score(X[:, :1]), atol=1e-6)
    assert_allclose(
        beside.transform(split(rows, [1])), alone.transform(X[:, :1]), atol=1e-6
    )


def test_spectral_radius_is_about_the_series_alone():
    X = simulated(3000)
    fitted = line().fit(split(X))
    assert_allclose(fitted.spectral_radius_, 0.5, atol=0.05)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"conditioning": LaggedStates(n_lags=3)},
        {"scale": HARVolatility(halflives=(3.0, 10.0))},
        {"conditioning": "auto", "additive_drift": "auto"},
        {"conditioning": None, "additive_drift": "auto"},
    ],
    ids=["line", "lags", "volatility", "auto", "local"],
)
def test_simulation_undoes_whitening_with_the_same_covariates(params):
    paths = split(simulated(300))
    fitted = line(**params).fit(paths)
    residuals = fitted.transform(paths)
    rows = fitted.inverse_transform(
        paths.with_values(np.nan_to_num(residuals)),
        x0=paths.values[np.newaxis, : fitted.n_history_],
    )
    assert_allclose(rows, paths.values, atol=1e-7)
    first = fitted.n_history_ - 1
    history = fitted.history(paths).take([first])
    steps = fitted.simulate(
        residuals[np.newaxis, first + 1 :],
        history,
        paths.covariates[np.newaxis, first + 1 :],
    )
    # A volatility that feeds back gives simulated innovations moments of their own.
    tolerance = 0.05 if fitted.model_.feeds_back else 1e-6
    assert_allclose(steps[0], paths.values[first:], atol=tolerance)


def test_factor_is_unknown_where_nothing_is_known_ahead():
    paths = split(np.stack([simulated(50, seed) for seed in range(3)]))
    drift, factor = line().fit(paths).factor(paths)
    missing = np.isnan(drift).any(axis=1)
    assert_array_equal(np.flatnonzero(missing), [49, 99, 149])
    assert_array_equal(np.isnan(factor).any(axis=(1, 2)), missing)


def test_residuals_from_the_past_use_covariates():
    paths = split(simulated(300))
    fitted = KernelDriftVolEstimator(past_only=True, conditioning=None).fit(paths)
    residuals = fitted.transform(paths)
    known = np.isfinite(residuals[:, 0])
    assert known.sum() > 250
    assert residuals[known].std() < 1.3


def test_search_finds_the_level_beside_a_covariate_that_hides_it():
    """Large covariates make an autoregression look like noise."""
    rng = np.random.RandomState(1)
    u, noise = 30.0 * rng.standard_normal(600), rng.standard_normal(600)
    own = np.zeros(600)
    for i in range(1, 600):
        own[i] = 0.8 * own[i - 1] + noise[i]
    X = np.column_stack([own + u, u])
    fitted = KernelDriftVolEstimator().fit(split(X, [1]))
    assert fitted.describe().startswith("level: the present row")
    assert fitted.loo_residuals_.std() < 1.1
    assert fitted.score(split(X, [1])) > -1.6


def test_many_covariates_do_not_stop_the_search():
    rng = np.random.RandomState(0)
    X = np.column_stack([simulated(120)[:, 0], rng.standard_normal((120, 60))])
    fitted = KernelDriftVolEstimator().fit(split(X, range(1, 61)))
    assert np.isfinite(fitted.loo_residuals_).all()


def test_paths_without_the_covariates_are_refused():
    fitted = line().fit(split(simulated(100)))
    with pytest.raises(ValueError, match="0 exogenous column"):
        fitted.score(simulated(100)[:, :1])
    with pytest.raises(ValueError, match="1 exogenous column"):
        line().fit(simulated(100)[:, :1]).score(split(simulated(100)[:, :2], [1]))
