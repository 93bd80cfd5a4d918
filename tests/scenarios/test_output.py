"""Containers of scenarios and of quantiles."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.scenarios import (
    InRange,
    ScenarioGenerator,
    forecast_quantiles,
    select_scenarios,
)

DAYS = pd.bdate_range("2024-01-01", periods=100, name="day")
FALL = InRange(column=1, measure="change", high=-1.0)


class Frames(BaseEstimator):
    """Generator of another package, which gives long frames and knows no output."""

    def fit(self, X, y=None):
        return self

    def sample(self, n_paths, length, *, x0=None, random_state=None):
        values = np.random.RandomState(random_state).standard_normal(
            (n_paths, length, 1)
        )
        index = pd.MultiIndex.from_product([range(n_paths), DAYS[:length]])
        return pd.DataFrame(values.reshape(-1, 1), index=index, columns=["x"])

    def forecast(self, X, horizon, n_samples, *, random_state=None):
        return self.sample(n_samples, horizon, random_state=random_state)


@pytest.fixture(scope="module")
def frame():
    noise = np.random.RandomState(0).standard_normal((100, 2)).cumsum(axis=0)
    return pd.DataFrame(noise, index=DAYS, columns=["a", "b"]).astype({"b": "float32"})


@pytest.fixture(scope="module")
def generator(frame):
    return GenerativeTimeSeries(
        sampler=KernelDensity(bandwidth=0.3),
        dynamics=KernelDriftVolEstimator(conditioning=None),
    ).fit(frame)


def test_scenarios_are_frames_with_dates(frame, generator):
    scenarios = ScenarioGenerator(FrozenEstimator(generator), FALL).fit(frame)
    draw = scenarios.draw(20, 6, x0="last", random_state=0)
    assert draw.paths.index.names == ["path", "day"]
    assert_array_equal(draw.paths.dtypes, frame.dtypes)
    assert_array_equal(draw.paths.index.levels[0], range(20))
    for path in (0, 19):
        part = draw.paths.loc[path]
        assert_array_equal(part.index, pd.bdate_range(DAYS[-1], periods=6))
        assert part["b"].iloc[-1] - part["b"].iloc[0] <= -1.0
    sampled = scenarios.sample(20, 6, x0="last", random_state=0)
    pd.testing.assert_frame_equal(sampled, draw.paths)
    array = scenarios.sample(20, 6, x0="last", output="array", random_state=0)
    assert_allclose(array.reshape(-1, 2), sampled, rtol=1e-6)
    polars = scenarios.sample(20, 6, x0="last", output="polars", random_state=0)
    assert isinstance(polars, pl.DataFrame)
    assert_array_equal(polars[["a", "b"]].to_numpy(), sampled.to_numpy())
    assert polars["path"].to_list() == np.repeat(range(20), 6).tolist()


def test_scenarios_keep_the_times_of_their_starts(frame, generator):
    scenarios = ScenarioGenerator(FrozenEstimator(generator), FALL).fit(frame)
    found = scenarios.sample(30, 3, x0="states", random_state=0)
    first = found.groupby("path").head(1).droplevel("path")
    pd.testing.assert_frame_equal(first, frame.loc[first.index])
    assert len(first.index.unique()) > 5


def test_scenarios_start_at_a_label_or_a_row(frame, generator):
    scenarios = ScenarioGenerator(FrozenEstimator(generator), FALL).fit(frame)
    row = frame.iloc[40]
    expected = scenarios.sample(4, 3, x0=DAYS[40], random_state=0)
    assert expected.index[0] == (0, DAYS[40])
    for x0 in (row, frame.iloc[[40]]):
        found = scenarios.sample(4, 3, x0=x0, random_state=0)
        pd.testing.assert_index_equal(found.index, expected.index)
    assert len(scenarios.sample(4, 3, x0={"a": 0.0, "b": 1.0}, random_state=0)) == 12
    for x0 in (frame.iloc[:2], {"a": [0.0, 1.0], "b": 0.0}):
        with pytest.raises(
            ValueError, match=r"x0 .*; pass one row, which all paths share"
        ):
            scenarios.sample(4, 3, x0=x0)


def test_conditions_hold_for_the_numbers_that_come_out():
    """A condition on integers is met by the rounded paths."""
    counts = np.random.RandomState(0).poisson(4.0, size=(200, 1))
    X = pd.DataFrame(counts, columns=["n"])
    generator = GenerativeTimeSeries(
        sampler=KernelDensity(bandwidth=0.3),
        dynamics=KernelDriftVolEstimator(conditioning=None),
    )
    scenarios = ScenarioGenerator(generator, InRange(high=2.8)).fit(X)
    last = scenarios.sample(200, 5, random_state=0).groupby("path").last()
    assert last["n"].max() == 2  # 2.6 would be in the range, but 3 is not


def test_generators_that_know_no_output_are_welcome(frame):
    scenarios = ScenarioGenerator(Frames(), InRange(low=0.0)).fit(None)
    found = scenarios.sample(7, 3, random_state=0)
    assert len(found) == 21
    assert (found.groupby(level=0).last() >= 0.0).all(axis=None)
    with pytest.raises(ValueError, match="output='array', but the sample of the gener"):
        scenarios.sample(7, 3, output="array")
    found = forecast_quantiles(Frames(), None, 3, n_samples=200, random_state=0)
    assert found.index.names == ["quantile", "day"]
    draws = Frames().forecast(None, 3, 200, random_state=0).to_numpy().reshape(200, 3)
    expected = np.quantile(draws, (0.05, 0.5, 0.95), axis=0)
    assert_allclose(found.to_numpy().ravel(), expected.ravel())


def test_selected_paths_stay_in_their_container(generator):
    array = generator.sample(300, 5, output="array", random_state=0)
    chosen = select_scenarios(array, FALL, 10, random_state=0).paths
    for output in ("pandas", "polars"):
        frame = generator.sample(300, 5, output=output, random_state=0)
        found = select_scenarios(frame, FALL, 10, random_state=0).paths
        assert type(found) is type(frame)
        named = InRange(column="b", measure="change", high=-1.0)
        again = select_scenarios(frame, named, 10, random_state=0).paths
        assert again.equals(found)
        assert_allclose(found[["a", "b"]].to_numpy(), chosen.reshape(-1, 2), rtol=1e-6)


@pytest.mark.parametrize("output", ["auto", "pandas", "polars"])
def test_quantiles_are_frames_with_dates(frame, generator, output):
    options = {"quantiles": [0.9, 0.1], "n_samples": 50, "random_state": 0}
    found = forecast_quantiles(generator, frame, 3, output=output, **options)
    array = forecast_quantiles(generator, frame, 3, output="array", **options)
    assert array.shape == (2, 3, 2)
    assert_allclose(found[["a", "b"]].to_numpy(), array.reshape(-1, 2), rtol=1e-6)
    if output == "polars":
        assert found.columns == ["quantile", "day", "a", "b"]
        found = found.to_pandas().set_index(["quantile", "day"])
    assert found.index.names == ["quantile", "day"]
    days = pd.bdate_range(DAYS[-1], periods=4)[1:]
    assert found.index.tolist() == [
        (level, day) for level in (0.9, 0.1) for day in days
    ]


def test_quantiles_of_panels(frame, generator):
    panel = pd.concat([frame, frame.iloc[:50]], keys=["x", "y"], names=["share", "day"])
    options = {"n_samples": 20, "random_state": 0}
    found = forecast_quantiles(generator, panel, 2, **options)
    array = forecast_quantiles(generator, panel, 2, output="array", **options)
    assert array.shape == (2, 3, 2, 2)
    assert found.index.names == ["share", "quantile", "day"]
    assert_allclose(found.to_numpy(), array.reshape(-1, 2), rtol=1e-6)
    assert_array_equal(found.loc[("y", 0.5)].index, DAYS[50:52])
    repeated = forecast_quantiles(generator, frame, 2, quantiles=[0.5, 0.5], **options)
    assert_array_equal(repeated.iloc[:2], repeated.iloc[2:])
