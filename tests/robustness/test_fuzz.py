"""Whatever comes in, out come finite numbers or an error that says what to do.

Series of all kinds go through fit, sample and score_samples of each estimator. Warnings
of NumPy are errors here, as in the whole suite.
"""

import re
import time
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import KernelDensity

from skdiffts import KernelDriftVolEstimator
from skdiffts.conditioning import EWCovariance, EWVolatility, LaggedStates
from skdiffts.kernel import Tabulated
from skdiffts.marginals import RankNormal, YeoJohnson

# Squares of the last ones are lost.
EXPONENTS = [0, 0, -3, 3, -5, 5, -8, 8, -20, 20, -30, 30, -95, 90, -300, 270]
# What a message has to name: the argument, or what scikit-learn calls it.
ARGUMENT = re.compile(r"\bX\b|Found array|[Cc]omplex data|Feature names|Expected 2")

COLUMNS = {
    "noise": lambda rng, n: rng.standard_normal(n),
    "walk": lambda rng, n: rng.standard_normal(n).cumsum(),
    "constant": lambda rng, n: np.full(n, rng.standard_normal()),
    "zero": lambda rng, n: np.zeros(n),
    "flags": lambda rng, n: (rng.uniform(size=n) < 0.3).astype(float),
    "counts": lambda rng, n: rng.poisson(2.0, n).astype(float),
    "heavy": lambda rng, n: rng.standard_cauchy(n) ** 3,
    "offset": lambda rng, n: 1e9 + rng.standard_normal(n),
    "lost": lambda rng, n: 1.0 + 1e-17 * rng.standard_normal(n),
    "trend": lambda rng, n: np.arange(float(n)),
    "growth": lambda rng, n: np.exp(np.minimum(np.arange(float(n)), 200.0)),
    "jump": lambda rng, n: np.where(np.arange(n) < n // 2, 0.0, 1e6),
    "spike": lambda rng, n: np.eye(n)[n // 2] * 1e12,
}


@st.composite
def tables(draw, exponents=tuple(EXPONENTS), most_columns=5):
    """Columns of any kind and scale, some of them twice."""
    n = draw(st.sampled_from([8, 1, 2, 3, 4, 6, 12, 20, 30]))
    rng = np.random.RandomState(draw(st.integers(0, 2**31)))
    columns = []
    for _ in range(draw(st.integers(1, most_columns))):
        kind = draw(st.sampled_from([*COLUMNS, "copy"]))
        if kind == "copy" and columns:
            columns.append(columns[draw(st.integers(0, len(columns) - 1))])
            continue
        exponent = draw(st.sampled_from(exponents))
        make = COLUMNS.get(kind, COLUMNS["noise"])
        columns.append(make(rng, n) * 10.0**exponent)
    return np.stack(columns, axis=1)


def times(X, factor):
    """Multiply; the largest numbers stay below infinity."""
    return np.clip(X, -1e300, 1e300) * factor


def as_array(X):
    return X


def as_frame(X):
    return pd.DataFrame(X, columns=[f"c{j}" for j in range(X.shape[1])])


def as_dated(X):
    return as_frame(X).set_index(pd.date_range("2020", periods=len(X), freq="D"))


def as_polars(X):
    return pl.DataFrame(X, schema=[f"c{j}" for j in range(X.shape[1])], orient="row")


def as_objects(X):
    return X.astype(object)


def as_list(X):
    return [X, X[::-1][: max(1, len(X) // 2)]]


def as_stack(X):
    return np.stack([X, X[::-1]])


CONTAINERS = [as_array, as_frame, as_dated, as_polars, as_objects, as_list, as_stack]


def attempt(function, *args, **options):
    """Result of a call, None after an error that says what to do."""
    try:
        with warnings.catch_warnings():
            # Advice, not trouble: too few neighbours, too few iterations.
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.filterwarnings("ignore", "n_neighbors=", UserWarning)
            warnings.filterwarnings("ignore", "X has .* transition", UserWarning)
            return function(*args, **options)
    except np.linalg.LinAlgError:
        raise  # a ValueError, but none that says anything
    except (TypeError, ValueError) as error:
        if ARGUMENT.search(str(error)) is None:
            raise
        return None


def check_scores(scores, X, n_unknown=0):
    """Log-densities: numbers but for the first rows of a path."""
    if scores is None:
        return
    if isinstance(X, list) or np.ndim(X) == 3:
        n_unknown = 0  # sums over paths
    assert np.isnan(scores[:n_unknown]).all()
    assert np.isfinite(scores[n_unknown:]).all(), scores


def check_generator(generator, X, others=()):
    """Fit, simulate and score; the rest only if the fit went well."""
    if attempt(generator.fit, X) is None:
        assert not hasattr(generator, "n_features_in_")
        return False
    for x0 in ("initial", "states", "last"):
        paths = generator.sample(2, 20, x0=x0, random_state=0)
        assert np.isfinite(np.asarray(paths, dtype=float)).all(), paths
    n_unknown = generator.dynamics_.n_history_
    for other in (X, *others):
        check_scores(attempt(generator.score_samples, other), other, n_unknown)
        score = attempt(generator.score, other)
        assert score is None or np.isfinite(score)
    future = attempt(generator.forecast, X, 2, random_state=0)
    assert future is None or np.isfinite(np.asarray(future, dtype=float)).all()
    return True


@given(tables(), st.sampled_from(CONTAINERS))
def test_generator(tiny_generator, X, container):
    generator = tiny_generator(KernelDensity(bandwidth=0.3))
    others = [container(times(X[::-1], 1e3))]
    event(f"fitted: {check_generator(generator, container(X), others)}")


@settings(max_examples=12)  # each trains a network; test_generator has more tables
@given(tables(), st.sampled_from(CONTAINERS))
def test_generator_with_diffusion(tiny_generator, X, container):
    others = [container(times(X[::-1], 1e3))]
    event(f"fitted: {check_generator(tiny_generator(), container(X), others)}")


DYNAMICS = [
    KernelDriftVolEstimator(5, conditioning=None),
    KernelDriftVolEstimator(
        5, degree=0, kernel="gaussian", shrinkage=0.0, conditioning=None
    ),
    KernelDriftVolEstimator("all", shrinkage=0.0, ridge=0.0, conditioning=None),
    KernelDriftVolEstimator(
        5, evaluation=Tabulated(n_blend=2), metric="whitened", conditioning=None
    ),
    KernelDriftVolEstimator(scale=EWVolatility(halflife=3.0), conditioning=None),
    KernelDriftVolEstimator(scale=EWCovariance(), conditioning=None),
    KernelDriftVolEstimator(conditioning=EWVolatility(), metric="euclidean"),
    KernelDriftVolEstimator(conditioning=LaggedStates(n_lags=3), recency_halflife=5.0),
    KernelDriftVolEstimator("all", past_only=True, conditioning=None),
    KernelDriftVolEstimator(missing="break", conditioning=None),
]


@given(tables(), st.sampled_from(CONTAINERS), st.sampled_from(DYNAMICS))
def test_dynamics(tiny_generator, X, container, dynamics):
    generator = tiny_generator(KernelDensity()).set_params(dynamics=dynamics)
    if check_generator(generator, container(X)):
        event("fitted: True")
        drift, covariance = generator.dynamics_.coefficients(
            generator.preprocess(container(X))
        )
        known = np.isfinite(drift).all(axis=1)
        assert np.isfinite(covariance[known]).all()


@given(
    tables(),
    st.sampled_from(CONTAINERS),
    st.sampled_from([None, RankNormal(), YeoJohnson()]),
    st.booleans(),
)
def test_sampler(tiny_sampler, X, container, column_map, early_stopping):
    sampler = tiny_sampler(column_map=column_map, early_stopping=early_stopping)
    if attempt(sampler.fit, container(X)) is None:
        assert not hasattr(sampler, "n_features_in_")
        return
    event("fitted: True")
    assert np.isfinite(sampler.sample(20, random_state=0)).all()
    for other in (X, times(X[::-1], 1e3), X + 1.0):
        check_scores(attempt(sampler.score_samples, container(other)), other)
    score = attempt(sampler.score_function, container(X), 0.5)
    assert score is None or np.isfinite(score).all()


@given(
    tables(exponents=(0,)),
    st.sampled_from(CONTAINERS),
    st.sampled_from([np.nan, np.inf, -np.inf, None, "a", b"a", {}, 10**400, 1j, [1]]),
    st.integers(0, 10**6),
    st.sampled_from(["raise", "break"]),
)
def test_odd_entries(tiny_generator, X, container, entry, place, missing):
    assume(len(X) > 2)
    X = X.astype(object)
    row, column = np.unravel_index(place % X.size, X.shape)
    X[row, column] = entry
    data = X if container is as_polars else container(X)
    generator = tiny_generator(KernelDensity()).set_params(dynamics__missing=missing)
    if attempt(generator.fit, data) is None:
        return
    assert entry is None or np.isnan(entry)  # the missing ones, where they may be
    assert missing == "break"
    paths = generator.sample(2, 5, random_state=0)
    assert np.isfinite(np.asarray(paths, dtype=float)).all()
    scores = generator.score_samples(data)
    assert not np.isinf(scores).any()
    assert np.isnan(scores).sum() <= 6


@pytest.mark.parametrize(
    "dtype", ["?", "i1", "u8", "f2", "f4", "f8", "g", "U8", "S8", "Int64", "Float32"]
)
def test_dtypes(tiny_generator, walk, dtype):
    X = np.round(walk(n_rows=12) * 3.0)
    data = as_frame(X).astype(dtype) if dtype[0] in "IF" else np.abs(X).astype(dtype)
    assert check_generator(tiny_generator(KernelDensity()), data)


def test_numbers_that_are_objects(tiny_generator, walk):
    X = walk(n_rows=12)
    decimals = np.array([[Decimal(repr(float(x))) for x in row] for row in X])
    plain = tiny_generator(KernelDensity()).fit(X).score_samples(X)
    for data in (X.astype(object), decimals, X.astype(str), X.tolist()):
        generator = tiny_generator(KernelDensity()).fit(data)
        np.testing.assert_array_equal(generator.score_samples(data), plain)


@pytest.mark.parametrize(("n", "d"), [(2, 1), (2, 40), (3, 1), (3, 60), (12, 40)])
def test_few_rows_and_many_columns(tiny_generator, n, d):
    """In bounded time: a few rows of many columns are no reason to wait."""
    X = np.random.RandomState(0).standard_normal((n, d))
    start = time.process_time()
    fits = check_generator(tiny_generator(), X, [np.vstack([X, X])])
    assert fits == (n > 2)
    assert time.process_time() - start < 20.0


@pytest.mark.parametrize("scale", [1e-95, 1e-30, 1e30, 1e95])
def test_the_unit_does_not_matter(tiny_generator, walk, scale):
    """Where it is no error the answer is right, not merely finite."""
    X = walk()
    plain = tiny_generator().fit(X)
    scaled = tiny_generator().fit(scale * X)
    paths = plain.sample(2, 5, random_state=0)
    np.testing.assert_allclose(
        scaled.sample(2, 5, random_state=0) / scale, paths, rtol=1e-3, atol=1e-3
    )
    shift = X.shape[1] * np.log(scale)
    np.testing.assert_allclose(
        scaled.score_samples(scale * X)[1:] + shift,
        plain.score_samples(X)[1:],
        atol=0.01,
    )


@pytest.mark.parametrize("scale", [1e-300, 1e-101, 1e101, 1e300])
def test_units_beyond_squares_are_named(tiny_generator, walk, scale):
    X = as_frame(walk())
    X["c1"] *= scale
    with pytest.raises(ValueError, match=r"column 'c1' of X reaches .* in a unit"):
        tiny_generator().fit(X)
