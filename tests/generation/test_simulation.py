"""Simulated paths: the recursion, where it starts, and that work is split at will."""

from copy import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import FunctionTransformer

SEEDS = st.integers(0, 2**31 - 1)


class Recorder:
    """Stands in for a fitted sampler and remembers what it drew."""

    def __init__(self, sampler):
        self.sampler = sampler
        self.drawn = []

    def sample(self, n_samples, random_state):
        self.drawn.append(self.sampler.sample(n_samples, random_state=random_state))
        return self.drawn[-1]


def drawn_residuals(generator, *args, **kwargs):
    """Paths with the residuals behind them, as wide as innovations."""
    sampler = generator.sampler_
    generator.sampler_ = Recorder(sampler)
    try:
        paths = generator.sample(*args, **kwargs)
        ratio = generator.dynamics_.innovation_ratio_
        drawn = [ratio * rows for rows in generator.sampler_.drawn]
    finally:
        generator.sampler_ = sampler
    return paths, drawn


@settings(max_examples=15)
@given(
    SEEDS,
    st.integers(2, 12),
    st.integers(1, 4),
    st.sampled_from([0.1, 1.0, 7.0]),
    st.sampled_from(["kernel density", "diffusion"]),
)
def test_paths_hold_the_residuals_drawn(
    quick, walk, samplers, seed, length, n_paths, dt, kind
):
    generator = quick(dt=dt, sampler=samplers[kind]).fit(walk(seed, 40, 2))
    paths, [drawn] = drawn_residuals(generator, n_paths, length, random_state=seed)
    residuals = generator.dynamics_.transform(paths)
    expected = drawn.reshape(n_paths, length - 1, 2)
    assert_allclose(residuals[:, 1:], expected, rtol=0, atol=1e-5)
    assert np.isnan(residuals[:, 0]).all()


def test_recursion_by_hand(quick, walk):
    dt = 0.2
    generator = quick(dt=dt).fit(walk())
    paths, [drawn] = drawn_residuals(generator, 3, 5, random_state=0)
    residuals = drawn.reshape(3, 4, 2)
    for i in range(4):
        drift, factor = generator.dynamics_.factor(paths[:, i])
        noise = np.sqrt(dt) * np.einsum("nij,nj->ni", factor, residuals[:, i])
        assert_allclose(paths[:, i + 1], paths[:, i] + drift * dt + noise, rtol=1e-10)


@settings(max_examples=15)
@given(SEEDS, st.integers(1, 5), st.integers(1, 7), st.integers(1, 3))
def test_shape_of_paths(quick, walk, seed, n_paths, length, d):
    X = walk(seed, 40, d)
    generator = quick().fit(X)
    x0 = X[:n_paths]
    paths = generator.sample(n_paths, length, x0=x0, random_state=seed)
    assert paths.shape == (n_paths, length, d)
    assert paths.dtype == np.float64
    assert np.isfinite(paths).all()
    assert_array_equal(paths[:, 0], x0)


def test_defaults_are_one_path_as_long_as_the_longest(quick, walk):
    panel = [walk(0, 20, 2), walk(1, 35, 2), walk(2, 10, 2)]
    generator = quick().fit(panel)
    assert generator.sample(random_state=0).shape == (1, 35, 2)
    stack = walk(0, 20, 2, 4)
    paths = quick().fit(stack).sample(len(stack), random_state=0)
    assert np.concatenate([stack, paths]).shape == (8, 20, 2)


def test_float32_data_give_float64_paths(quick, walk):
    X = walk().astype(np.float32)
    generator = quick().fit(X)
    assert generator.sample(2, 3).dtype == np.float64
    assert generator.score_samples(X).dtype == np.float64


# Where paths start


def rows_of(paths):
    return {tuple(row) for row in paths[:, 0]}


def test_starts_are_those_of_training(quick, walk):
    panel = walk(0, 10, 2, 5)
    generator = quick().fit(panel)
    initial = {tuple(row) for row in panel[:, 0]}
    for x0 in (None, "initial"):
        paths = generator.sample(200, 2, x0=x0, random_state=0)
        assert rows_of(paths) == initial
    states = {tuple(row) for row in panel.reshape(-1, 2)}
    assert rows_of(generator.sample(2000, 1, x0="states", random_state=0)) == states
    last = generator.sample(3, 2, x0="last", random_state=0)
    assert rows_of(last) == {tuple(panel[-1, -1])}


