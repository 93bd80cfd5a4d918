"""DriftFieldDisplay draws drift and volatility where they belong."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator

from skdiffts import KernelDriftVolEstimator
from skdiffts.datasets import make_double_well, make_van_der_pol, make_var_mixture
from skdiffts.plotting import DriftFieldDisplay


@pytest.fixture(scope="module")
def well():
    X, truth = make_double_well(600, random_state=0)
    dynamics = KernelDriftVolEstimator(
        150, shrinkage=0.2, dt=truth.dt, conditioning=None
    ).fit(X)
    return X, truth, dynamics


@pytest.fixture(scope="module")
def oscillator():
    X, truth = make_van_der_pol(600, random_state=0)
    dynamics = KernelDriftVolEstimator(
        100, shrinkage=0.2, dt=truth.dt, conditioning=None
    ).fit(X)
    return X, truth, dynamics


def test_curves_of_one_feature(well):
    X, truth, dynamics = well
    display = DriftFieldDisplay.from_estimator(dynamics, X, truth=truth)
    x = np.linspace(*np.quantile(X, [0.005, 0.995]), 100)
    drift, covariance = dynamics.coefficients(x[:, None])
    for line, expected in zip(
        display.lines_, (drift[:, 0], np.sqrt(covariance[:, 0, 0])), strict=True
    ):
        assert_allclose(line.get_xdata(), x)
        assert_allclose(line.get_ydata(), expected)
    true_drift, true_volatility = display.true_lines_
    assert_allclose(true_drift.get_ydata(), x - x**3)
    assert_allclose(true_volatility.get_ydata(), 0.7)
    assert "per time unit" in display.axes_[0].get_ylabel()
    (histogram,) = (p for p in display.axes_[0].patches if p.get_label()[0] == "h")
    height, edges, _ = histogram.get_data()
    counts = np.histogram(X, edges)[0]
    assert_allclose(height, 0.2 * counts / counts.max())
    assert_allclose(edges[[0, -1]], x[[0, -1]])
    assert display.axes_[1].get_ylim()[0] == 0.0


def test_states_in_any_order():
    states = np.array([[2.0], [0.0], [1.0]])
    display = DriftFieldDisplay.from_predictions(
        states, -states, (4.0 * states**2)[:, :, None]
    )
    assert_array_equal(display.lines_[0].get_xdata(), [0, 1, 2])
    assert_array_equal(display.lines_[0].get_ydata(), [0, -1, -2])
    assert_array_equal(display.lines_[1].get_ydata(), [0, 2, 4])


def test_arrows_of_two_features(oscillator):
    X, truth, dynamics = oscillator
    display = DriftFieldDisplay.from_estimator(
        dynamics, X, truth=truth, grid_resolution=12
    )
    drift, covariance = dynamics.coefficients(display.states)
    quiver = display.quiver_
    assert_allclose(quiver.XY, display.states)
    assert_allclose(np.column_stack([quiver.U, quiver.V]), drift)
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    relative = variance / variance.mean(axis=0)
    assert_allclose(quiver.get_array(), np.sqrt(relative.mean(axis=1)))
    true = display.true_quiver_
    assert_allclose(np.column_stack([true.U, true.V]), truth.drift(display.states))
    # Both in data units, an arrow being the drift over the time in the title.
    time = float(display.axes_[0].get_title("right").split()[-3])
    assert quiver.scale_units == true.scale_units == "xy"
    assert_allclose([quiver.scale, true.scale], 1 / time)
    span = np.ptp(display.states, axis=0)
    lengths = np.linalg.norm(time * drift / span, axis=1)
    assert_allclose(np.quantile(lengths, 0.9), 1 / 12, rtol=0.06)


def test_arrows_stay_near_the_data(oscillator):
    X, _, dynamics = oscillator
    states = DriftFieldDisplay.from_estimator(dynamics, X, grid_resolution=15).states
    low, high = np.quantile(X, [0.005, 0.995], axis=0)
    step = (high - low) / 14
    near = np.linalg.norm((states[:, None] - X) / step, axis=2).min(axis=1)
    assert near.max() < 1
    assert 30 < len(states) < 200  # the middle of the cycle is empty
    on_grid = (states - low) / step
    assert_allclose(on_grid, on_grid.round(), atol=1e-6)


def test_units_of_a_feature_do_not_change_colors(oscillator):
    X, truth, _ = oscillator
    states = X[:50]
    scale = np.array([1000.0, 1.0])
    a = truth.covariance(states)
    first = DriftFieldDisplay.from_predictions(states, truth.drift(states), a)
    second = DriftFieldDisplay.from_predictions(
        states * scale, truth.drift(states) * scale, a * np.outer(scale, scale)
    )
    assert_allclose(second.quiver_.get_array(), first.quiver_.get_array())


def test_names_and_preprocessor(generator, X):
    frame = pd.DataFrame(X, columns=["rain (mm)", "wind (m/s)"])
    display = DriftFieldDisplay.from_estimator(generator, frame, grid_resolution=5)
    assert display.axes_[0].get_xlabel() == "rain (mm), preprocessed"
    assert np.abs(display.states).max() < 5  # X is about 10, its scaled values not
    drift, _ = generator.dynamics_.coefficients(display.states)
    assert_allclose(display.drift, drift)
    dynamics = KernelDriftVolEstimator("all", shrinkage=0.5, conditioning=None).fit(
        frame
    )
    display = DriftFieldDisplay.from_estimator(dynamics, frame, grid_resolution=5)
    assert display.axes_[0].get_ylabel() == "wind (m/s)"


def test_errors(well, generator, X):
    _, truth, dynamics = well
    with pytest.raises(ValueError, match="truth has 1 features and X 2"):
        DriftFieldDisplay.from_estimator(generator, X, truth=truth)
    distribution = make_var_mixture(2, 2, random_state=0)[1]
    with pytest.raises(ValueError, match="truth is in the units of X"):
        DriftFieldDisplay.from_estimator(generator, X, truth=distribution)
    with pytest.raises(ValueError, match="X has 3 features; a field"):
        DriftFieldDisplay.from_estimator(dynamics, np.zeros((9, 3)))
    for resolution in (0, 1):
        with pytest.raises(ValueError, match=f"grid_resolution == {resolution}, must"):
            DriftFieldDisplay.from_estimator(generator, X, grid_resolution=resolution)
    with pytest.raises(ValueError, match="constant feature 0"):
        DriftFieldDisplay.from_estimator(dynamics, np.zeros((9, 1)))
    states = np.zeros((4, 2))
    with pytest.raises(ValueError, match=r"covariance has shape \(4, 2\)"):
        DriftFieldDisplay.from_predictions(states, states, states)


def test_dynamics_that_need_a_past(well):
    class Remembering(BaseEstimator):
        """Dynamics that do not know the drift of a row without a past."""

        def fit(self, X):
            self.fitted_ = True
            return self

        def coefficients(self, X):
            n, length, d = X.shape
            assert length == 1  # no grid point may pass for the past of another
            return np.full((n, d), np.nan), np.full((n, d, d), np.nan)

    X = well[0]
    with pytest.raises(ValueError, match="conditioned on the state alone"):
        DriftFieldDisplay.from_estimator(Remembering().fit(X), X)
