"""Stored generators, with every strategy of the package, are the same afterwards."""

import copy
import inspect
import pickle
import re

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import PowerTransformer, StandardScaler

import skdiffts.conditioning
import skdiffts.losses
import skdiffts.marginals
import skdiffts.process
import skdiffts.scores
import skdiffts.sde
import skdiffts.solvers
from skdiffts import (
    DiffusionResidualSampler,
    GenerativeTimeSeries,
    KernelDriftVolEstimator,
)
from skdiffts._strategy import Strategy
from skdiffts.conditioning import (
    CalendarFeatures,
    ConditioningUnion,
    EWCovariance,
    EWVolatility,
    PastTransformer,
    Phase,
    SeasonalLevel,
    State,
)
from skdiffts.diffusion import Adam
from skdiffts.kernel import SinglePrecisionNeighbors, Tabulated
from skdiffts.losses import ExplicitScoreMatching
from skdiffts.process import FlowDensity
from skdiffts.scores import GaussianMixtureScore, ScoreNetwork, UNetScore
from skdiffts.sde import LinearSDE
from skdiffts.solvers import ExponentialMultistep

PLACES = {
    "sampler__sde": skdiffts.sde,
    "sampler__loss": skdiffts.losses,
    "sampler__solver": skdiffts.solvers,
    "sampler__score_model": skdiffts.scores,
    "sampler__column_map": skdiffts.marginals,
    "sampler__density": skdiffts.process,
    "dynamics__conditioning": skdiffts.conditioning,
}
TRUTH = GaussianMixtureScore(
    weights=[0.5, 0.5], means=[[0.0, 0.0], [1.0, 0.0]], covariances=[np.eye(2)] * 2
)


def falling(t):
    return -1.0 - t


def rising(t):
    return 1.0 + t


# What has no defaults.
GIVEN = {
    LinearSDE: LinearSDE(drift=falling, noise=rising),
    ExplicitScoreMatching: ExplicitScoreMatching(score_model=TRUTH),
    GaussianMixtureScore: TRUTH,
    UNetScore: UNetScore(shape=(1, 2), width=4, depth=0),
    CalendarFeatures: CalendarFeatures(periods=[7.0]),
    ConditioningUnion: ConditioningUnion(
        parts=[("state", State()), ("volatility", EWVolatility(pooling=1.0))]
    ),
    PastTransformer: PastTransformer(transformer=PCA(1)),
    Phase: Phase(period=7.0),
    SeasonalLevel: SeasonalLevel(season=Phase(period=7.0)),
}


def strategies(place):
    """Instances of all concrete strategies that belong in a place."""
    kinds = {
        "sampler__column_map": skdiffts.marginals.BaseColumnMap,
        "sampler__density": skdiffts.process.BaseFlowDensity,
    }
    package = PLACES[place]
    for name in package.__all__:
        kind = getattr(package, name)
        if not inspect.isclass(kind) or inspect.isabstract(kind):
            continue
        if issubclass(kind, kinds.get(place, Strategy)):
            strategy = GIVEN.get(kind) or kind()
            few = {"n_steps": 64} if "n_steps" in strategy.get_params() else {}
            yield strategy.set_params(**few)


def variants():
    """Parameters of generators, of which every strategy is in one."""
    for place in PLACES:
        for strategy in strategies(place):
            yield {place: strategy}
    yield {"sampler__prior": "standard"}
    yield {"sampler__prior": "empirical"}
    yield {"sampler__prior": "stationary", "sampler__first_time": 1e-4}
    yield {"sampler__optimizer": Adam(beta2=0.999, max_norm=None, decay="constant")}
    yield {"sampler__match_moments": False, "residuals": "in-sample"}
    yield {"sampler__early_stopping": True}
    yield {"sampler__score_model": ScoreNetwork(width=8, depth=1, base="mixture")}
    yield {"sampler__score_model": ScoreNetwork(width=8, base=GaussianMixture(2))}
    yield {"dynamics__scale": EWVolatility()}
    yield {"dynamics__scale": EWCovariance()}
    yield {"dynamics__n_neighbors": 10}
    yield {"dynamics__n_neighbors": 10, "dynamics__evaluation": Tabulated()}
    yield {"dynamics__past_only": True}
    yield {"dynamics__neighbors": NearestNeighbors(algorithm="ball_tree")}
    yield {"dynamics__neighbors": SinglePrecisionNeighbors()}
    yield {"preprocessor": StandardScaler()}
    yield {"preprocessor": PowerTransformer()}


