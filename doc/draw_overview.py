"""Draw the picture of README and home page again, from examples/plot_overview.py."""

import runpy
from functools import partial
from pathlib import Path
from unittest import mock

import matplotlib as mpl
import matplotlib.pyplot as plt

DOC = Path(__file__).parent


def main():
    """Run the example and keep its figure."""
    mpl.use("Agg")
    picture = DOC / "_static" / "overview.png"
    with mock.patch.object(plt, "show", partial(plt.savefig, picture, dpi=110)):
        runpy.run_path(str(DOC.parent / "examples" / "plot_overview.py"))


if __name__ == "__main__":
    main()
