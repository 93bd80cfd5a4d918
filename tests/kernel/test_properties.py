"""Invariances of residuals, drifts and covariances, over drawn paths and parameters."""

from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from skdiffts._paths import to_transitions
from skdiffts.kernel import _bandwidth_selection
from skdiffts.kernel._product_table import ProductTable
from tests.kernel.strategies import (
    KERNELS,
    conditioned,
    estimators,
    grid_walk,
    grids,
    panels,
    powers_of_two,
    seeds,
    time_steps,
    walks,
)

pd = pytest.importorskip("pandas")
pytestmark = pytest.mark.filterwarnings(
    "ignore:Columns .* are determined by others:UserWarning"
)


def norms(residuals):
    return np.linalg.norm(residuals, axis=-1)


# The residuals and the roll-out are inverse to each other.


@given(st.one_of(grids(), walks()), estimators())
def test_one_step_undoes_the_residual(X, estimator):
    residuals = estimator.fit(X).transform(X)[1:]
    drift, factor = (part[:-1] for part in estimator.factor(X))
    root_dt = np.sqrt(estimator.dt)
    noise = np.einsum("kij,kj->ki", factor, residuals) * root_dt
    # The error of a triangular solve is relative to what its sums cancel.
    cancelled = np.einsum("kij,kj->ki", np.abs(factor), np.abs(residuals)).max()
    tolerance = 1e-12 * (1.0 + np.abs(X).max() + root_dt * cancelled)
    assert_allclose(X[:-1] + drift * estimator.dt + noise, X[1:], atol=tolerance)
    # The roll-out takes that step from every row, one path of two rows each.
    pairs = np.stack([np.full_like(residuals, np.nan), residuals], axis=1)
    steps = estimator.inverse_transform(pairs, x0=X[:-1])
    assert_array_equal(steps[:, 0], X[:-1])
    assert_allclose(steps[:, 1], X[1:], atol=tolerance)


@given(walks(), conditioned(), seeds, st.integers(2, 12))
def test_transform_recovers_the_noise_of_a_simulate(X, estimator, seed, n):
    estimator.fit(X)
    noise = np.random.RandomState(seed).standard_normal((n, X.shape[1]))
    path = estimator.inverse_transform(noise)
    assert_allclose(estimator.transform(path)[1:], noise[1:], atol=1e-5)


# Groups that act on the series.


@given(walks(), conditioned(), st.integers(-1000, 1000))
def test_translation(X, estimator, b):
    residuals = clone(estimator).fit_transform(X)
    assert_allclose(estimator.fit_transform(X + b), residuals, atol=1e-7)
    drift, covariance = clone(estimator).fit(X).coefficients(X)
    moved_drift, moved_covariance = estimator.coefficients(X + b)
    assert_allclose(moved_drift, drift, atol=1e-7)
    assert_allclose(moved_covariance, covariance, atol=1e-7)


@given(st.one_of(grids(), walks()), estimators(), powers_of_two)
def test_scale(X, estimator, c):
    assume(np.diff(X, axis=0).any())  # what never moves has no scale
    scaled = clone(estimator).fit(c * X)
    estimator.fit(X)
    assert_allclose(scaled.transform(c * X), estimator.transform(X), rtol=1e-6)
    assert_allclose(scaled.loo_residuals_, estimator.loo_residuals_, rtol=1e-6)
    drift, covariance = estimator.coefficients(X)
    scaled_drift, scaled_covariance = scaled.coefficients(c * X)
    assert_allclose(scaled_drift, c * drift, rtol=1e-6)
    assert_allclose(scaled_covariance, c**2 * covariance, rtol=1e-6)


@given(walks(min_d=2, max_d=2), estimators(n_neighbors="all"), powers_of_two)
def test_scale_of_one_column(X, estimator, c):
    """Without neighbours each column may have its own unit."""
    units = np.array([1.0, c])
    residuals = clone(estimator).fit_transform(X)
    assert_allclose(estimator.fit_transform(X * units), residuals, atol=1e-6)


