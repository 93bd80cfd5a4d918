"""Leave-one-out residuals and covariances, scored without being kept."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts import KernelDriftVolEstimator, _chunks
from skdiffts.kernel import _leave_one_out, _local_model
from skdiffts.kernel._bandwidth_selection import score_bandwidths
from skdiffts.kernel._leave_one_out import LeaveOneOut, PooledCovariance


@pytest.mark.parametrize("kernel", ["epanechnikov", "gaussian"])
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_covariances_computed_again_are_those_kept(
    make_walk, kernel, n_jobs, monkeypatch
):
    monkeypatch.setattr(_chunks, "CHUNK_NUMBERS", 3000)  # else one chunk is all
    X = make_walk(0, 60, 2)
    estimator = KernelDriftVolEstimator(kernel=kernel, n_jobs=n_jobs, conditioning=None)
    kept = estimator.fit(X)
    scores, residuals = kept.selection_.scores, kept.loo_residuals_
    monkeypatch.setattr(_leave_one_out, "KEPT_NUMBERS", 0)
    again = estimator.fit(X)
    assert_array_equal(again.selection_.scores, scores)
    assert_array_equal(again.loo_residuals_, residuals)


def test_a_few_numbers_more_are_not_kept(make_walk, monkeypatch):
    smoother = (
        KernelDriftVolEstimator(9, conditioning=None)
        .fit(make_walk(0, 60, 3))
        .model_.local_model.smoother
    )
    for limit, keeps in ((50 * 2 * 9, True), (50 * 2 * 9 - 1, False)):
        monkeypatch.setattr(_leave_one_out, "KEPT_NUMBERS", limit)
        left_out = LeaveOneOut.fit(smoother, np.arange(50), [5, 9, "all"])
        assert left_out.keeps is keeps
        assert sum(part.size for part in left_out.kept) == limit * keeps


def test_memory_of_the_search_is_bounded(make_walk, monkeypatch):
    """Kept, the covariances take 4 x 200 x 30 x 30 numbers, 5.5 MiB."""
    X = make_walk(1, 201, 30)
    smoother = (
        KernelDriftVolEstimator("all", conditioning=None)
        .fit(X)
        .model_.local_model.smoother
    )
    monkeypatch.setattr(_chunks, "CHUNK_NUMBERS", 2**16)  # 0.5 MiB
    peaks = []
    for kept in (2**24, 0):
        monkeypatch.setattr(_leave_one_out, "KEPT_NUMBERS", kept)
        tracemalloc.start()
        selection = score_bandwidths(smoother, "auto", "auto")
        peaks.append(tracemalloc.get_traced_memory()[1] / 2**20)
        tracemalloc.stop()
    assert len(selection.n_neighbors) == 4
    assert peaks[0] > 5.5
    assert peaks[1] < 3.0


def test_pooled_covariance_without_each_residual():
    random = np.random.RandomState(0)
    residuals, weights = random.standard_normal((12, 3)), random.uniform(size=12)
    weights /= weights.mean()
    pooled = PooledCovariance(residuals, weights)
    assert_allclose(
        pooled.matrix,
        np.cov(residuals.T, aweights=weights, ddof=0)
        + (np.outer(*[np.average(residuals, axis=0, weights=weights)] * 2)),
    )
    for i, covariance in zip([7, 2], pooled.without(np.array([7, 2])), strict=True):
        others = np.arange(12) != i
        w, r = weights[others], residuals[others]
        assert_allclose(covariance, (w[:, np.newaxis] * r).T @ r / w.sum())


@pytest.mark.parametrize("n_neighbors", [15, "all"])
def test_of_many_transitions_some_are_left_out(
    kernel_regression, make_var, n_neighbors, monkeypatch
):
    X = make_var(20, 90)
    options = {"n_neighbors": n_neighbors, "degree": 0, "shrinkage": 0.0}
    whole = kernel_regression(**options).fit(X)
    monkeypatch.setattr(_local_model, "MAX_LEFT_OUT", 40)
    part = kernel_regression(**options).fit(X)
    rows = part.model_.local_model.loo_rows
    assert len(np.unique(rows)) == 40
    assert_array_equal(part.loo_residuals_, whole.loo_residuals_[rows])