VARIANTS = list(variants())


def make_generator(**params):
    """Generator with few steps of training, and some parameters set."""
    sampler = DiffusionResidualSampler(
        score_model=ScoreNetwork(width=8, depth=1, base="gaussian"),
        solver=ExponentialMultistep(n_steps=12),
        density=FlowDensity(n_steps=2),
        max_iter=2,
        batch_size=8,
        early_stopping=False,
        random_state=0,
    )
    return GenerativeTimeSeries(
        KernelDriftVolEstimator(conditioning=None), sampler
    ).set_params(**params)


def make_series(n_rows=24):
    """Mean-reverting path of two series."""
    noise = np.random.RandomState(0).standard_normal((n_rows, 2))
    X = noise.copy()
    for i in range(1, n_rows):
        X[i] = 0.8 * X[i - 1] + (0.5 + 0.2 * np.tanh(X[i - 1]) ** 2) * noise[i]
    return X


def name(params):
    """Name of a variant, the same in every process: without addresses of functions."""
    words = ",".join(f"{key}={value}" for key, value in params.items())
    return re.sub(r" at 0x\w+|\s+", " ", words)


def through_pickle(generator, directory):
    return pickle.loads(pickle.dumps(generator))


def through_joblib(generator, directory):
    """Arrays of the copy are files that it cannot write to."""
    path = directory / "generator.joblib"
    joblib.dump(generator, path)
    return joblib.load(path, mmap_mode="r")


def through_copy(generator, directory):
    return copy.deepcopy(generator)


ROUTES = [through_pickle, through_joblib, through_copy]


def answers(generator, X):
    """What a generator says, of all kinds."""
    draw = {"n_paths": 2, "length": 3, "random_state": 3}
    yield from (generator.sample(x0=x0, **draw) for x0 in ("initial", "last", X[0]))
    yield generator.forecast(X[:9], 2, random_state=0)
    yield generator.score_samples(X[:9])
    yield generator.residuals_


def assert_same(generator, expected, X):
    for now, then in zip(answers(generator, X), expected, strict=True):
        assert_array_equal(now, then)


@pytest.mark.filterwarnings("ignore:max_iter")
@pytest.mark.parametrize("params", VARIANTS, ids=name)
def test_copies_answer_bit_for_bit(params, tmp_path):
    X = make_series()
    generator = make_generator(**params).fit(X)
    expected = list(answers(generator, X))
    for route in ROUTES:
        assert_same(route(generator, tmp_path), expected, X)
    twin = clone(generator)
    with pytest.raises(NotFittedError):
        twin.sample()
    assert_same(twin.fit(X), expected, X)


@pytest.mark.filterwarnings("ignore:max_iter")
def test_copies_of_copies_and_refits(tmp_path):
    """A copy is an estimator like any other: it is copied, fitted and searched."""
    X = make_series()
    generator = make_generator().fit(X)
    expected = list(answers(generator, X))
    for route in ROUTES:
        twice = through_pickle(route(generator, tmp_path), tmp_path)
        assert_same(twice, expected, X)
        assert_same(twice.fit(X), expected, X)


def test_every_strategy_is_tried():
    tried = {type(value) for params in VARIANTS for value in params.values()}
    known = {kind for place in PLACES for kind in map(type, strategies(place))}
    assert known <= tried
    assert len(known) > 25


def test_unfitted_generators_are_stored_too(tmp_path):
    for route in ROUTES:
        other = route(make_generator(preprocessor=StandardScaler()), tmp_path)
        assert repr(other) == repr(make_generator(preprocessor=StandardScaler()))
