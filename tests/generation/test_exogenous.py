"""Columns that are given: in the fit, in samples and forecasts, in the density, in errors."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator, to_transitions
from skdiffts.conditioning import LaggedStates, State

EFFECT, N = 1.5, 400
DAYS = pd.date_range("2024-01-01", periods=N, name="day")


def line(conditioning=None):
    conditioning = State() if conditioning is None else conditioning
    return KernelDriftVolEstimator(
        "all", conditioning=conditioning, scale=None, additive_drift="linear"
    )


def make(dynamics=None, **params):
    dynamics = line() if dynamics is None else dynamics
    return GenerativeTimeSeries(dynamics, GaussianMixture(), **params)


def rows(n, seed):
    rng = np.random.RandomState(seed)
    u, noise = rng.standard_normal((2, n))
    x = np.zeros(n)
    for i in range(1, n):
        x[i] = 0.5 * x[i - 1] + EFFECT * u[i] + 0.5 * noise[i]
    return u, x


@pytest.fixture(scope="module")
def frame():
    """Given column first, in tenths, an integer one between, then the series."""
    u, x = rows(N, 0)
    holiday = (np.arange(N) % 7 == 0).astype(np.int32)
    return pd.DataFrame({"u": u, "holiday": holiday, "x": x + holiday}, index=DAYS)


@pytest.fixture(scope="module")
def panel():
    """Frame of twelve paths, each with a trait that moves its level."""
    paths = {}
    for i in range(12):
        u, x = rows(60, i)
        trait = i % 2
        columns = {"x": x + 3.0 * trait, "u": u, "trait": trait}
        paths[f"p{i}"] = pd.DataFrame(columns, index=DAYS[:60])
    return pd.concat(paths, names=["who", "day"])


@pytest.fixture(scope="module")
def fitted(frame):
    return make(exogenous=["u", "holiday"]).fit(frame)


@pytest.fixture(scope="module")
def fitted_panel(panel):
    return make(exogenous=["u", "trait"]).fit(panel)


def test_forecast_contains_the_given_columns_as_given(fitted, frame):
    past, future = frame[:300], frame[300:324]
    found = fitted.forecast(past, 24, 5, exogenous=future, random_state=0)
    assert list(found.columns) == list(frame.columns)
    assert found.dtypes.to_list() == frame.dtypes.to_list()
    for sample in range(5):
        one = found.loc[sample]
        assert_array_equal(one.index, future.index)
        assert_array_equal(one[["u", "holiday"]], future[["u", "holiday"]])
    assert found["x"].nunique() == 120


def test_sample_begins_with_its_own_columns_and_goes_on_with_the_given(fitted, frame):
    future = frame.iloc[:9]
    found = fitted.sample(3, 10, exogenous=future, random_state=0)
    assert found.dtypes.to_list() == frame.dtypes.to_list()
    for path in range(3):
        one = found.loc[path]
        assert_array_equal(one.iloc[0], frame.iloc[-1])  # "last" by default
        assert_array_equal(one[["u", "holiday"]].iloc[1:], future[["u", "holiday"]])
    noon = fitted.sample(1, 10, x0=DAYS[10], exogenous=future, random_state=0)
    assert_array_equal(noon.iloc[0], frame.iloc[10])
    row = frame.iloc[5]
    given = fitted.sample(2, 10, x0=row, exogenous=future, random_state=0)
    assert_array_equal(given.loc[1].iloc[0], row)


def test_paths_respond_with_the_fitted_coefficient(fitted, frame):
    core = fitted.dynamics_.model_.rules.core
    assert_allclose(_slope(core, 1), EFFECT, atol=0.1)
    future = frame[["u", "holiday"]].to_numpy()[:12].copy()
    moved = future.copy()
    moved[4, 0] += 1.0
    options = {"output": "array", "random_state": 0}
    base, other = (
        fitted.forecast(frame, 12, 20, exogenous=table, **options)[..., 2]
        for table in (future, moved)
    )
    response = other - base
    level, after = _slope(core, 0), _slope(core, 1) + _slope(core, 3)
    assert_array_equal(response[:, :4], 0.0)
    assert_allclose(response[:, 4], after, rtol=1e-9)
    expected = (1.0 + level) * after - _slope(core, 3)
    assert_allclose(response[:, 5], expected, rtol=1e-6)


def _slope(core, column):
    """Slope of the drift in (level, next u, next holiday, change of u, ...)."""
    unit = np.zeros((2, 5))
    unit[1, column] = 1.0
    return np.diff(core.line(unit)[:, 0])[0]


def test_score_is_the_density_of_the_other_columns(fitted, frame):
    assert fitted.residuals_.shape[1] == 1
    residuals, _ = fitted.whiten(frame)
    assert residuals.shape == (N, 1)
    without = make().fit(frame[["x"]])
    assert fitted.score(frame) > without.score(frame[["x"]]) + 0.5
    # Given the present row and all covariates the density of x integrates to one.
    grid, tables = np.linspace(-15.0, 15.0, 3001), []
    for value in grid:
        tables.append(frame.to_numpy()[100:102].copy())
        tables[-1][1, 2] = value
    with pytest.warns(UserWarning, match="names|columns"):
        density = np.exp(fitted.score_samples(np.stack(tables)))
    assert_allclose(density.sum() * (grid[1] - grid[0]), 1.0, atol=1e-3)


def test_preprocessor_transforms_the_other_columns_alone(frame):
    scaled = make(exogenous=["u", "holiday"], preprocessor=StandardScaler()).fit(frame)
    assert list(scaled.preprocessor_.feature_names_in_) == ["x"]
    plain = make(exogenous=["u", "holiday"]).fit(frame)
    assert_allclose(scaled.score(frame), plain.score(frame), atol=1e-3)
    assert list(scaled.preprocess(frame).columns) == ["x"]
    doubled = FunctionTransformer(np.exp, np.log)
    found = make(exogenous=["u", "holiday"], preprocessor=doubled).fit(frame)
    rows = found.forecast(frame, 3, exogenous=frame[:3], random_state=0)
    assert_array_equal(rows["u"], frame["u"][:3])


@pytest.mark.parametrize("exogenous", [None, [], ()], ids=["None", "list", "tuple"])
def test_no_exogenous_columns_is_the_plain_generator(frame, exogenous):
    X = frame[["x"]]
    plain, other = make().fit(X), make(exogenous=exogenous).fit(X)
    assert plain.score(X) == other.score(X)
    options = {"random_state": 0, "output": "array"}
    assert_array_equal(plain.sample(2, 9, **options), other.sample(2, 9, **options))
    with pytest.raises(ValueError, match="exogenous is given, but fit had none"):
        other.forecast(X, 3, exogenous=np.zeros((3, 1)))


def test_containers_agree(fitted, frame):
    polars = pl.DataFrame({name: frame[name].to_numpy() for name in frame})
    future = frame[:6]
    by_name = fitted.forecast(frame, 6, exogenous=future, random_state=0)["x"]
    tables = [
        future[["u", "holiday"]].to_numpy(),
        future[["u", "holiday"]].to_numpy()[np.newaxis],
        {name: future[name].to_numpy() for name in ("u", "holiday")},
        future.to_dict("list"),
        polars[:6],
        [future],
    ]
    for table in tables:
        found = fitted.forecast(frame, 6, exogenous=table, random_state=0)["x"]
        assert_array_equal(found, by_name)
    array = make(exogenous=[0, 1]).fit(frame.to_numpy())
    rows = array.forecast(frame.to_numpy(), 6, exogenous=tables[0], random_state=0)
    assert_allclose(rows[0, :, 2], by_name, rtol=1e-9)
    other = make(exogenous=["u", "holiday"]).fit(polars)
    rows = other.forecast(polars, 6, exogenous=polars[:6], random_state=0)
    assert rows["holiday"].dtype == pl.Int32
    assert_allclose(rows["x"].to_numpy(), by_name, rtol=1e-9)


def test_constant_rows_are_numbers(fitted, frame):
    by_dict = fitted.forecast(
        frame, 6, exogenous={"u": 1.0, "holiday": 0}, random_state=0
    )
    by_row = fitted.forecast(frame, 6, exogenous=[1.0, 0.0], random_state=0)
    assert_array_equal(by_dict, by_row)
    assert (by_dict["u"] == 1.0).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda F: F[:5], r"5 row\(s\); 6 are needed"),
        (lambda F: F[:1], r"1 row\(s\); 6 are needed"),
        (lambda F: F[["u"]][:6], r"not \['holiday'\]"),
        (lambda F: F[["u"]].to_numpy()[:6], r"shape \(6, 1\)"),
        (lambda F: F[:6].assign(u=np.nan), "NaN"),
        (lambda F: None, r"6 row\(s\) to come"),
        (lambda F: [F[:6], F[:6]], r"list of 2 table\(s\); pass 1"),
        (lambda F: [], r"shape \(0,\)"),
        (lambda F: np.zeros((3, 6, 2)), r"3 path\(s\) of 6 row\(s\); 1 path\(s\) of 6"),
    ],
    ids=["rows", "one row", "name", "width", "NaN", "None", "list", "empty", "paths"],
)
def test_errors_count_rows(fitted, frame, change, words):
    with pytest.raises(ValueError, match=words):
        fitted.forecast(frame, 6, exogenous=change(frame))


def test_sample_counts_the_rows_after_the_first(fitted, frame):
    with pytest.raises(ValueError, match=r"10 row\(s\); 9 are needed"):
        fitted.sample(2, 10, exogenous=frame[:10])
    with pytest.raises(ValueError, match=r"399 row\(s\) to come"):
        fitted.sample(2)
    assert fitted.sample(2, 1, random_state=0).shape == (2, 3)


def test_static_columns_stay_as_they_are(fitted_panel, panel):
    day = panel.index.get_level_values("day")
    past, future = panel[day < DAYS[50]], panel[day >= DAYS[50]]
    found = fitted_panel.forecast(past, 10, 30, exogenous=future[["u"]], random_state=0)
    assert found.dtypes.to_list() == panel.dtypes.to_list()
    means = found.groupby(level=["who", "day"]).mean().reindex(future.index)
    assert_array_equal(means["trait"], future["trait"])
    assert_allclose(means["u"], future["u"])
    assert np.corrcoef(means["x"], future["x"])[0, 1] > 0.9


def test_static_columns_alone_need_nothing(panel):
    static = make(exogenous=["trait"]).fit(panel[["x", "trait"]])
    paths = static.sample(40, 30, random_state=0)
    assert (paths.groupby(level="path")["trait"].nunique() == 1).all()
    levels = paths.groupby("trait")["x"].mean()
    assert_allclose(levels[1] - levels[0], 3.0, atol=0.7)
    moved = static.sample(40, 30, exogenous={"trait": 1}, random_state=0)
    assert (moved.groupby(level="path")["trait"].last() == 1).all()


def test_each_path_has_rows_of_its_own(fitted_panel, panel):
    table = panel.to_numpy().reshape(12, 60, 3)
    array = make(exogenous=[1, 2]).fit(table)
    future = np.random.RandomState(0).standard_normal((12, 4, 2))
    found = array.forecast(table, 4, 2, exogenous=future, random_state=0)
    assert found.shape == (12, 2, 4, 3)
    assert_array_equal(found[:, 1, :, 1:], future)
    same = array.forecast(table, 4, 2, exogenous=list(future), random_state=0)
    assert_array_equal(found, same)
    below = array.forecast(table, 4, 2, exogenous=future.reshape(48, 2), random_state=0)
    assert_array_equal(found, below)
    by_path = array.sample(5, 4, exogenous=np.ones((5, 1, 2)), random_state=0)
    assert_array_equal(by_path[:, 1:, 1:], 1.0)
    shares = array.score_samples(table)
    assert shares.shape == (12,)


@pytest.mark.parametrize("n_lags", [1, 3])
def test_smoothed_starts_keep_the_columns_of_a_path(panel, n_lags):
    conditioning = LaggedStates(n_lags=n_lags)
    generator = make(line(conditioning), exogenous=["u", "trait"]).fit(panel)
    options = {"x0": "smoothed", "exogenous": {"u": 0.0}, "random_state": 0}
    paths = generator.sample(10, 5, **options)
    first = paths.groupby(level="path").first()
    real = panel.groupby(level="who").nth(n_lags - 1)
    assert set(first["u"]) <= set(real["u"])
    assert not set(first["x"]) & set(real["x"])


def test_rows_with_holes_end_a_path(frame):
    X = frame.copy()
    X.loc[DAYS[50], "u"] = np.nan
    generator = make(exogenous=["u", "holiday"]).set_params(dynamics__missing="break")
    scores = generator.fit(X).score_samples(X)
    assert_array_equal(np.flatnonzero(np.isnan(scores)), [0, 50, 51])


def test_searches_and_validation_work_on_the_same_table(frame):
    generator = make(line(), exogenous=["u", "holiday"])
    search = GridSearchCV(
        generator,
        {"exogenous": [None, ["holiday"], ["u", "holiday"]]},
        cv=TimeSeriesSplit(3),
        scoring=lambda generator, X: generator.score(X) if generator.exogenous else -9,
    ).fit(frame)
    assert search.best_params_ == {"exogenous": ["u", "holiday"]}
    scores = cross_val_score(generator, frame, cv=TimeSeriesSplit(3))
    assert np.isfinite(scores).all()
    X = frame.to_numpy()
    generator.set_params(exogenous=[0, 1]).fit(X)
    assert_allclose(generator.score(to_transitions(X)), generator.score(X), atol=1e-9)


def test_pickled_and_cloned_generators_are_the_same(fitted, frame):
    again = pickle.loads(pickle.dumps(fitted))
    options = {"exogenous": frame[:6], "random_state": 0}
    assert_array_equal(
        again.forecast(frame, 6, **options), fitted.forecast(frame, 6, **options)
    )
    assert clone(fitted).exogenous == ["u", "holiday"]


def test_blocks_and_jobs_do_not_change_the_draws(fitted, frame):
    options = {"exogenous": frame[:3], "random_state": 0, "output": "array"}
    one = fitted.sample(300, 4, **options)
    several = pickle.loads(pickle.dumps(fitted)).set_params(n_jobs=2)
    with parallel_config("threading"):
        assert_array_equal(several.sample(300, 4, **options), one)


def test_defaults_search_beside_the_given_columns(frame):
    generator = make(KernelDriftVolEstimator(), exogenous=["u", "holiday"]).fit(frame)
    assert "exogenous: u, holiday" in generator.describe()
    assert generator.score(frame) > -1.0


def test_frozen_dynamics_know_the_columns(fitted, frame):
    frozen = FrozenEstimator(fitted.dynamics_)
    again = make(frozen, exogenous=["u", "holiday"]).fit(frame)
    assert_allclose(again.score(frame), fitted.score(frame), atol=0.05)


def test_dynamics_that_know_no_covariates_are_refused(frame):
    class Plain(BaseEstimator):
        def fit(self, X, y=None):
            return self

        whiten = history = start_history = simulate = fit

    with pytest.raises(TypeError, match="knows no exogenous columns"):
        make(Plain(), exogenous=["u"]).fit(frame)


def test_whole_rows_are_taken_for_their_given_columns(fitted, frame):
    options = {"random_state": 0, "output": "array"}
    by_name = fitted.forecast(frame, 6, exogenous=frame[:6], **options)
    whole = fitted.forecast(frame, 6, exogenous=frame[:6].to_numpy(), **options)
    assert_array_equal(whole, by_name)
