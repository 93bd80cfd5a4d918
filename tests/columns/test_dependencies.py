"""Dependent columns: what is found, what is not, and that nothing is lost."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator

from skdiffts._paths import check_paths
from skdiffts.columns import DependentColumns


def rows(n=60, d=2, seed=0):
    return np.random.RandomState(seed).standard_normal((n, d))


def shares(n=60, d=3, whole=1.0):
    parts = np.exp(rows(n, d))
    return whole * parts / parts.sum(axis=1, keepdims=True)


def stacked(*columns):
    return np.column_stack(columns)


A, B = rows().T
CASES = {
    "constant": (stacked(A, np.full(60, 7.0)), [1], "x1 = 7"),
    "zero": (stacked(np.zeros(60), A), [0], "x0 = 0"),
    "duplicate": (stacked(A, B, A), [2], "x2 = x0"),
    "total": (stacked(A, B, A + B), [2], "x2 = x0 + x1"),
    "total first": (stacked(A + B, A, B), [2], "x2 = x0 - x1"),
    "shares": (shares(), [2], "x2 = 1 - x0 - x1"),
    "percent": (shares(whole=100.0), [2], "x2 = 100 - x0 - x1"),
    "other units": (stacked(A, 32.0 + 1.8 * A), [1], "x1 = 32 + 1.8 x0"),
    "opposite": (stacked(A, -A), [1], "x1 = -x0"),
    "mean": (stacked(A, B, (A + B) / 2.0), [2], "x2 = 0.5 x0 + 0.5 x1"),
    "two relations": (
        stacked(A, np.full(60, 2.5), A + B, B),
        [1, 3],
        "x1 = 2.5, x3 = -x0 + x2",
    ),
    "far scales": (stacked(1e-9 * A, 1e9 * B, 1e18 * A), [2], "x2 = 1e+27 x0"),
    "prices": (stacked(1e4 + A, 1e4 + B, 2e4 + A + B), [2], "x2 = x0 + x1"),
    "sums of rows": (stacked(A, B, A + B).cumsum(axis=0), [2], "x2 = x0 + x1"),
    "integers": (stacked(*(rows() * 10.0).round().T, (rows() * 10.0).round().sum(1)),
                 [2], "x2 = x0 + x1"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_exact_relations_are_found_and_restored(case):
    X, dependent, words = CASES[case]
    columns = DependentColumns.fit(X)
    assert columns.dependent.tolist() == dependent
    assert str(columns).replace("= x2 - x0", "= -x0 + x2") == words
    free = columns.reduce(X)
    assert free.shape == (60, X.shape[1] - len(dependent))
    back = columns.restore(free)
    assert_array_equal(back[:, columns.free], free)
    size = np.abs(X).max(axis=0)
    assert (np.abs(back - X) <= 1e-13 * size).all()
    columns.check(X)


def test_what_is_simple_is_restored_to_the_bit():
    X = stacked(A, np.full(60, 0.1), A, B, A + B)
    columns = DependentColumns.fit(X)
    assert_array_equal(columns.restore(columns.reduce(X)), X)


@pytest.mark.parametrize(
    "X",
    [
        stacked(A, A + 1e-7 * B),
        stacked(A, A + 1e-11 * B),
        stacked(A, B, A + B + 1e-9 * rows(seed=3)[:, 0]),
        stacked(A, B, (A + B).round(6)),
        shares().round(4),
        stacked(A, np.append(np.full(59, 7.0), 7.0 + 1e-9)),
        stacked(A, A**2),
        stacked(A, np.append(A[:-1], 0.0)),
        stacked(np.exp(A), np.exp(B), np.exp(A + B)),
    ],
)
def test_noise_of_its_own_keeps_a_column(X):
    columns = DependentColumns.fit(X)
    assert len(columns.dependent) == 0
    assert columns.reduce(X) is X
    assert columns.restore(X) is X
    assert str(columns) == ""
    columns.check(-X)


@pytest.mark.parametrize("n", [3, 5, 9, 12, 30])
def test_few_rows_make_no_relation(n):
    assert len(DependentColumns.fit(rows(n, 12)).dependent) == 0


def test_nothing_is_left_out_where_no_column_varies():
    assert len(DependentColumns.fit(np.ones((9, 3))).dependent) == 0
    assert len(DependentColumns.fit(np.ones((1, 3))).dependent) == 0


def test_a_nearly_collinear_column_hides_no_relation():
    near = A + 1e-7 * B
    columns = DependentColumns.fit(stacked(A, near, A, near))
    assert str(columns) == "x2 = x0, x3 = x1"


def test_wide_tables():
    X = rows(400, 120)
    X[:, 50] = X[:, :50].sum(axis=1)
    X[:, 119] = X[:, 3]
    columns = DependentColumns.fit(X)
    assert columns.dependent.tolist() == [50, 119]
    assert_allclose(columns.restore(columns.reduce(X)), X, rtol=0.0, atol=1e-13)


def test_single_precision():
    X = np.float32(stacked(100.0 + A, 100.0 + B, 200.0 + A + B))
    paths = check_paths(BaseEstimator(), X, reset=True)
    columns = DependentColumns.of(paths)
    assert str(columns) == "x2 = x0 + x1"
    frame = pd.DataFrame(X, columns=["a", "b", "sum"]).assign(new=rows(seed=2)[:, 0])
    frame["noisy"] = frame["new"] + 1e-8 * rows(seed=5)[:, 0]  # in double precision
    paths = check_paths(BaseEstimator(), frame, reset=True)
    assert str(DependentColumns.of(paths)) == "sum = a + b"


def test_new_rows_must_hold_the_relations():
    X = stacked(A, B, A + B, np.full(60, 7.0))
    columns = DependentColumns.fit(X, labels=["a", "b", "total", "level"])
    new = 1e3 * X
    new[:, 3] = 7.0
    columns.check(new)
    new[5, 2] += 1.0
    with pytest.raises(ValueError, match=r"breaks total = a \+ b, .* row 5: .*'total'"):
        columns.check(new)
    new[2, 3] = 8.0
    with pytest.raises(ValueError, match=r"level = 7.* row 2: .*\['total', 'level'\]"):
        columns.check(new)
    columns.check(np.full((2, 4), np.nan))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_free=st.integers(1, 5),
    n_dependent=st.integers(0, 4),
    offset=st.sampled_from([0.0, 1.0, -250.0]),
    scale=st.sampled_from([1e-6, 1.0, 1e6]),
)
def test_any_affine_columns(seed, n_free, n_dependent, offset, scale):
    """Columns in any order: as many are free as there were, and all come back."""
    rng = np.random.RandomState(seed)
    sources = rng.standard_normal((80, n_free)) * scale + rng.standard_normal(n_free)
    matrix = rng.randint(-3, 4, size=(n_free, n_dependent)) / 2.0
    X = np.column_stack([sources, sources @ matrix + offset])
    X = X[:, rng.permutation(X.shape[1])]
    columns = DependentColumns.fit(X)
    assert len(columns.free) == n_free
    back = columns.restore(columns.reduce(X))
    assert (np.abs(back - X).max(axis=0) <= 1e-12 * np.abs(X).max()).all()
    columns.check(X)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), level=st.sampled_from([0.0, 1e3]))
def test_noise_is_never_dropped(seed, level):
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((50, 3))
    noise = 1e-6 * rng.standard_normal(50)
    X = np.column_stack([X, X @ rng.standard_normal(3) + noise]) + level
    assert len(DependentColumns.fit(X).dependent) == 0
