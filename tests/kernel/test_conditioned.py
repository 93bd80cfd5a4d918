"""The estimator with a past, a scale, times, gaps and old transitions."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import multivariate_normal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from skdiffts import KernelDriftVolEstimator
from skdiffts.conditioning import (
    CalendarFeatures,
    ConditioningUnion,
    EWCovariance,
    EWVolatility,
    LaggedIncrements,
    LaggedStates,
    State,
)
from skdiffts.datasets import load_seattle_weather
from skdiffts.kernel import _model
from skdiffts.kernel._additive_drift import NoAdditiveDrift
from skdiffts.kernel._left_out import LeftOut
from skdiffts.kernel._stability import spectral_radius

# The regression alone: nothing is taken off before it, and the penalty is fixed.
KernelRegression = partial(KernelDriftVolEstimator, additive_drift=False, ridge=1e-3)

EXACT = {"ridge": 0.0, "shrinkage": 0.0}
UNION = ConditioningUnion(
    parts=[
        ("state", State()),
        ("lags", LaggedIncrements(n_lags=2)),
        ("volatility", EWVolatility(halflife=5.0)),
        ("season", CalendarFeatures(periods=[12.0])),
    ]
)
CONDITIONINGS = {
    "lags": LaggedStates(n_lags=3),
    "increments": LaggedIncrements(),
    "volatility": EWVolatility(pooling=1.0),
    "season": CalendarFeatures(periods=[12.0]),
    "union": UNION,
}


def make_var(seed, n, d=2):
    """A stable second-order autoregression."""
    random = np.random.RandomState(seed)
    X = np.zeros((n + 50, d))
    for i in range(2, len(X)):
        X[i] = 0.5 * X[i - 1] + 0.2 * X[i - 2] + random.standard_normal(d)
    return X[50:]


def design(X, p):
    """Ones and the last p rows of every transition that has them."""
    n = len(X)
    lags = [X[p - 1 - i : n - 1 - i] for i in range(p)]
    return np.hstack([np.ones((n - p, 1)), *lags]), np.diff(X, axis=0)[p - 1 :]


# The global limit


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize("n_neighbors", ["all", 10_000])
def test_all_neighbors_are_a_var(p, n_neighbors):
    """Equal weights and a line: least squares on p lags, bandwidth or not."""
    X = make_var(p, 120)
    n = len(X) - p
    estimator = KernelRegression(
        n_neighbors if n_neighbors == "all" else n,
        kernel="uniform",
        conditioning=LaggedStates(n_lags=p),
        **EXACT,
    ).fit(X)
    F, y = design(X, p)
    beta = np.linalg.lstsq(F, y, rcond=None)[0]
    drift, covariance = estimator.coefficients(X)
    assert np.isnan(drift[: p - 1]).all()
    # With a bandwidth, far rows are continued: there is the VAR as well.
    assert_allclose(drift[p - 1 : -1], F @ beta, atol=1e-7)
    r = y - F @ beta
    expected = np.broadcast_to(r.T @ r / n, covariance[p - 1 :].shape)
    assert_allclose(covariance[p - 1 :], expected, rtol=1e-6)


def test_spectral_radius_of_lags_is_that_of_the_companion():
    X = make_var(0, 150, d=1)
    estimator = KernelRegression(
        "all", conditioning=LaggedStates(n_lags=2), **EXACT
    ).fit(X)
    F, y = design(X, 2)
    _, a, b = np.linalg.lstsq(F, y, rcond=None)[0][:, 0]
    companion = np.array([[1.0 + a, b], [1.0, 0.0]])
    expected = np.abs(np.linalg.eigvals(companion)).max()
    assert_allclose(estimator.spectral_radius_, expected, rtol=1e-6)


# Density and round trip


SCALES = [
    None,
    EWVolatility(halflife=4.0, pooling=0.5),
    EWCovariance(halflife=4.0, reversion=0.3),
]


@pytest.mark.parametrize("scale", SCALES, ids=repr)
@pytest.mark.parametrize("name", list(CONDITIONINGS))
def test_scores_are_gaussian_densities(name, scale):
    X = make_var(1, 90)
    estimator = KernelRegression(
        20,
        conditioning=CONDITIONINGS[name],
        scale=scale,
        dt=0.25,
    ).fit(X)
    drift, covariance = estimator.coefficients(X)
    scores = estimator.score_samples(X)
    known = np.arange(estimator.n_history_, len(X))
    assert_array_equal(np.isfinite(scores).nonzero()[0], known)
    for i in known:
        mean = X[i - 1] + 0.25 * drift[i - 1]
        law = multivariate_normal(mean, 0.25 * covariance[i - 1])
        assert_allclose(scores[i], law.logpdf(X[i]), rtol=1e-9)
    assert_allclose(estimator.score(X), scores[known].mean())


@pytest.mark.parametrize("evaluation", ["exact", "tabulated"])
@pytest.mark.parametrize("scale", SCALES, ids=repr)
@pytest.mark.parametrize("name", list(CONDITIONINGS))
def test_residuals_simulate_to_the_paths(name, scale, evaluation):
    panel = [make_var(2, 30), make_var(3, 12), make_var(4, 21)]
    estimator = KernelRegression(
        25,
        shrinkage=0.5,
        conditioning=CONDITIONINGS[name],
        scale=scale,
        evaluation=evaluation,
    ).fit(panel)
    back = estimator.inverse_transform(estimator.transform(panel))
    for path, original in zip(back, panel, strict=True):
        assert_allclose(path, original, rtol=1e-6, atol=1e-6)


@given(seed=st.integers(0, 2**31), halflife=st.floats(1.0, 50.0))
@settings(max_examples=10)
def test_scale_is_a_regression_of_scaled_increments(seed, halflife):
    """The drift over the volatility is least squares on scaled increments."""
    X = make_var(seed, 60)
    scale = EWVolatility(halflife=halflife, pooling=0.3)
    estimator = KernelRegression("all", scale=scale, **EXACT).fit(X)
    volatility = estimator._past.scale(estimator.history(X)).volatility
    F = np.hstack([np.ones((59, 1)), X[:-1]])
    y = np.diff(X, axis=0) / volatility[:-1]
    beta = np.linalg.lstsq(F, y, rcond=None)[0]
    drift, covariance = estimator.coefficients(X)
    assert_allclose(drift[:-1], volatility[:-1] * (F @ beta), atol=1e-7)
    r = y - F @ beta
    expected = volatility[:, :, np.newaxis] * (r.T @ r / 59)
    assert_allclose(covariance, expected * volatility[:, np.newaxis], rtol=1e-6)


def test_scale_has_no_units():
    X = make_var(5, 80)
    units = np.array([1e-3, 1e4])
    estimator = KernelRegression("all", scale=EWVolatility())
    plain = clone(estimator).fit(X).loo_residuals_
    assert_allclose(clone(estimator).fit(X * units).loo_residuals_, plain, rtol=1e-6)


def test_simulated_volatility_is_stationary():
    """Fitted to what the model describes; its own variance is the training one.

    Training is 40 paths of 500 rows. The variance of the paths after 1 row and after
    2,000 rows is compared; eight such fits, other seeds, agreed to 3 %.
    """
    random = np.random.RandomState(0)
    w, X = np.ones(40), np.zeros((40, 500, 1))
    for i in range(1, 500):
        increments = np.sqrt(0.3 + 0.7 * w) * random.standard_normal(40)
        X[:, i, 0] = X[:, i - 1, 0] + increments
        w = 0.9 * w + 0.1 * increments**2
    scale = EWVolatility(halflife=np.log(0.5) / np.log(0.9))
    estimator = KernelRegression(
        "all", degree=0, conditioning=EWVolatility(), scale=scale
    ).fit(X)
    noise = random.standard_normal((400, 2000, 1))
    paths = estimator.simulate(noise, estimator.start_history(np.zeros((400, 1))))
    late = np.diff(paths[:, 1000:], axis=1).var()
    assert_allclose(late, np.diff(X, axis=1).var(), rtol=0.08)


@pytest.mark.parametrize("evaluation", ["exact", "tabulated"])
@pytest.mark.parametrize("n_neighbors", [20, "all"])
def test_a_high_volatility_does_not_turn_the_way_back_into_a_leap(
    n_neighbors, evaluation
):
    """The line outside the envelope is followed at the long-run scale.

    Multiplied by five times that, it would overshoot by more than it comes from.
    """
    random = np.random.RandomState(0)
    X = random.standard_t(3, size=(300, 2))  # the way back is the whole way
    estimator = KernelRegression(
        n_neighbors, scale=EWVolatility(halflife=3.0), evaluation=evaluation
    ).fit(X)
    assert estimator.spectral_radius_ < 0.8  # that of the volatility
    far = estimator.start_history(np.array([[1e3, 2e3], [-2e3, 1e3]]))
    for size in (1.0, 25.0):
        memory = replace(far, scale=np.full((2, 2), size))
        drift, _ = estimator._evaluate(memory)
        assert_allclose(drift, -far.states, rtol=0.3)
    noise = estimator.loo_residuals_[random.randint(299, size=(20, 1000))]
    paths = estimator.simulate(noise, estimator.start_history(X[:20]))
    assert np.abs(paths).max() < 100.0 * np.abs(X).max()


def test_stability_is_judged_at_the_long_run_scale():
    X = make_var(5, 80)
    estimator = KernelRegression("all", scale=EWVolatility(halflife=1.0)).fit(X)
    past, memory = estimator._past, estimator.history(X[:-1])
    model = estimator._model
    regression = model.smoother.regression
    line = partial(regression.drift_along, regression.linear)
    nothing = NoAdditiveDrift().line
    radius = spectral_radius(past, memory, line, nothing, 1.0)
    assert_allclose(radius, estimator.spectral_radius_, rtol=1e-6)
    wild = replace(memory, scale=25.0 * memory.scale)
    again = spectral_radius(past, wild, line, nothing, 1.0)
    assert_allclose(again, radius, rtol=1e-6)


@pytest.mark.parametrize("scale", [EWVolatility(), EWCovariance()], ids=str)
def test_stability_does_not_depend_on_how_the_scale_moves(scale):
    """The weather with moving correlations once counted as unstable, at 1.002."""
    X = load_seattle_weather()
    estimator = KernelDriftVolEstimator(100, scale=scale).fit(X)
    regression = estimator._model.smoother.regression
    slope = regression.continuation.slope @ regression.whitening.T
    slope *= regression.increment_scale[:, np.newaxis]
    long_run = estimator._past.scale(estimator.history(X)).long_run
    long_run = np.diag(long_run) if long_run.ndim == 1 else long_run
    step = np.eye(4) + np.diag(estimator._additive_drift.slope) + long_run @ slope
    radius = np.abs(np.linalg.eigvals(step)).max()
    assert_allclose(estimator.spectral_radius_, radius, rtol=1e-6)
    assert estimator._model.is_stable


# Times and gaps


def with_dates(X, hours):
    index = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.cumsum(hours), unit="h")
    return pd.DataFrame(X, index=index, columns=[f"x{i}" for i in range(X.shape[1])])


def test_regular_dates_are_a_constant_step():
    X = make_var(6, 70)
    dated = with_dates(X, np.full(70, 6.0))
    by_index = KernelRegression(15, dt="index").fit(dated)
    by_number = KernelRegression(15, dt=0.25).fit(X)
    for a, b in zip(
        by_index.coefficients(dated), by_number.coefficients(X), strict=True
    ):
        assert_allclose(a, b, rtol=1e-6)
    assert_allclose(by_index.score(dated), by_number.score(X), rtol=1e-9)


@pytest.mark.parametrize("degree", [0, 1])
def test_irregular_times_weigh_as_the_formulas_say(degree):
    random = np.random.RandomState(7)
    X, hours = make_var(7, 60), random.uniform(1.0, 48.0, 60)
    dated = with_dates(X, hours)
    estimator = KernelRegression("all", degree=degree, dt="index", **EXACT)
    drift, covariance = estimator.fit(dated).coefficients(dated)
    dt = hours[1:, np.newaxis] / 24.0
    F = np.hstack([np.ones((59, 1)), X[:-1]][: degree + 1])
    y = np.diff(X, axis=0)
    beta = np.linalg.lstsq(F * np.sqrt(dt), y / np.sqrt(dt), rcond=None)[0]
    assert_allclose(drift[:-1], F @ beta, atol=1e-7)
    r = (y - F @ beta * dt) / np.sqrt(dt)
    assert_allclose(covariance[0], r.T @ r / 59, rtol=1e-6)
    residuals = estimator.transform(dated)
    back = estimator.inverse_transform(residuals)
    assert_allclose(back, dated, rtol=1e-8, atol=1e-8)
    assert_array_equal(back.index, dated.index)


def test_times_that_are_asked_for_and_missing():
    X = make_var(8, 40)
    with pytest.raises(ValueError, match="dt='index', but X has no"):
        KernelRegression(dt="index").fit(X)
    dated = with_dates(X, np.ones(40))
    estimator = KernelRegression(5, dt="index").fit(dated)
    with pytest.raises(ValueError, match="another kind of index"):
        estimator.transform(dated.reset_index(drop=True))
    season = CalendarFeatures(periods=["day"])
    estimator = KernelRegression(5, conditioning=season).fit(dated)
    with pytest.raises(ValueError, match="X has no dates"):
        estimator.transform(dated.reset_index(drop=True))


def test_a_gap_breaks_the_path():
    X = make_var(9, 60)
    X[[0, 20, 21, 45]] = np.nan
    X[30, 1] = np.nan
    pieces = [X[1:20], X[22:30], X[31:45], X[46:]]
    options = {"n_neighbors": 10, "conditioning": LaggedStates(n_lags=2)}
    whole = KernelRegression(missing="break", **options).fit(X)
    apart = KernelRegression(**options).fit(pieces)
    assert_array_equal(whole.loo_residuals_, apart.loo_residuals_)
    residuals = whole.transform(X)
    assert residuals.shape == X.shape
    expected = np.concatenate(apart.transform(pieces))
    kept = ~np.isnan(X).any(axis=1)
    assert_array_equal(residuals[kept], expected)
    assert np.isnan(residuals[~kept]).all()
    assert_allclose(whole.score(X), apart.score(pieces), rtol=1e-13)
    with pytest.raises(ValueError, match="NaN"):
        KernelRegression(**options).fit(X)
    panel = np.stack([X, X])
    assert whole.transform(panel).shape == panel.shape
    assert_allclose(whole.score_samples(panel), np.nansum(whole.score_samples(X)))


def test_nothing_but_gaps():
    X = np.ones((9, 2))
    X[::2] = np.nan
    with pytest.raises(ValueError, match=r"no 2 row\(s\) in turn without NaN"):
        KernelRegression(missing="break").fit(X)


# Old transitions


def test_recency_by_hand():
    """A weighted mean: increments 1, 2, 4 with weights 1/4, 1/2, 1."""
    X = np.array([[0.0], [1.0], [3.0], [7.0]])
    estimator = KernelRegression("all", degree=0, recency_halflife=1.0, **EXACT).fit(X)
    drift, covariance = estimator.coefficients([[100.0]])
    mean = (1.0 / 4 + 2.0 / 2 + 4.0) / 1.75
    assert_allclose(drift, [[mean]])
    squares = (np.array([1.0, 2.0, 4.0]) - mean) ** 2
    assert_allclose(covariance[0, 0, 0], squares @ [0.25, 0.5, 1.0] / 1.75, rtol=1e-8)


@pytest.mark.parametrize("n_neighbors", [12, "all"])
def test_leaving_out_weighted_transitions(n_neighbors):
    """Leave-one-out residuals are those of a fit without the transition."""
    X = make_var(10, 31)
    options = {"recency_halflife": 10.0, **EXACT, "metric": "euclidean"}
    estimator = KernelRegression(n_neighbors, **options).fit(X)
    smoother = estimator._model.smoother
    rows = np.arange(30)
    left_out = LeftOut(smoother, rows, [n_neighbors])
    [residuals] = left_out.residuals
    [covariances] = left_out.map_covariances(lambda _i, _rows, values: values)
    weights = 0.5 ** ((29.0 - rows) / 10.0)
    states, increments = X[:-1], np.diff(X, axis=0)
    unit = smoother.regression.increment_scale
    for i in range(30):
        others = rows != i
        w = weights[others]
        if n_neighbors != "all":
            distances = np.linalg.norm(states[others] - states[i], axis=1)
            h = np.sort(distances)[n_neighbors - 1]
            w = w * np.maximum(1.0 - (distances / h) ** 2, 0.0)
        F = np.hstack([np.ones((29, 1)), states[others] - states[i]])
        root = np.sqrt(w)[:, np.newaxis]
        y = increments[others]
        beta = np.linalg.lstsq(root * F, root * y, rcond=None)[0]
        r = y - F @ beta
        expected = (w[:, np.newaxis] * r).T @ r / w.sum()
        assert_allclose(
            covariances[i] * np.outer(unit, unit), expected, rtol=1e-6, atol=1e-9
        )
        if n_neighbors == "all":
            error = (increments[i] - beta[0]) / unit
            assert_allclose(residuals[i], error, rtol=1e-6, atol=1e-8)


def test_never_forgetting_is_no_recency():
    X = make_var(11, 60)
    plain = KernelRegression(10).fit(X).loo_residuals_
    slow = KernelRegression(10, recency_halflife=1e12).fit(X).loo_residuals_
    assert_allclose(slow, plain, rtol=1e-6)


# Distances


def test_a_weight_of_zero_ignores_a_column():
    X = make_var(12, 80, d=2)
    noise = np.random.RandomState(0).standard_normal((80, 1))
    alone = KernelRegression(10, degree=0, shrinkage=0.0).fit(X)
    beside = KernelRegression(10, degree=0, shrinkage=0.0, metric=[1.0, 1.0, 0.0]).fit(
        np.hstack([X, noise])
    )
    drift = beside.coefficients(np.hstack([X, 0.1 * noise]))[0]
    assert_allclose(drift[:, :2], alone.coefficients(X)[0], rtol=1e-6)


def test_whitened_distances_have_no_coordinates():
    X = make_var(13, 80)
    turn = np.array([[2.0, 1.0], [-0.5, 30.0]])
    for metric, same in (("whitened", True), ("standardized", False)):
        estimator = KernelRegression(10, shrinkage=0.3, metric=metric)
        plain = clone(estimator).fit(X).coefficients(X)[0] @ turn
        turned = clone(estimator).fit(X @ turn).coefficients(X @ turn)[0]
        agree = np.allclose(turned, plain, rtol=1e-5, atol=1e-6)
        assert agree == same


@pytest.mark.parametrize("metric", [[1.0], [1.0, -1.0], [0.0, 0.0], [np.nan, 1.0]])
def test_wrong_weights_are_named(metric):
    with pytest.raises(ValueError, match="metric="):
        KernelRegression(5, metric=metric).fit(make_var(14, 30))


def test_metric_and_conditioning_in_a_grid():
    grid = {
        "metric": ["whitened", [1.0, 0.0]],
        "conditioning": [State(), EWVolatility()],
        "scale": [None, EWVolatility(halflife=3.0)],
    }
    search = GridSearchCV(
        KernelRegression(10), grid, cv=TimeSeriesSplit(2), error_score="raise"
    )
    search.fit(make_var(15, 60))
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert len(set(search.cv_results_["mean_test_score"])) == 8


# Tables


@pytest.mark.parametrize("kernel", ["epanechnikov", "gaussian"])
@pytest.mark.parametrize("degree", [0, 1])
@pytest.mark.parametrize("shrinkage", [0.0, 0.5, 1.0])
def test_tables_are_exact_at_the_training_points(kernel, degree, shrinkage):
    X = make_var(16, 90)
    options = {
        "n_neighbors": 20,
        "kernel": kernel,
        "degree": degree,
        "shrinkage": shrinkage,
    }
    exact = KernelRegression(**options).fit(X)
    table = KernelRegression(evaluation="tabulated", **options).fit(X)
    for a, b in zip(table.factor(X[:-1]), exact.factor(X[:-1]), strict=True):
        assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    assert_array_equal(table.loo_residuals_, exact.loo_residuals_)


def test_tables_follow_the_local_slope():
    """Of a linear drift without noise they keep nothing back, wherever the query."""
    random = np.random.RandomState(0)
    states = random.standard_normal((60, 2))
    A = np.array([[-0.5, 0.1], [0.2, -0.3]])
    pairs = np.stack([states, states + 1.0 + states @ A.T], axis=1)
    queries = 0.3 * random.standard_normal((20, 2))
    for n_blend in (1, 4):
        estimator = KernelRegression(
            20, evaluation="tabulated", n_blend=n_blend, **EXACT
        ).fit(pairs)
        drift, _ = estimator.coefficients(queries)
        assert_allclose(drift, 1.0 + queries @ A.T, atol=1e-6)


def test_tables_follow_the_local_slope_as_far_as_the_bandwidth():
    """Seen from the last point; beyond its fifth neighbour the global slope goes on."""
    states = np.sort(np.random.RandomState(0).uniform(-1.0, 1.0, size=(41, 1)), axis=0)
    pairs = np.stack([states, states + states**2], axis=1)
    estimator = KernelRegression(5, evaluation="tabulated", **EXACT).fit(pairs)
    last, h = states[-1, 0], states[-1, 0] - states[-5, 0]
    queries = last + h * np.array([0.0, 0.5, 1.0, 1.2, 1.4])
    assert queries[-1] < 1.4  # inside the envelope
    drift, _ = estimator.coefficients(queries[:, np.newaxis])
    slopes = np.diff(drift[:, 0]) / np.diff(queries)
    overall = np.polyfit(states[:, 0], states[:, 0] ** 2, 1)[0]
    assert_allclose(slopes[2:], overall, rtol=1e-5)
    assert_allclose(slopes[1], slopes[0], rtol=1e-9)
    assert slopes[0] > overall + 0.3


def test_blends_are_continuous():
    """Halfway between two training points the nearest model changes, the blend not."""
    X = make_var(17, 80, d=1)
    states = np.sort(X[:-1, 0])
    edge = 0.5 * (states[40] + states[41])
    queries = edge + np.array([[-1e-9], [1e-9]])
    jumps = []
    for n_blend in (1, 3):
        estimator = KernelRegression(
            15, shrinkage=0.0, evaluation="tabulated", n_blend=n_blend
        ).fit(X)
        drift, factor = estimator.factor(queries)
        jumps.append(abs(np.diff(drift[:, 0])[0]) + abs(np.diff(factor[:, 0, 0])[0]))
    assert jumps[1] < 1e-6 < jumps[0]


def test_tables_of_the_global_limit_are_the_limit():
    X = make_var(18, 50)
    exact = KernelRegression("all").fit(X).coefficients(X)
    table = KernelRegression("all", evaluation="tabulated").fit(X)
    for a, b in zip(table.coefficients(X), exact, strict=True):
        assert_array_equal(a, b)


# Long paths


@pytest.mark.parametrize("evaluation", ["exact", "tabulated"])
@pytest.mark.parametrize("degree", [0, 1])
@pytest.mark.parametrize("kernel", ["epanechnikov", "gaussian", "tricube", "uniform"])
@pytest.mark.parametrize("name", ["lags", "union"])
def test_long_paths_stay_in_the_envelope(name, kernel, degree, evaluation):
    """Ten thousand rows of 20 paths: within 5 ranges of the middle of the data.

    A Gaussian kernel without slopes has hardly any drift at the edge: its paths wander,
    but no step is larger than twice the range of the data.
    """
    X = make_var(19, 120)
    estimator = KernelRegression(
        40,
        kernel=kernel,
        degree=degree,
        conditioning=CONDITIONINGS[name],
        scale=EWVolatility() if name == "union" else None,
        evaluation=evaluation,
    ).fit(X)
    random = np.random.RandomState(0)
    residuals = estimator.loo_residuals_
    rows = random.randint(len(residuals), size=(20, 500))
    paths = estimator.simulate(residuals[rows], estimator.start_history(X[:20]))
    assert np.isfinite(paths).all()
    low, high = X.min(axis=0), X.max(axis=0)
    if (kernel, degree) == ("gaussian", 0):
        assert (np.abs(np.diff(paths, axis=1)) < 2.0 * (high - low)).all()
    else:
        assert np.abs((paths - 0.5 * (low + high)) / (high - low)).max() < 5.0


# Large data


@pytest.mark.parametrize("n_neighbors", [15, "all"])
def test_of_many_transitions_some_are_left_out(n_neighbors, monkeypatch):
    X = make_var(20, 90)
    options = {"n_neighbors": n_neighbors, "degree": 0, "shrinkage": 0.0}
    whole = KernelRegression(**options).fit(X)
    monkeypatch.setattr(_model, "MAX_LEFT_OUT", 40)
    part = KernelRegression(**options).fit(X)
    rows = part._model.left_out_rows
    assert len(np.unique(rows)) == 40
    assert_array_equal(part.loo_residuals_, whole.loo_residuals_[rows])


def test_a_memory_map_is_enough(tmp_path):
    X = make_var(21, 60)
    X.tofile(tmp_path / "series.bin")
    mapped = np.memmap(
        tmp_path / "series.bin", dtype=np.float64, mode="r", shape=(60, 2)
    )
    plain = KernelRegression(10).fit(X)
    assert_array_equal(
        KernelRegression(10).fit(mapped).transform(mapped), plain.transform(X)
    )
