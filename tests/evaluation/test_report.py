"""HTML report of an evaluation, and its charts."""

import re
import sys
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skdiffts.evaluation import Evaluation, EvaluationRow, evaluate
from skdiffts.evaluation._charts import Chart
from skdiffts.evaluation._drawing import draw
from skdiffts.evaluation._verdicts import NearFloor
from skdiffts.metrics import MetricResult

ROW = EvaluationRow("a", "<b> & c", "0", MetricResult(1.0, 2.0, 3.0), np.nan)
SVG = "{http://www.w3.org/2000/svg}"


class Noise:
    """White noise with forecasts."""

    def sample(self, n_paths, length, random_state=None):
        rng = np.random.RandomState(random_state)
        return rng.standard_normal((n_paths, length, 2))

    def forecast(self, X, horizon, n_samples, random_state=None):
        paths = self.sample(len(X) * n_samples, horizon, random_state)
        return paths.reshape(len(X), n_samples, horizon, 2)


class Tags(HTMLParser):
    """Note tags that are not closed, what is loaded, and the cells."""

    void = {"meta"}

    def __init__(self):
        super().__init__()
        self.open, self.loaded, self.cells = [], [], 0

    def handle_starttag(self, tag, attrs):
        self.cells += tag == "td"
        for name, value in attrs:
            # What begins with # is a part of the page itself.
            if name in ("src", "href", "xlink:href") and value[0] != "#":
                self.loaded.append(value)
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def table(options):
    train, test = Noise().sample(2, 160, random_state=1)
    brief = {**options, "long_run": 0}
    return evaluate(Noise(), train, test, random_state=0, **brief)


def svgs_of(page):
    """Parse the SVG elements of a page, which must be well formed."""
    parts = page.split("<svg")[1:]
    return [ET.fromstring("<svg" + part[: part.index("</svg>") + 6]) for part in parts]


def svg_of(page):
    """Parse the only SVG of a page."""
    (svg,) = svgs_of(page)
    return svg


def texts_of(svg):
    return {"".join(element.itertext()) for element in svg.iter(f"{SVG}text")}


def chart_of(y):
    return Chart("a", "b", (("held-out", np.arange(float(len(y))), np.array(y)),))


def test_html_is_one_page_that_loads_nothing(table):
    pytest.importorskip("matplotlib")
    page = table.to_html()
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.loaded == []
    # All but the family, which heads a table, and the verdict.
    assert tags.cells == 7 * len(table.rows)
    assert "url(http" not in page
    svgs = svgs_of(page)
    identifiers = [e.get("id") for svg in svgs for e in svg.iter() if e.get("id")]
    assert len(set(identifiers)) == len(identifiers)
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', page))
    assert used
    assert used <= set(identifiers)
    axes = [name for name in identifiers if "-axes_" in name]
    assert len(axes) == len(table.charts) == len(svgs) == 2 + 2 + 1 + 1 + 1
    for svg, chart in zip(svgs, table.charts, strict=True):
        assert chart.title in texts_of(svg)
        assert chart.note
        assert f"<figcaption>{chart.note}</figcaption>" in page
    texts = set.union(*map(texts_of, svgs))
    assert {"training", "held-out", "generated", "calibrated"} <= texts


def test_charts_show_all_lines_within_their_frame(table):
    pytest.importorskip("matplotlib")
    for chart in table.charts:
        (axis,) = draw(chart).axes
        assert axis.get_title() == chart.title
        assert axis.get_xlabel() == chart.x_label
        ends = np.array([axis.get_xlim(), axis.get_ylim()]).T
        colors = {}
        for line, (label, x, y) in zip(axis.get_lines(), chart.lines, strict=True):
            points = line.get_xydata()
            assert_array_equal(points, np.column_stack([x, y]))
            assert np.isfinite(points).all()
            assert (points >= ends[0]).all()
            assert (points <= ends[1]).all()
            colors.setdefault(label, set()).add(line.get_color())
        shown = [text.get_text() for text in axis.get_legend().get_texts()]
        assert shown == list(colors)  # once each
        assert {len(some) for some in colors.values()} == {1}
        assert len(set.union(*colors.values())) == len(colors)