@given(st.one_of(grids(), walks()), conditioned(), time_steps)
def test_time(X, estimator, c):
    assume(np.diff(X, axis=0).any())
    slower = clone(estimator).set_params(dt=c * estimator.dt).fit(X)
    estimator.fit(X)
    drift, covariance = estimator.coefficients(X)
    slow_drift, slow_covariance = slower.coefficients(X)
    assert_allclose(slow_drift * c, drift, rtol=1e-7, atol=1e-9)
    assert_allclose(slow_covariance * c, covariance, rtol=1e-7, atol=1e-9)
    assert_allclose(slower.transform(X), estimator.transform(X), rtol=1e-7, atol=1e-7)


@given(walks(min_d=2), conditioned(), st.randoms(use_true_random=False))
def test_permutation_of_columns(X, estimator, random):
    order = random.sample(range(X.shape[1]), X.shape[1])
    permuted = clone(estimator).fit(X[:, order])
    estimator.fit(X)
    drift, covariance = estimator.coefficients(X)
    permuted_drift, permuted_covariance = permuted.coefficients(X[:, order])
    assert_allclose(permuted_drift, drift[:, order], atol=1e-7)
    assert_allclose(permuted_covariance, covariance[:, order][:, :, order], atol=1e-7)
    residuals, permuted_residuals = (
        estimator.transform(X),
        permuted.transform(X[:, order]),
    )
    assert_allclose(norms(permuted_residuals), norms(residuals), rtol=1e-5, atol=1e-7)


@given(walks(min_d=2), conditioned(), seeds)
def test_rotation(X, estimator, seed):
    d = X.shape[1]
    Q, _ = np.linalg.qr(np.random.RandomState(seed).standard_normal((d, d)))
    estimator.set_params(metric="euclidean" if seed % 2 else "whitened")
    rotated = clone(estimator).fit(X @ Q.T)
    estimator.fit(X)
    drift, covariance = estimator.coefficients(X)
    rotated_drift, rotated_covariance = rotated.coefficients(X @ Q.T)
    assert_allclose(rotated_drift, drift @ Q.T, atol=1e-6)
    assert_allclose(rotated_covariance, Q @ covariance @ Q.T, atol=1e-6)
    assert_allclose(
        norms(rotated.transform(X @ Q.T)),
        norms(estimator.transform(X)),
        rtol=1e-4,
        atol=1e-7,
    )
    assert_allclose(
        norms(rotated.loo_residuals_), norms(estimator.loo_residuals_), rtol=1e-4
    )


# Panels and containers.


@given(panels(), conditioned(), st.randoms(use_true_random=False))
def test_order_and_subset_of_paths(panel, estimator, random):
    estimator.fit(panel)
    residuals, scores = estimator.transform(panel), estimator.score_samples(panel)
    order = random.sample(range(len(panel)), random.randint(1, len(panel)))
    chosen = [panel[i] for i in order]
    for part, i in zip(estimator.transform(chosen), order, strict=True):
        assert_allclose(part, residuals[i], rtol=1e-9, atol=1e-9)
    assert_allclose(estimator.score_samples(chosen), scores[order], rtol=1e-9)


@given(panels(), conditioned(), st.randoms(use_true_random=False))
def test_fit_ignores_the_order_of_paths(panel, estimator, random):
    order = random.sample(range(len(panel)), len(panel))
    shuffled = clone(estimator).fit([panel[i] for i in order])
    estimator.fit(panel)
    rows = np.concatenate(panel)
    for a, b in zip(
        shuffled.coefficients(rows), estimator.coefficients(rows), strict=True
    ):
        assert_allclose(a, b, atol=1e-7)


@given(panels(), conditioned())
def test_nothing_crosses_a_path_boundary(panel, estimator):
    """Only transitions count: they may as well be paths of two rows each."""
    estimator.fit(panel)
    pairs = clone(estimator).fit(to_transitions(panel))
    assert pairs.n_transitions_ == sum(len(path) - 1 for path in panel)
    assert_array_equal(pairs.loo_residuals_, estimator.loo_residuals_)
    residuals = [estimator.transform(path) for path in panel]
    together = np.concatenate([path[1:] for path in residuals])
    assert_allclose(pairs.transform(to_transitions(panel))[:, 1], together, atol=1e-9)
    for part, alone in zip(estimator.transform(panel), residuals, strict=True):
        assert np.isnan(part[0]).all()
        assert_allclose(part, alone, rtol=1e-9, atol=1e-9)


