"""Invariances of residuals, drifts and covariances, over drawn paths and parameters.

Paths are walks with a drawn seed, on a grid of 2^-20 so that integer translations are
exact, or integer grids with ties and constants; scales are powers of two.
"""

from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import trapezoid
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors

from skdiffts import KernelDriftVolEstimator
from skdiffts._paths import to_transitions
from skdiffts.kernel import _bandwidth_selection
from skdiffts.kernel._product_table import ProductTable

pd = pytest.importorskip("pandas")

KERNELS = ["epanechnikov", "gaussian", "tricube", "uniform"]
seeds = st.integers(0, 2**31)
powers_of_two = st.integers(-8, 8).map(lambda p: 2.0**p)
time_steps = st.floats(-3.0, 3.0).map(lambda p: 10.0**p)


def grid_walk(seed, n, d):
    steps = np.random.RandomState(seed).standard_normal((n, d))
    return np.round(steps.cumsum(axis=0) * 2**20) / 2**20


@st.composite
def walks(draw, min_n=12, max_n=40, min_d=1, max_d=3):
    n, d = draw(st.integers(min_n, max_n)), draw(st.integers(min_d, max_d))
    return grid_walk(draw(seeds), n, d)


@st.composite
def grids(draw, max_d=3):
    """Cumulated integers / 1024: ties, duplicated rows and constant columns."""
    shape = (draw(st.integers(12, 20)), draw(st.integers(1, max_d)))
    steps = draw(arrays(np.int64, shape, elements=st.integers(-4, 4)))
    return steps.cumsum(axis=0) / 1024.0


@st.composite
def panels(draw):
    d = draw(st.integers(1, 3))
    lengths = draw(st.lists(st.integers(2, 9), min_size=2, max_size=5))
    return [grid_walk(draw(seeds), 5 + length, d) for length in lengths]


@st.composite
def estimators(draw, **fixed):
    """Any estimator for at least eleven transitions, which "auto" is not part of."""
    params = {
        "n_neighbors": draw(st.one_of(st.integers(1, 11), st.just("all"))),
        "kernel": draw(st.sampled_from(KERNELS)),
        "degree": draw(st.sampled_from([0, 1])),
        "shrinkage": draw(st.sampled_from([0.0, 0.3, 1.0])),
        "ridge": draw(st.sampled_from([0.0, 1e-3])),
        "dt": draw(st.sampled_from([0.25, 1.0, 8.0])),
    }
    return KernelDriftVolEstimator(**{**params, "additive_drift": False, **fixed})


@st.composite
def conditioned(draw, **fixed):
    """Estimators whose covariances are far from singular, so that laws are sharp."""
    shrinkage = draw(st.sampled_from([0.3, 0.8, 1.0]))
    return draw(estimators(**{"shrinkage": shrinkage, "ridge": 1e-3, **fixed}))


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


# States 0, 1, 3, 7 with increments 1, 2, 4, -3.
BY_HAND = [[0.0], [1.0], [3.0], [7.0], [4.0]]


@pytest.mark.parametrize("dt", [1.0, 0.5])
def test_drift_and_covariance_by_hand(kernel_regression, dt):
    """Epanechnikov weights with k = 3 at z = 0.

    Distances 0, 1, 3, 7 give h = 3 and weights 1, 1 - 1/9, 0, 0, that is 9/17 and 8/17;
    the mean of the increments 1 and 2 is 25/17 and their variance 72/289. Four
    neighbours would have h = 7.
    """
    estimator = kernel_regression(
        3, kernel="epanechnikov", degree=0, shrinkage=0.0, dt=dt
    ).fit(BY_HAND)
    drift, covariance = estimator.coefficients([[0.0]])
    assert_allclose(drift, [[25 / 17 / dt]], rtol=1e-12)
    assert_allclose(covariance, [[[72 / 289 / dt]]], rtol=1e-7)
    _, factor = estimator.factor([[0.0]])
    assert_allclose(factor, [[[np.sqrt(72 / 289 / dt)]]], rtol=1e-7)
    residual = (1.0 - 25 / 17) / np.sqrt(72 / 289)
    assert_allclose(estimator.transform([[0.0], [1.0]])[1], residual, rtol=1e-7)


