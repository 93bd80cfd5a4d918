"""The conditional density of a transition: mass one, units, containers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import trapezoid
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler

from skdiffts import _preprocessing
from skdiffts._paths import to_transitions

SEEDS = st.integers(0, 2**31 - 1)


def log_transformer():
    return FunctionTransformer(np.log, np.exp)


def frame_of(panel):
    panel = np.asarray(panel)
    names = [range(len(panel)), range(panel.shape[1])]
    index = pd.MultiIndex.from_product(names, names=["path", "time"])
    rows = panel.reshape(-1, panel.shape[2])
    return pd.DataFrame(rows, index=index, columns=list("abcdef")[: rows.shape[1]])


def transition_mass(generator, x, u, to_data, slope):
    """Integral over x' of the density given x; x' = to_data(u)."""
    pairs = np.empty((len(u), 2, 1))
    pairs[:, 0, 0] = x
    pairs[:, 1, 0] = to_data(u)
    return trapezoid(np.exp(generator.score_samples(pairs)) * slope(u), u)


@settings(max_examples=10)
@given(
    SEEDS,
    st.floats(1e-3, 1e3),
    st.integers(3, 40),
    st.sampled_from(["kernel density", "diffusion"]),
    st.sampled_from([None, StandardScaler()]),
)
def test_transition_density_integrates_to_one(
    quick, walk, samplers, seed, dt, n_neighbors, kind, preprocessor
):
    X = walk(seed, 40, 1)
    generator = quick(
        n_neighbors, dt=dt, sampler=samplers[kind], preprocessor=preprocessor
    ).fit(X)
    spread = np.abs(generator.residuals_).max() * X.std()
    for x in (X[3, 0], X[17, 0]):
        u = x + np.linspace(-6.0 * spread, 6.0 * spread, 2001)
        mass = transition_mass(generator, x, u, lambda u: u, np.ones_like)
        assert_allclose(mass, 1.0, rtol=0, atol=1e-4)


@pytest.mark.parametrize("dt", [0.01, 1.0, 40.0])
def test_transition_density_behind_a_logarithm_integrates_to_one(
    quick, walk, sampler, dt
):
    Y = walk(1, 40, 1)
    generator = quick(dt=dt, sampler=sampler, preprocessor=log_transformer())
    generator.fit(np.exp(Y))
    u = np.linspace(-14.0, 14.0, 3001)
    for x in np.exp(Y[[3, 17], 0]):
        mass = transition_mass(generator, x, u, np.exp, np.exp)
        assert_allclose(mass, 1.0, rtol=0, atol=1e-4)


def test_transition_density_in_two_dimensions_integrates_to_one(quick, walk):
    X = walk()
    generator = quick(dt=0.25).fit(X)
    axis = np.linspace(-5.0, 5.0, 161)
    steps = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    pairs = np.stack([np.tile(X[5], (len(steps), 1)), X[5] + steps], axis=1)
    mass = np.exp(generator.score_samples(pairs)).sum() * (axis[1] - axis[0]) ** 2
    assert_allclose(mass, 1.0, rtol=0, atol=1e-4)


@given(SEEDS, st.integers(-8, 8), st.integers(1, 3))
def test_score_follows_the_units(quick, walk, seed, power, d):
    c, X = 2.0**power, walk(seed, 40, d)
    here, there = quick().fit(X), quick().fit(c * X)
    expected = here.score_samples(X) - d * np.log(c)
    assert_allclose(there.score_samples(c * X), expected, rtol=0, atol=1e-6)
    paths = here.sample(2, 6, random_state=0)
    assert_allclose(there.sample(2, 6, random_state=0), c * paths, rtol=1e-6)


@pytest.mark.parametrize("power", [-8, 5])
def test_score_of_a_diffusion_follows_the_units(quick, walk, small_sampler, power):
    c, X = 2.0**power, walk()
    here, there = (quick(sampler=small_sampler()).fit(a * X) for a in (1.0, c))
    expected = here.score_samples(X) - 2.0 * np.log(c)
    assert_allclose(there.score_samples(c * X), expected, rtol=0, atol=1e-6)


@given(SEEDS, st.integers(2, 4))
def test_panels_order_and_subsets_do_not_matter(quick, walk, seed, n_paths):
    panel = walk(seed, 12, 2, n_paths)
    generator = quick().fit(panel)
    scores = generator.score_samples(panel)
    assert scores.shape == (n_paths,)
    order = np.random.RandomState(seed).permutation(n_paths)
    assert_allclose(generator.score_samples(panel[order]), scores[order], atol=1e-9)
    for i in range(n_paths):
        assert_allclose(generator.score_samples(panel[i : i + 1])[0], scores[i])
        rows = generator.score_samples(panel[i])
        assert np.isnan(rows[0])
        assert_allclose(np.nansum(rows), scores[i], rtol=1e-9, atol=1e-9)


@given(SEEDS, st.integers(3, 15))
def test_a_panel_is_its_transitions(quick, walk, seed, cut):
    A, B = (walk(seed + i, 25, 2) for i in range(2))
    panel = [A[:cut], A[cut:], B]
    whole, pairs = quick().fit(panel), quick().fit(to_transitions(panel))
    assert_allclose(whole.residuals_, pairs.residuals_, rtol=0, atol=1e-9)
    assert len(whole.residuals_) == 25 + 25 - 3
    assert_allclose(whole.score(panel), pairs.score(panel), atol=1e-9)
    assert_allclose(whole.score(to_transitions(panel)), whole.score(panel), atol=1e-9)


@settings(max_examples=10)
@given(SEEDS)
def test_containers_are_equal(quick, walk, seed):
    panel = walk(seed, 15, 2, 3)
    containers = [panel, list(panel), frame_of(panel)]
    generators = [quick(preprocessor=StandardScaler()).fit(X) for X in containers]
    first = generators[0]
    for generator, X in zip(generators, containers, strict=True):
        assert_array_equal(generator.residuals_, first.residuals_)
        assert generator.score(X) == first.score(panel)
        paths = generator.sample(4, output="array", random_state=0)
        assert_array_equal(paths, first.sample(4, random_state=0))
        assert paths.shape == (4, 15, 2)
    rows = generators[2].score_samples(containers[2])
    assert rows.shape == (45,)
    assert_array_equal(np.isnan(rows), np.arange(45) % 15 == 0)
    totals = np.nansum(rows.reshape(3, 15), axis=1)
    for generator, X in zip(generators[:2], containers[:2], strict=True):
        assert_allclose(generator.score_samples(X), totals, rtol=1e-12)


@settings(max_examples=10)
@given(SEEDS, st.sampled_from(["kernel density", "diffusion"]))
def test_score_is_the_mean_over_transitions(quick, walk, samplers, seed, kind):
    panel = [walk(seed, n_rows, 2) for n_rows in (12, 30, 5)]
    generator = quick(sampler=samplers[kind]).fit(panel)
    rows = [generator.score_samples(path) for path in panel]
    assert all(np.isnan(scores[0]) for scores in rows)
    for path, scores in zip(panel, rows, strict=True):
        assert_allclose(generator.score(path), np.nanmean(scores), rtol=1e-9)
    total = np.concatenate([scores[1:] for scores in rows])
    assert_allclose(generator.score(panel), total.mean(), rtol=1e-9, atol=1e-9)
    sums = [np.nansum(scores) for scores in rows]
    assert_allclose(generator.score_samples(panel), sums, rtol=1e-9, atol=1e-9)


def test_score_is_the_density_of_the_residual_and_its_jacobian(quick, walk):
    """With a Gaussian distribution as sampler, the score equals stage one's."""

    class Normal(KernelDensity):
        def score_samples(self, X):
            return -0.5 * (X**2).sum(axis=1) - X.shape[1] / 2.0 * np.log(2.0 * np.pi)

    X = walk()
    generator = quick(sampler=Normal(), dt=0.1).fit(X)
    expected = generator.dynamics_.score_samples(X)
    assert_allclose(generator.score_samples(X), expected, rtol=1e-12)