def test_example_windows_stand_side_by_side(table):
    (chart,) = (c for c in table.charts if c.title.startswith("Example windows"))
    assert [label for label, _, _ in chart.lines] == 3 * ["held-out"] + 3 * [
        "generated"
    ]
    for (_, x, _), (_, later, _) in pairwise(chart.lines):
        assert x[-1] < later[0]


@pytest.mark.parametrize(
    "y", [[0.1, 0.1 + 2e-14], [1e-15, 3e-15], [1e18, 1e18 + 256.0], [0.0, 0.0]]
)
def test_charts_of_curves_that_are_flat_or_small(y):
    pytest.importorskip("matplotlib")
    page = Evaluation(rows=(ROW,), charts=(chart_of(y),)).to_html()
    svg_of(page)
    assert "nan" not in page


def test_the_page_has_a_table_without_matplotlib(table, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = table.to_html()
    tags = Tags()
    tags.feed(page)
    # All but the family, which heads a table, and the verdict.
    assert tags.cells == 7 * len(table.rows)
    assert "<svg" not in page
    assert "<p>The charts are missing because matplotlib is not installed" in page
    assert "pip install skdiffts[plot]" in page


def test_no_charts_need_no_note(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = Evaluation(rows=(ROW,), charts=()).to_html()
    assert "matplotlib" not in page


def test_page_leads_with_the_verdict_and_names_what_it_is_about():
    """Verdict, reasons, model and data, pictures, tables, thresholds: in this order."""
    wrong = EvaluationRow("a", "b", "0", MetricResult(9.0, 0.1, 1.0), 1.0, NearFloor(0))
    facts = (("model", "Some<Model>()"), ("data", "somewhere"))
    chart = chart_of([0.0, 1.0])
    page = Evaluation(rows=(ROW, wrong), charts=(chart,), facts=facts).to_html()
    assert "<title>Acceptance report: somewhere<" in page
    order = [
        "<h1>Acceptance report: somewhere</h1>",
        "<b>reject</b>",
        "0 accept, 0 caution, 1 reject",
        '<li><b class="reject">a: 0 of 1 checks accept.</b>',
        "<li>reject: a, b: 9 (ideal 0, standard error 0.1, floor 1; caution",
        "Some&lt;Model&gt;()",
        "<dd>somewhere</dd>",
        "<figure>",
        "<table>",
        '<td class="reject">reject</td>',
        "How verdicts come about",
    ]
    places = [page.find(text) for text in order]
    assert min(places) >= 0, order[int(np.argmin(places))]
    assert places == sorted(places)


def test_facts_of_an_evaluation(table, options):
    facts = dict(table.facts)
    assert list(facts) == [
        "model",
        "training data",
        "held-out data",
        "columns",
        "date",
        "versions",
    ]
    assert facts["model"] == "Noise"
    assert facts["training data"] == "160 rows of 2 columns"
    assert "skdiffts" in facts["versions"]


def test_facts_of_dated_frames(options):
    pd = pytest.importorskip("pandas")
    index = pd.date_range("2020-01-01", periods=320, freq="D")
    rows = Noise().sample(1, 320, random_state=1)[0]
    frame = pd.DataFrame(rows, index=index, columns=["a", "b"])

    class Draws(Noise):
        forecast = property()

    brief = {**options, "long_run": 0, "data_name": "noise"}
    table = evaluate(Draws(), frame[:160], frame[160:], random_state=0, **brief)
    facts = dict(table.facts)
    assert facts["data"] == "noise"
    assert facts["training data"].endswith("columns, from 2020-01-01 to 2020-06-08")
    assert facts["columns"] == "a, b"


def test_names_are_escaped():
    pytest.importorskip("matplotlib")
    chart = Chart("<b> & $c$", "x < y", chart_of([0.0, 1.0]).lines)
    page = Evaluation(rows=(ROW,), charts=(chart,)).to_html()
    assert "<td>&lt;b&gt; &amp; c</td>" in page
    assert {"<b> & $c$", "x < y"} <= texts_of(svg_of(page))
