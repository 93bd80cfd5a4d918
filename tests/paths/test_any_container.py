"""Whatever a user brings either fits, or the error names the argument."""

import contextlib
import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator

from skdiffts._paths import check_paths

DTYPES = ["f8", "f4", "i8", "u1", "?", "O", "c16", "U8", "M8[s]", "m8[h]", "S4", ">f8"]
ENTRIES = [
    None,
    np.nan,
    np.inf,
    -1e300,
    1e-300,
    "a",
    "3",
    "",
    {},
    [1.0],
    pd.NA,
    10**400,
]


@st.composite
def arrays(draw, n_dimensions=None):
    n = draw(st.integers(0, 3)) if n_dimensions is None else n_dimensions
    shape = draw(st.tuples(*[st.integers(0, 5)] * n))
    values = np.arange(np.prod(shape, dtype=int)).reshape(shape) % 100
    return values.astype(draw(st.sampled_from(DTYPES)))


@st.composite
def arrays_with_holes(draw):
    array = draw(arrays(draw(st.integers(1, 3)))).astype(object)
    for _ in range(draw(st.integers(0, 3))):
        if array.size:
            where = draw(st.integers(0, array.size - 1))
            array.reshape(-1)[where] = draw(st.sampled_from(ENTRIES))
    if draw(st.booleans()):
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            array = array.astype(np.float64)
    return array


def labels(n):
    """Index or columns of length n, of any type and in any order."""
    choices = [
        st.none(),
        st.just(pd.date_range("2024", periods=n)),
        st.just(pd.date_range("2024", periods=n, tz="Europe/Berlin")[::-1]),
        st.just(pd.period_range("2024", periods=n, freq="M")),
        st.just(pd.date_range("2024", periods=n).astype(str)),
        st.just(pd.date_range("2024", periods=n).date),
        st.permutations(range(n)),
        st.lists(st.sampled_from("abc"), min_size=n, max_size=n),
        st.lists(
            st.sampled_from(["a", 1, 2.5, None, np.nan, ("x", "y"), pd.NaT]),
            min_size=n,
            max_size=n,
        ).map(lambda items: pd.Index(items, dtype=object, tupleize_cols=False)),
        st.lists(
            st.tuples(st.sampled_from("ab"), st.integers(0, 4)), min_size=n, max_size=n
        ).map(lambda items: pd.MultiIndex.from_tuples(items) if items else None),
    ]
    return st.one_of(choices)


@st.composite
def frames(draw):
    array = draw(
        st.one_of(arrays(2), arrays_with_holes().filter(lambda a: a.ndim == 2))
    )
    index, columns = draw(labels(array.shape[0])), draw(labels(array.shape[1]))
    frame = pd.DataFrame(
        array if array.dtype.kind != "S" else array.astype("U8"),
        index=index,
        columns=columns,
    )
    kind = draw(st.sampled_from(["pandas", "convert", "polars", "records", "groupby"]))
    if kind == "convert":
        return frame.convert_dtypes()
    if kind == "polars" and array.dtype.kind in "fiu":
        return pl.DataFrame(array)
    if kind == "records" and frame.columns.is_unique and array.dtype.kind in "fiu":
        return frame.reset_index(drop=True).to_records()
    if kind == "groupby":
        return frame.groupby(np.arange(len(frame)) // 2)
    return frame


@st.composite
def series(draw):
    n = draw(st.integers(0, 4))
    index = draw(labels(n))
    name = draw(st.sampled_from([None, "a", "b", 3, ("x", "y")]))
    return pd.Series(np.arange(float(n)), index=index, name=name)


numbers = st.sampled_from([0.0, 1, True, None, "a", np.nan, np.float32(2.0), b"x"])
items = st.one_of(
    numbers,
    st.lists(numbers, max_size=3),
    st.lists(st.lists(numbers, max_size=3), max_size=3),
    arrays(),
    arrays_with_holes(),
    frames(),
    series(),
)


@st.composite
def nested(draw):
    inside = draw(st.lists(items, max_size=4))
    kind = draw(st.sampled_from(["list", "tuple", "object", "dict", "iter", "equal"]))
    if kind == "equal" and inside:
        return [inside[0]] * draw(st.integers(1, 3))
    if kind == "object":
        array = np.empty(len(inside), dtype=object)
        for i, item in enumerate(inside):
            array[i] = item
        return array
    make = {"tuple": tuple, "iter": iter, "dict": lambda x: dict(enumerate(x))}
    return make.get(kind, list)(inside)


@st.composite
def tables(draw):
    """Numbers with some holes, in a container that holds paths."""
    n_rows, n_columns = draw(st.integers(2, 6)), draw(st.integers(1, 3))
    X = np.arange(float(n_rows * n_columns)).reshape(n_rows, n_columns)
    for row in draw(st.lists(st.integers(0, n_rows - 1), max_size=2)):
        X[row, draw(st.integers(0, n_columns - 1))] = np.nan
    frame = pd.DataFrame(X, draw(labels(n_rows)), draw(labels(n_columns)))
    stacked = np.stack([X, X[::-1]])
    choices = [X, X.tolist(), stacked, [X, X[:1]], list(X.T), tuple(stacked), frame]
    choices += [pl.DataFrame(X), [frame, frame], [frame[c] for c in frame.columns[:1]]]
    return draw(st.sampled_from(choices))


@settings(deadline=None, derandomize=True, max_examples=600)
@given(
    st.one_of(tables(), items, nested()),
    st.sampled_from([{}, {"missing": "break"}, {"allow_nan_rows": True}]),
    st.sampled_from([1, 2]),
    st.sampled_from([None, 1.0, "index"]),
)
def test_a_container_is_read_or_its_argument_is_named(X, options, min_length, dt):
    estimator = BaseEstimator()
    options = {"min_length": min_length, "dt": dt, **options}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = None
        try:
            paths = check_paths(estimator, X, reset=True, **options)
        except (TypeError, ValueError) as error:
            found = error
    if found is not None:
        assert type(found) in (TypeError, ValueError)
        assert re.search(r"\bX\b", str(found)), str(found)
        return
    assert paths.values.dtype == np.float64
    assert paths.values.ndim == 2
    assert estimator.n_features_in_ == paths.n_features > 0
    assert (paths.lengths >= 1).all()
    assert paths.indptr[-1] == paths.n_rows > 0
    if paths.times is not None:
        assert (paths.durations > 0.0).all()
    # The same container is read again, and compared with itself.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = check_paths(estimator, X, reset=False, **options)
    np.testing.assert_array_equal(again.values, paths.values)
