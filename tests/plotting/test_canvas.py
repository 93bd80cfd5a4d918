"""Panels, and matplotlib that is imported late."""

import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest

from skdiffts import plotting
from skdiffts.plotting import PathFanDisplay
from skdiffts.plotting._canvas import PALETTE, feature_colors, lighter


def test_import_needs_neither_matplotlib_nor_torch():
    code = (
        "import sys; sys.modules['matplotlib'] = None; import skdiffts.plotting; "
        "print('torch' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["False"]


@pytest.mark.parametrize("name", plotting.__all__)
def test_missing_matplotlib_is_named_before_any_work(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    display = getattr(plotting, name)
    message = rf"^{name} draws with matplotlib; run `pip install skdiffts\[plot\]`\.$"
    # None as the first argument would fail in any other way.
    arguments = [None] * (2 if name != "LossCurveDisplay" else 1)
    with pytest.raises(ImportError, match=message):
        display.from_estimator(*arguments)
    arguments = {"DriftFieldDisplay": 3, "ReverseDiffusionDisplay": 2}.get(name, 1)
    of_two = {"ForwardPathsDisplay", "PathFanDisplay", "StylizedFactsDisplay"}
    arguments = 2 if name in of_two else arguments
    with pytest.raises(ImportError, match=message):
        display.from_predictions(*[None] * arguments)


def test_plot_uses_the_given_axes(paths):
    figure, axes = plt.subplots(1, 2)
    display = PathFanDisplay.from_predictions(paths[0], paths, ax=axes)
    assert display.figure_ is figure
    assert list(display.axes_) == list(axes)
    assert plt.get_fignums() == [figure.number]
    again = display.plot()
    assert again is display
    assert display.figure_ is not figure


@pytest.mark.parametrize("n", [1, 3])
def test_wrong_number_of_axes(paths, n):
    axes = plt.subplots(1, n)[1]
    with pytest.raises(ValueError, match=f"ax holds {n} Axes and PathFan.* draws 2"):
        PathFanDisplay.from_predictions(paths[0], paths, ax=axes)


def test_colors():
    assert len(set(feature_colors(7))) == 7
    assert set(feature_colors(8)) == {"#7F7F7F"}
    assert feature_colors(3) == list(PALETTE[:3])
    np.testing.assert_allclose(lighter("#000000", 0.25), 0.75)
    np.testing.assert_allclose(lighter("#0080FF", 1.0), [0, 128 / 255, 1])


@pytest.mark.parametrize("name", plotting.__all__)
def test_fitted_state_follows_the_convention(name):
    display = getattr(plotting, name)
    assert {"from_estimator", "from_predictions", "plot"} <= set(vars(display))
