"""The share of leave-one-out residuals that is the noise of the series."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts import KernelDriftVolEstimator
from skdiffts.kernel._leave_one_out import leave_one_out_errors


def make_path(n=50, d=2, seed=0):
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((n, d))
    for i in range(1, n):
        X[i] += 0.7 * X[i - 1]
    return X


def test_global_ratio_by_refitting_without_each_row():
    """In-sample times leave-one-out errors, over what steps with the residuals have."""
    X = make_path()
    estimator = KernelDriftVolEstimator(
        "all", shrinkage=1.0, ridge=0.0, conditioning=None
    ).fit(X)
    design = np.column_stack([np.ones(len(X) - 1), X[:-1]])
    steps = np.diff(X, axis=0)
    inside = steps - design @ np.linalg.lstsq(design, steps, rcond=None)[0]
    outside = np.empty_like(steps)
    for i in range(len(steps)):
        keep = np.arange(len(steps)) != i
        coef = np.linalg.lstsq(design[keep], steps[keep], rcond=None)[0]
        outside[i] = steps[i] - design[i] @ coef
    pooled = outside.T @ outside / len(steps)
    noise = np.trace(np.linalg.solve(pooled, outside.T @ inside)) / len(steps)
    made = (estimator.loo_residuals_**2).sum() / len(steps)
    assert_allclose(estimator.innovation_ratio_, np.sqrt(noise / made), rtol=1e-6)


@pytest.mark.parametrize("degree", [0, 1])
def test_variance_of_local_drifts_by_unit_responses(degree):
    """A uniform kernel: squared weights that the fit gives each other response."""
    X = make_path(40, 1)
    k = 20
    estimator = KernelDriftVolEstimator(
        k, degree=degree, kernel="uniform", ridge=0.0, shrinkage=1.0, conditioning=None
    ).fit(X)
    model = estimator.model_.local_model
    rows = np.arange(len(X) - 1)
    errors, variance, traces = leave_one_out_errors(model, rows, np.eye(1))
    assert_allclose(traces, model.pooled[0, 0], rtol=1e-6)
    scaled = errors[:, 0] / np.sqrt(model.pooled[0, 0])
    assert_allclose(scaled, estimator.loo_residuals_[:, 0], rtol=0.2)
    leverages = np.empty(len(rows))
    for i in rows:
        gaps = np.where(rows == i, np.inf, np.abs(X[:-1, 0] - X[i, 0]))
        near = np.argsort(gaps)[:k]
        design = np.column_stack([np.ones(k), X[near, 0] - X[i, 0]])[:, : degree + 1]
        weights = np.linalg.pinv(design)[0]
        leverages[i] = k * (weights**2).sum() - 1.0
    # Beyond the limit all rows give the slope, whose error is small.
    followed = np.minimum(leverages, model.limit)
    assert (followed < leverages - 0.01).any() == (degree == 1)
    assert_allclose(variance, (1.0 + followed) / k, rtol=1e-5)


@pytest.mark.parametrize(
    "options",
    [{"past_only": True}, {"recency_halflife": 5.0}, {"kernel": "gaussian"}],
    ids=["past", "recent", "gaussian"],
)
@pytest.mark.parametrize("n_neighbors", ["all", 12])
def test_ratio_is_a_share(options, n_neighbors):
    fitted = KernelDriftVolEstimator(
        n_neighbors, **{"conditioning": None, **options}
    ).fit(make_path())
    assert 0.5 < fitted.innovation_ratio_ <= 1.0


def test_ratio_tends_to_one():
    ratios = [
        KernelDriftVolEstimator("all", conditioning=None)
        .fit(make_path(n))
        .innovation_ratio_
        for n in (20, 100, 5000)
    ]
    assert ratios[0] < ratios[1] < ratios[2]
    assert 0.998 < ratios[2] < 1.0


def test_nothing_to_measure_is_one():
    constant = np.ones((10, 2))
    assert (
        KernelDriftVolEstimator("all", conditioning=None)
        .fit(constant)
        .innovation_ratio_
        == 1.0
    )
