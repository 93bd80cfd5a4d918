"""HTML page of an evaluation: verdict, reasons, facts, pictures and tables."""

from html import escape

from skdiffts.evaluation._drawing import figures
from skdiffts.evaluation._verdicts import ACCEPT, CAUTION, REJECT, overall

__all__ = ["html_page"]

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #222; margin: 2rem auto;
       max-width: 64rem; padding: 0 1rem; overflow-wrap: break-word; }
.scroll { overflow-x: auto; margin-bottom: 1.5rem; }
table { border-collapse: collapse; width: 100%; min-width: 48rem;
        table-layout: fixed; }
th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #ddd;
         vertical-align: top; }
th:first-child, td:first-child { text-align: left; width: 30%; }
dl { display: grid; grid-template-columns: 14rem 1fr; gap: .2rem 1rem; }
dt { color: #666; }
dd { margin: 0; overflow-wrap: anywhere; }
.verdict { padding: .6rem 1rem; border-left: .5rem solid; background: #f6f6f6; }
.verdict b { font-size: 1.5rem; }
.verdict p { color: #222; }
.accept { color: #00694b; }
.caution { color: #8a5a00; font-weight: bold; }
.reject { color: #a33600; font-weight: bold; }
.verdict.caution, .verdict.reject { font-weight: normal; }
.charts { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem 1rem; }
figure { margin: 0; min-width: 0; }
figcaption { color: #555; font-size: .9em; padding: 0 .5rem; }
svg { width: 100%; height: auto; }
@media (max-width: 40rem) {
  dl, .charts { grid-template-columns: 1fr; }
  dd { margin-bottom: .5rem; }
}
"""

HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>"""

TITLE = "Acceptance report"

SUBJECT = (
    "A model has learnt from the training data to generate time series. This page "
    "compares what it generates with held-out data, which are real and were kept from it."
)

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

# Columns of the tables, in the words of a reader who has not fitted the model.
TERMS = {
    "verdict": "The value against its floor, by the rules at the end of the page.",
    "value": "The metric between generated and held-out data, all divided by the standard "
    "deviations of the training data.",
    "ideal": "The best value that there is.",
    "standard error": "Uncertainty of the value, from blocks of neighbouring rows.",
    "floor": "The value that real data reach: the metric between two halves of the "
    "held-out data, or of forecasts if one of them were the outcome. No generator is "
    "expected to be better.",
    "training": "The metric with the training data in place of the generated data, or "
    "with random training rows as forecasts.",
}

LEGEND = (
    "Generated data should differ from held-out data no more than the training data do."
)

# The verdict stands where a phone shows it without scrolling.
COLUMNS = ("metric", "verdict", "value", "ideal", "floor", "standard error", "training")

OVERALL = (
    "The generator is rejected if one row rejects, and calls for caution if more than a "
    "tenth of the judged rows do. Differences in standard errors come from ten blocks, "
    "so that a right model exceeds 2.5 of them by chance in a row of sixty."
)


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
    name = dict(evaluation.facts).get("data", "")
    title = escape(f"{TITLE}: {name}" if name else TITLE)
    parts = [
        HEAD.format(title=title, style=STYLE),
        _verdict(evaluation),
        f"<p>{escape(SUBJECT)}</p>",
        _reasons(evaluation),
        _facts(evaluation.facts),
        _pictures(evaluation.charts) if evaluation.charts else "",
        "<h2>All checks</h2>",
        _terms(TERMS.items()),
        *_tables(evaluation.rows),
        _rules(evaluation.rows),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _verdict(evaluation):
    """Verdict in a box, with a sentence and numbers of checks."""
    verdict, rows = evaluation.verdict, evaluation.rows
    counts = [
        f"{sum(row.verdict == kind for row in rows)} {kind}"
        for kind in (ACCEPT, CAUTION, REJECT)
    ]
    return (
        f'<div class="verdict {verdict}"><b>{verdict or "not judged"}</b>'
        f"<p>{escape(VERDICTS[verdict])} Checks: {', '.join(counts)}.</p></div>"
    )


def _reasons(evaluation):
    """List how each family did, then the rows that reject or call for caution."""
    families = []
    for family in dict.fromkeys(row.family for row in evaluation.rows):
        verdicts = [row.verdict for row in evaluation.rows if row.family == family]
        judged = [verdict for verdict in verdicts if verdict]
        if judged:
            worst = overall(judged)
            counts = f"{judged.count(ACCEPT)} of {len(judged)} checks accept"
            families.append(
                f'<li><b class="{worst}">{escape(family)}: {counts}.</b> '
                f"{escape(FAMILIES.get(family, ''))}</li>"
            )
    rows = [f"<li>{escape(text)}</li>" for text in evaluation.reasons()]
    parts = [("<h2>Reasons</h2>", families), ("<h3>Checks behind them</h3>", rows)]
    return "\n".join(
        f"{heading}\n<ul>{''.join(items)}</ul>" for heading, items in parts if items
    )


def _facts(facts):
    """Model, data, dates and versions as a list of terms."""
    if not facts:
        return ""
    return f"<h2>Model and data</h2>\n{_terms(facts)}"


def _terms(pairs):
    """Write a list of terms with their texts."""
    terms = (
        f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in pairs
    )
    return f"<dl>{''.join(terms)}</dl>"


def _pictures(charts):
    """Write the charts under a heading, with a sentence on their colours."""
    return f"<h2>Pictures</h2>\n<p>{escape(LEGEND)}</p>\n{figures(charts)}"


def _tables(rows):
    """Write a table for each family of rows, with a sentence on it."""
    head = "".join(f"<th>{escape(name)}</th>" for name in COLUMNS)
    for family in dict.fromkeys(row.family for row in rows):
        body = "\n".join(_line(row) for row in rows if row.family == family)
        yield (
            f"<h3>{escape(family)}</h3>\n<p>{escape(FAMILIES.get(family, ''))}</p>\n"
            f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n'
            f"<tbody>\n{body}\n</tbody>\n</table></div>"
        )


def _rules(rows):
    """List the thresholds of the verdicts, and the rows that each of them judges."""
    judged: dict[str, list[str]] = {}
    for row in rows:
        if row.rule is not None:
            judged.setdefault(row.rule.words, []).append(row.name)
    if not judged:
        return ""
    terms = _terms((words, ", ".join(names)) for words, names in judged.items())
    return f"<h2>How verdicts come about</h2>\n<p>{escape(OVERALL)}</p>\n{terms}"


def _line(row):
    """Write a row of a table, which says its thresholds when it is pointed at."""
    _, name, *numbers = (escape(text) for text in row.texts())
    ideal, value, error, floor, training = numbers
    words = "not judged" if row.rule is None else row.rule.words
    verdict = row.verdict
    cells = [f"<td>{name}</td>", f'<td class="{verdict}">{verdict or "-"}</td>']
    cells += [f"<td>{text}</td>" for text in (value, ideal, floor, error, training)]
    return f'<tr title="{escape(words)}">{"".join(cells)}</tr>'
