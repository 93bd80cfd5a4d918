"""The words of the glossary: in texts and names of package, tests, examples and pages."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LANGUAGE = runpy.run_path(str(ROOT / "examples/benchmarks/language_counts.py"))
# Pronouns that carry a term, in 10,000 words of the package.
MAX_POINTERS = 3.0


@pytest.fixture
def tree(tmp_path):
    """A tree with one file, of the given text, and what else is counted empty."""

    def write(text):
        for folder in LANGUAGE["FOLDERS"]:
            (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / "README.md").write_text("")
        (tmp_path / "skdiffts" / "module.py").write_text(text)
        return tmp_path

    return write


def test_replaced_words_are_gone():
    found = LANGUAGE["forbidden_words"](ROOT)
    assert not [f"{path}:{i}: {word}: {line}" for _, word, path, i, line in found]


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('"""Laws of rows."""', "law"),
        ("true_law = fit(X)", "law"),
        ("LAWS = {}", "law"),
        ("own_drift = 1", "own_drift"),
        ("# PathMemory", "PathMemory"),
    ],
)
def test_a_replaced_word_is_found(tree, line, word):
    places = LANGUAGE["forbidden_words"](tree(line))
    assert [(found, i) for _, found, _, i, _ in places] == [(word, 1)]


@pytest.mark.parametrize(
    "line", ["TransitionLaw()", "# a power law", "# flaws, lawn", "known_drift = 1"]
)
def test_other_words_are_not_found(tree, line):
    assert not list(LANGUAGE["forbidden_words"](tree(line)))


def test_glossary_names_every_replaced_word():
    page = (ROOT / "doc" / "glossary.rst").read_text("utf-8")
    assert not [word for word in LANGUAGE["FORBIDDEN"] if word not in page]


def test_texts_are_docstrings_comments_and_messages(tree):
    source = '"""Doc."""\n\nx = "no text"  # why\nraise ValueError(f"bad {x}")\n'
    assert set(LANGUAGE["python_texts"](source)) == {"why", "Doc.", "bad "}


def test_no_pronoun_carries_a_term():
    rates = LANGUAGE["rates"](ROOT, ["skdiffts"])
    package = {folder: rate for folder, rate in rates.items() if "skdiffts" in folder}
    words = sum(n for n, _ in package.values())
    pointers = sum(n * rate["that of"] for n, rate in package.values())
    assert pointers / words <= MAX_POINTERS
