"""Metrics as scorers of searches."""

import pickle
from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.utils import check_random_state

from skdiffts.evaluation import (
    ForecastScorer,
    PathScorer,
    neg_energy_score,
    one_step_forecasts,
)
from skdiffts.metrics import (
    autocorrelation_difference,
    crps,
    energy_distance,
    interval_coverage,
    sliced_wasserstein,
)


class Autoregression(BaseEstimator):
    """AR(1) with Gaussian innovations and a given coefficient, in d dimensions."""

    def __init__(self, phi=0.5, std=1.0):
        self.phi = phi
        self.std = std

    def fit(self, X, y=None):
        self.d_ = np.shape(X)[-1]
        return self

    def sample(self, n_paths, length, *, x0=None, random_state=None):
        rng = check_random_state(random_state)
        paths = np.zeros((n_paths, length, self.d_))
        if x0 is not None:
            paths[:, 0] = x0
        for i in range(1, length):
            noise = self.std * rng.standard_normal((n_paths, self.d_))
            paths[:, i] = self.phi * paths[:, i - 1] + noise
        return paths

    def forecast(self, X, horizon, n_samples=1, *, random_state=None):
        assert horizon == 1
        self.seen_ = X
        rng = check_random_state(random_state)
        noise = self.std * rng.standard_normal((len(X), n_samples, 1, X.shape[2]))
        return self.phi * X[:, np.newaxis, -1:] + noise


@pytest.fixture(scope="module")
def series():
    model = Autoregression(phi=0.8).fit(np.zeros((1, 2)))
    return model.sample(1, 700, random_state=0)[0, 100:]


@pytest.mark.parametrize(
    ("container", "history", "shape"),
    [
        (lambda X: X, 20, (580, 20)),
        (lambda X: X[:30], 20, (15, 15)),
        (lambda X: X.reshape(30, 20, 2), 3, (510, 3)),
        (lambda X: [X[:100], X[100:130]], 1, (128, 1)),
    ],
    ids=["path", "short path", "panel", "list"],
)
def test_forecasts_know_the_past_only(series, container, history, shape):
    model = Autoregression(std=0.0).fit(series)
    X = container(series)
    forecasts, outcomes = one_step_forecasts(model, X, 3, history=history)
    assert forecasts.shape == (shape[0], 3, 2)
    assert model.seen_.shape == (*shape, 2)
    # The last row that is shown is the one before the outcome, of the same path.
    row = {tuple(x): i for i, x in enumerate(series)}
    last = [row[tuple(x)] for x in model.seen_[:, -1]]
    first = [row[tuple(x)] for x in model.seen_[:, 0]]
    assert_array_equal([row[tuple(x)] for x in outcomes], np.array(last) + 1)
    assert_array_equal(np.subtract(last, first), shape[1] - 1)
    assert_allclose(forecasts, np.repeat(0.5 * model.seen_[:, -1:], 3, axis=1))


def test_score_is_the_metric_with_its_sign(series):
    model = Autoregression().fit(series)
    forecasts, outcomes = one_step_forecasts(model, series, 7, random_state=4)
    score = ForecastScorer(metric=crps, n_samples=7, random_state=4)(model, series)
    assert score == -crps(forecasts, outcomes)
    coverage = partial(interval_coverage, random_state=0)
    scorer = ForecastScorer(
        metric=coverage, greater_is_better=True, n_samples=7, random_state=4
    )
    assert scorer(model, series) == coverage(forecasts, outcomes)


@pytest.mark.parametrize(
    "scorer",
    [
        neg_energy_score,
        PathScorer(metric=autocorrelation_difference),
        PathScorer(metric=energy_distance, of="pairs"),
        PathScorer(metric=partial(sliced_wasserstein, random_state=0), of="rows"),
    ],
    ids=["energy", "autocorrelation", "pairs", "rows"],
)
def test_search_finds_the_truth(series, scorer):
    search = GridSearchCV(
        Autoregression(),
        {"phi": [-0.8, 0.8, 0.95]},
        scoring=scorer,
        cv=TimeSeriesSplit(2),
        error_score="raise",
    )
    assert search.fit(series).best_params_ == {"phi": 0.8}


def test_energy_score_prefers_the_right_spread(series):
    scores = [
        neg_energy_score(Autoregression(phi=0.8, std=std).fit(series), series)
        for std in (0.3, 1.0, 3.0)
    ]
    assert max(scores) == scores[1]


def test_same_seed_same_score(series):
    model = Autoregression().fit(series)
    for scorer in (neg_energy_score, PathScorer(metric=autocorrelation_difference)):
        again = pickle.loads(pickle.dumps(scorer))
        assert scorer(model, series) == again(model, series)


class Recorder(Autoregression):
    def sample(self, n_paths, length, *, x0="not given", random_state=None):
        self.asked_ = (n_paths, length, x0)
        return super().sample(n_paths, length, random_state=random_state)


