"""How far beyond the joint range of the rows should curves end? Moments of paths.

    python examples/benchmarks/high_dimension_fade.py [SET ...] [--data FOLDER]

`JointRange` gives way to a line over a stretch of FADE ranges. Each set is a part of the
training rows of the benchmark of high dimension, and other training rows judge it: relative
error of the covariance and of the lag-1 autocovariance of simulated paths, over the same
errors of the fitted rows. Sets whose curves lead nowhere do not use the fade and are named only.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np
from high_dimension_data import table
from high_dimension_paths import moment_errors, moments

from skdiffts import KernelDriftVolEstimator
from skdiffts.conditioning import HARVolatility, State
from skdiffts.linear import _joint_range

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FADES = (0.1, 0.3, 1.0, 3.0)
N_PATHS, LENGTH = 20, 600
SPEEDS, N_SPEEDS, N_FITTED_SPEEDS = "los_speed.parquet", 1470, 1050
ENERGY, N_ENERGY, N_FITTED_ENERGY = "energy_appliances.parquet", 4379, 3000
# Name to file, columns, and whether the first rows are fitted or the last ones.
SETS = {
    "speeds, 10 columns": (SPEEDS, 10, True),
    "speeds, 10 columns, later": (SPEEDS, 10, False),
    "speeds, 30 columns": (SPEEDS, 30, True),
    "speeds, 30 columns, later": (SPEEDS, 30, False),
    "energy, 8 columns": (ENERGY, 8, True),
    "energy, 26 columns": (ENERGY, 26, True),
}


def rows_of(name, folder):
    """Fitted and judging rows, standardised by the fitted ones."""
    file, n_columns, is_first = SETS[name]
    n_rows, n = (
        (N_SPEEDS, N_FITTED_SPEEDS) if file == SPEEDS else (N_ENERGY, N_FITTED_ENERGY)
    )
    [x] = table(folder, file, n_rows=n_rows)
    if file == SPEEDS:
        x = x[:, np.random.RandomState(0).permutation(x.shape[1])]
    x = x[:, :n_columns]
    fitted, judging = (x[:n], x[n:]) if is_first else (x[-n:], x[:-n])
    center, scale = fitted.mean(axis=0), fitted.std(axis=0)
    return (fitted - center) / scale, (judging - center) / scale


def run(name, folder):
    """Print the errors of each fade."""
    fitted, judging = rows_of(name, folder)
    truth = moments(judging[np.newaxis])
    own = moment_errors(fitted[np.newaxis], truth)
    estimator = KernelDriftVolEstimator(
        "all", conditioning=State(), additive_drift="linear", scale=HARVolatility()
    ).fit(fitted)
    ridge = estimator.model_.rules.core.ridge
    if ridge.joint_range is None:
        print(f"{name}: not in use, {len(ridge.splines)} kind(s) of curves", flush=True)
        return
    cells, default = [], _joint_range.FADE
    for fade in FADES:
        _joint_range.FADE, rng = fade, np.random.RandomState(0)
        residuals = estimator.loo_residuals_ * estimator.innovation_ratio_
        origins = rng.randint(5, len(fitted) - 5, size=N_PATHS)
        noise = residuals[rng.randint(len(residuals), size=(N_PATHS, LENGTH))]
        paths = estimator.simulate(noise, estimator.history(fitted).take(origins))
        ratio = moment_errors(paths, truth) / own
        cells.append(f"{fade:g}: {ratio[0]:.2f} {ratio[1]:.2f}")
    _joint_range.FADE = default
    print(f"{name}: {', '.join(cells)}", flush=True)


def main():
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", metavar="SET", default=list(SETS))
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.sets = options.sets[:1]
    warnings.simplefilter("ignore")
    for name in options.sets:
        run(name, options.data)


if __name__ == "__main__":
    main()
