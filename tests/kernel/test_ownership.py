"""What is the user's own stays so: data, results, parameters, number types."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors

from skdiffts import KernelDriftVolEstimator
from tests.kernel.strategies import conditioned, estimators, grids, walks


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
    defaults = KernelDriftVolEstimator(conditioning=None).set_params(
        **copy.get_params()
    )
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
