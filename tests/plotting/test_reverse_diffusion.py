"""ReverseDiffusionDisplay shows the draws of each noise level."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts.plotting import ReverseDiffusionDisplay

TIMES = [1.0, 0.3, 0.0]


@pytest.fixture
def draws():
    noise = np.random.RandomState(0).standard_normal((3, 80, 4))
    return noise + np.array([0.0, 10.0, 20.0, 30.0])


def test_scatter_of_two_features(draws):
    display = ReverseDiffusionDisplay.from_predictions(
        TIMES, draws, draws[2, :50], features=(3, 1)
    )
    for i, points in enumerate(display.points_):
        assert_array_equal(points.get_xydata(), draws[i][:, [3, 1]])
    assert [axis.get_title("right") for axis in display.axes_] == [
        "t = 1",
        "t = 0.3",
        "t = 0",
    ]
    assert display.axes_[1].get_xlabel() == "x3"
    assert display.axes_[1].get_ylabel() == "x1"
    # Data stand beside the draws at time zero alone.
    assert [len(axis.lines) for axis in display.axes_] == [1, 1, 2]
    assert_array_equal(display.axes_[2].lines[0].get_xydata(), draws[2, :50][:, [3, 1]])


def test_histogram_of_one_feature(draws):
    display = ReverseDiffusionDisplay.from_predictions(TIMES, draws, features=(2,))
    for i, steps in enumerate(display.points_):
        height, edges, _ = steps.get_data()
        assert_allclose(np.sum(height * np.diff(edges)), 1)
        expected, _ = np.histogram(draws[i, :, 2], edges, density=True)
        assert_allclose(height, expected)
    alone = ReverseDiffusionDisplay.from_predictions(TIMES, draws, features=2)
    assert_array_equal(alone.draws, draws[:, :, [2]])
    single = ReverseDiffusionDisplay.from_predictions(TIMES, draws[:, :, :1])
    assert single.axes_[0].get_ylabel() == "density"


def test_limits_are_shared_unless_noise_dwarfs_the_data(draws):
    shared = ReverseDiffusionDisplay.from_predictions(TIMES, draws)
    assert len({axis.get_xlim() for axis in shared.axes_}) == 1
    assert len({axis.get_ylim() for axis in shared.axes_}) == 1
    loud = draws * np.array([50.0, 5.0, 1.0])[:, None, None]
    own = ReverseDiffusionDisplay.from_predictions(TIMES, loud)
    assert len({axis.get_xlim() for axis in own.axes_}) == 3
    for axis, rows in zip(own.axes_, loud, strict=True):
        low, high = axis.get_xlim()
        assert low < rows[:, 0].min() < rows[:, 0].max() < high


def test_from_a_generator(generator):
    display = ReverseDiffusionDisplay.from_estimator(
        generator, generator.residuals_, n_samples=60, random_state=0
    )
    times, draws = generator.sampler_.sample_at_times(60, random_state=0)
    assert_array_equal(display.times, times)
    assert_array_equal(display.draws, draws)
    assert_array_equal(display.data, generator.residuals_)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"times": [1.0, 0.0]}, r"draws has shape \(3, 80, 4\); pass \(2,"),
        ({"features": (0, 4)}, r"features=\(0, 4\) must be one or two"),
        ({"features": (0, 1, 2)}, "one or two"),
        ({"features": ()}, "one or two"),
    ],
)
def test_errors(draws, arguments, message):
    arguments = {"times": TIMES, "draws": draws} | arguments
    with pytest.raises(ValueError, match=message):
        ReverseDiffusionDisplay.from_predictions(**arguments)
