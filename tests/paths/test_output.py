"""Long frames of simulated rows, and arrays of whatever a generator gives."""

from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal

from skdiffts._paths import (
    Level,
    check_container,
    count_levels,
    is_long_form,
    join_paths,
    relabelled,
    stacked,
    take_paths,
    with_output,
)
from skdiffts._paths._column_types import ColumnType


def make_long(n_paths=3, length=4, names=("path", "time")):
    """The same paths as array, pandas and polars frame."""
    values = np.arange(n_paths * length * 2.0).reshape(n_paths, length, 2)
    index = pd.MultiIndex.from_product([range(n_paths), range(length)], names=names)
    frame = pd.DataFrame(values.reshape(-1, 2), index=index, columns=["a", "b"])
    return {
        "array": values,
        "pandas": frame,
        "polars": pl.from_pandas(frame.reset_index()),
    }


@pytest.mark.parametrize("kind", ["array", "pandas", "polars"])
def test_every_container_is_stacked(kind):
    long = make_long()
    assert_array_equal(stacked(long[kind]), long["array"])
    assert is_long_form(long[kind]) == (kind != "array")
    assert count_levels(long[kind]) == (0 if kind == "array" else 2)
    assert_array_equal(stacked(list(long["array"])), long["array"])


def test_all_levels_but_the_last_name_a_path():
    values = np.arange(24.0).reshape(2, 3, 4, 1)
    index = pd.MultiIndex.from_product([list("ba"), range(3), range(4)])
    frame = pd.DataFrame(values.reshape(-1, 1), index=index)
    assert_array_equal(stacked(frame), values.reshape(6, 4, 1))
    columns = ["share", "sample", "day", "0"]
    polars = pl.from_pandas(frame.reset_index().set_axis(columns, axis=1))
    assert count_levels(polars) == 3
    assert_array_equal(stacked(polars), values.reshape(6, 4, 1))


def test_frames_of_one_path_are_no_long_frames():
    for frame in (
        pd.DataFrame({"path": [1.0], "time": [1.0], "a": [2.0]}),
        pl.DataFrame({"a": [1.0], "path": [2.0]}),
        None,
        [1.0],
    ):
        assert not is_long_form(frame)


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_paths_of_several_lengths_are_refused(kind):
    with pytest.raises(ValueError, match="paths holds paths of 3 to 4 rows; cut"):
        stacked(make_long()[kind][:-1])
    with pytest.raises(ValueError, match="draws holds no rows; pass"):
        stacked(make_long()[kind][:0], "draws")


@pytest.mark.parametrize("kind", ["array", "pandas", "polars"])
def test_chosen_paths_are_numbered_anew(kind):
    paths = make_long()[kind]
    joined = join_paths([take_paths(paths, np.array([2, 0]), 4), paths])
    chosen = take_paths(joined, np.array([0, 4, 0]), 4)
    assert type(chosen) is type(paths)
    assert_array_equal(stacked(chosen), make_long()["array"][[2, 2, 2]])
    if kind == "pandas":
        assert_array_equal(
            chosen.index.get_level_values("path"), np.repeat(range(3), 4)
        )
        assert_array_equal(chosen.index.get_level_values("time"), [*range(4)] * 3)
    if kind == "polars":
        assert chosen["path"].to_list() == np.repeat(range(3), 4).tolist()
        assert chosen["time"].to_list() == [*range(4)] * 3
    empty = take_paths(paths, np.array([], dtype=int), 4)
    assert len(empty) == 0


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_new_labels_and_numbers_keep_the_types(kind):
    frame = make_long()[kind]
    if kind == "pandas":
        frame = frame.astype({"a": "Int16", "b": "float32"})
    else:
        frame = frame.cast({"a": pl.Int16, "b": pl.Float32})
    level = Level("quantile", np.array([0.1, 0.9]), np.array([0, 1, 1]))
    numbers = np.array([[0.5, 0.5], [1.5, 1.5], [2.6, 2.5]])
    found = relabelled(frame, np.array([0, 1, 0]), level, numbers)
    assert list(found.dtypes)[-2:] == list(frame.dtypes)[-2:]
    assert found["a"].to_list() == [0, 2, 3]
    assert found["b"].to_list() == [0.5, 1.5, 2.5]
    labels = found.reset_index() if kind == "pandas" else found
    assert labels["quantile"].to_list() == [0.1, 0.9, 0.9]
    assert labels["time"].to_list() == [0, 1, 0]


