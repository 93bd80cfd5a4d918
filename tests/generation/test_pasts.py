"""Generation when the dynamics take more of the past than the present row."""

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import StandardScaler

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import (
    CalendarFeatures,
    ConditioningUnion,
    EWCovariance,
    EWVolatility,
    LaggedIncrements,
    LaggedStates,
    State,
)
from skdiffts.generation._simulation import block_seeds

PASTS = {
    "lags": {"conditioning": LaggedStates(n_lags=3)},
    "increments": {"conditioning": LaggedIncrements(n_lags=2)},
    # "auto" would find that this series has no volatility to speak of.
    "volatility": {
        "conditioning": EWVolatility(reversion=0.2),
        "scale": EWVolatility(halflife=5.0, reversion=0.2),
        # A linear drift beside a scale gives simulated innovations moments of their own.
        "additive_drift": False,
    },
    "covariance": {
        "scale": EWCovariance(halflife=5.0, reversion=0.2),
        "additive_drift": True,
    },
    "union": {
        "conditioning": ConditioningUnion(
            parts=[("state", State()), ("season", CalendarFeatures(periods=[12.0]))]
        )
    },
}


def make_generator(name, **options):
    dynamics = KernelDriftVolEstimator(
        20, shrinkage=0.5, **{"conditioning": None, **PASTS[name], **options}
    )
    return GenerativeTimeSeries(
        dynamics, KernelDensity(bandwidth=0.3), preprocessor=StandardScaler()
    )


def make_series(n=80, seed=0):
    random = np.random.RandomState(seed)
    X = np.zeros((n, 2))
    for i in range(2, n):
        X[i] = 0.5 * X[i - 1] + 0.3 * X[i - 2] + random.standard_normal(2)
    return 3.0 * X + [10.0, -5.0]


@pytest.fixture(scope="module", params=list(PASTS))
def fitted(request):
    return make_generator(request.param).fit(make_series())


def test_a_forecast_is_a_path_from_the_last_row(fitted):
    """The same seed: the past of the last training row is the past of the forecast."""
    forecast = fitted.forecast(make_series(), 15, n_samples=4, random_state=3)
    rng = np.random.RandomState(3)
    inputs = fitted.preprocessor_.transform(make_series())
    history = fitted.dynamics_.history(inputs).take(np.full(4, 79))
    paths = fitted._simulate(history, 16, block_seeds(len(history), rng))
    assert_array_equal(forecast, paths[:, 1:])
    last = make_series()[-1]
    assert_allclose(fitted.sample(3, 2, x0="last", random_state=0)[:, 0], [last] * 3)


def test_the_past_matters(fitted):
    """Two pasts that end in the same row are continued differently.

    But for the season, which follows the row's number: one path is longer.
    """
    X, Y = make_series(), make_series()[3:]
    Y[:-1] = Y[:-1] + np.random.RandomState(1).standard_normal((len(Y) - 1, 2))
    a, b = (fitted.forecast(Z, 3, random_state=0) for Z in (X, Y))
    assert np.abs(a - b).max() > 1e-3


def test_steps_have_the_density_that_is_scored(fitted):
    """Whitening a simulated path gives the residuals that made it."""
    X = make_series()
    n_history = fitted.dynamics_.n_history_
    path = np.concatenate([X, fitted.forecast(X, 10, random_state=1)[0]])
    inputs = fitted.preprocessor_.transform(path)
    residuals, _ = fitted.dynamics_.whiten(inputs)
    seed = np.random.RandomState(1).randint(np.iinfo(np.int32).max, size=1)[0]
    drawn = fitted.sampler_.sample(10, random_state=int(seed))
    if fitted._draws.matrix is not None:  # draws that volatility feeds back
        drawn = fitted._draws.draw(10, int(seed))
    assert_allclose(residuals[80:], drawn, rtol=1e-6, atol=1e-7)
    assert np.isnan(fitted.score_samples(path)[:n_history]).all()
    assert np.isfinite(fitted.score_samples(path)[n_history:]).all()


def test_starts_have_a_long_enough_past(fitted):
    X, n_history = make_series(), fitted.dynamics_.n_history_
    first = fitted.sample(3, 2, x0="initial", random_state=0)[:, 0]
    assert_allclose(first, np.broadcast_to(X[n_history - 1], (3, 2)))
    rows = fitted.sample(200, 1, x0="states", random_state=0)[:, 0]
    known = X[n_history - 1 :]
    gaps = np.abs(rows[:, np.newaxis] - known).max(axis=2).min(axis=1)
    assert (gaps < 1e-9).all()


@pytest.mark.parametrize("n_jobs", [2])
def test_jobs_do_not_change_the_paths(fitted, n_jobs):
    alone = fitted.sample(300, 4, x0="states", random_state=0)
    shared = clone(fitted).set_params(n_jobs=n_jobs).fit(make_series())
    with parallel_config("threading"):
        assert_array_equal(shared.sample(300, 4, x0="states", random_state=0), alone)


