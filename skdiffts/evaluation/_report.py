"""HTML page of an evaluation, with its charts drawn by matplotlib."""

from html import escape
from io import StringIO

__all__ = ["draw", "html_page"]

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #222; margin: 2rem auto;
       max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin-bottom: 1.5rem; }
th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #ddd; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left; }
figure { margin: 0; }
svg { width: 100%; height: auto; }
"""

NOTE = (
    "All data are divided by the standard deviations of the training rows. Standard "
    "error: block jackknife. Floor: the metric between two halves of the test data, or "
    "for forecasts with a member of the ensemble as outcome. Training: the metric with "
    "the training data in place of the generated, or with training rows as forecasts."
)

NO_MATPLOTLIB = (
    "The charts are missing because matplotlib is not installed: run "
    "`pip install skdiffts[plot]` and write the report again."
)

# Colours of Okabe and Ito, which the colour-blind tell apart, as in the displays.
COLORS = {"training": "#7F7F7F", "test": "#D55E00", "generated": "#0072B2"}
OTHER_COLOR = "#000000"

N_COLUMNS = 2


def html_page(columns, rows, charts, description=""):
    """Write a page that holds words, a table and charts, and loads nothing."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Evaluation of a generator</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<h1>Evaluation of a generator</h1>\n<p>{escape(description)}</p>\n"
        f"<p>{escape(NOTE)}</p>\n"
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n"
        f"{_figure(charts) if charts else ''}\n</body>\n</html>\n"
    )


def draw(charts):
    """Draw charts as the panels of one matplotlib figure."""
    from matplotlib.figure import Figure

    n_rows = -(-len(charts) // N_COLUMNS)
    figure = Figure(figsize=(4.8 * N_COLUMNS, 3.0 * n_rows), layout="constrained")
    axes = figure.subplots(n_rows, N_COLUMNS, squeeze=False).ravel()
    for axis, chart in zip(axes, charts, strict=False):
        entries = {
            label: axis.plot(x, y, color=COLORS.get(label, OTHER_COLOR), linewidth=1.1)[
                0
            ]
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
        )
    for spare in axes[len(charts) :]:
        spare.remove()
    return figure


def _figure(charts):
    """Write the charts as an ``svg`` element, or why there are none."""
    try:
        from matplotlib import rc_context
    except ImportError:
        return f"<p>{escape(NO_MATPLOTLIB)}</p>"
    page = StringIO()
    # A fixed salt gives the elements the same names in each run.
    with rc_context({"svg.hashsalt": "skdiffts", "svg.fonttype": "none"}):
        metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        draw(charts).savefig(page, format="svg", metadata=metadata)
    svg = page.getvalue()
    # Without the prolog of a file.
    return f"<figure>{svg[svg.index('<svg') :]}</figure>"
