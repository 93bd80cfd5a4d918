"""ForwardPathsDisplay shows what the processes draw."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from numpy.testing import assert_array_equal

from skdiffts.plotting import ForwardPathsDisplay
from skdiffts.sde import COU, OU

X = np.array([[-2.0, 5.0], [2.0, 5.0], [3.0, 6.0], [-1.0, 7.0]])
PROCESSES = {"OU": OU(theta=2.0, sigma=1.0), "COU": COU(theta=2.0, sigma=1.0)}


def test_lines_are_the_paths_of_each_process():
    times = [0.0, 0.5, 1.0]
    display = ForwardPathsDisplay.from_estimator(
        PROCESSES, X, times=times, feature=1, random_state=3
    )
    for lines, (name, sde) in zip(display.lines_, PROCESSES.items(), strict=True):
        expected = sde.sample_path(X, times, 3)[..., 1]
        assert len(lines) == len(X)
        for line, path in zip(lines, expected.T, strict=True):
            assert_array_equal(line.get_xydata(), np.column_stack([times, path]))
        assert_array_equal(display.paths[name], expected)


def test_starts_below_the_median_have_a_colour_of_their_own():
    display = ForwardPathsDisplay.from_estimator(PROCESSES, X, random_state=0)
    colours = [to_rgb(line.get_color()) for line in display.lines_[0]]
    assert colours[0] == colours[3]
    assert colours[1] == colours[2]
    assert colours[0] != colours[1]
    # The starts come together under one process and part under the other.
    gaps = [
        np.ptp(rows[-1].reshape(4)[[0, 2]]) / np.ptp(rows[0][[0, 2]])
        for rows in display.paths.values()
    ]
    assert gaps[0] < 0.6
    assert gaps[1] > 5.0


def test_axes_may_be_given():
    _, axes = plt.subplots(1, 2)
    display = ForwardPathsDisplay.from_estimator(PROCESSES, X, ax=axes, random_state=0)
    assert_array_equal(display.axes_, axes)
    assert display.figure_ is axes[0].figure


def test_paths_that_do_not_fit_are_named():
    paths = {"OU": np.zeros((3, 5, 2))}
    with pytest.raises(ValueError, match=r"paths\['OU'\] has shape \(3, 5, 2\)"):
        ForwardPathsDisplay.from_predictions([0.0, 1.0], paths)
    with pytest.raises(ValueError, match="feature=2"):
        ForwardPathsDisplay.from_predictions([0.0, 0.5, 1.0], paths, feature=2)