def test_starts_are_drawn_evenly(quick, walk):
    panel = walk(0, 10, 2, 4)
    paths = quick().fit(panel).sample(4000, 1, random_state=0)
    _, counts = np.unique(paths[:, 0, 0], return_counts=True)
    # Five standard deviations of a binomial count.
    assert np.abs(counts - 1000).max() < 5 * np.sqrt(4000 * 0.25 * 0.75)


def fitted_to_names(generator):
    other = copy(generator)
    other.feature_names_in_ = np.array(["a", "b"], dtype=object)
    return other


def test_given_starts(fitted):
    one, many = np.array([0.5, -0.5]), np.array([[0.5, -0.5], [1.0, 0.0], [0.0, 2.0]])
    assert_array_equal(fitted.sample(3, 2, x0=one)[:, 0], np.tile(one, (3, 1)))
    assert_array_equal(fitted.sample(3, 2, x0=many)[:, 0], many)
    assert_array_equal(fitted.sample(3, 2, x0=many.tolist())[:, 0], many)
    frame = pd.DataFrame(many, columns=["a", "b"])
    assert_array_equal(fitted.sample(3, 2, x0=frame)[:, 0], many)
    with pytest.raises(ValueError, match=r"x0 has columns \['b', 'a'\]"):
        fitted_to_names(fitted).sample(3, 2, x0=frame[["b", "a"]])
    with pytest.raises(ValueError, match=r"x0 has columns \['b', 'a'\]"):
        fitted_to_names(fitted).sample(3, 2, x0=frame.iloc[0][["b", "a"]])
    # The start moves what follows.
    paths = [fitted.sample(3, 3, x0=x0, random_state=0) for x0 in (one, many)]
    assert_array_equal(paths[0][0], paths[1][0])
    assert (paths[0][1:] != paths[1][1:]).all()


@pytest.mark.parametrize(
    "x0",
    ["first", [1.0], np.ones((2, 2)), np.ones(3), np.ones((3, 2, 1)), [np.nan, 0.0]],
    ids=["word", "narrow", "rows", "wide", "stack", "nan"],
)
def test_wrong_starts_are_named(fitted, x0):
    with pytest.raises(ValueError, match="x0"):
        fitted.sample(3, 2, x0=x0)


@pytest.mark.parametrize(
    ("call", "name", "value"),
    [
        ("sample", "n_paths", 0),
        ("sample", "n_paths", 1.5),
        ("sample", "length", 0),
        ("sample", "length", 2.5),
        ("forecast", "horizon", 0),
        ("forecast", "horizon", "long"),
        ("forecast", "n_samples", 0),
    ],
)
def test_wrong_numbers_are_named(fitted, walk, call, name, value):
    args = () if call == "sample" else (walk(),)
    params = {} if call == "sample" else {"horizon": 1}
    with pytest.raises((ValueError, TypeError), match=name):
        getattr(fitted, call)(*args, **params | {name: value})


def test_far_starts_come_to_no_harm(fitted):
    x0 = np.array([[1e6, 0.0], [-1e8, 1e8]])
    paths = fitted.sample(2, 200, x0=x0, random_state=0)
    assert np.isfinite(paths).all()


# Forecasts


def test_shapes_of_forecasts(quick, walk):
    panel = walk(0, 20, 2, 3)
    generator = quick().fit(panel)
    assert generator.forecast(panel[0], 4).shape == (1, 4, 2)
    assert generator.forecast(panel[0], 4, 6).shape == (6, 4, 2)
    for X in (panel, list(panel)):
        assert generator.forecast(X, 4, 6).shape == (3, 6, 4, 2)
    assert generator.forecast(panel[:1], 4, 6).shape == (1, 6, 4, 2)
    index = pd.MultiIndex.from_product([range(3), range(20)])
    frame = pd.DataFrame(panel.reshape(-1, 2), index=index, columns=["a", "b"])
    generator = quick().fit(frame)
    assert generator.forecast(frame, 4, 6, output="array").shape == (3, 6, 4, 2)
    assert generator.forecast(frame, 4, 6).shape == (3 * 6 * 4, 2)


