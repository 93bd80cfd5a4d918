"""Figures and page of the residual experiment of the source paper."""

import platform

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import gaussian_kde

HEAD = """\
Written by `make paper` ({machine}, one thread, Python {python}, {minutes:.0f} CPU minutes); do not edit. One path of {n_rows} rows of a vector
autoregression in {n_features} dimensions with Gaussian mixture innovations, seed {seed}. The published recipe is
`skdiffts.kernel.nadaraya_watson` with `skdiffts.diffusion.published_sampler` and residuals in sample; the other are the defaults
of this package.

{reduced} The paper prints no figure of its panels, so that its claims in words are what can be checked. Not published, and chosen
here: {n_draws} draws and {n_paths} paths of {length} rows to measure with, the checkpoints, the bandwidth, the width and dropout of the
network, the first time and the mixture.

Nothing is cut: a total variation above one says nothing, and neither does an infinite distance. "Measured" is what a classifier
and slices find from draws, from below; eq. 10 takes the steepest place of the score that a search has found, and is no bound; a
network has no certified slope. "Girsanov's bound" is about the reverse equation, with the sampler's own prior. Distances and
bounds are against the known distribution. Standard errors are of the draws alone; the training residuals, one sample of the
distribution, are off by errors of the same size, which no sampler can know."""
FULL = """\
Nothing is reduced against the paper: path, dimension, {max_iter} iterations on batches of 128, {n_levels} lengths of steps with {n_inner}
steps each."""
REDUCED = """\
**Reduced, to see that it runs**: {max_iter} iterations, {n_levels} lengths of steps with {n_inner} steps each."""
KINDS = {
    "kernel": """\
### Residuals of the kernel stage

As published: the second stage learns what the first one leaves.""",
    "exact": """\
### Exact residuals

The second stage alone: it learns from the innovations themselves. What fails above and holds here is an error of the first stage.
Paths are simulated with the fitted kernel stage all the same.""",
}
PATHS = """\
#### Paths

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
        # Room for the legend above all lines.
        low, high = axes.get_ylim()
        axes.set_ylim(low, high * (high / low) ** 0.6)
        axes.legend(fontsize=8, loc="upper right")
    for place, (name, (_, oracle)) in enumerate(functionals.items(), start=4):
        axes = figure.add_subplot(2, 3, place)
        values, errors = np.transpose([history[step][name] for step in steps])
        axes.errorbar(steps, values, 2.0 * errors, marker="o", capsize=3, label="draws")
        axes.axhline(oracle, color="black", label="oracle")
        axes.set(xscale="log", xlabel="training step")
        axes.set_title(f"({'cd'[place - 4]}) {name}, two standard errors")
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.2 * (high - low))
        axes.legend(loc="upper right", ncols=2)
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


def write_page(path, size, seed, functionals, measured):
    """Write the page with tables of all checkpoints and verdicts, by kind of residuals."""
    is_full = size.max_iter >= 10_000
    parts = [
        HEAD.format(
            machine=platform.machine(),
            python=platform.python_version(),
            minutes=sum(found.seconds for found in measured.values()) / 60.0,
            seed=seed,
            reduced=(FULL if is_full else REDUCED).format(**vars(size)),
            **vars(size),
        )
    ]
    for kind, found in measured.items():
        parts.append(KINDS[kind])
        for name, history in found.histories.items():
            parts += [f"#### {name.capitalize()}", _table(history, functionals)]
            parts.append(
                "\n".join(
                    f"* {claim}: **{seen}**" for claim, seen in found.claims[name]
                )
            )
            recipe = "published" if name.startswith("pub") else "ours"
            parts.append(
                f"![Panels a to f, {name}, {kind} residuals]"
                f"(_static/paper_{recipe}_{kind}.png)"
            )
        parts.append(PATHS.format(**vars(size)))
        rows = [
            [name, *(f"{error:.3f}" for error in errors)]
            for name, errors in found.paths.items()
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
