"""Promises of the project as a whole: configuration, layers, form of the files."""

import ast
import configparser
import subprocess
import sys
from pathlib import Path

import pytest

from skdiffts import __version__

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "skdiffts"
MAX_CODE_LINES = 220
HEAVY = {"matplotlib", "polars", "torch"}
# Private names of other libraries that are used on purpose.
FOREIGN = {
    "_validate_params": "scikit-learn's check of declared constraints, on strategies",
    "_foreach_lerp_": "torch's updates of many tensors in one call",
    "_foreach_mul_": "torch's updates of many tensors in one call",
    "_foreach_norm": "torch's norms of many tensors in one call",
}


def relative(path):
    return str(path.relative_to(ROOT))


def sources(pattern="*.py"):
    """Python files of the package as (path, text)."""
    files = [(path, path.read_text("utf-8")) for path in sorted(PACKAGE.rglob(pattern))]
    assert files
    return files


def assigned_names(tree):
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        for target in targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            yield from (name.id for name in names if isinstance(name, ast.Name))


def test_setup_cfg_holds_no_metadata():
    config = configparser.ConfigParser(interpolation=None)
    assert config.read(ROOT / "setup.cfg", "utf-8")
    sections = {section.partition(".")[0] for section in config.sections()}
    assert not sections & {"metadata", "options"}


def test_citation_has_the_version():
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {__version__}\n" in citation


def test_source_distribution_has_what_make_needs():
    lines = (ROOT / "MANIFEST.in").read_text("utf-8").splitlines()
    included = {word for line in lines for word in line.split()[1:] if line[0] != "p"}
    needed = {"Makefile", "constraints.txt", "constraints-oldest.txt", "CITATION.cff"}
    assert needed | {"doc", "examples", "tests"} <= included
    assert all((ROOT / name).exists() for name in needed)


def test_layers_hold():
    command = Path(sys.executable).with_name("lint-imports")
    if not command.exists():
        pytest.skip("import-linter is not installed")
    run = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def code_lines(text):
    """Number of lines that are neither blank, nor comment, nor docstring."""
    documented = set()
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, kinds) and ast.get_docstring(node) is not None:
            documented.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = ((i, line.strip()) for i, line in enumerate(text.splitlines(), 1))
    return sum(
        bool(line) and not line.startswith("#") and i not in documented
        for i, line in lines
    )


def test_code_lines_leave_out_what_is_said():
    text = '"""A module."""\n\n# Why.\nx = 1  # one\n\ndef f():\n    """Do."""\n    return x\n'
    assert code_lines(text) == 3


def drawn_layers():
    """Rows of the drawing of the layers in CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = text.split("## Layers")[1].split("## ")[0]
    rows = [line.strip() for line in section.splitlines() if line.startswith("    ")]
    # Two spaces part the names of a row from what it is about.
    return [row.split("  ")[0].split(" | ") for row in rows]


def test_contributors_see_the_layers_that_hold():
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg", "utf-8")
    layers = config["importlinter:contract:layers"]["layers"].split("\n")
    held = [[name.strip("() ") for name in row.split("|")] for row in layers if row]
    assert drawn_layers() == held


def test_files_are_short():
    lengths = {relative(path): code_lines(text) for path, text in sources()}
    assert not {name: n for name, n in lengths.items() if n > MAX_CODE_LINES}


def test_every_package_says_what_is_public():
    silent = [
        relative(path)
        for path, text in sources("__init__.py")
        if "__all__" not in assigned_names(ast.parse(text))
    ]
    assert not silent


def test_imports_are_absolute():
    found = [
        f"{relative(path)}:{node.lineno}"
        for path, text in sources()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.level > 0
    ]
    assert not found


def package_of(path):
    """Sub-package in which a file lies; all modules beside them are one."""
    folder = path.relative_to(PACKAGE).parts[0]
    return "" if folder.endswith(".py") else folder


def is_own(value):
    """Whether an expression is self, cls or super()."""
    value = value.func if isinstance(value, ast.Call) else value
    return isinstance(value, ast.Name) and value.id in {"self", "cls", "super"}


def defined_names(tree):
    """Functions, classes, variables and attributes of self that a file defines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield from [node.attr] if is_own(node.value) else []


def private_attributes(tree):
    """Private attributes of objects other than self, with their lines."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or is_own(node.value):
            continue
        if node.attr.startswith("_") and not node.attr.startswith("__"):
            yield node.attr, node.lineno


def crossings(files):
    """Uses of private attributes that their own sub-package does not define."""
    trees = [(path, ast.parse(text)) for path, text in files]
    known = {package_of(path): set() for path, _ in trees}
    for path, tree in trees:
        known[package_of(path)].update(defined_names(tree))
    return [
        f"{relative(path)}:{line} {name}"
        for path, tree in trees
        for name, line in private_attributes(tree)
        if name not in known[package_of(path)] | set(FOREIGN)
    ]


def test_no_private_attribute_crosses_a_package():
    assert not crossings(sources())


def test_a_private_attribute_that_crosses_is_found():
    """The two crossings that there were, and what is allowed."""
    estimator = """
class Sampler:
    def fit(self):
        self._process = 1
        return self
    def copy(self):
        return type(self)()._process
"""
    reader = """
def read(sampler):
    sampler._validate_params()
    return sampler._process
"""
    files = [
        (PACKAGE / "diffusion" / "_sampler.py", estimator),
        (PACKAGE / "integrations" / "_safetensors.py", reader),
        (PACKAGE / "theory" / "_fitted.py", "def f(x): return x.part._current()"),
    ]
    assert crossings(files) == [
        "skdiffts/integrations/_safetensors.py:4 _process",
        "skdiffts/theory/_fitted.py:1 _current",
    ]


@pytest.mark.parametrize(
    "modules",
    [
        "skdiffts",
        "skdiffts.kernel, skdiffts.metrics, skdiffts.datasets, skdiffts.marginals",
        "skdiffts.linear, skdiffts.columns",
        "skdiffts.evaluation, skdiffts.preprocessing, skdiffts.plotting",
    ],
)
def test_import_is_light(modules):
    # scikit-learn imports pandas where it can: here it cannot, and neither can we
    code = f"import sys; sys.modules['pandas'] = None; import {modules}"
    code += f"; print(*{HEAVY} & set(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == []
