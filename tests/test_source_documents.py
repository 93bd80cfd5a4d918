"""The table of doc/guide/method.rst: every item of the source documents, and names that exist."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest
from sklearn.utils._param_validation import validate_parameter_constraints

import skdiffts

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "doc" / "guide" / "method.rst").read_text("utf-8")
TABLE = TEXT[TEXT.index("The source documents and this package") :]
ROWS = [
    [re.sub(r"\s+", " ", cell).strip() for cell in re.split(r"\n      - ", row)]
    for row in re.split(r"\n    \* - ", TABLE)[2:]
]
# What the documents number, but for their textbook chapters (001 appendix A, 002 section 1).
NUMBERED = {
    "000": {
        "eq.": [str(i) for i in range(1, 75)],
        "assumption": ["1", "2", "3"],
        "theorem": ["1"],
        "proposition": ["1", "2"],
        "definition": ["1", "2"],
        "remark": ["1", "2", "3"],
        "algorithm": ["1"],
        "figure": ["1"],
        "appendix": ["C"],
    },
    "001": {
        "eq.": [str(i) for i in (*range(1, 15), 19)],
        "theorem": ["2.1", "4.1", "4.3", "4.6", "5.3", "5.7"],
        "hypothesis": ["5.1", "5.2", "5.6"],
        "corollary": ["5.5", "5.10", "5.11"],
        "definition": ["5.9"],
        "lemma": ["B.1", "B.2", "B.3", "B.4", "B.6"],
        "proposition": ["B.5"],
        "figure": [str(i) for i in range(1, 7)],
        "appendix": ["A.3"],
    },
    "002": {
        "eq.": ["1", "2", "3"],
        "definition": ["2.1"],
        "proposition": ["2.2", "2.3", "2.5", "2.6", "2.7", "3.1", "3.3", "4.1", "4.3"],
        "theorem": ["2.8", "2.10"],
        "corollary": ["4.2"],
        "remark": ["3.2", "3.4"],
        "figure": ["3", "4"],
    },
    "003": {"eq.": [str(i) for i in range(1, 34)]},
    "004": {"eq.": [str(i) for i in range(1, 13)]},
}
SINGULAR = {
    "hypothesis": "hypothesis",
    "hypotheses": "hypothesis",
    "corollaries": "corollary",
}


def items(source):
    """Numbered items of a cell such as "000 theorem 1, eq. 10, 45-61"."""
    document, rest = source.split(" ", 1)
    kind, found = None, set()
    for part in rest.split(", "):
        *words, numbers = part.split(" ")
        if words:
            kind = SINGULAR.get(words[0], words[0].removesuffix("s"))
        first, _, last = numbers.partition("-")
        found.add((document, kind, first))
        if last:
            stem = first.rpartition(".")[0]
            begin, end = (int(n.rpartition(".")[2]) for n in (first, last))
            dot = f"{stem}." if stem else ""
            found |= {(document, kind, f"{dot}{i}") for i in range(begin, end + 1)}
    return found


def imported(name):
    """Object of a dotted name."""
    parts = name.split(".")
    for n in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:n]))
        except ImportError:
            continue
        for part in parts[n:]:
            found = getattr(found, part)
        return found
    raise ImportError(name)


def targets(cell):
    """Objects that a cell names."""
    names = re.findall(r":(?:func|class|meth|mod):`~?([\w.]+)`", cell)
    return [imported(name) for name in names]


def test_every_numbered_item_has_a_row():
    covered = set().union(*(items(source) for source, *_ in ROWS))
    asked = {
        (document, kind, number)
        for document, kinds in NUMBERED.items()
        for kind, numbers in kinds.items()
        for number in numbers
    }
    assert asked - covered == set()
    assert len(ROWS) > 50


def test_items_of_a_cell_are_counted_out():
    assert items("001 definition 5.9, corollaries 5.10-5.11") == {
        ("001", "definition", "5.9"),
        ("001", "corollary", "5.10"),
        ("001", "corollary", "5.11"),
    }


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_row_names_what_is_there(row):
    """Objects are public, pages exist, and the arguments are arguments of theirs."""
    assert len(row) == 3
    _, item, cell = row
    assert item
    named = targets(cell)
    pages = re.findall(r":doc:`([\w./]+)`", cell)
    assert named or pages
    for kind in named:
        assert not inspect.ismodule(kind)
        assert inspect.getdoc(kind)
    for page in pages:
        path = page.removeprefix("../")
        if path.startswith("auto_examples/"):
            path = f"../examples/{path.removeprefix('auto_examples/')}.py"
        else:
            path += ".rst"
        assert (ROOT / "doc" / path).exists()
    known = {}
    for kind in [*named, skdiffts.DiffusionResidualSampler]:
        known |= inspect.signature(kind).parameters
    for argument in re.findall(r"``(\w+)(?:=[^`]*)?``", f"{item} {cell}"):
        assert argument in known


def test_arguments_of_the_table_have_the_values_that_it_gives():
    """Each ``name=value`` is accepted where the row says."""
    checked = []
    for source, _, cell in ROWS:
        given = {
            name: ast.literal_eval(value)
            for name, value in re.findall(r"``(\w+)=([^`]*)``", cell)
        }
        for kind in [*targets(cell), skdiffts.DiffusionResidualSampler]:
            constraints = getattr(kind, "_parameter_constraints", {})
            own = {name: given[name] for name in given.keys() & constraints.keys()}
            validate_parameter_constraints(constraints, own, kind.__name__)
            checked += [(source, name) for name in own]
    assert len(set(checked)) >= 8


@pytest.mark.parametrize(
    "word",
    [
        "a function of an array of times is any other :math:`w(t)`",
        "``n_noises`` is the number of noises",
        "``n_projections`` directions",
        "VE(perturbed=True)",
        "``OU(horizon=...)``",
        "the expectation over the noise has a closed form",
        '``residuals="in-sample"``',
        "``degree=0, metric=",
        "``sample_at_times``",
    ],
)
def test_guide_shows_what_could_not_be_found(word):
    """seeds_audit.md, D14."""
    pages = ("method", "diffusion")
    text = " ".join(
        (ROOT / "doc" / "guide" / f"{page}.rst").read_text("utf-8") for page in pages
    )
    assert word in re.sub(r"\s+", " ", text)
