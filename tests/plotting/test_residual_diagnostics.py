"""ResidualDiagnosticsDisplay: quantiles, autocorrelations and covariance."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm
from sklearn import config_context
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import FunctionTransformer

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.metrics import autocorrelation
from skdiffts.plotting import ResidualDiagnosticsDisplay
from skdiffts.plotting._inputs import model_coordinates


@pytest.fixture
def residuals():
    rng = np.random.RandomState(0)
    return rng.standard_t(6, size=(90, 3)) @ np.diag([1.0, 2.0, 0.5]) + 0.3


def test_quantiles_are_the_sorted_residuals(residuals):
    display = ResidualDiagnosticsDisplay.from_predictions(residuals)
    expected = norm.ppf((np.arange(90) + 0.5) / 90)
    for j, points in enumerate(display.points_):
        assert_allclose(points.get_ydata(), np.sort(residuals[:, j]))
        assert_allclose(points.get_xdata(), expected)
    assert display.axes_[0].get_xlabel() == "quantile of N(0, 1)"


def test_quantiles_of_draws(residuals):
    draws = np.random.RandomState(1).standard_normal((90, 3))
    display = ResidualDiagnosticsDisplay.from_predictions(residuals, draws)
    assert_allclose(display.points_[2].get_xdata(), np.sort(draws[:, 2]))
    assert "draws" in display.axes_[0].get_xlabel()


def test_many_residuals_are_thinned():
    residuals = np.random.RandomState(0).standard_normal((5000, 1))
    display = ResidualDiagnosticsDisplay.from_predictions(residuals)
    x, y = display.points_[0].get_data()
    assert len(x) == 500
    assert_allclose(y, np.quantile(residuals, norm.cdf(x), method="hazen"))


def test_autocorrelations_of_one_path(residuals):
    display = ResidualDiagnosticsDisplay.from_predictions(residuals, max_lag=7)
    lags = np.arange(1, 8)
    for lines, power, axis in zip(
        display.lines_, (1, 2), display.axes_[1:3], strict=True
    ):
        expected = autocorrelation(residuals, lags, power=power)
        for j, line in enumerate(lines):
            assert_array_equal(line.get_xdata(), lags)
            assert_allclose(line.get_ydata(), expected[:, j])
        band = axis.patches[0].get_extents().transformed(axis.transData.inverted())
        assert_allclose([band.y0, band.y1], np.array([-1.96, 1.96]) / np.sqrt(90))


def test_lags_stay_within_a_path(residuals):
    gap = np.full((1, 3), np.nan)
    parts = [residuals[:40], residuals[40:55], residuals[55:]]
    stacked = np.concatenate([np.concatenate([gap, part]) for part in parts])
    display = ResidualDiagnosticsDisplay.from_predictions(stacked, max_lag=3)
    centred = residuals - residuals.mean(axis=0)
    variance = np.mean(centred**2, axis=0)
    bounds = [0, 40, 55, 90]
    for i, lag in enumerate((1, 2, 3)):
        pairs = [
            (a, a + lag)
            for start, stop in pairwise(bounds)
            for a in range(start, stop - lag)
        ]
        products = [centred[a] * centred[b] for a, b in pairs]
        assert_allclose(
            display.autocorrelation[i], np.mean(products, axis=0) / variance
        )
    assert display.n_residuals == 90
    assert_allclose(display.covariance, np.cov(residuals.T, bias=True))


def test_covariance_is_shown_beside_the_identity(residuals):
    display = ResidualDiagnosticsDisplay.from_predictions(residuals)
    covariance = np.cov(residuals.T, bias=True)
    assert_allclose(display.image_.get_array(), covariance - np.eye(3))
    low, high = display.image_.get_clim()
    assert low == -high
    numbers = [text.get_text() for text in display.axes_[3].texts]
    assert numbers == [f"{value:z.2f}" for value in covariance.ravel()]
    assert "-0.00" not in numbers


def test_many_features_have_no_legend():
    residuals = np.random.RandomState(0).standard_normal((60, 12))
    display = ResidualDiagnosticsDisplay.from_predictions(residuals)
    assert display.axes_[0].get_legend() is None
    assert len(display.axes_[3].texts) == 0
    assert len(display.lines_[1]) == 12


def test_from_a_generator_behind_a_preprocessor(generator, X):
    display = ResidualDiagnosticsDisplay.from_estimator(
        generator, X, n_samples=500, random_state=0
    )
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    residuals = generator.dynamics_.transform(scaled)[1:]
    assert_allclose(display.covariance, np.cov(residuals.T, bias=True))
    draws = generator.sampler_.sample(500, random_state=0)
    probabilities = (np.arange(149) + 0.5) / 149
    expected = np.quantile(draws, probabilities, axis=0, method="hazen")
    assert_allclose(display.reference_quantiles, expected)


def test_containers_of_a_generator(generator, X):
    rows = generator.preprocessor_.transform(X)
    frame = pd.DataFrame(X, columns=["a", "b"])
    mapped = model_coordinates(generator, frame)
    assert list(mapped.columns) == ["a", "b"]
    assert_array_equal(mapped, rows)
    assert_array_equal(
        model_coordinates(generator, X.reshape(3, 50, 2))[1], rows[50:100]
    )
    assert_array_equal(model_coordinates(generator, [X[:9], X[9:]])[1], rows[9:])
    with config_context(transform_output="pandas"):
        assert_array_equal(model_coordinates(generator, X), rows)


def test_from_dynamics_with_names(X):
    frame = pd.DataFrame(X, columns=["a", "b"])
    dynamics = KernelDriftVolEstimator("all", shrinkage=0.5, conditioning=None).fit(
        frame
    )
    display = ResidualDiagnosticsDisplay.from_estimator(dynamics, frame)
    assert display.feature_names == ["a", "b"]
    assert display.reference_name == "N(0, 1)"
    assert_allclose(
        display.covariance, np.cov(dynamics.transform(frame)[1:].T, bias=True)
    )
    # Arrays are read as they are, without a word about names.
    panel = np.stack([X[:70], X[70:140]])
    display = ResidualDiagnosticsDisplay.from_estimator(dynamics, panel)
    assert display.n_residuals == 138


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_lag": 0}, "max_lag=0 must lie between 1 and 89"),
        ({"max_lag": 90}, "max_lag=90 must lie"),
        ({"draws": np.zeros((5, 2))}, "draws has 2 features and residuals 3"),
        ({"feature_names": ["a"]}, "feature_names has 1"),
    ],
)
def test_errors(residuals, arguments, message):
    with pytest.raises(ValueError, match=message):
        ResidualDiagnosticsDisplay.from_predictions(residuals, **arguments)


def test_estimator_without_dynamics(generator, X):
    with pytest.raises(TypeError, match="StandardScaler has no whiten"):
        ResidualDiagnosticsDisplay.from_estimator(generator.preprocessor_, X)


def test_rows_that_the_preprocessor_refuses():
    logarithm = FunctionTransformer(np.log, np.exp)
    X = np.exp(np.random.RandomState(0).standard_normal((60, 2)))
    generator = GenerativeTimeSeries(
        KernelDriftVolEstimator("all", shrinkage=0.5, conditioning=None),
        KernelDensity(bandwidth=0.3),
        preprocessor=logarithm,
    ).fit(X)
    assert_array_equal(model_coordinates(generator, X), np.log(X))
    with pytest.raises(ValueError, match="maps rows of X to NaN or infinity; pass"):
        ResidualDiagnosticsDisplay.from_estimator(generator, X - 1.0)


def test_gaps_behind_a_preprocessor():
    """Where the dynamics take rows with NaN for gaps, so do the displays."""
    X = np.exp(np.random.RandomState(0).standard_normal((60, 2)))
    X[20] = np.nan
    generator = GenerativeTimeSeries(
        KernelDriftVolEstimator(
            "all", shrinkage=0.5, missing="break", conditioning=None
        ),
        KernelDensity(bandwidth=0.3),
        preprocessor=FunctionTransformer(np.log, np.exp),
    )
    for container in (np.asarray, pd.DataFrame):
        fitted = generator.fit(container(X))
        display = ResidualDiagnosticsDisplay.from_estimator(fitted, container(X))
        assert display.n_residuals == 57


def test_labels_reach_the_preprocessor(X):
    """Also where the data have none, and where the generator has seen none."""
    frame = pd.DataFrame(X - X.min() + 1.0, columns=["a", "b"])
    by_name = FunctionTransformer(
        lambda X: X.assign(a=np.log(X["a"])), lambda X: X.assign(a=np.exp(X["a"]))
    )
    generator = GenerativeTimeSeries(
        KernelDriftVolEstimator("all", shrinkage=0.5, conditioning=None),
        KernelDensity(bandwidth=0.3),
        preprocessor=by_name,
    ).fit(frame)
    mapped = model_coordinates(generator, frame)
    assert_array_equal(mapped["a"], np.log(frame["a"]))
    assert_array_equal(model_coordinates(generator, frame.to_numpy()), mapped)
    displays = [
        ResidualDiagnosticsDisplay.from_estimator(generator, data, random_state=0)
        for data in (frame, frame.to_numpy())
    ]
    assert_allclose(displays[0].covariance, displays[1].covariance, rtol=1e-12)
