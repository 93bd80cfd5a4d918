"""The history that the estimator finds by itself, and the model that uses it."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts import KernelDriftVolEstimator
from skdiffts.conditioning import (
    ConditioningUnion,
    Constant,
    EWCovariance,
    EWVolatility,
    HARVolatility,
    Independent,
    LaggedStates,
    MovingCorrelation,
    Phase,
    SeasonalLevel,
    State,
    Trend,
)


def walk(n=300, d=2, seed=0):
    return np.random.RandomState(seed).standard_t(5, size=(n, d)).cumsum(axis=0)


def autoregression(n=600, slope=0.8, d=1, seed=0):
    rng = np.random.RandomState(seed)
    X = np.zeros((n, d))
    for i in range(1, n):
        X[i] = slope * X[i - 1] + rng.normal(size=d)
    return X


def clustered(n=1500, seed=0):
    """Increments with a volatility of their own past."""
    rng = np.random.RandomState(seed)
    r, h = np.zeros(n), 1.0
    for i in range(n):
        r[i] = np.sqrt(h) * rng.standard_t(6) / np.sqrt(1.5)
        h = 0.05 + 0.12 * r[i] ** 2 + 0.83 * h
    return r


def hourly(n=24 * 40, seed=0):
    index = pd.date_range("2024-01-01", periods=n, freq="h")
    rng, noise = np.random.RandomState(seed), np.zeros(n)
    for i in range(1, n):
        noise[i] = 0.7 * noise[i - 1] + 0.3 * rng.normal()
    cycle = 2.0 * np.sin(2.0 * np.pi * index.hour.to_numpy() / 24.0)
    return pd.DataFrame({"load": cycle + noise}, index=index)


STRATEGIES = {
    "level": (State(), None),
    "walk": (Constant(), HARVolatility(margins=None)),
    "margins": (State(), HARVolatility()),
    "ranks": (LaggedStates(n_lags=2), HARVolatility(margins="rank")),
    "season": (Constant(), HARVolatility(season=Phase(period=5.0))),
    "correlation": (State(), MovingCorrelation()),
    "union": (
        ConditioningUnion(
            parts=[
                ("level", LaggedStates(n_lags=3)),
                ("trend", Trend()),
                ("season", Phase(period=7.0)),
                ("level_by", SeasonalLevel(season=Phase(period=7.0))),
            ]
        ),
        HARVolatility(halflives=(), season=Phase(period=7.0)),
    ),
}


@pytest.fixture(params=STRATEGIES)
def strategies(request):
    conditioning, scale = STRATEGIES[request.param]
    return {"conditioning": conditioning, "scale": scale}


@pytest.mark.parametrize("options", [{"n_neighbors": "all"}, {"n_neighbors": 40}])
@pytest.mark.parametrize("additive_drift", ["linear", False])
def test_the_log_jacobian_is_that_of_the_map(strategies, options, additive_drift):
    """Differences of the residual of one row by that row give its derivative."""
    X = walk(200)
    estimator = KernelDriftVolEstimator(
        **strategies, **options, additive_drift=additive_drift
    ).fit(X)
    row, step = 150, 1e-6
    _, log_jacobian = estimator.whiten(X[: row + 1])
    columns = []
    for j in range(2):
        sides = []
        for sign in (1.0, -1.0):
            moved = X[: row + 1].copy()
            moved[row, j] += sign * step
            sides.append(estimator.transform(moved)[row])
        columns.append((sides[0] - sides[1]) / (2.0 * step))
    expected = np.log(abs(np.linalg.det(np.array(columns))))
    assert_allclose(log_jacobian[row], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("n_neighbors", ["all", 40])
def test_paths_come_back_from_their_residuals(strategies, n_neighbors):
    X = walk(200)
    estimator = KernelDriftVolEstimator(
        n_neighbors, **strategies, additive_drift="linear"
    ).fit(X)
    back = estimator.inverse_transform(estimator.transform(X))
    assert_allclose(back, X, atol=1e-7)


def test_one_series_with_lags_is_least_squares():
    """All columns are own ones, without a penalty."""
    X = autoregression(slope=0.6)
    estimator = KernelDriftVolEstimator(
        "all", conditioning=LaggedStates(n_lags=2), scale=None, additive_drift="linear"
    ).fit(X)
    design = np.column_stack([np.ones(len(X) - 2), X[1:-1], X[:-2]])
    coefficients = np.linalg.lstsq(design, np.diff(X[1:], axis=0), rcond=None)[0]
    drift, _ = estimator.coefficients(X[:50])
    assert_allclose(drift[1:], (design @ coefficients)[:49], rtol=1e-4, atol=1e-5)


def test_independent_rows_have_the_mean_of_the_season_as_forecast():
    """Nothing is estimated but the mean and the season."""
    rng = np.random.RandomState(0)
    season = np.array([3.0, 0.0, -3.0, 1.0])
    X = 10.0 + np.tile(season, 100)[:, np.newaxis] + 0.1 * rng.normal(size=(400, 1))
    parts = [("rows", Independent()), ("season", Phase(period=4.0, n_harmonics=2))]
    estimator = KernelDriftVolEstimator(
        "all", conditioning=ConditioningUnion(parts=parts), additive_drift="linear"
    ).fit(X)
    drift, _ = estimator.coefficients(X)
    ahead = (X + drift)[:-1, 0]
    means = X.reshape(100, 4).mean(axis=0)
    assert_allclose(ahead, np.tile(means, 100)[1:], atol=0.02)
    back = estimator.inverse_transform(estimator.transform(X))
    assert_allclose(back, X, atol=1e-7)


def test_explicit_scales_remember_innovations_not_increments():
    """A strong drift is no volatility."""
    X = autoregression(slope=0.2, d=2) + 3.0 * (np.arange(600) % 2)[:, np.newaxis]
    for scale in (EWVolatility(), EWCovariance()):
        estimator = KernelDriftVolEstimator(
            "all", conditioning=LaggedStates(n_lags=2), scale=scale
        ).fit(X)
        fitted = estimator.model_.rules.scaling
        volatility = getattr(fitted, "volatility_", fitted)
        # Increments have a mean square of ten.
        assert_allclose(volatility.long_run_, 1.0, atol=0.4)


def test_volatility_sees_innovations_and_no_drift():
    """A line in time changes nothing but the drift."""
    X, line = walk(400), np.arange(400.0)[:, np.newaxis]
    options = {"conditioning": Constant(), "scale": HARVolatility()}
    fits = [
        KernelDriftVolEstimator("all", additive_drift="linear", **options).fit(Y)
        for Y in (X + 1e3 * line, X + 2e3 * line)
    ]
    assert_allclose(fits[0].loo_residuals_, fits[1].loo_residuals_, atol=1e-3)


def test_simulated_innovations_have_the_moments_of_the_long_run():
    X = np.column_stack([clustered(seed=seed).cumsum() for seed in (0, 1)])
    estimator = KernelDriftVolEstimator(
        "all", conditioning=Constant(), scale=HARVolatility(), additive_drift="linear"
    ).fit(X)
    # Draws that are far too wide: their size must not matter.
    draws = 1.5 * np.random.RandomState(0).normal(size=(4000, 2))
    history = estimator.history(X).take(np.arange(4000) % len(X))
    moments = estimator.calibrate(draws, history).model_.moments
    step = estimator.model_.step(history)
    innovations = step.innovations(draws, np.ones((4000, 1)))
    volatility = np.sqrt(step.scale.variance)
    u = moments.correct(innovations, volatility) / volatility
    assert_allclose(u.mean(axis=0), 0.0, atol=1e-9)
    assert_allclose((u**2).mean(axis=0), 1.0, rtol=1e-9)
    paths = estimator.simulate(draws.reshape(8, 500, 2), history.take(slice(8)))
    deviation = np.diff(paths, axis=1).std(axis=(0, 1))
    # 4,000 dependent rows: bounds of about four standard errors.
    assert_allclose(deviation / np.diff(X, axis=0).std(axis=0), 1.0, atol=0.3)


def test_a_walk_a_level_a_season_and_clustering_are_found():
    found = KernelDriftVolEstimator().fit(walk(500)).describe()
    assert "level: none (unit root)" in found
    assert "season" not in found
    assert (
        "level: the present row"
        in KernelDriftVolEstimator().fit(autoregression(d=2)).describe()
    )
    assert "season: day" in KernelDriftVolEstimator().fit(hourly()).describe()
    returns = clustered(1200)[:, np.newaxis]
    for X in (returns, returns.cumsum(axis=0)):
        assert "volatility: half-lives" in KernelDriftVolEstimator().fit(X).describe()


@pytest.mark.statistical
def test_returns_and_log_prices_are_one_model():
    """On the rows of the fit, and on later ones."""
    returns = np.column_stack([clustered(seed=seed) for seed in (0, 1)])
    tables = returns, returns.cumsum(axis=0)
    fits = [KernelDriftVolEstimator().fit(X[:1000]) for X in tables]
    pairs = list(zip(fits, tables, strict=True))
    within = [fit.score_samples(X[:1000])[1:].mean() for fit, X in pairs]
    assert abs(within[0] - within[1]) < 0.02
    later = [fit.score(X[900:]) for fit, X in pairs]
    assert abs(later[0] - later[1]) < 0.05


def test_a_year_is_found_in_three():
    index = pd.date_range("2020-01-01", periods=1096, freq="D")
    year = 8.0 * np.sin(2.0 * np.pi * np.arange(1096) / 365.25)
    X = pd.DataFrame({"t": year + 2.5 * autoregression(1096, 0.7)[:, 0]}, index=index)
    estimator = KernelDriftVolEstimator().fit(X)
    assert "season: year" in estimator.describe()
    chosen = estimator.memory_["candidate"][estimator.memory_["chosen"]]
    assert any("year" in name for name in chosen)


def test_a_conditioning_of_ones_own_has_no_scale():
    X = walk()
    own = KernelDriftVolEstimator(30, conditioning=State()).fit(X)
    none = KernelDriftVolEstimator(30, conditioning=None, scale=None).fit(X)
    assert_array_equal(own.loo_residuals_, none.loo_residuals_)
    assert own.describe() == "conditioning: State(), scale: NoScale()"
    assert not hasattr(own, "memory_")


def test_what_is_given_is_kept():
    X = autoregression(400, d=2)
    scale = HARVolatility(halflives=(10.0,), margins=None)
    estimator = KernelDriftVolEstimator(scale=scale).fit(X)
    assert estimator.model_.rules.scaling.halflives == (10.0,)
    assert KernelDriftVolEstimator(50).fit(X).n_neighbors_ == 50
    assert KernelDriftVolEstimator(past_only=True).fit(X).model_.rules.core is None


def test_the_choice_is_the_same_for_any_number_of_jobs():
    X = autoregression(300, d=2)
    one = KernelDriftVolEstimator().fit(X)
    other = KernelDriftVolEstimator(n_jobs=2).fit(X)
    assert one.describe() == other.describe()
    assert_array_equal(one.loo_residuals_, other.loo_residuals_)
    assert one.memory_.keys() == other.memory_.keys()
    for name, column in one.memory_.items():
        if np.issubdtype(np.asarray(column).dtype, np.number):
            # In another process old BLAS may find other alignments: the last digit.
            assert_allclose(column, other.memory_[name], rtol=1e-12, atol=1e-15)
        else:
            assert_array_equal(column, other.memory_[name])


def test_an_explosive_line_does_not_lead_away():
    """The drift is constant beyond the training rows where the line is unstable."""
    X = 1.05 ** np.arange(100)[:, np.newaxis]
    X = X + 0.1 * np.random.RandomState(0).normal(size=X.shape)
    estimator = KernelDriftVolEstimator(
        "all", conditioning=State(), additive_drift="linear"
    ).fit(X)
    assert estimator.spectral_radius_ > 1.0
    residuals = np.random.RandomState(1).normal(size=(5, 400, 1))
    start = estimator.history(X).take(np.full(5, 99))
    paths = estimator.simulate(residuals, start)
    increments = np.diff(paths[:, :, 0], axis=1)
    assert increments.max() < 2.0 * np.diff(X[:, 0]).max()


def test_linear_drift_knows_the_future_and_past_only_refuses_it():
    estimator = KernelDriftVolEstimator(
        conditioning=State(), additive_drift="linear", past_only=True
    )
    with pytest.raises(ValueError, match="additive_drift=linear is fitted to all rows"):
        estimator.fit(walk())


@pytest.mark.parametrize(
    "X", [np.zeros((100, 2)), np.full((100, 1), 3.0), np.ones((4, 30, 2)) * [1.0, 2.0]]
)
def test_rows_that_never_change_teach_nothing(X):
    with pytest.raises(ValueError, match="none of which changes along its path"):
        KernelDriftVolEstimator().fit(X)
