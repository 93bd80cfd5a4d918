"""Rows of returns from a generator of paths."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import LaggedIncrements
from skdiffts.integrations import ReturnSampler
from skdiffts.scenarios import InRange, ScenarioGenerator


class Recorder(BaseEstimator):
    """Generator that keeps what it was given, and draws known paths."""

    def fit(self, X, y=None):
        self.X_ = X
        return self

    def sample(self, n_paths, length, x0=None, random_state=None):
        self.x0_ = x0
        rng = np.random.RandomState(random_state)
        self.paths_ = 0.01 * rng.standard_normal((n_paths, length, 2))
        return self.paths_


def make_returns(n=150, seed=0):
    noise = np.random.RandomState(seed).standard_normal((n, 2))
    return 0.01 * noise @ np.array([[1.0, 0.5], [0.0, 1.0]])


def make_sampler(**params):
    dynamics = KernelDriftVolEstimator("all", shrinkage=0.5, conditioning=None)
    generator = GenerativeTimeSeries(dynamics, KernelDensity(bandwidth=0.3))
    return ReturnSampler(generator, random_state=0, **params)


def test_one_period_is_the_next_row():
    sampler = ReturnSampler(Recorder(), random_state=0).fit(make_returns())
    rows = sampler.sample(20)
    assert_array_equal(rows, sampler.generator_.paths_[:, 1])
    assert sampler.generator_.x0_ == "last"
    assert rows.flags.owndata
    assert rows.flags.c_contiguous
    rows += 1.0  # skfolio writes into it
    assert np.abs(sampler.generator_.paths_).max() < 0.5


def test_a_horizon_compounds():
    sampler = ReturnSampler(Recorder(), horizon=3, x0="states", random_state=0)
    rows = sampler.fit(make_returns()).sample(20)
    r = sampler.generator_.paths_[:, 1:]
    expected = (1.0 + r[:, 0]) * (1.0 + r[:, 1]) * (1.0 + r[:, 2]) - 1.0
    assert_allclose(rows, expected)
    assert sampler.generator_.x0_ == "states"


def test_log_prices():
    X = pd.DataFrame(make_returns(), columns=["a", "b"])
    sampler = ReturnSampler(
        Recorder(), series="log_prices", horizon=3, random_state=0
    ).fit(X)
    prices = np.exp(sampler.generator_.X_)
    assert list(prices.columns) == ["a", "b"]
    assert_allclose(prices.to_numpy(), (1.0 + X).cumprod().to_numpy())
    rows = sampler.sample(20)
    logs = sampler.generator_.paths_
    assert_allclose(np.log1p(rows), logs[:, 3] - logs[:, 0], atol=1e-15)
    with pytest.raises(ValueError, match="after which no price is left"):
        sampler.fit(X - 1.5 - X.min().min())


@pytest.mark.parametrize("series", ["returns", "log_prices"])
def test_returns_in_percent_are_not_compounded(series):
    """As fractions they would compound to five times the risk and to losses of 4,100 %."""
    X = 100.0 * make_returns(300)
    sampler = make_sampler(series=series, horizon=5)
    with pytest.raises(
        ValueError, match=r"X has a return of -\d.*X / 100 if they are in"
    ):
        sampler.fit(X)
    with pytest.raises(AttributeError):
        sampler.generator_  # noqa: B018
    rows = sampler.fit(X / 100.0).sample(2000)
    spread = np.sqrt(5.0) * X.std(axis=0) / 100.0
    # A standard error of 1.6 %; the bandwidth widens by 4 %, mean reversion narrows.
    assert_allclose(rows.std(axis=0), spread, rtol=0.15)
    with pytest.raises(ValueError, match="X / 100"):
        sampler.score(X)


def test_large_returns_above_minus_one_are_doubted():
    """Percent of a quiet series, none below -1 %: only their size tells."""
    X = np.abs(make_returns()) * 100.0
    for options in ({"horizon": 2}, {"series": "log_prices"}):
        with pytest.warns(
            UserWarning, match=r"standard deviation of 0\.\d+; .* X / 100"
        ):
            make_sampler(**options).fit(X)
    # Nothing is compounded: any series is right.
    rows = make_sampler().fit(100.0 * make_returns()).sample(500)
    assert rows.std() > 0.5


def test_a_lost_price_stays_lost():
    """Two returns below -1 do not make a gain."""

    class Crash(Recorder):
        def sample(self, n_paths, length, x0=None, random_state=None):
            return np.full((n_paths, length, 2), -1.5)

    sampler = ReturnSampler(Crash(), horizon=2, random_state=0).fit(make_returns())
    assert_array_equal(sampler.sample(3), np.full((3, 2), -1.0))


def test_both_series_are_scored_in_returns():
    """A random walk of log prices, and its increments: the same model, by two names.

    With the slopes put to zero by a large ridge, both drifts are constant.
    """
    X = make_returns(400)
    dynamics = KernelDriftVolEstimator(
        "all", degree=0, shrinkage=1.0, conditioning=None
    )
    generator = GenerativeTimeSeries(dynamics, KernelDensity(bandwidth=0.5))
    score = ReturnSampler(generator, series="log_prices").fit(X).score(X)
    gaussian = -0.5 * np.linalg.slogdet(np.cov(X.T))[1] - 1.0 - np.log(2.0 * np.pi)
    # The bandwidth and the estimates cost some; a missing Jacobian would be tiny here,
    # hence returns of 30 %, where it is not.
    assert abs(score - gaussian) < 0.2
    big = 30.0 * X
    score_big = ReturnSampler(generator, series="log_prices").fit(big).score(big)
    inner = ReturnSampler(generator, series="log_prices").fit(big).generator_
    logs = np.cumsum(np.log1p(big), axis=0)
    lost = inner.score(logs) - score_big
    assert_allclose(lost, np.log1p(big)[1:].sum(axis=1).mean())


@pytest.mark.parametrize("container", [np.asarray, lambda X: [X[:60], X[60:]]])
@pytest.mark.parametrize("gap", [False, True])
def test_the_jacobian_is_that_of_the_rows_that_are_scored(container, gap):
    """With a past of six rows the first six of a path have no score."""
    X = 10.0 * make_returns(120)
    X[1:4] = [[-0.6, -0.6], [0.9, 0.9], [-0.5, 0.5]]
    if gap:
        X[30, 1] = np.nan
    dynamics = KernelDriftVolEstimator(
        "all", degree=0, conditioning=LaggedIncrements(n_lags=5), missing="break"
    )
    generator = GenerativeTimeSeries(dynamics, KernelDensity(bandwidth=0.5))
    sampler = ReturnSampler(generator, series="log_prices").fit(container(X))
    rows = np.where(np.isnan(X).any(axis=1, keepdims=True), np.nan, X)
    bounds = [0, *([31] if gap else []), *([60] if container is not np.asarray else [])]
    pieces = [piece[np.isfinite(piece[:, 0])] for piece in np.split(rows, bounds[1:])]
    scores = np.concatenate(
        [
            sampler.generator_.score_samples(np.log1p(piece).cumsum(axis=0))
            - np.log1p(piece).sum(axis=1)
            for piece in pieces
        ]
    )
    assert np.isnan(scores).sum() == 6 * len(pieces)
    assert_allclose(sampler.score(container(X)), np.nanmean(scores))


def test_gaps_are_those_of_the_dynamics():
    X = make_returns()
    X[5] = np.nan
    for series in ("returns", "log_prices"):
        sampler = make_sampler(series=series)
        with pytest.raises(ValueError, match=r"X has NaN.*fill the rows.*\"break\""):
            sampler.fit(X)
        sampler.set_params(generator__dynamics__missing="break").fit(X)
        assert np.isfinite(sampler.sample(5)).all()
        pieces = ReturnSampler(sampler.generator, series=series, random_state=0)
        pieces.fit([X[:5], X[6:]])
        assert_array_equal(sampler.sample(5), pieces.sample(5))
        assert_allclose(sampler.score(X), pieces.score([X[:5], X[6:]]))
    inner = sampler.generator
    for generator in (ScenarioGenerator(inner), FrozenEstimator(clone(inner).fit(X))):
        assert ReturnSampler(generator, random_state=0).fit(X).sample(5).shape == (5, 2)
    with pytest.raises(ValueError, match="which the generator does not take"):
        ReturnSampler(Recorder()).fit(X)


def test_same_seed_same_rows():
    sampler = make_sampler().fit(make_returns())
    assert_array_equal(sampler.sample(10), sampler.sample(10))
    given = {0: 0.01}
    assert_array_equal(sampler.sample(10, given), sampler.sample(10, given))
    other = clone(sampler).set_params(random_state=1).fit(make_returns())
    assert not np.array_equal(sampler.sample(10), other.sample(10))


def test_conditions_on_columns():
    X = pd.DataFrame(make_returns(), columns=["a", "b"])
    sampler = make_sampler(n_candidates=3000).fit(X)
    rows = sampler.sample(100, conditioning={"b": 0.01})
    assert rows.shape == (100, 2)
    assert_array_equal(rows[:, 1], np.full(100, 0.01))
    assert rows[:, 0].std() > 1e-3
    rows = sampler.sample(100, conditioning={"a": (-np.inf, -0.01)})
    assert (rows[:, 0] <= -0.01).all()
    assert_array_equal(sampler.sample(5, conditioning={}), sampler.sample(5))


def test_a_fitted_generator_is_not_fitted_again():
    X = make_returns()
    generator = GenerativeTimeSeries(
        KernelDriftVolEstimator("all", conditioning=None), KernelDensity(bandwidth=0.3)
    ).fit(X)
    sampler = ReturnSampler(FrozenEstimator(generator), random_state=0).fit(X)
    assert sampler.generator_.estimator is generator
    assert sampler.sample(3).shape == (3, 2)


def test_search_by_likelihood():
    search = GridSearchCV(
        make_sampler(),
        {
            "series": ["returns", "log_prices"],
            "generator__sampler__bandwidth": [0.3, 5],
        },
        cv=TimeSeriesSplit(2),
        error_score="raise",
    ).fit(make_returns())
    assert search.best_params_["generator__sampler__bandwidth"] == 0.3


def test_parameters():
    sampler = ReturnSampler().set_params(generator__dynamics__n_neighbors=9)
    assert sampler.generator.dynamics.n_neighbors == 9
    assert sampler.generator.preprocessor is not None
    assert ReturnSampler().generator is None
    for wrong in ({"horizon": 0}, {"series": "prices"}, {"x0": "first"}):
        with pytest.raises(ValueError, match=f"The '{next(iter(wrong))}' parameter"):
            make_sampler(**wrong).fit(make_returns())
    with pytest.raises(ValueError, match="n_samples == 0"):
        make_sampler().fit(make_returns()).sample(0)
    for wrong in ([0.01], {0}, np.zeros(2)):
        with pytest.raises(TypeError, match="pass a dict of columns, such as"):
            make_sampler().fit(make_returns()).sample(3, wrong)
    broken = make_sampler().fit(make_returns())
    with pytest.raises(ValueError, match="NaN"):
        broken.fit(np.full((10, 2), np.nan))
    with pytest.raises(AttributeError):
        broken.generator_  # noqa: B018


def test_of_scenarios():
    """Rows of a generator that is itself conditioned, here on its second column."""
    fall = InRange(column=1, high=-0.005)
    inner = ScenarioGenerator(make_sampler().generator, fall)
    rows = ReturnSampler(inner, random_state=0).fit(make_returns()).sample(50)
    assert (rows[:, 1] <= -0.005).all()
    assert len(np.unique(rows[:, 0])) == 50