@given(st.integers(2, 4), st.integers(5, 9), st.integers(1, 3), seeds, estimators())
def test_containers_hold_the_same_numbers(
    make_walk, n_paths, length, d, seed, estimator
):
    stack = grid_walk(seed, n_paths * length, d).reshape(n_paths, length, d)
    index = pd.MultiIndex.from_product([range(n_paths), range(length)])
    frame = pd.DataFrame(stack.reshape(-1, d), index, [f"c{j}" for j in range(d)])
    estimator.set_params(n_neighbors=min(5, n_paths * (length - 1)))
    of_stack = clone(estimator).fit_transform(stack)
    of_list = clone(estimator).fit_transform(list(stack))
    of_frame = clone(estimator).fit_transform(frame)
    assert_array_equal(np.stack(of_list), of_stack)
    assert_array_equal(of_frame.to_numpy(), of_stack.reshape(-1, d))
    assert of_frame.index.equals(index)


# Degenerate data, limits and bounds.


@given(walks(max_d=2), estimators(), st.integers(-1000, 1000))
def test_constant_column_and_duplicated_rows(X, estimator, c):
    X = np.column_stack([X, np.full(len(X), c)])
    X = np.repeat(X, 2, axis=0)
    residuals = estimator.fit_transform(X)
    assert np.isfinite(residuals[1:]).all()
    assert_allclose(residuals[1:, -1], 0.0, atol=1e-6)
    assert np.isfinite(estimator.loo_residuals_).all()
    path = estimator.inverse_transform(residuals)
    assert np.isfinite(path).all()
    assert_allclose(path[:, -1], c, atol=1e-6)


@given(
    walks(),
    st.sampled_from([0, 1]),
    st.sampled_from(KERNELS),
    time_steps,
)
def test_equal_weights_whiten_exactly(kernel_regression, X, degree, kernel, dt):
    estimator = kernel_regression(
        "all", kernel=kernel, degree=degree, dt=dt, shrinkage=0.0, ridge=0.0
    )
    residuals = estimator.fit_transform(X)[1:]
    assert_allclose(residuals.mean(axis=0), 0.0, atol=1e-6)
    second_moment = residuals.T @ residuals / len(residuals)
    assert_allclose(second_moment, np.eye(X.shape[1]), atol=1e-6)


@given(st.one_of(grids(), walks()), estimators(degree=0), seeds)
def test_drift_of_degree_zero_is_in_the_convex_hull(make_walk, X, estimator, seed):
    rates = np.diff(X, axis=0) / estimator.dt
    queries = X.mean(axis=0) + 10.0 * grid_walk(seed, 9, X.shape[1])
    envelope = estimator.fit(X).model_.local_model.envelope
    # Inside the envelope, beyond which the global slope is followed.
    queries = envelope.clip(np.vstack([X, queries]))
    drift, _ = estimator.coefficients(queries)
    slack = 1e-9 * (1.0 + np.abs(rates).max())
    # In every direction, of which there are more than faces among so few columns.
    directions = np.random.RandomState(seed).standard_normal((50, X.shape[1]))
    drift, rates = drift @ directions.T, rates @ directions.T
    assert (drift >= rates.min(axis=0) - 10 * slack).all()
    assert (drift <= rates.max(axis=0) + 10 * slack).all()


@given(st.one_of(grids(), walks()), estimators(), seeds)
def test_covariance_is_symmetric_and_positive(make_walk, X, estimator, seed):
    queries = X.mean(axis=0) + 10.0 * grid_walk(seed, 9, X.shape[1])
    rows = np.vstack([X, queries])
    drift, factor = estimator.fit(X).factor(rows)
    same_drift, covariance = estimator.coefficients(rows)
    assert_array_equal(same_drift, drift)
    assert_array_equal(covariance, covariance.transpose(0, 2, 1))
    assert_array_equal(factor, np.tril(factor))
    # The floor is 1e-10 of the mean square increment, column by column.
    increments = np.diff(X, axis=0)
    scale = (increments**2).mean(axis=0)
    unit = np.where(scale > 0.0, scale, scale[scale > 0.0].min(initial=1.0))
    scaled = factor / np.sqrt(unit / estimator.dt)[:, np.newaxis]
    assert (np.linalg.svd(scaled, compute_uv=False) >= 1e-6).all()


