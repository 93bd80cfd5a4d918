"""The pages of doc/: their code runs, and what they name is there."""

import doctest
import importlib
import re
import runpy
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
    """Make samplers whose user says nothing train for a moment, on the plainest base."""
    from skdiffts import DiffusionResidualSampler
    from skdiffts.scores import ScoreNetwork

    defaults = DiffusionResidualSampler.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "max_iter", 5)
    monkeypatch.setitem(defaults, "early_stopping", False)
    monkeypatch.setitem(ScoreNetwork.__init__.__kwdefaults__, "base", "gaussian")


def run_prompts(page):
    test = doctest.DocTestParser().get_doctest(read(page), {}, page, page, 0)
    report = []
    doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=report.append)
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