def test_generators_are_asked_for_a_container_they_know():
    def with_choice(n, output="auto"):
        return output

    def without_choice(n):
        return "plain"

    assert with_output(with_choice, "array")(1) == "array"
    assert with_output(without_choice, "array")(1) == "plain"
    assert with_output(partial(with_choice, 1), "polars")() == "polars"
    assert with_output(dict, "array") is dict  # no signature
    long = make_long()
    for kind, paths in long.items():
        check_container(paths, kind, "g.sample")
        check_container(paths, "auto", "g.sample")
    with pytest.raises(
        ValueError, match=r"output='array', but g.sample has no .* 'pandas'"
    ):
        check_container(long["pandas"], "array", "g.sample")


@pytest.mark.parametrize(
    ("dtype", "name", "extension"),
    [
        (np.dtype("f4"), "float32", ""),
        (np.dtype("f2"), "float16", ""),
        (np.dtype(">f8"), ">f8", ""),
        (np.dtype("longdouble"), "float64", ""),
        (np.dtype("u1"), "uint8", ""),
        (np.dtype("O"), "float64", ""),
        (np.dtype("c16"), "float64", ""),
        (pd.Int8Dtype(), "int8", "Int8"),
        (pd.BooleanDtype(), "bool", "boolean"),
        (pd.StringDtype(), "float64", ""),
        (pd.CategoricalDtype([1, 2]), "int64", ""),
        (pd.CategoricalDtype(["a"]), "float64", ""),
        (pd.SparseDtype("float32"), "float32", ""),
        (pl.Int16(), "int16", ""),
        (pl.Boolean(), "bool", ""),
        (pl.Decimal(10, 2), "float64", ""),
        (pl.Enum(["a"]), "float64", ""),
    ],
    ids=str,
)
def test_types_of_columns(dtype, name, extension):
    assert ColumnType.of(dtype) == ColumnType(name, extension)


def test_types_of_arrow():
    pa = pytest.importorskip("pyarrow")
    for dtype, name in (
        (pa.int32(), "int32"),
        (pa.float32(), "float32"),
        (pa.bool_(), "bool"),
    ):
        arrow = pd.ArrowDtype(dtype)
        kind = ColumnType.of(arrow)
        assert kind == ColumnType(name, str(arrow))
        assert kind.stored(np.zeros(2)).dtype == arrow
    assert ColumnType.of(pd.ArrowDtype(pa.decimal128(10, 2))) == ColumnType()


@pytest.mark.parametrize(
    ("name", "numbers", "expected"),
    [
        ("int8", [0.5, 1.5, -1.5], np.array([0, 2, -2], np.int8)),
        ("int8", [127.4, -128.5], np.array([127, -128], np.int8)),
        ("int8", [127.6], np.array([128])),
        ("uint8", [-1.0, 2.0], np.array([-1, 2])),
        ("uint64", [2.0**63], np.array([2**63], np.uint64)),
        ("int64", [2.0**63], np.array([2.0**63])),
        ("bool", [0.5, 0.6, 7.0, -3.0], np.array([False, True, True, False])),
        ("float32", [1e39], np.array([1e39])),
        ("float32", [1.5], np.array([1.5], np.float32)),
        ("int8", [], np.array([], np.int8)),
    ],
)
def test_numbers_are_cast_where_they_fit(name, numbers, expected):
    found = ColumnType(name).cast(np.array(numbers))
    assert found.dtype == expected.dtype
    assert_array_equal(found, expected)


def test_extension_types_hold_what_fits():
    kind = ColumnType("int8", "Int8")
    assert str(kind.stored(np.array([3.4])).dtype) == "Int8"
    assert kind.stored(np.array([300.0])).dtype == np.int64