@given(walks(), st.integers(1, 11), st.integers(1, 11), seeds)
def test_bandwidth_is_the_distance_of_the_kth_neighbor(
    make_walk, kernel_regression, X, k1, k2, seed
):
    k1, k2 = sorted([k1, k2])
    queries = grid_walk(seed, 5, X.shape[1])
    queries = 0.1 * queries + X.mean(axis=0)
    ordered = np.linalg.norm(X[np.newaxis, :-1] - queries[:, np.newaxis], axis=2)
    ordered.sort(axis=1)
    bandwidths = []
    for k in (k1, k2):
        estimator = kernel_regression(k, shrinkage=0.5, metric="euclidean").fit(X)
        model = estimator.model_.local_model
        for products in (None, ProductTable(model.smoother)):
            model = replace(model, products=products)
            bandwidths += model.map_fits(queries, lambda _, h: (h,))
            assert_allclose(bandwidths[-1], ordered[:, k - 1], rtol=1e-9)
    assert (bandwidths[0] <= bandwidths[2]).all()


# Roll-outs.


@given(walks(), seeds, st.sampled_from([False, True]))
def test_global_random_state_is_untouched(kernel_regression, X, seed, past_only):
    np.random.seed(seed)  # noqa: NPY002
    before = np.random.get_state()  # noqa: NPY002
    with mock.patch.object(
        _bandwidth_selection, "MAX_QUERIES", 8
    ):  # of more, some are drawn
        estimator = kernel_regression(past_only=past_only).fit(X)
    estimator.transform(X)
    estimator.inverse_transform(X[-3:])
    estimator.score(X)
    after = np.random.get_state()  # noqa: NPY002
    assert before[0] == after[0]
    assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]


@given(walks(), estimators(), seeds, st.integers(1, 4), st.integers(1, 30))
def test_shape_of_a_simulate(X, estimator, seed, n_paths, length):
    d = X.shape[1]
    estimator.fit(X)
    random = np.random.RandomState(seed)
    noise = random.standard_normal((n_paths, length, d))
    for x0, first in [
        (None, np.tile(X[0], (n_paths, 1))),
        (X[3], np.tile(X[3], (n_paths, 1))),
        (X[:n_paths], X[:n_paths]),
    ]:
        paths = estimator.inverse_transform(noise, x0=x0)
        assert paths.shape == noise.shape
        assert paths.dtype == np.float64
        assert np.isfinite(paths).all()
        assert_array_equal(paths[:, 0], first)


@given(panels(), estimators(n_neighbors=5), seeds)
def test_simulate_starts_where_the_training_paths_did(
    make_walk, panel, estimator, seed
):
    estimator.fit(panel)
    firsts = [path[0] for path in panel]
    assert_array_equal(estimator.model_.first_rows[:, 0], firsts)
    noise = grid_walk(seed, 3 * (len(panel) + 1), panel[0].shape[1])
    rolled = estimator.inverse_transform(np.split(noise, len(panel) + 1))
    for path, start in zip(rolled, [*panel, panel[0]], strict=True):
        assert_array_equal(path[0], start[0])


@given(panels(), conditioned(n_neighbors=5), seeds)
def test_paths_of_unequal_length_simulate_alone(make_walk, panel, estimator, seed):
    """All paths advance together, whatever their lengths, and nothing mixes."""
    estimator.fit(panel)
    noise = [
        grid_walk(seed + i, len(path), path.shape[1]) for i, path in enumerate(panel)
    ]
    noise = [0.1 * np.diff(part, axis=0)[: 5 + i % 3] for i, part in enumerate(noise)]
    together = estimator.inverse_transform(noise)
    for i, part in enumerate(noise):
        alone = estimator.inverse_transform(part, x0=panel[i][0])
        assert_allclose(together[i], alone, atol=1e-6)
