"""Figures and page of the residual experiment of the source paper."""

import platform

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import gaussian_kde

HEAD = """\
Written by `make paper` ({machine}, one thread, Python {python}); do not edit. One path of {n_rows} rows of a vector autoregression in
{n_features} dimensions with Gaussian mixture innovations, seed {seed}, {residuals} residuals. The published recipe is
`skdiffts.kernel.nadaraya_watson` with `skdiffts.diffusion.published_sampler` and residuals in sample; the other are the defaults
of this package. Nothing is cut: a total variation above one says nothing, and neither does an infinite distance. "Measured" is
what a classifier and slices find from {n_draws} draws, from below; eq. 10 takes the steepest place of the score that a search has
found, and is no bound; a network has no certified slope. "Girsanov's bound" is about the reverse equation, with the sampler's own
prior. Distances and bounds are against the known distribution."""
PATHS = """\
### Paths

Errors of {n_paths} simulated paths of {length} rows: relative, of the stationary covariance and the lag-1 autocovariance; sliced
Wasserstein distance of pairs of successive rows to true ones.
"""


def draw(history, functionals, real, draws, title, path):
    """Draw the six panels."""
    figure = plt.figure(figsize=(13, 7.5), layout="constrained")
    steps = list(history)
    for place, distance in enumerate(("TV", "W2"), start=1):
        axes = figure.add_subplot(2, 3, place)
        for line in (name for name in history[steps[0]] if name.startswith(distance)):
            values = np.array([history[step][line] for step in steps])
            style = "-" if "measured" in line else "--"
            finite = np.where(np.isfinite(values), values, np.nan)
            label = line if np.isfinite(values).any() else f"{line} (infinite)"
            axes.plot(steps, finite, style, marker="o", markersize=4, label=label)
        axes.set(xscale="log", yscale="log", xlabel="training step")
        axes.set_title(f"({' ab'[place]})")
        axes.legend(fontsize=8)
    for place, (name, (_, oracle)) in enumerate(functionals.items(), start=4):
        axes = figure.add_subplot(2, 3, place)
        values, errors = np.transpose([history[step][name] for step in steps])
        axes.errorbar(steps, values, 2.0 * errors, marker="o", capsize=3, label="draws")
        axes.axhline(oracle, color="black", label="oracle")
        axes.set(xscale="log", xlabel="training step")
        axes.set_title(f"({'cd'[place - 4]}) {name}, two standard errors")
        axes.legend()
    grid = np.stack(np.meshgrid(*2 * [np.linspace(-3.0, 3.0, 60)]))
    for place, (name, rows) in {3: ("true", real), 6: ("generated", draws)}.items():
        axes = figure.add_subplot(2, 3, place, projection="3d")
        surface = gaussian_kde(rows[:, :2].T)(grid.reshape(2, -1)).reshape(60, 60)
        axes.plot_surface(*grid, surface, cmap="viridis")
        axes.set_title(f"({'ef'[place // 6]}) density of two components, {name}")
    figure.suptitle(title)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=80)
    plt.close(figure)
    print(f"  figure: {path}")


def write_page(path, size, options, functionals, histories, claims, paths):
    """Write the page with tables of all checkpoints and verdicts."""
    parts = [
        HEAD.format(
            machine=platform.machine(),
            python=platform.python_version(),
            residuals=options.residuals,
            seed=options.seed,
            **vars(size),
        )
    ]
    for name, history in histories.items():
        parts += [f"### {name.capitalize()}", _table(history, functionals)]
        parts.append(
            "\n".join(f"* {claim}: **{seen}**" for claim, seen in claims[name])
        )
        figure = "paper_published" if name.startswith("pub") else "paper_ours"
        parts.append(f"![Panels a to f, {name}](_static/{figure}.png)")
    parts.append(PATHS.format(**vars(size)))
    rows = [
        [name, *(f"{error:.3f}" for error in errors)] for name, errors in paths.items()
    ]
    parts.append(_markdown(["", "covariance", "lag 1", "pairs"], rows))
    path.write_text("\n\n".join(parts) + "\n", "utf-8")
    print(f"page: {path}")


def _table(history, functionals):
    """Figures by rows, checkpoints by columns."""
    rows = []
    for name in next(iter(history.values())):
        values = [row[name] for row in history.values()]
        if name in functionals:
            cells = [f"{value:.2f} ± {error:.2f}" for value, error in values]
        else:
            cells = [f"{value:.3g}" for value in values]
        rows.append([name, *cells])
    return _markdown(["training step", *map(str, history)], rows)


def _markdown(head, rows):
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
