"""scikit-learn's contract: its own checks, and those it runs only on itself."""

import inspect
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, TimeSeriesSplit
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdiffts import KernelDriftVolEstimator
from skdiffts._validation import transform_output

VARIANTS = [
    KernelDriftVolEstimator(conditioning=None),
    KernelDriftVolEstimator(degree=0, kernel="gaussian", conditioning=None),
    KernelDriftVolEstimator(n_neighbors=5, conditioning=None),
]
ROWS_ARE_ONE_PATH = {
    "check_methods_sample_order_invariance": (
        "rows of a 2-D array are one path, whose order is its time; "
        "test_properties.py tests the order of the paths of a panel"
    ),
    "check_methods_subset_invariance": (
        "the residual of a row needs the row before it; "
        "test_properties.py tests subsets of the paths of a panel"
    ),
}
# A listed check that passes fails the run, where scikit-learn can tell (1.8 on).
STRICT = (
    {"xfail_strict": True}
    if "xfail_strict" in inspect.signature(parametrize_with_checks).parameters
    else {}
)
# What scikit-learn runs on its own estimators but not on others.
UNLISTED = [
    "check_param_validation",
    "check_dataframe_column_names_consistency",
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_set_output_transform_polars",
    "check_global_output_transform_pandas",
    "check_global_set_output_transform_polars",
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
    "check_get_feature_names_out_error",
    "check_inplace_ensure_writeable",
]


@parametrize_with_checks(
    VARIANTS, expected_failed_checks=lambda estimator: ROWS_ARE_ONE_PATH, **STRICT
)
def test_scikit_learn_checks(estimator, check):
    # Their data have few rows, to which n_neighbors=5 is rightly clipped.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "n_neighbors=5 is larger", UserWarning)
        check(estimator)


NEED_ARRAYS = [
    "check_set_output_transform_pandas",
    "check_global_output_transform_pandas",
]


class ArrayByDefault(KernelDriftVolEstimator):
    """Arrays where scikit-learn's checks take it for granted that they come back.

    They relabel the default output, where a frame has its labels already.
    """

    def transform(self, X):
        residuals = super().transform(X)
        return residuals if transform_output(self) != "default" else np.array(residuals)


@pytest.mark.parametrize("estimator", VARIANTS, ids=repr)
@pytest.mark.parametrize("name", UNLISTED)
def test_unlisted_checks(estimator, name):
    if name in NEED_ARRAYS:
        estimator = ArrayByDefault(**estimator.get_params())
    if "pandas" in name or "dataframe" in name:
        pytest.importorskip("pandas")
    if "polars" in name:
        pytest.importorskip("polars")
    check = getattr(estimator_checks, name)
    with warnings.catch_warnings():
        if "output" in name:  # these fit a frame and transform an array, or reverse
            warnings.filterwarnings("ignore", "X .*feature names", UserWarning)
        check(type(estimator).__name__, clone(estimator))


# Tuning: what a search does to the estimator, where no failure may hide as a NaN.


def _walk(seed, *shape):
    return np.random.RandomState(seed).standard_normal(shape).cumsum(axis=-2)


@pytest.mark.parametrize(
    ("X", "splitter"),
    [
        (_walk(0, 60, 2), TimeSeriesSplit(3)),
        (_walk(1, 9, 15, 2), KFold(3, shuffle=True, random_state=0)),
        ([_walk(i, 10 + i, 2) for i in range(6)], KFold(3)),
    ],
    ids=["rows", "stack", "list"],
)
def test_grid_search(X, splitter):
    grid = {
        "n_neighbors": [5, "all", "auto"],
        "degree": [0, 1],
        "neighbors": [NearestNeighbors(algorithm="kd_tree")],
        "neighbors__leaf_size": [10, 30],
    }
    search = GridSearchCV(
        KernelDriftVolEstimator(conditioning=None),
        grid,
        cv=splitter,
        error_score="raise",
    ).fit(X)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert np.isfinite(search.score(X))


def test_two_fits_agree_to_the_bit():
    X = _walk(2, 2100, 1)  # more transitions than the selection scores
    first, second = (
        KernelDriftVolEstimator(conditioning=None).fit(X) for _ in range(2)
    )
    assert first.n_neighbors_ == second.n_neighbors_
    np.testing.assert_array_equal(first.selection_.scores, second.selection_.scores)
    np.testing.assert_array_equal(first.loo_residuals_, second.loo_residuals_)
