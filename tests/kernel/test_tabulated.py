"""Local models stored at the training points."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from skdiffts import KernelDriftVolEstimator
from skdiffts.kernel import Tabulated

EXACT = {"ridge": 0.0, "shrinkage": 0.0}


@pytest.mark.parametrize("kernel", ["epanechnikov", "gaussian"])
@pytest.mark.parametrize("degree", [0, 1])
@pytest.mark.parametrize("shrinkage", [0.0, 0.5, 1.0])
def test_tables_are_exact_at_the_training_points(
    kernel_regression, make_var, kernel, degree, shrinkage
):
    X = make_var(16, 90)
    options = {
        "n_neighbors": 20,
        "kernel": kernel,
        "degree": degree,
        "shrinkage": shrinkage,
    }
    exact = kernel_regression(**options).fit(X)
    table = kernel_regression(evaluation=Tabulated(), **options).fit(X)
    for a, b in zip(table.factor(X[:-1]), exact.factor(X[:-1]), strict=True):
        assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    assert_array_equal(table.loo_residuals_, exact.loo_residuals_)


def test_tables_follow_the_local_slope(kernel_regression):
    """Of a linear drift without noise they keep nothing back, wherever the query."""
    random = np.random.RandomState(0)
    states = random.standard_normal((60, 2))
    A = np.array([[-0.5, 0.1], [0.2, -0.3]])
    pairs = np.stack([states, states + 1.0 + states @ A.T], axis=1)
    queries = 0.3 * random.standard_normal((20, 2))
    for n_blend in (1, 4):
        estimator = kernel_regression(
            20, evaluation=Tabulated(n_blend=n_blend), **EXACT
        ).fit(pairs)
        drift, _ = estimator.coefficients(queries)
        assert_allclose(drift, 1.0 + queries @ A.T, atol=1e-6)


def test_tables_follow_the_local_slope_as_far_as_the_bandwidth(kernel_regression):
    """Seen from the last point; beyond its fifth neighbour the global slope goes on."""
    states = np.sort(np.random.RandomState(0).uniform(-1.0, 1.0, size=(41, 1)), axis=0)
    pairs = np.stack([states, states + states**2], axis=1)
    estimator = kernel_regression(5, evaluation=Tabulated(), **EXACT).fit(pairs)
    last, h = states[-1, 0], states[-1, 0] - states[-5, 0]
    queries = last + h * np.array([0.0, 0.5, 1.0, 1.2, 1.4])
    assert queries[-1] < 1.4  # inside the envelope
    drift, _ = estimator.coefficients(queries[:, np.newaxis])
    slopes = np.diff(drift[:, 0]) / np.diff(queries)
    overall = np.polyfit(states[:, 0], states[:, 0] ** 2, 1)[0]
    assert_allclose(slopes[2:], overall, rtol=1e-5)
    assert_allclose(slopes[1], slopes[0], rtol=1e-9)
    assert slopes[0] > overall + 0.3


def test_blends_are_continuous(kernel_regression, make_var):
    """Halfway between two training points the nearest model changes, the blend not."""
    X = make_var(17, 80, d=1)
    states = np.sort(X[:-1, 0])
    edge = 0.5 * (states[40] + states[41])
    queries = edge + np.array([[-1e-9], [1e-9]])
    jumps = []
    for n_blend in (1, 3):
        estimator = kernel_regression(
            15, shrinkage=0.0, evaluation=Tabulated(n_blend=n_blend)
        ).fit(X)
        drift, factor = estimator.factor(queries)
        jumps.append(abs(np.diff(drift[:, 0])[0]) + abs(np.diff(factor[:, 0, 0])[0]))
    assert jumps[1] < 1e-6 < jumps[0]


def test_tables_of_the_global_limit_are_the_limit(kernel_regression, make_var):
    X = make_var(18, 50)
    exact = kernel_regression("all").fit(X).coefficients(X)
    table = kernel_regression("all", evaluation=Tabulated()).fit(X)
    for a, b in zip(table.coefficients(X), exact, strict=True):
        assert_array_equal(a, b)


def test_number_of_blended_models_is_a_nested_parameter(make_var):
    X = make_var(19, 60)
    estimator = KernelDriftVolEstimator(
        15, shrinkage=0.3, evaluation=Tabulated(), conditioning=None
    )
    twin = clone(estimator).set_params(evaluation__n_blend=3)
    assert estimator.evaluation.n_blend == 1
    given = KernelDriftVolEstimator(
        15, shrinkage=0.3, evaluation=Tabulated(n_blend=3), conditioning=None
    ).fit(X)
    assert_array_equal(twin.fit(X).transform(X), given.transform(X))
    assert not np.array_equal(estimator.fit(X).transform(X), given.transform(X))


@pytest.mark.parametrize(
    ("evaluation", "name"),
    [
        ("tabulated", "'evaluation' parameter of KernelDriftVolEstimator"),
        (Tabulated(n_blend=0), "'n_blend' parameter of Tabulated"),
    ],
)
def test_evaluation_is_checked(make_var, evaluation, name):
    with pytest.raises(ValueError, match=name):
        KernelDriftVolEstimator(5, evaluation=evaluation, conditioning=None).fit(
            make_var(20, 30)
        )
