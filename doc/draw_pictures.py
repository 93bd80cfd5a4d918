"""Draw the pictures of README, home page, tutorial and guide, from the code that they stand beside."""

import doctest
import runpy
from functools import partial
from pathlib import Path
from unittest import mock

import matplotlib as mpl
import matplotlib.pyplot as plt

from skdiffts.plotting import PathFanDisplay

DOC = Path(__file__).parent
PICTURES = DOC / "_static"


def main():
    """Run the example and keep its figure, and the fan of the tutorial."""
    mpl.use("Agg")
    save = partial(plt.savefig, PICTURES / "overview.png", dpi=110)
    with mock.patch.object(plt, "show", save):
        made = runpy.run_path(str(DOC.parent / "examples" / "plot_overview.py"))
    display = PathFanDisplay.from_estimator(
        made["seasonal"], made["test"], n_paths=40, x0="last", random_state=0
    )
    display.figure_.savefig(PICTURES / "tutorial_fan.png", dpi=80)
    page = run_page("guide/forecasting.rst")
    page["display"].figure_.savefig(PICTURES / "forecast_fan.png", dpi=80)


def run_page(name):
    """Run the examples of a page; what they have defined, by name."""
    text = (DOC / name).read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(text, {}, name, name, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(test, clear_globs=False)
    return test.globs


if __name__ == "__main__":
    main()
