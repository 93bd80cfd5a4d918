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


def test_columns_are_standardised_by_the_training_rows(benchmark):
    split = benchmark.Split.of("small", benchmark.factor_model(6, 200), 0.7)
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


def test_every_linear_model_has_a_density_and_the_core_the_highest(benchmark):
    split = benchmark.Split.of("small", benchmark.factor_model(30, 400), 0.7)
    values = {}
    for name in ("series", "ridge", "factors", "core"):
        model = benchmark.MODELS[name]().fit(split)
        density = model.log_density(split)
        assert len(density) == len(split.test[0]) - 1
        values[name] = density.mean()
    assert max(values, key=values.get) == "core"


def test_new_subjects_are_scored_from_their_first_row(benchmark):
    rng = np.random.RandomState(0)
    paths = list(rng.standard_normal((10, 30, 3)).cumsum(axis=1))
    split = benchmark.Split.of("panel", paths, 0.7)
    assert not split.continues
    density = benchmark.Core().fit(split).log_density(split)
    assert len(density) == 3 * 29
    assert np.isfinite(density).all()
