"""Panels larger than memory: written block by block, and read as a subsample of paths."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import parallel_config
from numpy.testing import assert_array_equal

from skdiffts.generation import SamplingPlan
from skdiffts.integrations import draw_paths, sample_to_parquet

pytest.importorskip("pyarrow", reason="pyarrow is not installed")


@pytest.fixture(scope="module")
def frame_generator(make_series, quick):
    """Generator fitted to a frame with dates, names and a column of integers."""
    days = pd.date_range("2024-01-01", periods=120, freq="D", name="day")
    X = pd.DataFrame(make_series(), index=days, columns=["wind", "visits"])
    X["visits"] = (5.0 + 2.0 * X["visits"]).round().astype(int)
    return quick().set_params(support=None).fit(X)


@pytest.mark.parametrize("block_rows", [1, 3000, 10**9])
def test_files_are_the_sample(frame_generator, tmp_path, block_rows):
    """Three groups of 256 paths in one, two or three files."""
    options = {"x0": "states", "random_state": 3}
    whole = frame_generator.sample(600, 7, **options)
    directory = tmp_path / "paths"
    files = sample_to_parquet(
        frame_generator, directory, 600, 7, block_rows=block_rows, **options
    )
    assert len(files) == {1: 3, 3000: 2, 10**9: 1}[block_rows]
    assert sorted(directory.iterdir()) == files
    found = pd.read_parquet(directory)
    pd.testing.assert_frame_equal(found, whole.reset_index(), check_freq=False)


def test_jobs_change_nothing(frame_generator, tmp_path):
    first = sample_to_parquet(
        frame_generator, tmp_path / "a", 600, 5, block_rows=1, random_state=0
    )
    frame_generator.set_params(n_jobs=2)
    with parallel_config("threading"):
        second = sample_to_parquet(
            frame_generator, tmp_path / "b", 600, 5, block_rows=1, random_state=0
        )
    frame_generator.set_params(n_jobs=None)
    for a, b in zip(first, second, strict=True):
        assert a.read_bytes() == b.read_bytes()


def test_arrays_get_names_of_strings(make_series, quick, tmp_path):
    generator = quick().fit(make_series())
    sample_to_parquet(generator, tmp_path / "paths", 3, 4, x0="last", random_state=0)
    found = pd.read_parquet(tmp_path / "paths")
    assert list(found.columns) == ["path", "time", "0", "1"]
    whole = generator.sample(3, 4, x0="last", random_state=0)
    assert_array_equal(found[["0", "1"]].to_numpy().reshape(3, 4, 2), whole)


def test_a_directory_with_files_is_left_alone(frame_generator, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(ValueError, match="holds files; pass an empty one"):
        sample_to_parquet(frame_generator, tmp_path, 3, 4)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_progress_is_told(frame_generator, tmp_path, capsys):
    sample_to_parquet(
        frame_generator, tmp_path / "a", 300, 4, block_rows=1, verbose=2, random_state=0
    )
    assert "sample_to_parquet: 2 of 2, part-000001.parquet" in capsys.readouterr().out


@pytest.mark.slow
def test_memory_is_that_of_a_block(make_series, quick, tmp_path):
    generator = quick().fit(make_series())

    def peak(n_paths, name):
        tracemalloc.start()
        sample_to_parquet(
            generator, tmp_path / name, n_paths, 100, block_rows=1, random_state=0
        )
        _, largest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return largest

    peak(256, "warm")
    assert peak(256 * 8, "eight") < 1.5 * peak(256, "one")


@settings(max_examples=10)
@given(st.integers(1, 700), st.integers(1, 4), st.integers(1, 3000))
def test_blocks_of_a_plan_are_the_sample(make_series, quick, n_paths, length, rows):
    generator = quick().fit(make_series())
    options = {"x0": "states", "random_state": 1}
    plan = SamplingPlan.of(generator, n_paths, length, **options)
    blocks = [block.paths() for block in plan.blocks(rows)]
    whole = generator.sample(n_paths, length, **options)
    assert_array_equal(np.concatenate(blocks), whole)


def test_paths_of_files_are_drawn_whole(frame_generator, tmp_path):
    """Files with several paths each; only whole ones, once each, in their order."""
    directory = tmp_path / "paths"
    sample_to_parquet(
        frame_generator, directory, 600, 20, block_rows=1, x0="last", random_state=0
    )
    drawn = draw_paths(directory, 300, time="day", random_state=0)
    assert len(drawn) == 15
    whole = frame_generator.sample(600, 20, x0="last", random_state=0)
    numbers = []
    for frame in drawn:
        assert frame.index.name == "day"
        first = np.isclose(whole["wind"].to_numpy()[1::20], frame["wind"].iloc[1])
        [number] = np.flatnonzero(first)
        numbers.append(number)
        pd.testing.assert_frame_equal(frame, whole.loc[number], check_freq=False)
    assert numbers == sorted(set(numbers))
    assert numbers[0] < 256 < numbers[-1]  # of several files
    again = draw_paths(directory, 300, time="day", random_state=0)
    assert all(a.equals(b) for a, b in zip(drawn, again, strict=True))
    generator = frame_generator
    refitted = type(generator)(**generator.get_params(deep=False)).fit(drawn)
    assert refitted.sample(2, 5, random_state=0).shape == (10, 2)


def test_windows_of_memory_mapped_arrays(make_series, tmp_path):
    X = make_series(n=5000)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    tracemalloc.start()
    drawn = draw_paths([mapped], 1000, window=100, random_state=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 1000 * 2 * 8 + 100_000
    assert [path.shape for path in drawn] == [(100, 2)] * 10
    for path in drawn:
        [start] = np.flatnonzero((path[0] == X).all(axis=1))
        assert_array_equal(path, X[start : start + 100])
        assert not isinstance(path, np.memmap)


def test_each_path_is_as_likely_as_another(make_series):
    panel = np.arange(40.0).reshape(10, 4, 1)
    counts = np.zeros(10)
    for seed in range(300):
        for path in draw_paths([panel, panel[:0]], 12, random_state=seed):
            counts[int(path[0, 0]) // 4] += 1
    assert counts.sum() == 900
    assert np.abs(counts - 90.0).max() < 5.0 * np.sqrt(90.0 * 0.7)


def test_wrong_sources_are_named():
    with pytest.raises(
        ValueError, match=r"max_rows=3 is less than each of the 2 paths"
    ):
        draw_paths([np.zeros((2, 5, 1))], 3)
    with pytest.raises(ValueError, match=r"sources has an array of shape \(4,\)"):
        draw_paths([np.zeros(4)], 3)