def test_windows_and_panels(series):
    model = Recorder().fit(series)

    def shapes(X, Y):
        assert X.shape == Y.shape == expected
        return 0.0

    expected = (25, 24, 2)
    PathScorer(metric=shapes, burn_in=7)(model, series)
    assert model.asked_ == (25, 31, "not given")
    PathScorer(metric=shapes, burn_in=7, start="states")(model, series)
    assert model.asked_ == (25, 31, "states")
    # A panel is compared from the first row on.
    expected = (6, 100, 2)
    PathScorer(metric=shapes)(model, series.reshape(6, 100, 2))
    assert model.asked_ == (6, 100, "not given")
    expected = (3, 10, 2)
    PathScorer(metric=shapes)(model, [series[:10], series[:25]])
    expected = (25 * 23, 4)
    PathScorer(metric=shapes, of="pairs")(model, series)


def test_windows_are_rows_in_their_order(series):
    model = Recorder().fit(series)
    seen = []
    PathScorer(metric=lambda X, Y: seen.append(X) or 0.0)(model, series)
    assert_array_equal(seen[0].reshape(-1, 2), series)


def test_pairs_are_a_row_and_the_next(series):
    model = Recorder().fit(series)
    seen = []
    scorer = PathScorer(metric=lambda X, Y: seen.append(X) or 0.0, of="pairs")
    scorer(model, series[:48])
    windows = series[:24], series[24:48]
    expected = [np.r_[w[i], w[i + 1]] for w in windows for i in range(23)]
    assert_array_equal(seen[0], expected)


def test_frames_raise_no_warning(series):
    pd = pytest.importorskip("pandas")
    from sklearn.neighbors import KernelDensity

    from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator

    frame = pd.DataFrame(series[:80], columns=["a", "b"])
    model = GenerativeTimeSeries(
        sampler=KernelDensity(), dynamics=KernelDriftVolEstimator(conditioning=None)
    ).fit(frame)
    scorer = ForecastScorer(n_samples=3)
    assert scorer(model, frame) == scorer(model, series[:80])


class Wrong(Autoregression):
    def forecast(self, X, horizon, n_samples=1, *, random_state=None):
        return np.zeros((n_samples, horizon, 2))

    def sample(self, n_paths, length, *, x0=None, random_state=None):
        return np.zeros((n_paths, length + 1, 2))


def test_errors(series):
    wrong = Wrong().fit(series)
    with pytest.raises(ValueError, match="forecast gives shape"):
        neg_energy_score(wrong, series)
    with pytest.raises(ValueError, match="sample gives shape"):
        PathScorer(metric=energy_distance)(wrong, series)
    with pytest.raises(ValueError, match="of='triples' is unknown"):
        PathScorer(metric=energy_distance, of="triples")(wrong, series)
    with pytest.raises(ValueError, match="history"):
        ForecastScorer(history=0)(wrong, series)
    with pytest.raises(ValueError, match="minimum of 2"):
        neg_energy_score(wrong, series[:1])


def clocked(series, container):
    pd = pytest.importorskip("pandas")
    dates = pd.date_range("2024-01-01 05:00", periods=120, freq="h")
    frame = pd.DataFrame(series[:120], index=dates, columns=["a", "b"])
    if container == "numbers":
        return frame.set_index(2.0 * np.arange(120) + 7.0)
    if container == "list":
        return [frame[:50], frame[50:]]
    if container == "panel":
        return pd.concat([frame[:50], frame[50:]], keys=["first", "second"])
    return frame


@pytest.mark.parametrize("container", ["dates", "numbers", "list", "panel"])
def test_pasts_keep_their_clock(series, container):
    """With dt="index" and with a season: the residuals of forecasts are the draws."""
    from sklearn.neighbors import KernelDensity

    from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
    from skdiffts.conditioning import CalendarFeatures, ConditioningUnion, State

    X = clocked(series, container)
    season = CalendarFeatures(periods=[24.0] if container == "numbers" else ["day"])
    dynamics = KernelDriftVolEstimator(
        "all",
        conditioning=ConditioningUnion(parts=[("state", State()), ("season", season)]),
        dt="index",
    )
    model = GenerativeTimeSeries(dynamics, KernelDensity(bandwidth=0.2)).fit(X)
    forecasts, outcomes = one_step_forecasts(model, X, 1, history=5, random_state=3)
    panel = container in ("list", "panel")
    rows = np.arange(120)
    has_past = rows % 50 >= 5 if panel else rows >= 5
    has_past[100:] = True
    assert_array_equal(outcomes, series[:120][has_past])
    before = np.flatnonzero(has_past) - 1
    drift, factor = model.dynamics_.factor(X)
    dt = 2.0 if container == "numbers" else 1.0 / 24.0
    noise = forecasts[:, 0] - series[before] - dt * drift[before]
    drawn = np.linalg.solve(np.sqrt(dt) * factor[before], noise[..., np.newaxis])
    seed = int(np.random.RandomState(3).randint(np.iinfo(np.int32).max, size=1)[0])
    expected = model.sampler_.sample(len(outcomes), random_state=seed)
    assert_allclose(drawn[..., 0], expected, atol=1e-8)
