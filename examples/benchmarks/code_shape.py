"""How large is the code, how deep do calls go, and how long does a fit take?

    python examples/benchmarks/code_shape.py [--against OTHER_TREE] [--pairs 10]

Lines of code are neither blank, nor comment, nor docstring. A refactoring that keeps
all numbers (same_numbers.py) should lower the counts of this script. With another tree, each
import and each fit of the defaults to 1000 x 4 rows is timed on both in turn, in a
process of its own: the machine's speed drifts by more than what is measured.
"""

import argparse
import ast
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median
from unittest import mock

import numpy as np
from sklearn.neighbors import KernelDensity

import skdiffts
from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts._paths import _check

TREE = Path(skdiffts.__file__).parents[1]
N_LONGEST = 5
LONG_FUNCTION = 40
# Run in either tree: seconds of processor time of the import and of one fit.
TIMED = """
import time
start = time.process_time()
import skdiffts
from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
imported = time.process_time() - start
import numpy as np
from skdiffts.datasets import make_var_mixture
X = np.asarray(make_var_mixture(1000, 4, random_state=0)[0])
KernelDriftVolEstimator(conditioning=None).fit(X[:200])
start = time.process_time()
KernelDriftVolEstimator(conditioning=None).fit(X)
print(imported, time.process_time() - start)
"""


def sources(tree):
    """Path within the package, text and syntax tree of each module."""
    package = tree / "skdiffts"
    for path in sorted(package.rglob("*.py")):
        text = path.read_text("utf-8")
        yield path.relative_to(package), text, ast.parse(text)


def code_rows(text, module):
    """Numbers of the lines that are neither blank, nor comment, nor docstring."""
    documented = set()
    for node in ast.walk(module):
        kinds = ast.Module | ast.ClassDef | ast.FunctionDef
        if isinstance(node, kinds) and ast.get_docstring(node) is not None:
            documented.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = ((i, line.strip()) for i, line in enumerate(text.splitlines(), 1))
    return {
        i
        for i, line in lines
        if line and not line.startswith("#") and i not in documented
    }


def print_sizes(tree):
    """Files and lines of code of each package."""
    files, lines = Counter(), Counter()
    for path, text, module in sources(tree):
        package = path.parts[0] if len(path.parts) > 1 else "."
        files[package] += 1
        lines[package] += len(code_rows(text, module))
    print(f"{tree}: {files.total()} files, {lines.total()} lines of code")
    for package in sorted(files):
        print(f"  {package:14s} {files[package]:3d} files {lines[package]:5d} lines")


def print_functions(tree):
    """Longest functions, in lines of code."""
    lengths = []
    for path, text, module in sources(tree):
        rows = code_rows(text, module)
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef):
                body = rows.intersection(range(node.lineno, node.end_lineno + 1))
                lengths.append((len(body), f"{path}: {node.name}"))
    n_long = sum(length > LONG_FUNCTION for length, _ in lengths)
    print(f"{len(lengths)} functions, {n_long} above {LONG_FUNCTION} lines; longest:")
    for length, name in sorted(lengths, reverse=True)[:N_LONGEST]:
        print(f"  {length:3d} {name}")


def print_only_children(tree):
    """Classes of the package that exactly one class derives from."""
    defined, children = {}, defaultdict(list)
    for path, _, module in sources(tree):
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef):
                defined[node.name] = path
                for base in node.bases:
                    name = getattr(base, "id", getattr(base, "attr", None))
                    children[name].append(node.name)
    print("classes with one child:")
    for name in sorted(defined):
        if len(children[name]) == 1:
            print(f"  {defined[name]}: {name} -> {children[name][0]}")


def count_validations(X):
    """How often X is validated in a fit of the generator."""
    original = _check.validate_data
    with mock.patch.object(_check, "validate_data", side_effect=original) as counted:
        GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3)).fit(X)
    return counted.call_count


def frames_to_cholesky(X):
    """Names of the package's functions on the deepest way from fit to a factor."""
    deepest, original = [], np.linalg.cholesky
    fit = KernelDriftVolEstimator.fit.__wrapped__.__code__

    def factorize(*args, **kwargs):
        nonlocal deepest
        frame, names = sys._getframe(1), []
        while frame is not None and frame.f_code is not fit:
            if str(TREE / "skdiffts") in frame.f_code.co_filename:
                names.append(frame.f_code.co_name)
            frame = frame.f_back
        deepest = max(deepest, ["fit", *names[::-1]], key=len)
        return original(*args, **kwargs)

    with mock.patch.object(np.linalg, "cholesky", factorize):
        KernelDriftVolEstimator(conditioning=None).fit(X)
    return deepest


def seconds(tree):
    """Processor time of the import and of a fit, in a fresh process of one thread."""
    environment = {"PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}
    run = subprocess.run(
        [sys.executable, "-c", TIMED],
        env=environment,
        cwd=tree,
        capture_output=True,
        text=True,
        check=True,
    )
    return [float(number) for number in run.stdout.split()]


def print_times(other, n_pairs):
    """Median ratio of this tree's times to another tree's."""
    pairs = [(seconds(other), seconds(TREE)) for _ in range(n_pairs)]
    for i, name in enumerate(("import", "fit of the defaults")):
        ratio = median(new[i] / old[i] for old, new in pairs)
        base = median(old[i] for old, _ in pairs)
        print(f"{name}: {ratio:.3f} times the {base:.2f} s of {other}")


def main():
    """Parse the command line and print everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", type=Path, help="root of another tree")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--quick", action="store_true", help="nothing is fitted")
    options = parser.parse_args()
    print_sizes(TREE)
    print_functions(TREE)
    print_only_children(TREE)
    if options.quick:
        return
    X = np.random.RandomState(0).standard_normal((400, 2)).cumsum(axis=0)
    print(f"{count_validations(X)} validations in a fit of GenerativeTimeSeries")
    frames = frames_to_cholesky(X)
    print(f"{len(frames)} frames from fit to the factorisation: {' '.join(frames)}")
    if options.against is not None:
        other = options.against.resolve()
        print_sizes(other)
        print_times(other, options.pairs)


if __name__ == "__main__":
    main()
