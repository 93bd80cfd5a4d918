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
LABELS = {"train": "training", "test": "test", "generated": "generated"}


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
    """

    title: str
    x_label: str
    lines: tuple


def path_charts(panels, names):
    """Charts of training, test and generated paths, as they are judged."""
    charts = [
        _density_chart(panels, k, name) for k, name in enumerate(names[:MAX_FEATURES])
    ]
    for power, what in ((1, "values"), (2, "squares")):
        charts += _autocorrelation_chart(panels, power, what)
    times = np.arange(panels["test"].shape[1])
    examples = tuple(
        (LABELS[name], times, path[:, 0])
        for name in ("test", "generated")
        for path in panels[name][:N_EXAMPLES]
    )
    return [*charts, Chart(f"Example paths, {names[0]}", "row", examples)]


def forecast_charts(forecasts, outcomes):
    """Histogram of the probability integral transforms: flat if calibrated."""
    u = probability_integral_transform(forecasts, outcomes, random_state=0)
    counts, edges = np.histogram(u, bins=20, range=(0.0, 1.0), density=True)
    flat = ("calibrated", np.array([0.0, 1.0]), np.ones(2))
    steps = ("generated", *_steps(counts, edges))
    title = "Probability integral transform, density"
    return [Chart(title, "share of forecasts below the outcome", (flat, steps))]


def risk_charts(forecasts, outcomes, weights):
    """Portfolio returns, with the value at risk that was forecast for each of them."""
    returns = portfolio_returns(outcomes, weights)
    draws = portfolio_returns(forecasts, weights)
    times = np.arange(len(returns))
    quantiles = np.quantile(draws, (0.01, 0.05), axis=1)
    lines = [("test", times, returns)]
    lines += [("generated", times, quantile) for quantile in quantiles]
    title = "Portfolio, and 1 % and 5 % quantiles of its forecasts"
    return [Chart(title, "forecast row", tuple(lines))]


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
    return Chart(f"Density, {name}", "value / training deviation", tuple(lines))


def _autocorrelation_chart(panels, power, what):
    """Mean autocorrelation over features; no chart where all features are constant."""
    length = panels["test"].shape[1]
    lags = np.arange(1, max(2, length // 2 + 1))
    lines = []
    for key, label in LABELS.items():
        rho = autocorrelation(panels[key], lags, power=power)
        defined = ~np.isnan(rho[0])
        if defined.any():
            lines.append((label, lags, rho[:, defined].mean(axis=1)))
    title = f"Autocorrelation of {what}, mean over features"
    return [Chart(title, "lag in rows", tuple(lines))] if lines else []


def _steps(heights, edges):
    """Outline of a histogram."""
    return np.repeat(edges, 2), np.concatenate([[0.0], np.repeat(heights, 2), [0.0]])
