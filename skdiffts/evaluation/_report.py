"""HTML page of an evaluation, with its charts drawn by matplotlib."""

from html import escape
from io import StringIO

__all__ = ["draw", "html_page"]

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #222; margin: 2rem auto;
       max-width: 64rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin-bottom: 1.5rem;
        table-layout: fixed; }
th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #ddd;
         vertical-align: top; }
th:first-child, td:first-child { text-align: left; width: 30%; }
dl { display: grid; grid-template-columns: 14rem 1fr; gap: .2rem 1rem; }
dt { color: #666; }
dd { margin: 0; overflow-wrap: anywhere; }
.verdict { padding: .6rem 1rem; border-left: .5rem solid; background: #f6f6f6; }
.verdict b { font-size: 1.5rem; }
.accept { color: #00694b; }
.caution { color: #8a5a00; font-weight: bold; }
.reject { color: #a33600; font-weight: bold; }
.verdict.caution, .verdict.reject { font-weight: normal; }
figure { margin: 0; }
svg { width: 100%; height: auto; }
"""

HEAD = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Evaluation of a generator</title>
<style>{STYLE}</style>
</head>
<body>
<h1>Evaluation of a generator</h1>"""

VERDICTS = {
    "accept": "The generated data pass: no check rejects them, and no more checks call "
    "for caution than chance explains.",
    "caution": "Use with caution: no check rejects the generated data, but more of them "
    "call for caution than chance explains.",
    "reject": "Do not use as it is: at least one check finds a difference from real data "
    "that is both certain and large, or a failure of its own.",
    "": "No row of this table is judged.",
}

# A sentence on each family of rows, for a reader who has not fitted the model.
FAMILIES = {
    "pairs of rows": "Do two successive rows look like real ones? Are rows copied from "
    "the training data?",
    "paths": "Do whole stretches of time look like real ones: their autocorrelation, "
    "their covariance, what a classifier sees?",
    "functionals": "Are averages right that a user would compute from paths?",
    "returns": "Do the known facts about returns hold, and do trading rules rank as in "
    "the real data?",
    "stability": "Does a simulation that is far longer than the data stay where the "
    "data are?",
    "forecasts, one step": "Is the distribution of the next row right, judged by the rows "
    "that came?",
    "joint forecasts": "Are the forecasts right as a joint distribution? P-values of a "
    "correct model are uniform between 0 and 1.",
    "risk of the portfolio": "Are losses of a portfolio as frequent, as independent and "
    "as large as forecast? P-values of backtests.",
}

NOTE = (
    "Value: the metric between generated and held-out data, all divided by the standard "
    "deviations of the training rows. Ideal: its best value. Standard error: block "
    "jackknife. Floor: the metric between two halves of the held-out data, or for "
    "forecasts with a member of the ensemble as outcome: no generator is expected to be "
    "better. Training: the metric with the training data in place of the generated, or "
    "with random training rows as forecasts."
)

COLUMNS = ("metric", "ideal", "value", "standard error", "floor", "training", "verdict")

OVERALL = (
    "The generator is rejected if one row rejects, and calls for caution if more than a "
    "tenth of the judged rows do. Differences in standard errors come from ten blocks, "
    "so that a right model exceeds 2.5 of them by chance in a row of sixty."
)

NO_MATPLOTLIB = (
    "The charts are missing because matplotlib is not installed: run "
    "`pip install skdiffts[plot]` and write the report again."
)

# Colours of Okabe and Ito, which the colour-blind tell apart, as in the displays.
COLORS = {"training": "#7F7F7F", "test": "#D55E00", "generated": "#0072B2"}
OTHER_COLOR = "#000000"

N_COLUMNS = 2


def html_page(evaluation):
    """Write a page that leads with the verdict, and loads nothing.

    Parameters
    ----------
    evaluation : Evaluation
        Rows, charts and facts.

    Returns
    -------
    str
        HTML document.
    """
    parts = [
        HEAD,
        _verdict(evaluation),
        _facts(evaluation.facts),
        _figure(evaluation.charts) if evaluation.charts else "",
        "<h2>All checks</h2>",
        f"<p>{escape(NOTE)}</p>",
        *_tables(evaluation.rows),
        _rules(evaluation.rows),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _verdict(evaluation):
    """Verdict in a box, with a sentence, numbers of checks, and reasons."""
    verdict, rows = evaluation.verdict, evaluation.rows
    counts = [
        f"{sum(row.verdict == kind for row in rows)} {kind}"
        for kind in ("accept", "caution", "reject")
    ]
    reasons = "".join(f"<li>{escape(text)}</li>" for text in evaluation.reasons())
    return (
        f'<div class="verdict {verdict}"><b>{verdict or "not judged"}</b>'
        f"<p>{escape(VERDICTS[verdict])} Checks: {', '.join(counts)}.</p></div>\n"
        + (f"<h2>Reasons</h2>\n<ul>{reasons}</ul>" if reasons else "")
    )


def _facts(facts):
    """Model, data, dates and versions as a list of terms."""
    if not facts:
        return ""
    terms = "".join(
        f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in facts
    )
    return f"<h2>Model and data</h2>\n<dl>{terms}</dl>"


def _tables(rows):
    """Write a table for each family of rows, with a sentence on it."""
    head = "".join(f"<th>{escape(name)}</th>" for name in COLUMNS)
    for family in dict.fromkeys(row.family for row in rows):
        body = "\n".join(_line(row) for row in rows if row.family == family)
        yield (
            f"<h3>{escape(family)}</h3>\n<p>{escape(FAMILIES.get(family, ''))}</p>\n"
            f"<table>\n<thead><tr>{head}</tr></thead>\n"
            f"<tbody>\n{body}\n</tbody>\n</table>"
        )


def _rules(rows):
    """List the thresholds of the verdicts, and the rows that each of them judges."""
    judged: dict[str, list[str]] = {}
    for row in rows:
        if row.rule is not None:
            judged.setdefault(row.rule.words, []).append(row.name)
    terms = "".join(
        f"<dt>{escape(words)}</dt><dd>{escape(', '.join(names))}</dd>"
        for words, names in judged.items()
    )
    return (
        f"<h2>How verdicts come about</h2>\n<p>{escape(OVERALL)}</p>\n<dl>{terms}</dl>"
        if terms
        else ""
    )


def _line(row):
    """Write a row of a table, which says its thresholds when it is pointed at."""
    cells = "".join(f"<td>{escape(text)}</td>" for text in row.texts()[1:])
    words = "not judged" if row.rule is None else row.rule.words
    verdict = row.verdict
    return (
        f'<tr title="{escape(words)}">{cells}'
        f'<td class="{verdict}">{verdict or "-"}</td></tr>'
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