@pytest.mark.parametrize(
    "preprocessor", [None, FunctionTransformer(np.sinh, np.arcsinh)]
)
def test_forecasts_go_on_from_the_last_row(quick, walk, preprocessor):
    X = walk()
    generator = quick(preprocessor=preprocessor).fit(X)
    generator.dynamics_.innovation_ratio_ = 1.0  # forecasts have the errors of the fit
    forecast = generator.forecast(X, 3, 5, random_state=7)
    # The same seed on the same start; the start itself is left out.
    paths = generator.sample(5, 4, x0=X[-1], random_state=7)
    assert_array_equal(forecast, paths[:, 1:])


def test_forecasts_of_a_panel_belong_to_their_paths(quick, walk):
    panel = walk(0, 20, 1, 3)
    panel[:, -1, 0] = [-3.0, 0.0, 3.0]
    generator = quick("all").fit(panel)
    means = generator.forecast(panel, 1, 400, random_state=0)[:, :, 0, 0].mean(axis=1)
    drift, factor = generator.dynamics_.factor(panel[:, -1])
    spread = 5.0 * np.abs(factor[:, 0, 0]) * 1.5 / 20.0
    assert (np.abs(means - panel[:, -1, 0] - drift[:, 0]) < spread + 0.1).all()
    assert (np.diff(means) > 1.0).all()


@pytest.mark.statistical
def test_distribution_of_the_first_step(quick, walk, sampler):
    """x + drift dt + sqrt(dt) L eps with eps from the sampler."""
    dt, n = 0.5, 4000
    X = walk(0, 80, 2)
    generator = quick(dt=dt, sampler=sampler).fit(X)
    steps = generator.forecast(X, 1, n, random_state=0)[:, 0] - X[-1]
    drift, factor = generator.dynamics_.factor(X[-1:])
    residuals = generator.sampler_.sample(n, random_state=1)
    expected = drift[0] * dt + np.sqrt(dt) * residuals @ factor[0].T
    noise = np.sqrt((steps.var(axis=0) + expected.var(axis=0)) / n)
    # Five standard errors; for a covariance by the fourth moment.
    assert (np.abs(steps.mean(axis=0) - expected.mean(axis=0)) < 5.0 * noise).all()
    assert_allclose(np.cov(steps.T), np.cov(expected.T), rtol=0.25, atol=0.01)


# Splitting the work


def test_blocks_have_seeds_of_their_own(fitted):
    paths = fitted.sample(1000, 2, x0=[0.0, 0.0], random_state=0)
    assert len(np.unique(paths[:, 1], axis=0)) == 1000


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_jobs_do_not_change_the_paths(quick, walk, sampler, backend):
    X = walk()
    paths = []
    for n_jobs in (1, 2):
        generator = quick(sampler=sampler, n_jobs=n_jobs).fit(X)
        with parallel_config(backend):
            paths.append(generator.sample(600, 4, random_state=0))
    assert_array_equal(*paths)


# Long paths


@pytest.mark.parametrize(("n_neighbors", "length"), [("all", 10_000), (12, 3_000)])
def test_long_paths_stay_finite(quick, n_neighbors, length):
    """A trending walk, whose linear fit explodes: by 10 % a row it leaves the floats."""
    rng = np.random.RandomState(0)
    X = np.cumsum(rng.standard_normal((200, 2)) + 0.1, axis=0) * 1.1 ** np.arange(
        200
    ).reshape(-1, 1)
    generator = quick(n_neighbors, sampler=KernelDensity(bandwidth=0.3)).fit(X)
    path = generator.sample(1, length, random_state=0)
    assert np.isfinite(path).all()


def test_simulated_paths_have_the_distribution_of_the_data(quick, walk):
    """Stationary moments of a mean-reverting process, judged on paths."""
    X = walk(0, 2000, 1)
    paths = quick(400).fit(X).sample(200, 100, x0="states", random_state=0)
    truth = walk(1, 100, 1, 2000)[:, 50:]
    assert abs(paths.mean() - truth.mean()) < 0.15
    assert_allclose(paths[:, 50:].std(), truth.std(), rtol=0.15)