def test_gaps_break_training_and_scoring():
    X = make_series()
    X[[20, 50]] = np.nan
    X[35, 1] = np.nan
    pieces = [X[:20], X[21:35], X[36:50], X[51:]]
    whole = make_generator("lags", missing="break").fit(X)
    apart = make_generator("lags").fit(pieces)
    assert_array_equal(whole.residuals_, apart.residuals_)
    assert_allclose(whole.score(X), apart.score(pieces), rtol=1e-12)
    scores = whole.score_samples(X)
    assert scores.shape == (80,)
    assert np.isnan(scores[[20, 21, 22, 23, 35]]).all()
    assert np.isfinite(scores[24:35]).all()
    assert np.isfinite(whole.sample(5, 30, x0="states", random_state=0)).all()
    with pytest.raises(ValueError, match="NaN"):
        make_generator("lags").fit(X)


def test_time_goes_on_behind_a_gap():
    """Without an index rows are counted, those that are missing among them."""
    X = make_series()
    X[[20, 50]] = np.nan
    frame = pd.DataFrame(X)
    period = {"conditioning": CalendarFeatures(periods=[7.0])}
    for options in (period, {"recency_halflife": 30.0}, {"past_only": True}):
        generators = [
            GenerativeTimeSeries(
                KernelDriftVolEstimator(
                    30, missing="break", **{"conditioning": None, **options}
                ),
                KernelDensity(bandwidth=0.4),
            ).fit(data)
            for data in (X, frame)
        ]
        scores = [
            generator.score_samples(data)
            for generator, data in zip(generators, (X, frame), strict=True)
        ]
        assert_allclose(*scores, rtol=1e-9)


def test_forecasts_of_paths_with_gaps():
    X = np.stack([make_series(), make_series() + 1.0])
    X[0, 20], X[1, 0] = np.nan, np.nan
    generator = make_generator("lags", missing="break").fit(X)
    forecasts = generator.forecast(X, 3, 2, random_state=0)
    assert forecasts.shape == (2, 2, 3, X.shape[2])
    assert_array_equal(generator.forecast(X[:, 30:], 3, 2, random_state=0), forecasts)
    padded = np.concatenate([X, np.full((2, 4, X.shape[2]), np.nan)], axis=1)
    padded[1, -6:] = np.nan
    ends = [X[0], X[1, :-2]]
    assert_array_equal(
        generator.forecast(padded, 3, 2, random_state=0),
        generator.forecast(ends, 3, 2, random_state=0),
    )
    X[1, -1, 0] = np.nan
    with pytest.raises(ValueError, match="last row of path 1 of X has NaN in some col"):
        generator.forecast(X, 3)
    X[1] = np.nan
    with pytest.raises(ValueError, match="path 1 of X has only NaN"):
        generator.forecast(X, 3)


def test_short_paths_of_a_panel_have_no_score_of_their_own():
    X = make_series()
    generator = make_generator("lags").fit([X, X[:2]])
    assert generator.score([X, X[:2]]) == generator.score([X])
    dynamics = generator.dynamics_
    assert dynamics.score([X, X[:2]]) == dynamics.score([X])
    with pytest.raises(ValueError, match="longest path of X has 2 row"):
        generator.score([X[:2]])


def test_dates_run_on_in_simulation():
    """A noiseless daily cycle, learnt from the hour alone, goes on at its phase."""
    index = pd.date_range("2024-03-01 05:00", periods=24 * 40, freq="h")
    phase = 2.0 * np.pi * index.hour.to_numpy() / 24.0
    noise = 1e-3 * np.random.RandomState(0).standard_normal(len(index))
    frame = pd.DataFrame({"x": np.sin(phase) + noise}, index=index)
    season = CalendarFeatures(periods=["day"])
    parts = [("state", State()), ("season", season)]
    dynamics = KernelDriftVolEstimator(
        "all", dt="index", conditioning=ConditioningUnion(parts=parts)
    )
    generator = GenerativeTimeSeries(dynamics, KernelDensity(bandwidth=0.1)).fit(frame)
    future = index[-1] + pd.to_timedelta(np.arange(1, 49), unit="h")
    expected = np.sin(2.0 * np.pi * future.hour.to_numpy() / 24.0)
    forecast = generator.forecast(frame, 48, random_state=0).loc[0, "x"]
    assert_array_equal(forecast.index, future)
    assert np.abs(forecast - expected).max() < 0.05
    # An initial path begins at five o'clock.
    path = generator.sample(1, 24, x0="initial", random_state=0).loc[0, "x"]
    assert_array_equal(path.index, index[:24])
    hours = (5 + np.arange(24)) % 24
    assert np.abs(path - np.sin(2.0 * np.pi * hours / 24.0)).max() < 0.05


def test_conditioning_and_scale_in_a_grid():
    search = GridSearchCV(
        make_generator("lags"),
        {
            "dynamics__conditioning": [State(), LaggedStates(n_lags=2)],
            "dynamics__scale": [None, EWVolatility(reversion=0.2)],
        },
        cv=TimeSeriesSplit(2),
        error_score="raise",
    )
    search.fit(make_series())
    assert len(set(search.cv_results_["mean_test_score"])) == 4


def test_nested_parameters_of_the_default_conditioning():
    generator = GenerativeTimeSeries(
        dynamics=KernelDriftVolEstimator(conditioning=None)
    ).set_params(dynamics__conditioning=LaggedStates())
    generator.set_params(dynamics__conditioning__n_lags=4)
    assert generator.dynamics.conditioning.n_lags == 4