def test_rows_that_no_number_of_the_model_leads_to_have_no_density(quick, walk):
    """A preprocessor that clips would else be rewarded for hiding the tails."""
    X = walk(n_rows=80)
    scaler = MinMaxScaler(clip=True)
    generator = quick(preprocessor=scaler).fit(X)
    open_ended = quick(preprocessor=MinMaxScaler()).fit(X)
    far = walk(1)
    far[30, 0] = X[:, 0].max() + 1.0
    scores = generator.score_samples(far)
    outside = ((far > X.max(axis=0)) | (far < X.min(axis=0))).any(axis=1)
    outside[0] = False
    assert outside[30]
    assert_array_equal(scores == -np.inf, outside)
    known = ~outside & ~np.roll(outside, 1)
    assert_allclose(scores[known], open_ended.score_samples(far)[known], rtol=1e-6)


def test_a_preprocessor_does_not_write_into_the_data(quick, walk):
    X = walk()
    before = X.copy()
    generator = quick(preprocessor=StandardScaler(copy=False)).fit(X)
    scores = [generator.score(X) for _ in range(2)]
    generator.sample(2, 3, x0=X[0])
    assert scores[0] == scores[1]
    assert_array_equal(X, before)


def test_jacobians_are_computed_in_portions(quick, walk, monkeypatch):
    X = walk(n_rows=80)
    generator = quick(preprocessor=StandardScaler()).fit(X)
    expected = generator.score_samples(X)
    monkeypatch.setattr(
        _preprocessing, "slices", lambda n, _: [slice(i, i + 7) for i in range(0, n, 7)]
    )
    assert_array_equal(generator.score_samples(X), expected)


def test_single_rows_have_nothing_to_score(fitted, walk):
    assert np.isnan(fitted.score_samples(walk()[:1])).all()
    with pytest.raises(ValueError, match="longest path of X has 1 row"):
        fitted.score(walk()[:1])


def test_truth_scores_higher_than_another_distribution(quick, walk):
    """Held-out likelihood tells the process from one that is twice as fast."""
    X, held_out = walk(0, 800, 1), walk(1, 400, 1)
    generator = quick(200).fit(X)
    other = quick(200).fit(np.cumsum(np.diff(X, axis=0, prepend=0.0) * 2.0, axis=0))
    assert generator.score(held_out) > other.score(held_out) + 0.1
