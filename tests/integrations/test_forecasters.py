"""Generators as forecasters of sktime and aeon, by their own checks."""

import doctest
import importlib

import numpy as np
import pytest
from numpy.testing import assert_allclose

pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.mark.parametrize("name", ["aeon", "sktime"])
def test_examples_of_the_docstrings(name):
    pytest.importorskip(name, reason=f"{name} is not installed")
    module = importlib.import_module(f"skdiffts.integrations.{name}")
    failed, tried = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert tried > 5
    assert failed == 0


@pytest.fixture
def sktime_forecaster():
    pytest.importorskip("sktime", reason="sktime is not installed")
    from skdiffts.integrations.sktime import SktimeForecaster

    return SktimeForecaster(**SktimeForecaster.get_test_params()[0])


@pytest.fixture
def aeon_forecaster():
    pytest.importorskip("aeon", reason="aeon is not installed")
    from skdiffts.integrations.aeon import AeonForecaster

    return AeonForecaster(**AeonForecaster._get_test_params())


@pytest.fixture
def frame(make_series):
    pd = pytest.importorskip("pandas")
    index = pd.period_range("2000-01", periods=120, freq="M")
    return pd.DataFrame(make_series(120, 2, 0), index=index, columns=["a", "b"])


@pytest.mark.slow
def test_sktime_checks(sktime_forecaster):
    from sktime.utils.estimator_checks import check_estimator

    check_estimator(type(sktime_forecaster), raise_exceptions=True, verbose=False)


def test_sktime_forecasts_are_those_of_the_paths(sktime_forecaster, frame):
    forecaster = sktime_forecaster.fit(frame)
    paths = forecaster.predict_paths([1, 2, 5])
    assert paths.index.names == ["sample", "time"]
    values = paths.to_numpy().reshape(20, 3, 2)
    mean = forecaster.predict([1, 2, 5])
    assert list(mean.index.astype(str)) == ["2010-01", "2010-02", "2010-05"]
    assert_allclose(mean.to_numpy(), values.mean(axis=0))
    quantiles = forecaster.predict_quantiles([1, 2, 5], alpha=[0.1, 0.9])
    for name, column in (("a", 0), ("b", 1)):
        for alpha in (0.1, 0.9):
            expected = np.quantile(values[:, :, column], alpha, axis=0)
            assert_allclose(quantiles[name, alpha], expected)
    interval = forecaster.predict_interval([1, 2, 5], coverage=0.8)
    assert_allclose(interval.to_numpy(), quantiles.to_numpy())


def test_sktime_paths_are_those_of_the_generator(sktime_forecaster, frame):
    """The same generator, asked directly."""
    forecaster = sktime_forecaster.fit(frame)
    dated = frame.set_axis(frame.index.to_timestamp(), axis=0)
    expected = forecaster.generator_.forecast(
        dated, 3, 20, output="array", random_state=forecaster._seed
    )
    paths = forecaster.predict_paths([1, 2, 3]).to_numpy()
    assert_allclose(paths.reshape(20, 3, 2), expected)


def test_sktime_update_moves_the_end(sktime_forecaster, frame):
    forecaster = sktime_forecaster.fit(frame[:100])
    fitted = forecaster.generator_
    forecaster.update(frame[100:], update_params=False)
    assert forecaster.generator_ is fitted
    paths = forecaster.predict_paths([1])
    assert str(paths.index[0][1]) == "2010-01"
    forecaster.update(frame[110:], update_params=True)
    assert forecaster.generator_ is not fitted


def test_aeon_checks(aeon_forecaster):
    from aeon.testing.estimator_checking import check_estimator

    # aeon compares attributes that are no arrays by identity, which no estimator in an
    # attribute passes after a copy; the next test takes its place.
    results = check_estimator(
        type(aeon_forecaster),
        checks_to_exclude="check_non_state_changing_method",
        raise_exceptions=True,
    )
    assert len(results) > 10


def test_aeon_predictions_change_nothing(aeon_forecaster, make_series):
    y = make_series(100, 1, 0)
    forecaster = aeon_forecaster.fit(y, axis=0)
    before = forecaster.predict(y, axis=0)
    other = forecaster.predict(make_series(80, 1, 5), axis=0)
    assert before != other
    assert forecaster.predict(y, axis=0) == before


def test_aeon_prediction_is_the_mean_of_the_paths(aeon_forecaster, make_series):
    for d, target in ((1, 0), (2, 0), (2, 1)):
        y = make_series(100, d, 0)
        forecaster = aeon_forecaster.set_params(horizon=3, target=target)
        forecaster.fit(y, axis=0)
        paths = forecaster.predict_paths(y)
        assert paths.shape == (20, 3, d)
        expected = paths[:, -1, target].mean()
        assert_allclose(forecaster.predict(y, axis=0), expected)
