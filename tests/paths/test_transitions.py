"""Transitions: the pairs of a plain loop, from any container."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.model_selection import KFold, cross_val_score

from skdiffts._paths import to_transitions


@settings(deadline=None, derandomize=True, max_examples=50)
@given(
    st.lists(st.integers(2, 6), min_size=1, max_size=5),
    st.integers(1, 3),
    st.sampled_from([np.float32, np.float64]),
)
def test_pairs_are_the_ones_of_a_plain_loop(lengths, width, dtype):
    rng = np.random.default_rng(len(lengths))
    X = [rng.normal(size=(n, width)).astype(dtype) for n in lengths]
    pairs = to_transitions(X)
    expected = [[path[i - 1], path[i]] for path in X for i in range(1, len(path))]
    assert_array_equal(pairs, np.array(expected), strict=True)


def test_all_containers_give_the_same_pairs():
    pd = pytest.importorskip("pandas")
    X = np.random.default_rng(0).normal(size=(3, 4, 2))
    index = pd.MultiIndex.from_product([["a", "b", "c"], range(4)])
    expected = np.stack([X[:, :-1], X[:, 1:]], axis=2).reshape(-1, 2, 2)
    assert_array_equal(to_transitions(X), expected)
    assert_array_equal(to_transitions(list(X)), expected)
    long = pd.DataFrame(X.reshape(12, 2), index=index, columns=["u", "v"])
    assert_array_equal(to_transitions(long), expected)
    assert_array_equal(to_transitions(X[0]), expected[:3])


def test_pairs_are_their_own_transitions():
    pairs = to_transitions(np.arange(8.0).reshape(4, 2))
    assert_array_equal(to_transitions(pairs), pairs)


def test_input_is_not_shared():
    X = np.zeros((4, 2))
    to_transitions(X)[:] = 1
    assert not X.any()


def test_a_path_of_one_row_has_no_transition():
    with pytest.raises(ValueError, match=r"1 sample\(s\).*minimum of 2"):
        to_transitions(np.ones((1, 2)))
    with pytest.raises(ValueError, match=r"path 1 of X has 1 row\(s\)"):
        to_transitions([np.ones((2, 2)), np.ones((1, 2))])


def test_shuffled_folds_are_clean():
    # Every increment is 1: a fold that makes a transition which never was shows.
    class Increments(BaseEstimator):
        def fit(self, X, y=None):
            return self

        def score(self, X, y=None):
            return np.ptp(X[:, 1] - X[:, 0])

    pairs = to_transitions(np.arange(20.0)[:, None])
    folds = KFold(5, shuffle=True, random_state=0)
    assert_array_equal(cross_val_score(Increments(), pairs, cv=folds), np.zeros(5))
