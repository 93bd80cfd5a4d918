"""Does the tree speak the words of the field? Counts of its texts, by folder.

    python examples/benchmarks/language_counts.py [TREE] [--where]

Texts are docstrings, comments and error messages of Python files, and the guides. The
words that the glossary replaces are searched for in whole files, names included. With
--where each line that holds one, or "that of", is printed.
"""

import argparse
import ast
import io
import re
import tokenize
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parents[2]
N_LONGEST = 10
FOLDERS = ("skdiffts", "tests", "examples", "doc")
GUIDES = {".md", ".rst"}
# Written by scripts, or about earlier words.
NOT_OURS = {"_build", "auto_examples", "generated", "results_paper.md", "glossary.rst"}
# Files that list the words themselves.
LISTS = {"language_counts.py", "test_language.py"}
# Words that the glossary replaces, with what is left of them on purpose.
FORBIDDEN = {
    "law": r"(?<!power )(?<!power_)(?<![A-Za-z])laws?(?![A-Za-z])(?! of stochastic)",
    "own_drift": r"(?<![a-z])own_drift",
    "n_context_": r"\bn_context_?\b",
    "PathMemory": r"PathMemory",
    "roll_out": r"\broll_?outs?\b",
    "NoMarginal": r"NoMarginal",
    "fresh_share": r"fresh_share",
    "sample_levels": r"sample_levels",
    "coarse_fine": r"\bcoarse_fine\b",
    "gives_back": r"gives_back",
}
POINTERS = {
    "that of": r"\b(?:that|those) of\b",
    "what": r"\bwhat\b",
    "the one": r"\bthe ones? (?:that|which)\b",
}
COLUMNS = {**POINTERS, "distribution": r"\bdistributions?\b"}


def python_texts(source):
    """Docstrings, comments and messages of errors and warnings of a Python file."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string.lstrip("#: ")
    for node in ast.walk(ast.parse(source)):
        kinds = ast.Module | ast.ClassDef | ast.FunctionDef
        if isinstance(node, kinds):
            yield ast.get_docstring(node) or ""
        if isinstance(node, ast.Raise) or is_warning(node):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def is_warning(node):
    """Whether a node calls warnings.warn."""
    return isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "warn"


def files(tree, folders=FOLDERS):
    """Folder and path of each file whose texts are counted."""
    yield "README", tree / "README.md"
    for folder in folders:
        for path in sorted((tree / folder).rglob("*")):
            inside = path.relative_to(tree / folder).parts
            if path.suffix not in {".py", *GUIDES} or NOT_OURS & set(inside):
                continue
            deep = folder == "skdiffts" and len(inside) > 1
            yield f"{folder}/{inside[0]}" if deep else folder, path


def texts(path):
    """All prose of a file."""
    source = path.read_text("utf-8")
    return source if path.suffix in GUIDES else "\n".join(python_texts(source))


def forbidden_words(tree):
    """Word, path and line of each use of a word that the glossary replaces."""
    for folder, path in files(tree):
        if path.name in LISTS:
            continue
        for i, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            for word, pattern in FORBIDDEN.items():
                if re.search(pattern, line, re.IGNORECASE):
                    yield folder, word, path.relative_to(tree), i, line.strip()


def rates(tree, folders=FOLDERS):
    """Number of words of each folder, and uses of each column in 10,000 of them."""
    prose = defaultdict(list)
    for folder, path in files(tree, folders):
        prose[folder].append(texts(path))
    result = {}
    for folder in sorted(prose):
        text = "\n".join(prose[folder])
        n = max(len(re.findall(r"[A-Za-z][\w'-]*", text)), 1)
        uses = {c: len(re.findall(p, text, re.IGNORECASE)) for c, p in COLUMNS.items()}
        result[folder] = n, {column: 1e4 * k / n for column, k in uses.items()}
    return result


def print_table(tree):
    """Per 10,000 words of texts, and lines with forbidden words, by folder."""
    print(f"{'per 10,000 words':24s}   words" + "".join(f"{c:>14s}" for c in COLUMNS))
    for folder, (n, uses) in rates(tree).items():
        print(f"{folder:24s} {n:7d}" + "".join(f"{r:14.1f}" for r in uses.values()))
    found = list(forbidden_words(tree))
    print("\nlines with words that the glossary replaces:")
    for word in FORBIDDEN:
        places = [folder for folder, *rest in found if rest[0] == word]
        by_folder = {f: places.count(f) for f in sorted(set(places))}
        print(f"  {word:14s} {len(places):4d} {by_folder or ''}")


def print_longest(tree):
    """Longest functions of the package, with their docstrings."""
    lengths = []
    for path in sorted((tree / "skdiffts").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                said = len((ast.get_docstring(node) or "").splitlines())
                n = node.end_lineno - node.lineno + 1
                name = f"{path.relative_to(tree / 'skdiffts')}: {node.name}"
                lengths.append((n, said, name))
    print("\nlongest functions (lines, of these docstring):")
    for n, said, name in sorted(lengths, reverse=True)[:N_LONGEST]:
        print(f"  {n:4d} {said:4d} {name}")


def print_places(tree):
    """Each line with a forbidden word, and each text with "that of"."""
    for _, word, path, i, line in forbidden_words(tree):
        print(f"{path}:{i}: {word}: {line}")
    for _, path in files(tree):
        for line in texts(path).splitlines():
            if re.search(POINTERS["that of"], line, re.IGNORECASE):
                print(f"{path.relative_to(tree)}: {line.strip()}")


def main():
    """Parse the command line and print everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tree", nargs="?", type=Path, default=HERE)
    parser.add_argument("--where", action="store_true")
    parser.add_argument("--quick", action="store_true", help="it is quick anyway")
    options = parser.parse_args()
    tree = options.tree.resolve()
    print_table(tree)
    print_longest(tree)
    if options.where:
        print_places(tree)


if __name__ == "__main__":
    main()
