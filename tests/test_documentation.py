"""The pages of doc/: their code runs, and what they name is there."""

import ast
import doctest
import importlib
import re
import runpy
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

pytest.importorskip("pandas", reason="the pages use pandas")
mpl = pytest.importorskip("matplotlib", reason="the pages draw")

ROOT = Path(__file__).parents[1]
DOC = ROOT / "doc"
MADE = {"_build", "auto_examples", "generated"}
PAGES = [
    path.relative_to(DOC).as_posix()
    for path in sorted(DOC.rglob("*.rst"))
    if not MADE & set(path.relative_to(DOC).parts)
]
# Trained as a user would, which takes its time.
SLOW = {"tutorial.rst"}
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
# Characters of a line of code that fit between the side bars at 1280 px: in a page, which
# may indent it; in a file that is shown; in a docstring; in the docstring of a method.
MAX_CODE_WIDTH = 84
MAX_FILE_WIDTH = 88
MAX_DOCSTRING_WIDTHS = 85, 81
FLOAT = re.compile(r"-?\d+\.\d*(?:e[+-]?\d+)?")


class NumberChecker(doctest.OutputChecker):
    """Output whose decimal numbers may differ by one unit of the last digit shown."""

    def check_output(self, want, got, optionflags):
        shown, made = FLOAT.findall(want), FLOAT.findall(got)
        if len(shown) == len(made) and all(map(is_near, shown, made)):
            rest = iter(shown)
            got = FLOAT.sub(lambda _: next(rest), got)
        return super().check_output(want, got, optionflags)


def is_near(shown, made):
    digits = len(shown.partition(".")[2].partition("e")[0])
    exponent = int(shown.partition("e")[2] or 0)
    return abs(float(shown) - float(made)) <= 1.001 * 10.0 ** (exponent - digits)


def read(page):
    return (DOC / page).read_text("utf-8")


def python_blocks(text):
    """Code of the blocks that have no prompts."""
    pattern = r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)"
    return [textwrap.dedent(code) for code in re.findall(pattern, text, re.MULTILINE)]


def code_pages(slow):
    found = [p for p in PAGES if ">>> " in read(p) or python_blocks(read(p))]
    assert found
    return [page for page in found if (page in SLOW) == slow]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Run in a folder of its own, with pictures that need no screen."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    backend = mpl.get_backend()
    pyplot.switch_backend("Agg")
    monkeypatch.chdir(tmp_path)
    yield
    pyplot.close("all")
    pyplot.switch_backend(backend)


@pytest.fixture
def short_training(monkeypatch):
    """Make small networks train for a moment where the user says nothing.

    On the plainest base; mixtures that see the state as well.
    """
    from skdiffts import DiffusionResidualSampler
    from skdiffts.diffusion import train_conditional_mixture
    from skdiffts.scores import ScoreNetwork

    defaults = DiffusionResidualSampler.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "max_iter", 5)
    monkeypatch.setitem(defaults, "early_stopping", False)
    monkeypatch.setitem(ScoreNetwork.__init__.__kwdefaults__, "base", "gaussian")
    monkeypatch.setitem(ScoreNetwork.__init__.__kwdefaults__, "width", 16)
    monkeypatch.setitem(train_conditional_mixture.__kwdefaults__, "n_steps", 20)


def run_prompts(page):
    test = doctest.DocTestParser().get_doctest(read(page), {}, page, page, 0)
    report = []
    runner = doctest.DocTestRunner(NumberChecker(), optionflags=OPTIONS)
    runner.run(test, out=report.append)
    assert not report, "".join(report)


@pytest.mark.parametrize("page", code_pages(slow=False))
def test_code_of_a_page_runs(page, elsewhere, short_training):
    run_prompts(page)
    for code in python_blocks(read(page)):
        exec(compile(code, page, "exec"), {})  # noqa: S102


@pytest.mark.slow
@pytest.mark.parametrize("page", code_pages(slow=True))
def test_tutorial_runs_as_it_is_typed(page, elsewhere):
    run_prompts(page)
    assert not python_blocks(read(page))


@pytest.mark.parametrize(
    ("want", "got", "same"),
    [
        ("0.31 a", "0.32 a", True),
        ("0.31 a", "0.33 a", False),
        ("0.3 a", "0.3 b", False),
        ("-1.20", "-1.2", True),
        ("1.5e-3 2.0", "1.6e-3 2.0", True),
        ("3", "4", False),
        ("0.31 ...", "0.31 2.0", True),
    ],
)
def test_numbers_of_a_page_match_to_their_last_digit(want, got, same):
    assert NumberChecker().check_output(want, got, OPTIONS) == same


def code_lines(text):
    """Lines of blocks of code, and of their output, with their numbers."""
    in_code = False
    for i, line in enumerate(text.splitlines(), 1):
        in_code = line.strip() != "" and (in_code or ">>> " in line)
        if in_code:
            yield i, line
    for code in python_blocks(text):
        yield from ((0, line) for line in code.splitlines())