@pytest.mark.parametrize(
    ("kernel", "weights"),
    [
        ("epanechnikov", [1, 8 / 9, 0, 0]),
        ("tricube", [1, (26 / 27) ** 3, 0, 0]),
        ("uniform", [1, 1, 1, 0]),
        ("gaussian", np.exp(-0.5 * np.array([0, 1, 9, 49]) / 9)),
    ],
)
def test_weights_by_hand(kernel_regression, kernel, weights):
    increments = np.array([1.0, 2.0, 4.0, -3.0])
    mean = np.average(increments, weights=weights)
    variance = np.average((increments - mean) ** 2, weights=weights)
    drift, covariance = (
        kernel_regression(3, kernel=kernel, degree=0, shrinkage=0.0)
        .fit(BY_HAND)
        .coefficients([[0.0]])
    )
    assert_allclose(drift, [[mean]], rtol=1e-12)
    assert_allclose(covariance, [[[variance]]], rtol=1e-7)


def test_local_line_by_hand(kernel_regression):
    """Two states with equal weight: the line through them has no residual.

    At z = 0.5 the uniform kernel weighs states 0 and 1 alike, with increments 1 and 2:
    the line is 1 + z, and the drift 1.5.
    """
    estimator = kernel_regression(
        2, kernel="uniform", degree=1, shrinkage=0.0, ridge=0.0
    ).fit(BY_HAND)
    drift, covariance = estimator.coefficients([[0.5]])
    assert_allclose(drift, [[1.5]], rtol=1e-7)
    assert_allclose(covariance, 0.0, atol=1e-7)
    assert_allclose(estimator.coefficients([[0.25]])[0], [[1.25]], rtol=1e-7)


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


# The likelihood.


@given(
    walks(max_d=1),
    conditioned(),
    time_steps,
    st.integers(0, 10),
)
def test_transition_density_integrates_to_one(X, estimator, dt, row):
    estimator.set_params(dt=dt).fit(X)
    x = X[row]
    drift, covariance = estimator.coefficients([x])
    mean, std = x + drift[0] * dt, np.sqrt(covariance[0, 0] * dt)
    ends = mean + std * np.linspace(-9.0, 9.0, 401)
    pairs = np.stack([np.full_like(ends, x[0]), ends], axis=1)[..., np.newaxis]
    density = np.exp(estimator.score_samples(pairs))
    assert trapezoid(density, ends) == pytest.approx(1.0, abs=1e-4)


@given(walks(), estimators(), powers_of_two)
def test_change_of_variables(X, estimator, c):
    scores = clone(estimator).fit(X).score_samples(X)
    scaled = estimator.fit(c * X).score_samples(c * X)
    assert np.isnan(scaled[0])
    expected = scores[1:] - X.shape[1] * np.log(c)
    assert_allclose(scaled[1:], expected, rtol=1e-6, atol=1e-6)


@given(walks(min_d=2), conditioned())
def test_log_likelihood_is_that_of_the_coefficients(X, estimator):
    """Against the density of the increments, without residuals and Jacobian."""
    estimator.fit(X)
    drift, covariance = (part[:-1] for part in estimator.coefficients(X))
    dt = estimator.dt
    error = np.diff(X, axis=0) - drift * dt
    mahalanobis = np.einsum(
        "ki,kij,kj->k", error, np.linalg.inv(covariance * dt), error
    )
    _, log_det = np.linalg.slogdet(2.0 * np.pi * covariance * dt)
    scores = estimator.score_samples(X)
    assert_allclose(scores[1:], -0.5 * (mahalanobis + log_det), rtol=1e-6, atol=1e-6)


@given(panels(), conditioned())
def test_score_is_the_mean_of_the_score_samples(panel, estimator):
    estimator.fit(panel)
    rows = [estimator.score_samples(path) for path in panel]
    for scores in rows:
        assert_array_equal(np.isnan(scores), np.arange(len(scores)) == 0)
    totals = [np.nansum(scores) for scores in rows]
    assert_allclose(estimator.score_samples(panel), totals, rtol=1e-9, atol=1e-9)
    mean = np.nanmean(np.concatenate(rows))
    assert estimator.score(panel) == pytest.approx(mean, rel=1e-9, abs=1e-9)
    first = np.nanmean(rows[0])
    assert estimator.score(panel[0]) == pytest.approx(first, rel=1e-9, abs=1e-9)


