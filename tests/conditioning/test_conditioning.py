"""Whole paths and single steps, hand-computed vectors, and the contract."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.decomposition import PCA

from skdiffts import KernelDriftVolEstimator
from skdiffts._paths import check_paths
from skdiffts.conditioning import (
    CalendarFeatures,
    ConditioningUnion,
    Constant,
    EWCovariance,
    EWVolatility,
    HARVolatility,
    LaggedIncrements,
    LaggedStates,
    MovingCorrelation,
    PastTransformer,
    Phase,
    SeasonalLevel,
    State,
    Step,
    Trend,
)


class Moving(TransformerMixin, BaseEstimator):
    """Mean of the last rows of a path."""

    def __init__(self, n_rows=3):
        self.n_rows = n_rows

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        first = np.maximum(np.arange(len(X)) - self.n_rows + 1, 0)
        return np.stack([X[i : j + 1].mean(axis=0) for j, i in enumerate(first)])


STRATEGIES = {
    "state": State(),
    "lags": LaggedStates(n_lags=3),
    "increments": LaggedIncrements(n_lags=2),
    "volatility": EWVolatility(halflife=4.0, pooling=0.3),
    "covariance": EWCovariance(halflife=4.0),
    "pooled": EWVolatility(pooling=1.0, reversion=0.1),
    "har": HARVolatility(halflives=(2.0, 8.0), margins=None),
    "moving": MovingCorrelation(halflives=(4.0,)),
    "constant": Constant(),
    "phase": Phase(period=5.0),
    "trend": Trend(),
    "seasonal level": SeasonalLevel(season=Phase(period=5.0)),
    "season": CalendarFeatures(periods=[7.0, 30.0], n_harmonics=2),
    "transformer": PastTransformer(transformer=Moving(3), window=3),
    "rowwise": PastTransformer(transformer=PCA(1)),
    "union": ConditioningUnion(
        parts=[
            ("state", State()),
            ("lags", LaggedIncrements(n_lags=3)),
            ("volatility", EWVolatility()),
        ]
    ),
}


def read(X):
    return check_paths(BaseEstimator(), X, reset=True)


def make_panel(seed, lengths=(9, 4, 6), d=2):
    random = np.random.RandomState(seed)
    return [random.standard_normal((n, d)).cumsum(axis=0) for n in lengths]


def fitted(strategy, paths, dt):
    return clone(strategy).fit(paths, dt)


@pytest.mark.parametrize("name", list(STRATEGIES))
@given(seed=st.integers(0, 2**31), d=st.integers(1, 3), dt=st.floats(0.1, 10.0))
@settings(max_examples=10)
def test_whole_paths_and_single_steps_agree(name, seed, d, dt):
    """The vector of each row is that which steps from the first row lead to."""
    panel = make_panel(seed, d=d)
    paths = read(panel)
    steps = np.full(len(paths.ends), dt)
    strategy = fitted(STRATEGIES[name], paths, steps)
    memory = strategy.trace(paths, steps)
    whole = paths.split(strategy.vector(memory, paths.values, paths.clock))
    for path, vectors in zip(panel, whole, strict=True):
        memory = strategy.start(path[:1])
        clock = np.zeros(1)
        for i in range(len(path)):
            if i > 0:
                clock = clock + 1.0
                step = Step(path[[i]], path[[i]] - path[[i - 1]], np.array([dt]), clock)
                memory = strategy.update(memory, step)
            if i >= strategy.n_history - 1:
                vector = strategy.vector(memory, path[[i]], clock)
                assert_allclose(vector[0], vectors[i], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_vectors_look_back_only(name):
    paths = read(make_panel(0, lengths=(12,)))
    dt = np.ones(11)
    strategy = fitted(STRATEGIES[name], paths, dt)
    changed = paths.values.copy()
    changed[8:] += 100.0
    before, after = (
        strategy.vector(strategy.trace(p, dt), p.values, p.clock)
        for p in (paths, read(changed))
    )
    assert_array_equal(before[:8], after[:8])


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_nothing_crosses_a_path_boundary(name):
    panel = make_panel(1)
    paths = read(panel)
    dt = np.ones(len(paths.ends))
    strategy = fitted(STRATEGIES[name], paths, dt)
    whole = paths.split(strategy.trace(paths, dt))
    for path, memory in zip(panel, whole, strict=True):
        alone = strategy.trace(read(path), np.ones(len(path) - 1))
        assert_allclose(alone, memory, rtol=1e-13)


def vectors_of(strategy, X, dt=1.0):
    paths = read(X)
    steps = np.full(len(paths.ends), dt)
    strategy = fitted(strategy, paths, steps)
    trace = strategy.trace(paths, steps)
    return strategy.vector(trace, paths.values, paths.clock)


def test_lags_by_hand():
    X = np.array([[1.0], [2.0], [4.0], [8.0]])
    assert_array_equal(vectors_of(State(), X), X)
    lagged = vectors_of(LaggedStates(n_lags=2), X)
    assert_array_equal(lagged[1:], [[2, 1], [4, 2], [8, 4]])
    increments = vectors_of(LaggedIncrements(n_lags=2), X)
    assert_array_equal(increments[2:], [[2, 1], [4, 2]])


def test_volatility_by_hand():
    """Halflife 1 halves; squares 1, 4, 1, 16 have mean 5.5; reversion .2."""
    X = np.array([[0.0], [1.0], [3.0], [2.0], [6.0]])
    strategy = EWVolatility(halflife=1.0, reversion=0.2)
    w = [1.0]
    for square in (1.0, 4.0, 1.0, 16.0):
        w.append(0.5 * w[-1] + 0.5 * square / 5.5)
    expected = 0.5 * np.log(0.2 + 0.8 * np.array(w))
    assert_allclose(vectors_of(strategy, X)[:, 0], expected, rtol=1e-13)
    # Time and the square root of units drop out of what is relative.
    assert_allclose(vectors_of(strategy, 7.0 * X, 0.3)[:, 0], expected, rtol=1e-12)


def test_pooling_by_hand():
    X = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 4.0]])
    paths, dt = read(X), np.ones(2)
    strategy = EWVolatility(halflife=1.0, pooling=0.5, reversion=0.0).fit(paths, dt)
    assert_allclose(strategy.long_run_, [1.0, 5.0])
    first = np.array([1.0, 0.2])
    first = 0.5 + 0.5 * (0.5 * first + 0.5 * first.mean())
    second = np.array([1.0, 9.0 / 5.0])
    second = 0.5 * first + 0.5 * (0.5 * second + 0.5 * second.mean())
    trace = strategy.trace(paths, dt)
    assert_allclose(trace, [[1.0, 1.0], first, second], rtol=1e-13)
    assert_allclose(strategy.scale(trace).volatility, np.sqrt(trace * [1.0, 5.0]))


def test_full_pooling_is_one_column():
    X = make_panel(2, lengths=(20,), d=4)[0]
    assert vectors_of(EWVolatility(pooling=1.0), X).shape == (20, 1)


def simulate_garch(n, reversion, decay, seed):
    """Increments whose variance is exactly the one that EWVolatility describes."""
    random = np.random.RandomState(seed)
    w, X = np.ones(200), np.zeros((200, n))
    for i in range(1, n):
        h = reversion + (1.0 - reversion) * w
        increments = np.sqrt(h) * random.standard_normal(200)
        X[:, i] = X[:, i - 1] + increments
        w = decay * w + (1.0 - decay) * increments**2
    return X[:, :, np.newaxis]


@pytest.mark.parametrize("reversion", [0.05, 0.4])
def test_reversion_is_found_where_it_is_true(reversion):
    """100,000 increments of the model itself; standard error below .01."""
    X = simulate_garch(500, reversion, 0.5 ** (1 / 5.0), 0)
    paths = read(X)
    strategy = EWVolatility(halflife=5.0).fit(paths, np.ones(len(paths.ends)))
    assert abs(strategy.reversion_[0] - reversion) < 0.05


def test_seasons_are_points_on_circles():
    index = pd.date_range("2021-01-04", periods=8, freq="6h")  # a Monday
    frame = pd.DataFrame({"x": np.zeros(8)}, index=index)
    vectors = vectors_of(CalendarFeatures(periods=("day",), n_harmonics=2), frame)
    quarter = np.arange(8) / 4.0 * 2.0 * np.pi
    expected = [
        np.cos(quarter),
        np.sin(quarter),
        np.cos(2 * quarter),
        np.sin(2 * quarter),
    ]
    assert_allclose(vectors, np.transpose(expected), atol=1e-9)
    week = vectors_of(CalendarFeatures(periods=("week",)), frame)
    same = vectors_of(
        CalendarFeatures(periods=("week",)),
        frame.set_index(index + pd.Timedelta(days=7)),
    )
    assert_allclose(week, same, atol=1e-9)


def test_dates_are_needed_for_named_periods():
    with pytest.raises(ValueError, match="'day', but X has no dates"):
        vectors_of(CalendarFeatures(), np.zeros((5, 1)))
    with pytest.raises(ValueError, match=r"periods has -1\.0"):
        vectors_of(CalendarFeatures(periods=[-1.0]), np.zeros((5, 1)))
    with pytest.raises(ValueError, match="periods has 'hour'"):
        vectors_of(CalendarFeatures(periods=["hour"]), np.zeros((5, 1)))


def test_a_transformer_that_looks_further_is_refused():
    X = make_panel(3, lengths=(30,))[0]
    with pytest.raises(ValueError, match="raise window"):
        vectors_of(PastTransformer(transformer=Moving(4), window=3), X)

    class Future(Moving):
        def transform(self, X):
            return super().transform(X[::-1])[::-1]

    with pytest.raises(ValueError, match="looks back only"):
        vectors_of(PastTransformer(transformer=Future(2), window=10), X)


def test_parts_of_a_union_are_tuned_by_name():
    estimator = KernelDriftVolEstimator(conditioning=clone(STRATEGIES["union"]))
    estimator.set_params(
        conditioning__volatility__halflife=3.0, conditioning__lags__n_lags=1
    )
    parts = dict(estimator.conditioning.parts)
    assert parts["volatility"].halflife == 3.0
    assert estimator.get_params()["conditioning__lags__n_lags"] == 1
    # Cloned: the original keeps its own.
    assert dict(STRATEGIES["union"].parts)["volatility"].halflife == 20.0


def test_fit_leaves_the_strategy_of_the_user_alone():
    strategy = EWVolatility(halflife=5.0)
    before = vars(strategy).copy()
    X = make_panel(5, lengths=(40,))[0]
    KernelDriftVolEstimator(5, conditioning=strategy, scale=strategy).fit(X)
    assert vars(strategy) == before


@pytest.mark.parametrize("part", ["state", None])
def test_a_union_of_anything_else_is_refused(part):
    union = ConditioningUnion(parts=[("state", State()), ("other", part)])
    with pytest.raises(TypeError, match="no conditioning strategy"):
        KernelDriftVolEstimator(5, conditioning=union).fit(np.zeros((20, 1)))