@pytest.mark.parametrize("page", PAGES)
def test_code_fits_its_box(page):
    wide = [i for i, line in code_lines(read(page)) if len(line) > MAX_CODE_WIDTH]
    assert not wide


SHOWN = [*DOC.glob("recipes/*.py"), *DOC.glob("extend/*.py")]
SHOWN += (ROOT / "examples").glob("plot_*.py")


@pytest.mark.parametrize("path", sorted(SHOWN), ids=lambda path: path.name)
def test_code_of_a_file_fits_its_box(path):
    """Text of the gallery, in docstring and comments, is wrapped by the browser."""
    text = path.read_text("utf-8")
    shown = text.splitlines()
    if path.parent.name == "examples":
        first = ast.parse(text).body[0].end_lineno
        shown = [line for line in shown[first:] if not line.startswith("#")]
    assert not [line for line in shown if len(line) > MAX_FILE_WIDTH]


def docstrings(node, depth=0):
    """Docstrings of classes and functions, with how many classes they are in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(child) or "", depth
            if isinstance(child, ast.ClassDef):
                yield from docstrings(child, depth + 1)


def test_code_of_a_docstring_fits_its_box():
    wide = [
        line
        for path in (ROOT / "skdiffts").rglob("*.py")
        for text, depth in docstrings(ast.parse(path.read_text("utf-8")))
        for _, line in code_lines(text)
        if len(line) > MAX_DOCSTRING_WIDTHS[min(depth, 1)]
    ]
    assert not wide


@pytest.mark.parametrize("page", PAGES)
def test_answers_are_not_a_bare_truth_value(page):
    """A reader learns nothing from True: asserts live in tests."""
    assert not re.findall(r"^True$", read(page), re.MULTILINE)


def paragraphs(text):
    """Paragraphs of prose, items of lists and rows of tables."""
    return re.split(r"\n\s*\n|\n(?=[*|-] )", text)


@pytest.mark.parametrize("page", ["../README.md", *PAGES])
def test_a_time_that_was_measured_names_its_script(page):
    measured = r"\b(\d+(\.\d+)? (s|ms|seconds?|MiB)|(half a|some) (minute|second)s?)\b"
    unnamed = [
        part
        for part in paragraphs(read(page))
        if re.search(measured, part) and not re.search(r"\.py\b|\bmake ", part)
    ]
    assert not unnamed


def test_gallery_lists_every_example_with_the_bounds_last(monkeypatch):
    monkeypatch.syspath_prepend(str(DOC))
    order = importlib.import_module("gallery_order")
    monkeypatch.delitem(sys.modules, "gallery_order")
    examples = [path.name for path in (ROOT / "examples").glob("plot_*.py")]
    assert set(order.ORDER) == set(examples)
    assert max(examples, key=order.place) == "plot_bounds.py"
    assert order.place("plot_new.py") < order.place("plot_bounds.py")


@pytest.mark.parametrize(
    "script", sorted(path.name for path in (DOC / "extend").glob("own_*.py"))
)
def test_extensions_meet_their_identities(script, elsewhere):
    runpy.run_path(str(DOC / "extend" / script))


def public_objects():
    """Objects in __all__ of each package, by name."""
    packages = ["skdiffts"] + [
        f"skdiffts.{path.parent.name}"
        for path in sorted((ROOT / "skdiffts").glob("[!_]*/__init__.py"))
    ]
    modules = {package: importlib.import_module(package) for package in packages}
    return {
        package: {n: getattr(module, n) for n in module.__all__ if n[0] != "_"}
        for package, module in modules.items()
    }


def test_reference_describes_every_public_object_once():
    objects, described = public_objects(), []
    for package, names in objects.items():
        page = read(f"api/{package.removeprefix('skdiffts.')}.rst")
        assert f".. currentmodule:: {package}\n" in page
        entries = re.findall(r"^    (\w+)$", page, re.MULTILINE)
        assert set(entries) <= set(names)
        # What lives in two places is described in one and named in the other.
        unnamed = {n for n in names if not re.search(rf"\b{n}\b", page)}
        assert not unnamed, package
        described += [id(names[entry]) for entry in entries]
    assert len(described) == len(set(described))
    assert set(described) == {
        id(o) for names in objects.values() for o in names.values()
    }


def test_files_and_commands_that_pages_name_exist():
    targets = set(
        re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    )
    pattern = r"\b(?:examples|doc)/[\w/]+\.py\b"
    for page in PAGES:
        text = read(page)
        missing = [
            path for path in re.findall(pattern, text) if not (ROOT / path).exists()
        ]
        assert not missing, page
        assert set(re.findall(r"``make ([\w-]+)``", text)) <= targets, page


def test_install_page_lists_every_extra():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    table = read("install.rst").partition("Several at once")[0]
    assert set(project["optional-dependencies"]) <= set(re.findall(r"``(\w+)``", table))
