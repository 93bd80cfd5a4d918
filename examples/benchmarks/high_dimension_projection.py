"""Would a local fit on a few leading components be kept beside the line?

    python examples/benchmarks/high_dimension_projection.py [SET ...] [--data FOLDER] [--quick]

In more columns than sixteen no local fit is tried. Here one is: it sees the first 1, 2, 4
or 8 principal components of the standardised conditioning vector, and corrects the linear
drift and covariance of the history that is found. Bandwidth and shrinkage are chosen as
always; "all" and no gain is the line itself. The first 70 % of the training rows are
fitted and the others scored, as in the choice between a line and a local fit. Held-out
rows of the other benchmarks are not used.
"""

import argparse
import time
import warnings
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
from high_dimension_data import factor_model, fmri, returns, table
from sklearn.base import BaseEstimator, clone

from skdiffts import KernelDriftVolEstimator
from skdiffts._paths import check_paths
from skdiffts.kernel import _automatic, _dynamics, _fitted_dynamics
from skdiffts.kernel._history import TimeAxis
from skdiffts.kernel._local_fit import Smoother
from skdiffts.selection import block_error, forward_folds, select_history

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
N_COMPONENTS = (1, 2, 4, 8)
N_ROWS, N_COLUMNS = 1470, 20
# With --quick: the first set alone.
QUICK_COMPONENTS, QUICK_ROWS = (1, 8), 400
SETS = {
    "los20": lambda folder: table(folder, "los_speed.parquet"),
    "fmri20": lambda folder: fmri(folder)[:20],
    "sp20": returns,
    "energy20": lambda folder: table(folder, "energy_appliances.parquet"),
    "factor20": lambda folder: factor_model(N_COLUMNS, N_ROWS),
}


class Projection:
    """Leading principal components of standardised conditioning vectors."""

    def __init__(self, n_components):
        self.n_components = n_components

    def fit(self, vectors):
        """Learn the axes, and project."""
        self.mean, deviation = vectors.mean(axis=0), vectors.std(axis=0)
        self.scale = np.where(deviation > 0.0, deviation, 1.0)
        z = (vectors - self.mean) / self.scale
        self.axes = np.linalg.eigh(z.T @ z)[1][:, ::-1][:, : self.n_components]
        return z @ self.axes

    def __call__(self, vectors):
        """Project vectors, unless they are components already."""
        if vectors.shape[1] == self.axes.shape[1]:
            return vectors
        return (vectors - self.mean) / self.scale @ self.axes


def projected(projection):
    """Parts of the regression that see components for the while; the core sees all."""
    fit, along = _fitted_dynamics.Transitions.fit, Smoother.drift_along
    evaluate, bests = _dynamics.LocalModel.evaluate, []
    select = _fitted_dynamics.select

    def fit_transitions(*given):
        transitions = fit(*given)
        return replace(transitions, states=projection.fit(transitions.states))

    def drift_along(smoother, line):
        drift = along(smoother, line)
        return lambda states: drift(projection(states))

    def noting(*given):
        smoother, selection = select(*given)
        bests.append(selection.best())
        return smoother, selection

    patches = ExitStack()
    for target, name, new in (
        (_fitted_dynamics.Transitions, "fit", fit_transitions),
        (Smoother, "drift_along", drift_along),
        (
            _dynamics.LocalModel,
            "evaluate",
            lambda model, z, scale: evaluate(model, projection(z), scale),
        ),
        (_fitted_dynamics, "select", noting),
    ):
        patches.enter_context(mock.patch.object(target, name, new))
    return patches, bests


def run(name, folder, components, n_rows):
    """Print the gain of each number of components over the line."""
    paths = [x[:n_rows, :N_COLUMNS] for x in SETS[name](folder)]
    rows = np.concatenate(paths)
    paths = [(x - rows.mean(axis=0)) / rows.std(axis=0) for x in paths]
    paths = check_paths(BaseEstimator(), paths, reset=True)
    clock = TimeAxis.fit(1.0, paths)
    found = select_history(paths, clock.steps(paths))
    print(f"\n{name}: {paths.n_rows} rows, {found.describe()}", flush=True)
    parts = {"conditioning": found.conditioning, "scale": found.scale}
    estimator = KernelDriftVolEstimator(**parts, additive_drift="linear")
    folds = forward_folds(paths, (_automatic.SPLIT,))
    given = paths, clock, folds, found.specification.n_history
    line = _automatic._forward_values(
        clone(estimator).set_params(n_neighbors="all"), *given
    )
    for n_components in components:
        start = time.process_time()
        patches, bests = projected(Projection(n_components))
        with patches:
            values = _automatic._forward_values(clone(estimator), *given)
        gain = values - line
        k, shrinkage = bests[-1]
        print(
            f"  {n_components} components: k {k}, shrinkage {shrinkage:g}, gain "
            f"{gain.mean():+.4f} +- {block_error(gain):.4f} nats a row, "
            f"{time.process_time() - start:.1f} s",
            flush=True,
        )


def main():
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", metavar="SET", default=list(SETS))
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    size = N_COMPONENTS, N_ROWS
    if options.quick:
        options.sets, size = options.sets[:1], (QUICK_COMPONENTS, QUICK_ROWS)
    warnings.simplefilter("ignore")
    for name in options.sets:
        run(name, options.data, *size)


if __name__ == "__main__":
    main()
