"""Charts of an evaluation: densities, autocorrelations, paths, calibration, risk."""

from dataclasses import dataclass

import numpy as np

from skdiffts.evaluation._windows import rows_of
from skdiffts.metrics import (
    autocorrelation,
    portfolio_returns,
    probability_integral_transform,
)

__all__ = ["Chart", "forecast_charts", "path_charts", "risk_charts"]

MAX_FEATURES = 6
N_BINS = 30
N_EXAMPLES = 3

# In the order of drawing, the generated data on top; by the names of the panels.
LABELS = {"train": "training", "test": "held-out", "generated": "generated"}


DENSITY_NOTE = "How often a column takes which values."
AUTOCORRELATION_NOTES = {
    1: "How much a row resembles the row so many rows before. Lines of short data wander.",
    2: "How much a large move is followed by large moves: above zero where calm and wild "
    "times alternate. Lines of short data wander.",
}
EXAMPLE_NOTE = (
    "Generated windows should be as rough and as smooth as real ones; which values they "
    "take is chance."
)
RANK_NOTE = (
    "Flat, but for chance, where forecasts are right. A hill in the middle: forecasts "
    "are too wide. High ends: they are too narrow. A slope: they are too high or too low."
)
RISK_NOTE = (
    "The real portfolio should fall below the 5 % line in one row of twenty and below "
    "the 1 % line in one of a hundred, not in clusters."
)


@dataclass(frozen=True, eq=False)
class Chart:
    """Lines over one pair of axes.

    Parameters
    ----------
    title : str
        Quantity on the vertical axis.
    x_label : str
        Quantity on the horizontal axis.
    lines : tuple of (str, ndarray, ndarray)
        Label, abscissae and ordinates of each line, finite. Lines of one label share a
        colour and an entry in the legend.
    note : str, default=""
        How to read the chart, in a sentence or two.
    """

    title: str
    x_label: str
    lines: tuple
    note: str = ""


def path_charts(panels, names):
    """Charts of training, test and generated paths, as they are judged."""
    charts = [
        _density_chart(panels, k, name) for k, name in enumerate(names[:MAX_FEATURES])
    ]
    for power, what in ((1, "values"), (2, "squares")):
        charts += _autocorrelation_chart(panels, power, what)
    return [*charts, _example_chart(panels, names[0])]


def forecast_charts(forecasts, outcomes):
    """Histogram of the probability integral transforms: flat if calibrated."""
    u = probability_integral_transform(forecasts, outcomes, random_state=0)
    counts, edges = np.histogram(u, bins=20, range=(0.0, 1.0), density=True)
    flat = ("calibrated", np.array([0.0, 1.0]), np.ones(2))
    steps = ("generated", *_steps(counts, edges))
    title = "Rank of outcomes among their forecasts, density"
    return [Chart(title, "share of forecasts below", (flat, steps), RANK_NOTE)]


def risk_charts(forecasts, outcomes, weights):
    """Portfolio returns, with the value at risk that was forecast for each of them."""
    returns = portfolio_returns(outcomes, weights)
    draws = portfolio_returns(forecasts, weights)
    times = np.arange(len(returns))
    lines = [("held-out", times, returns)]
    lines += [
        (f"{percent} % quantile", times, quantile)
        for percent, quantile in zip(
            (5, 1), np.quantile(draws, (0.05, 0.01), axis=1), strict=True
        )
    ]
    return [
        Chart(
            "Portfolio, and quantiles of its forecasts",
            "forecast row",
            tuple(lines),
            RISK_NOTE,
        )
    ]


def _density_chart(panels, feature, name):
    """Histograms of one feature on the range that holds nearly all rows."""
    rows = {key: rows_of(panels[key])[:, feature] for key in LABELS}
    low, high = np.quantile(np.concatenate([*rows.values()]), [0.001, 0.999])
    high = high if high > low else low + 1.0
    lines = []
    for key, label in LABELS.items():
        counts, edges = np.histogram(rows[key], bins=N_BINS, range=(low, high))
        # Rows outside the range count, too, so that the area is at most one.
        height = counts / (len(rows[key]) * np.diff(edges))
        lines.append((label, *_steps(height, edges)))
    x_label = "value / training deviation"
    return Chart(f"Density, {name}", x_label, tuple(lines), DENSITY_NOTE)


def _autocorrelation_chart(panels, power, what):
    """Mean autocorrelation over columns; no chart where all columns are constant."""
    length = panels["test"].shape[1]
    lags = np.arange(1, max(2, length // 2 + 1))
    lines = []
    for key, label in LABELS.items():
        rho = autocorrelation(panels[key], lags, power=power)
        defined = ~np.isnan(rho[0])
        if defined.any():
            lines.append((label, lags, rho[:, defined].mean(axis=1)))
    title = f"Autocorrelation of {what}, mean over columns"
    note = AUTOCORRELATION_NOTES[power]
    return [Chart(title, "lag in rows", tuple(lines), note)] if lines else []


def _example_chart(panels, name):
    """Windows of held-out paths, and then of generated ones, side by side."""
    length = panels["test"].shape[1]
    times, step = np.arange(length), length + max(1, length // 6)
    paths = [
        (LABELS[key], path[:, 0])
        for key in ("test", "generated")
        for path in panels[key][:N_EXAMPLES]
    ]
    lines = tuple((label, times + k * step, y) for k, (label, y) in enumerate(paths))
    x_label = f"row, {length} in each window"
    return Chart(f"Example windows, {name}", x_label, lines, EXAMPLE_NOTE)


def _steps(heights, edges):
    """Outline of a histogram."""
    return np.repeat(edges, 2), np.concatenate([[0.0], np.repeat(heights, 2), [0.0]])
