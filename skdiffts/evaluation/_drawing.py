"""Drawings of charts by matplotlib, as SVG elements of an HTML page."""

import re
from html import escape
from io import StringIO

__all__ = ["draw", "figures"]

NO_MATPLOTLIB = (
    "The charts are missing because matplotlib is not installed: run "
    "`pip install skdiffts[plot]` and write the report again."
)

# Colours of Okabe and Ito, which the colour-blind tell apart, as in the displays.
COLORS = {
    "training": "#7F7F7F",
    "held-out": "#D55E00",
    "generated": "#0072B2",
    "5 % quantile": "#56B4E9",
    "1 % quantile": "#0072B2",
}
OTHER_COLOR = "#000000"


def draw(chart):
    """Draw a chart as a matplotlib figure with one pair of axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 3.0), layout="constrained")
    axis = figure.subplots()
    entries = {
        label: axis.plot(x, y, color=COLORS.get(label, OTHER_COLOR), linewidth=1.1)[0]
        for label, x, y in chart.lines
    }
    # Names of columns are text, dollars included.
    axis.set_title(chart.title, fontsize="medium", pad=22, parse_math=False)
    axis.set_xlabel(chart.x_label)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(
        entries.values(),
        entries.keys(),
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=3,
        frameon=False,
        fontsize="small",
        borderaxespad=0.2,
        columnspacing=1.0,
        handlelength=1.2,
    )
    return figure


def figures(charts):
    """Write charts as ``figure`` elements with captions, or why there are none."""
    try:
        from matplotlib import rc_context
    except ImportError:
        return f"<p>{escape(NO_MATPLOTLIB)}</p>"
    # A fixed salt gives the elements the same names in each run.
    with rc_context({"svg.hashsalt": "skdiffts", "svg.fonttype": "none"}):
        parts = [
            f"<figure>{_svg(chart, k)}"
            f"<figcaption>{escape(chart.note)}</figcaption></figure>"
            for k, chart in enumerate(charts)
        ]
    return "\n".join(['<div class="charts">', *parts, "</div>"])


def _svg(chart, number):
    """Write a chart as an ``svg`` element whose identifiers are its own in the page."""
    page = StringIO()
    metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    draw(chart).savefig(page, format="svg", metadata=metadata)
    svg = page.getvalue()
    svg = svg[svg.index("<svg") :]  # without the prolog of a file
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>chart{number}-", svg)