@given(panels(), conditioned())
def test_whiten_gives_residuals_and_jacobian(panel, estimator):
    estimator.fit(panel)
    residuals, log_jacobian = estimator.whiten(panel)
    assert_array_equal(residuals, np.concatenate(estimator.transform(panel)))
    rows = np.concatenate(panel)
    _, factor = estimator.factor(rows)
    first = np.isnan(residuals[:, 0])
    d = rows.shape[1]
    log_det = np.linalg.slogdet(factor)[1] + 0.5 * d * np.log(estimator.dt)
    starts = np.flatnonzero(~first) - 1
    assert_allclose(log_jacobian[~first], -log_det[starts], rtol=1e-6, atol=1e-6)
    assert_array_equal(np.isnan(log_jacobian), first)


# Scikit-learn's manners.


@given(walks(), conditioned())
def test_float32(X, estimator):
    X = X.astype(np.float32)
    residuals = clone(estimator).fit_transform(X)
    assert residuals.dtype == np.float32
    estimator.fit(X.astype(np.float64))
    assert_allclose(
        residuals, estimator.transform(X.astype(np.float64)), rtol=1e-5, atol=1e-5
    )
    assert estimator.inverse_transform(residuals).dtype == np.float32
    drift, covariance = estimator.coefficients(X)
    assert drift.dtype == covariance.dtype == np.float64


@given(st.one_of(grids(), walks()), estimators(), st.sampled_from([False, True]))
def test_fit_leaves_the_data_alone(X, estimator, past_only):
    estimator.set_params(past_only=past_only)
    X.setflags(write=False)
    original = X.copy()
    residuals = estimator.fit_transform(X)
    loo_residuals = estimator.loo_residuals_
    scores, path = estimator.score_samples(X), estimator.inverse_transform(X)
    assert_array_equal(X, original)
    assert_array_equal(estimator.fit(X).transform(X), residuals)
    assert_array_equal(estimator.loo_residuals_, loo_residuals)
    assert_array_equal(estimator.score_samples(X), scores)
    assert_array_equal(estimator.inverse_transform(X), path)


@given(walks(), estimators())
def test_results_are_the_users_own(X, estimator):
    """Writing into a result changes neither the estimator nor the next result."""
    estimator.fit(X)
    before = [*estimator.factor(X), estimator.transform(X)]
    kept = [part.copy() for part in before]
    for part in before:
        if part.flags.writeable:
            part.fill(7.0)
    after = [*estimator.factor(X), estimator.transform(X)]
    for part, again in zip(kept, after, strict=True):
        assert_array_equal(part, again)


@given(
    estimators(),
    st.sampled_from(["auto", "kd_tree", "ball_tree", "brute"]),
    st.integers(1, 50),
)
def test_parameters_round_trip(estimator, algorithm, leaf_size):
    estimator.set_params(neighbors=NearestNeighbors())
    estimator.set_params(neighbors__algorithm=algorithm, neighbors__leaf_size=leaf_size)
    copy = clone(estimator)
    assert copy.neighbors is not estimator.neighbors
    assert repr(copy) == repr(estimator)
    rebuilt = KernelDriftVolEstimator(**estimator.get_params(deep=False))
    assert repr(rebuilt) == repr(estimator)
    names = [name for name in copy.get_params() if name != "neighbors"]
    for name in names:
        assert copy.get_params()[name] == estimator.get_params()[name]
    assert copy.get_params()["neighbors__leaf_size"] == leaf_size
    defaults = KernelDriftVolEstimator().set_params(**copy.get_params())
    assert repr(defaults) == repr(estimator)


@given(
    walks(),
    st.sampled_from(["NaN", "inf", "-inf"]),
    st.integers(0, 11),
    st.booleans(),
)
def test_missing_and_infinite_numbers_are_refused(
    kernel_regression, X, value, row, stacked
):
    estimator = kernel_regression(5, shrinkage=0.5).fit(X)
    broken = X.copy()
    broken[row, -1] = float(value)
    good, broken = (X[np.newaxis], broken[np.newaxis]) if stacked else (X, broken)
    word = "NaN" if value == "NaN" else "infinity"
    with pytest.raises(ValueError, match=word):
        kernel_regression(5).fit(broken)
    for name in ("transform", "coefficients", "factor", "score", "score_samples"):
        with pytest.raises(ValueError, match=word):
            getattr(estimator, name)(broken)
    assert np.isfinite(estimator.score(good))  # still fitted
