"""StylizedFactsDisplay compares panels of one size."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts.metrics import stylized_facts
from skdiffts.plotting import StylizedFactsDisplay
from skdiffts.plotting._stylized_facts import FACTS


@pytest.fixture
def panels():
    rng = np.random.RandomState(0)
    real = rng.standard_t(5, size=(2, 60, 3))
    return real, rng.standard_t(5, size=(41, 60, 3)) * [1.0, 2.0, 0.5]


def test_intervals_are_those_of_panels_of_the_same_size(panels):
    real, generated = panels
    display = StylizedFactsDisplay.from_predictions(real, generated, lags=(1, 2, 5))
    # 41 paths make 20 panels of two.
    facts = [
        stylized_facts(generated[2 * i : 2 * i + 2], lags=(1, 2, 5)) for i in range(20)
    ]
    assert len(display.generated) == 20
    for name in FACTS:
        each = [getattr(fact, name) for fact in facts]
        assert_allclose(
            display.intervals_[name], np.quantile(each, [0.05, 0.5, 0.95], axis=0)
        )
    expected = stylized_facts(real, lags=(1, 2, 5))
    assert_allclose(display.real.excess_kurtosis, expected.excess_kurtosis)


def test_drawn_facts(panels):
    real, generated = panels
    display = StylizedFactsDisplay.from_predictions(real, generated, lags=(1, 2, 5))
    facts = stylized_facts(real, lags=(1, 2, 5))
    (ratio,) = display.real_points_["standard_deviation"]
    assert_allclose(ratio.get_ydata(), 1)
    (kurtosis,) = display.real_points_["excess_kurtosis"]
    assert_allclose(kurtosis.get_ydata(), facts.excess_kurtosis)
    for name in ("autocorrelation", "autocorrelation_of_squares"):
        for j, points in enumerate(display.real_points_[name]):
            assert_array_equal(points.get_xdata(), [1, 2, 5])
            assert_allclose(points.get_ydata(), getattr(facts, name)[:, j])
    pairs = display.axes_[4].containers[0].lines[0]
    upper = np.triu_indices(3, 1)
    assert_allclose(pairs.get_xdata(), facts.cross_correlation[upper])
    assert_allclose(
        pairs.get_ydata(), display.intervals_["cross_correlation"][1][upper]
    )
    # Standard deviations of the second feature are twice the real ones.
    bars = display.axes_[0].containers[0].lines[0].get_ydata()
    scale = facts.standard_deviation
    assert_allclose(bars, display.intervals_["standard_deviation"][1] / scale)
    assert 1.5 < bars[1] < 2.5


def test_many_features_are_averaged():
    rng = np.random.RandomState(0)
    real, generated = rng.standard_normal((40, 9)), rng.standard_normal((30, 40, 9))
    display = StylizedFactsDisplay.from_predictions(real, generated, lags=(1, 3))
    (points,) = display.real_points_["autocorrelation"]
    expected = stylized_facts(real, lags=(1, 3)).autocorrelation.mean(axis=1)
    assert_allclose(points.get_ydata(), expected)
    assert "mean of the features" in display.axes_[2].get_ylabel()
    middle = display.axes_[2].lines[1].get_ydata()
    each = [stylized_facts(path, lags=(1, 3)).autocorrelation for path in generated]
    assert_allclose(middle, np.median(np.mean(each, axis=2), axis=0))


def test_one_feature_has_no_correlation_panel():
    paths = np.random.RandomState(0).standard_normal((9, 50, 1))
    display = StylizedFactsDisplay.from_predictions(paths[0], paths[1:])
    assert len(display.axes_) == 4
    assert len(display.figure_.axes) == 4


def test_from_estimator(generator, X):
    frame = pd.DataFrame(X[:50], columns=["a", "b"])
    display = StylizedFactsDisplay.from_estimator(
        generator, frame, n_panels=6, lags=(1, 2), random_state=0
    )
    paths = generator.sample(6, 50, x0="states", random_state=0)
    expected = stylized_facts(paths[3], lags=(1, 2))
    assert len(display.generated) == 6
    assert_allclose(display.generated[3].autocorrelation, expected.autocorrelation)
    assert display.feature_names == ["a", "b"]


def test_containers_of_a_panel(panels):
    real, generated = panels
    frames = [pd.DataFrame(path, columns=list("abc")) for path in real]
    expected = stylized_facts(real, lags=(1,)).autocorrelation
    for X in (list(real), frames, pd.concat(frames, keys=[0, 1])):
        display = StylizedFactsDisplay.from_predictions(X, generated, lags=(1,))
        assert_allclose(display.real.autocorrelation, expected)
        assert len(display.generated) == 20
    assert display.feature_names == ["a", "b", "c"]
    with pytest.raises(ValueError, match=r"X has paths of 50 to 60 rows.*one length"):
        StylizedFactsDisplay.from_predictions([real[0], real[1, :50]], generated)


def test_errors(panels):
    real, generated = panels
    with pytest.raises(ValueError, match="paths has 1 paths and X 2"):
        StylizedFactsDisplay.from_predictions(real, generated[:1])
    with pytest.raises(ValueError, match="Expected 2D array, got 1D"):
        StylizedFactsDisplay.from_predictions(real[0, :, 0], generated)
    with pytest.raises(ValueError, match="paths has shape"):
        StylizedFactsDisplay.from_predictions(real[:, :, :2], generated)
