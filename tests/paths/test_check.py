"""Arrays, stacks and lists: what is read, and what is refused with which words."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import check_is_fitted

from skdiffts._paths import check_paths


class Copier(TransformerMixin, BaseEstimator):
    """Give back what came in."""

    def __init__(self, min_length=1):
        self.min_length = min_length

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def fit(self, X, y=None):
        paths = check_paths(self, X, reset=True, min_length=self.min_length)
        self.n_paths_ = paths.n_paths
        return self

    def transform(self, X):
        check_is_fitted(self)
        paths = check_paths(self, X, reset=False)
        return paths.restore(paths.values)


def grid(*shape, dtype=np.float64):
    return np.arange(np.prod(shape), dtype=dtype).reshape(shape)


@pytest.mark.parametrize("min_length", [1, 2])
def test_scikit_learn_takes_the_validator(min_length):
    assert not get_tags(Copier()).input_tags.allow_nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # checks that are skipped
        check_estimator(Copier(min_length))


def test_two_dimensions_are_one_path(read):
    paths = read(grid(4, 2))
    assert (paths.container, paths.n_paths) == ("rows", 1)
    assert (paths.n_rows, paths.n_features) == (4, 2)
    assert not paths.samples_are_paths
    assert paths.times is None


def test_list_of_lists_of_numbers_is_one_path(read):
    paths = read([[1, 2], [3, 4], [5, 6]])
    assert paths.container == "rows"
    assert_array_equal(paths.values, [[1, 2], [3, 4], [5, 6]])


def test_three_dimensions_are_a_stack(read):
    X = grid(3, 4, 2)
    paths = read(X)
    assert paths.container == "stack"
    assert paths.samples_are_paths
    assert_array_equal(paths.indptr, [0, 4, 8, 12])
    assert_array_equal(paths.values, X.reshape(12, 2))


@pytest.mark.parametrize("container", [list, tuple])
def test_two_dimensional_items_are_a_list(read, container):
    paths = read(container([grid(2, 3), grid(1, 3), grid(4, 3)]))
    assert paths.container == "list"
    assert paths.samples_are_paths
    assert_array_equal(paths.indptr, [0, 2, 3, 7])
    assert_array_equal(paths.lengths, [2, 1, 4])


def test_object_array_of_paths_is_a_list(read):
    X = np.empty(2, dtype=object)
    X[:] = [grid(2, 3), grid(4, 3)]
    paths = read(X)
    assert paths.container == "list"
    assert_array_equal(paths.lengths, [2, 4])


def test_objects_that_convert_to_arrays_are_read(read):
    class Tensor:
        shape = (2, 3, 1)

        def __array__(self, dtype=None, copy=None):
            return grid(2, 3, 1).astype(dtype or float)

    assert read(Tensor()).container == "stack"
    assert read([Tensor.__array__(None)[0], grid(2, 1)]).n_rows == 5


@pytest.mark.parametrize("X", [grid(5, 2), grid(3, 5, 2), [grid(5, 2), grid(3, 2)]])
def test_number_of_features_is_the_width_not_the_length(X):
    estimator = BaseEstimator()
    check_paths(estimator, X, reset=True)
    assert estimator.n_features_in_ == 2
    check_paths(estimator, grid(7, 2), reset=False)
    with pytest.raises(ValueError, match="3 features, but BaseEstimator is expecting"):
        check_paths(estimator, grid(2, 2, 3), reset=False)
    with pytest.raises(ValueError, match="item 0 of X: X has 3 features"):
        check_paths(estimator, [grid(2, 3)], reset=False)


def test_equal_paths_across_containers(read):
    X = grid(3, 4, 2)
    stack, items, rows = read(X), read(list(X)), read(X[0])
    assert_array_equal(stack.values, items.values)
    assert_array_equal(stack.indptr, items.indptr)
    assert_array_equal(items.split(items.values)[0], rows.values)


@pytest.mark.parametrize(
    ("came_in", "kept"),
    [("f4", "f4"), ("f8", "f8"), ("i8", "f8"), ("i2", "f8"), ("?", "f8"), ("f2", "f8")],
)
def test_values_are_float64_and_the_float_dtype_is_kept(read, came_in, kept):
    for X in (
        np.ones((3, 2), came_in),
        np.ones((2, 3, 2), came_in),
        [np.ones((3, 2), came_in)],
    ):
        paths = read(X)
        assert paths.values.dtype == np.float64
        assert paths.dtype == np.dtype(kept)


def test_dtype_of_a_mixed_list_holds_all_items(read):
    assert read([np.ones((2, 1), "f4"), np.ones((2, 1), "f8")]).dtype == np.float64


@pytest.mark.parametrize(
    "X",
    [
        np.asfortranarray(grid(4, 3)),
        grid(8, 3)[::2],
        grid(3, 4).T,
        np.asfortranarray(grid(2, 4, 3)),
        [np.asfortranarray(grid(4, 3))],
    ],
)
def test_values_are_contiguous(read, X):
    assert read(X).values.flags.c_contiguous


@pytest.mark.parametrize("shape", [(4, 2), (3, 4, 2)])
def test_read_only_input_is_read_and_not_written(read, shape):
    X = grid(*shape)
    X.setflags(write=False)
    before = X.copy()
    for container in (X, list(X) if X.ndim == 3 else [X]):
        paths = read(container)
        paths.restore(paths.values * 2)
        paths.per_sample(paths.values[:, 0])
    assert_array_equal(X, before)


def test_dict_is_refused_but_sparse_dok_meets_scikit_learn(read):
    with pytest.raises(TypeError, match=r"X is a dict of paths: pass list\(X.values"):
        read({0: grid(3, 2)})
    with pytest.raises(TypeError, match="Sparse data was passed"):
        read(sparse.dok_array(grid(3, 2)))


@pytest.mark.parametrize("X", [[], ()])
def test_empty_list_is_refused(read, X):
    with pytest.raises(ValueError, match="holds no path: pass at least one 2-D array"):
        read(X)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (grid(3), "Reshape your data"),
        ([1.0, 2.0], "Reshape your data"),
        (np.float64(3.0), "Expected 2D array, got scalar array instead"),
        (np.empty((0, 2)), r"0 sample\(s\)"),
        (np.empty((3, 0)), r"0 feature\(s\)"),
        (np.empty((0, 3, 2)), r"0 sample\(s\)"),
        (np.empty((2, 3, 0)), r"0 feature\(s\)"),
        (grid(3, 2) * 1j, "Complex data not supported"),
        (grid(2, 3, 2) * 1j, "Complex data not supported"),
        (grid(2, 2, 2, 2), "dim 4"),
        (np.array([["a", "b"]]), "could not convert string to float"),
    ],
)
def test_messages_of_scikit_learn_come_through(read, X, message):
    with pytest.raises(ValueError, match=message):
        read(X)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (grid(3, 4), r"item 1 of X has shape \(3, 4\): pass \(n_rows, 2\)"),
        (grid(3), r"item 1 of X has shape \(3,\): pass \(n_rows, 2\)"),
        (grid(3, 2) * 1j, "item 1 of X: Complex data not supported"),
        (
            np.full((3, 2), np.nan),
            r"X contains NaN in row 0 of path 1, column 0 \(and 5",
        ),
        (np.full((3, 2), np.inf), "X contains infinity in row 0 of path 1, column 0"),
    ],
)
def test_bad_item_of_a_list_is_named(read, second, message):
    with pytest.raises(ValueError, match=message):
        read([grid(3, 2), second])


def test_short_single_path_gets_the_words_of_scikit_learn(read):
    with pytest.raises(ValueError, match=r"1 sample\(s\).*minimum of 2 is required"):
        read(grid(1, 3), min_length=2)
    assert read(grid(2, 3), min_length=2).n_rows == 2


@pytest.mark.parametrize("n_rows", [0, 1])
def test_short_path_of_a_panel_is_named(read, n_rows):
    message = (
        rf"path 3 of X has {n_rows} row\(s\); at least 2 are needed: drop it or "
        "lengthen it."
    )
    with pytest.raises(ValueError, match=message):
        read([grid(4, 2)] * 3 + [grid(n_rows, 2)], min_length=2)
    with pytest.raises(ValueError, match=rf"path 0 of X has {n_rows} row\(s\)"):
        read(np.empty((3, n_rows, 2)), min_length=2)


def test_empty_path_of_a_panel_is_refused(read):
    with pytest.raises(ValueError, match=r"path 1 of X has 0 row\(s\); at least 1 is"):
        read([grid(4, 2), grid(0, 2)])


def test_nothing_is_set_when_lengths_or_widths_are_wrong():
    estimator = BaseEstimator()
    for X in ([grid(3, 2), grid(1, 2)], [grid(3, 2), grid(3, 1)], grid(3, 1, 2)):
        with pytest.raises(ValueError, match="of X has"):
            check_paths(estimator, X, reset=True, min_length=2)
    assert not vars(estimator)


@pytest.mark.parametrize("shape", [(3, 1), (2, 3, 1)])
@pytest.mark.parametrize("dtype", ["datetime64[ns]", "timedelta64[s]"])
def test_arrays_of_dates_are_refused(read, shape, dtype):
    with pytest.raises(ValueError, match=r"X holds dates or durations \((date|time)"):
        read(np.ones(shape, dtype="int64").astype(dtype))
