"""The benchmark of high dimension: its protocol, and its models on a small set."""

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

BENCHMARKS = Path(__file__).parents[1] / "examples" / "benchmarks"


@pytest.fixture(scope="module")
def benchmark():
    """The benchmarks are scripts: they import each other by name."""
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(str(BENCHMARKS))
    import high_dimension

    yield high_dimension
    patch.undo()
    for name in [name for name in sys.modules if name.startswith("high_dimension")]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def data(benchmark):
    return sys.modules["high_dimension_data"]


def test_columns_are_standardised_by_the_training_rows(data):
    split = data.Split.of("small", data.factor_model(6, 200), 0.7)
    rows = np.concatenate(split.train)
    assert_allclose(rows.mean(axis=0), 0.0, atol=1e-12)
    assert_allclose(rows.std(axis=0), 1.0)
    assert_array_equal(split.test[0][0], split.train[0][-1])
    assert len(split.train[0]) + len(split.test[0]) - 1 == 200


def test_lags_stand_beside_the_present_row(benchmark):
    x = np.arange(12.0).reshape(6, 2)
    lags = benchmark.own_lags([x])
    assert_array_equal(lags[:, :, 0], x[:-1])
    assert_array_equal(lags[2:, :, 2], x[:-3])
    assert_array_equal(lags[0], np.repeat(x[0][:, np.newaxis], 3, axis=1))


def test_every_linear_model_has_a_density_and_the_core_the_highest(benchmark, data):
    split = data.Split.of("small", data.factor_model(30, 400), 0.7)
    values = {}
    for name in ("series", "ridge", "factors", "core"):
        model = benchmark.MODELS[name]().fit(split)
        density = model.log_density(split)
        assert len(density) == len(split.test[0]) - 1
        values[name] = density.mean()
    assert max(values, key=values.get) == "core"


def test_new_subjects_are_scored_from_their_first_row(benchmark, data):
    rng = np.random.RandomState(0)
    paths = list(rng.standard_normal((10, 30, 3)).cumsum(axis=1))
    split = data.Split.of("panel", paths, 0.7)
    assert not split.continues
    density = benchmark.Core().fit(split).log_density(split)
    assert len(density) == 3 * 29
    assert np.isfinite(density).all()


def test_truth_of_a_simulated_set_is_a_longer_path_of_the_same_model(data, monkeypatch):
    monkeypatch.setattr(data, "N_LONG", 900)
    split = data.load("factor100", None)
    rows = np.concatenate([split.train[0], split.test[0][1:]])
    # The draws of the shorter path come first.
    assert_allclose(data.long_path(split)[:900], rows[:900])
    assert len(data.long_path(split)) == 900


@pytest.mark.parametrize("name", ["series", "ridge", "factors"])
def test_simulated_peers_have_the_moments_of_their_autoregression(
    benchmark, data, name
):
    """Noise with the variance of the residuals, and the slope of the fit."""
    split = data.Split.of("small", data.sparse_var(6, 2000), 0.7)
    model = benchmark.MODELS[name]().fit(split)
    states = np.tile(split.train[0][:1], (20_000, 1))
    [rows] = model.continue_from(states, 1, np.random.RandomState(0)).swapaxes(0, 1)
    residuals = np.diff(split.train[0], axis=0) + split.train[0][:-1]
    residuals -= model._mean(split.train[0][:-1])
    assert_allclose(rows.mean(axis=0), model._mean(states[:1])[0], atol=0.05)
    assert_allclose(rows.std(axis=0), residuals.std(axis=0), rtol=0.08)


def test_forecasts_are_scored_from_held_out_rows(benchmark, data):
    split = data.Split.of("small", data.factor_model(4, 500), 0.7)
    paths = sys.modules["high_dimension_paths"]
    model = benchmark.MODELS["ridge"]().fit(split)
    scores = paths.forecast_scores(model, split)
    assert set(scores) == {12, 24}
    for energy, crps, coverage in scores.values():
        assert 0.0 < energy < 4.0
        assert 0.0 < crps < 4.0
        assert 0.75 < coverage <= 1.0


def test_moments_of_a_path_have_no_error_and_those_of_an_explosion_an_infinite_one(
    benchmark,
):
    paths = sys.modules["high_dimension_paths"]
    x = np.random.RandomState(0).standard_normal((1, 50, 3))
    assert_array_equal(paths.moment_errors(x, paths.moments(x)), 0.0)
    assert np.isinf(paths.moment_errors(x * np.inf, paths.moments(x))).all()
