"""The page of the augmentation benchmark: a paired table for each setting."""

import platform

import numpy as np

HEAD = """# Augmentation with few training cases

Written by `python examples/benchmarks/augmentation.py --data ../shared/data --repeats {repeats} --page \
doc/results_augmentation.md` ({machine}, one thread, Python {python}); do not edit.

Each repeat draws a few cases of each class for training and tests on all others; every method adds {factor} new cases for each
real one. The first row is the accuracy without augmentation (mean +- standard error over the repeats); the others are the
difference from it, paired by repeat. **Bold** is a gain, *italic* a loss, of more than two standard errors. CPU seconds are spent on the
augmentation alone.

* **jitter** adds noise of a tenth of the spread of each column to copies; **SMOTE** is imbalanced-learn's, on flattened windows.
* The others are `TimeSeriesAugmenter`, which differ in the distribution of the residuals (a **Gaussian** with shrunk covariance, or the
  **diffusion** stage with {max_iter} steps), in the share of residuals that are drawn anew (`redraw_probability` 0.5 or 1), in
  `shared_dynamics=True`, and in a conditioning on two lags.
* **logistic** regression and **trees** (extremely randomised) see moments of each case, **1-NN** flattened windows, **MiniRocket** and
  **1-NN DTW** (aeon) the cases themselves."""


def page(cells):
    """Markdown of all settings."""
    repeats = max(cell["repeat"] for cell in cells) + 1
    head = HEAD.format(
        repeats=repeats,
        machine=platform.machine(),
        python=platform.python_version(),
        factor=cells[0]["factor"],
        max_iter=cells[0]["max_iter"],
    )
    return "\n\n".join([head, *tables(cells)]) + "\n"


def tables(cells):
    """A table for each set and number of cases."""
    settings = dict.fromkeys((cell["set"], cell["n_cases"]) for cell in cells)
    return [
        table(setting, [c for c in cells if (c["set"], c["n_cases"]) == setting])
        for setting in sorted(settings)
    ]


def table(setting, cells):
    """Mean accuracy without augmentation, and the paired differences from it."""
    name, n_cases = setting
    rows, columns = cells[0]["rows"], cells[0]["columns"]
    accuracy = np.array([cell["accuracy"] for cell in cells])
    seconds = np.mean([cell["seconds"] for cell in cells], axis=0)
    cases = "case" if n_cases == 1 else "cases"
    lines = [
        f"## {name}, {n_cases} {cases} a class ({len(cells)} repeats)",
        "",
        "| |" + "".join(f" {column} |" for column in columns) + " CPU s |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for i, row in enumerate(rows):
        difference = accuracy[:, i] - (i > 0) * accuracy[:, 0]
        shown = [entry(values, signed=i > 0) for values in difference.T]
        lines.append(f"| {row} | {' | '.join(shown)} | {seconds[i]:.1f} |")
    return "\n".join(lines)


def entry(values, signed):
    """Mean and standard error, marked where the one is more than twice the other."""
    mean = values.mean()
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.inf
    text = f"{mean:{'+' if signed else ''}.3f} +- {error:.3f}"
    mark = "" if not signed or abs(mean) <= 2.0 * error else "**" if mean > 0 else "*"
    return f"{mark}{text}{mark}"
