"""Weighted scenarios as tables."""

import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts.integrations import to_scenario_dataset, to_scenario_frame

pd = pytest.importorskip("pandas", reason="pandas is not installed")

PATHS = np.random.RandomState(0).standard_normal((3, 4, 2))
WEIGHTS = [2.0, 0.0, 6.0]


def test_frame_holds_rows_and_weights():
    frame = to_scenario_frame(PATHS, WEIGHTS, columns=["a", "b"])
    assert list(frame.columns) == ["a", "b", "weight"]
    assert frame.index.names == ["scenario", "time"]
    assert_array_equal(frame[["a", "b"]].to_numpy(), PATHS.reshape(12, 2))
    assert_array_equal(frame["weight"].to_numpy(), np.repeat([0.25, 0.0, 0.75], 4))
    mean = (frame["a"] * frame["weight"]).groupby("time").sum()
    assert_allclose(mean, 0.25 * PATHS[0, :, 0] + 0.75 * PATHS[2, :, 0])


def test_equal_weights_and_paths_of_several_lengths():
    frame = to_scenario_frame([PATHS[0], PATHS[1, :2]])
    assert_array_equal(frame["weight"], 0.5)
    assert frame.index.get_level_values("scenario").tolist() == [0] * 4 + [1] * 2
    # Forecasts of a panel: each sample of each path is a scenario.
    frame = to_scenario_frame(np.zeros((2, 3, 4, 1)))
    assert_allclose(frame["weight"], 1 / 6)


def test_frames_of_a_generator_keep_their_times(make_series, quick):
    index = pd.date_range("2020-01-01", periods=120, freq="D")
    X = pd.DataFrame(make_series(120, 2, 0), index=index, columns=["a", "b"])
    paths = quick().fit(X).forecast(X, 5, 4, random_state=0)
    frame = to_scenario_frame(paths, [1, 2, 3, 4])
    assert frame.index.get_level_values("time")[0] == pd.Timestamp("2020-04-30")
    assert_allclose(frame["weight"].groupby("scenario").first(), [0.1, 0.2, 0.3, 0.4])
    assert_allclose(frame[["a", "b"]].to_numpy(), paths.to_numpy())


def test_dataset_is_the_frame():
    pytest.importorskip("xarray", reason="xarray is not installed")
    dataset = to_scenario_dataset(PATHS, WEIGHTS, columns=["a", "b"])
    assert dict(dataset.sizes) == {"scenario": 3, "time": 4}
    assert_array_equal(dataset["b"], PATHS[:, :, 1])
    mean = dataset.weighted(dataset["weight"]).mean("scenario")["a"]
    assert_allclose(mean, 0.25 * PATHS[0, :, 0] + 0.75 * PATHS[2, :, 0])
    with pytest.raises(ValueError, match="2 scenarios and 4 times, and 6 rows"):
        to_scenario_dataset([PATHS[0], PATHS[1, :2]])


def test_no_xarray(monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ImportError, match="pip install xarray"):
        to_scenario_dataset(PATHS)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, 2.0], r"weights has shape \(2,\) for 3 paths"),
        ([1.0, -1.0, 3.0], "least value -1"),
        ([0.0, 0.0, 0.0], "sum 0"),
    ],
)
def test_errors(weights, message):
    with pytest.raises(ValueError, match=message):
        to_scenario_frame(PATHS, weights)
    with pytest.raises(ValueError, match="a column 'weight'"):
        to_scenario_frame(PATHS, columns=["a", "weight"])
