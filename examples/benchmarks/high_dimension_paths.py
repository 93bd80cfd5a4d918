"""Moments of simulated paths, and forecasts, of the benchmark of high dimension."""

import time

import numpy as np
from high_dimension_data import long_path

from skdiffts.metrics import (
    autocovariance,
    crps_of_sum,
    energy_score,
    interval_coverage,
    relative_error,
)

PATH_SETS = ("factor100", "fred", "los207")
N_PATHS = 50
# Forecasts from as many held-out rows, evenly spaced, each with so many continuations.
N_ORIGINS, N_SAMPLES = 20, 100
HORIZONS = (12, 24)
# Largest error of a moment over the training path's own.
BAR = 1.3


def moments(paths):
    """Covariance, and autocovariance of neighbouring rows."""
    return [autocovariance(paths, lag=lag) for lag in (0, 1)]


def moment_errors(paths, truth):
    """Relative errors of the two moments; infinite for paths that explode."""
    if not np.isfinite(paths).all():
        return np.full(2, np.inf)
    return np.array(list(map(relative_error, moments(paths), truth)))


def forecast_scores(model, split, seed=0):
    """Energy score, CRPS of the sum and coverage of 90 %, means over each horizon."""
    rows = np.concatenate([split.train[0], split.test[0][1:]])
    first, most = len(split.train[0]), max(HORIZONS)
    origins = np.linspace(first, len(rows) - most, N_ORIGINS).astype(int)
    pasts = [rows[:i] for i in origins]
    drawn = model.forecast(pasts, most, N_SAMPLES, np.random.RandomState(seed))
    steps = []
    for step in range(most):
        pair = drawn[:, :, step], rows[origins + step]
        coverage = interval_coverage(*pair, level=0.9, random_state=seed)
        steps.append([energy_score(*pair), crps_of_sum(*pair), coverage])
    return {horizon: np.mean(steps[:horizon], axis=0) for horizon in HORIZONS}


def run_paths(split, models):
    """Print one line for each model: errors of moments, then scores of forecasts."""
    truth = moments(long_path(split)[np.newaxis])
    own = moment_errors(split.train[0][np.newaxis], truth)
    print(
        f"\n{split.name}: training path's errors of covariance and lag-1 autocovariance "
        f"{own[0]:.3f}, {own[1]:.3f}; over these (bar {BAR}), then energy score, CRPS of "
        f"the sum and coverage of 90 %, of {' and '.join(map(str, HORIZONS))} steps"
    )
    for name, kind in models.items():
        model, rng = kind().fit(split), np.random.RandomState(0)
        start = time.process_time()
        paths = model.sample(split, N_PATHS, len(split.train[0]), rng)
        seconds = time.process_time() - start
        ratio = moment_errors(paths, truth) / own
        scores = " | ".join(
            f"{energy:.3f} {crps:.3f} {coverage:.3f}"
            for energy, crps, coverage in forecast_scores(model, split).values()
        )
        print(
            f"  {name:8s} {ratio[0]:.2f} {ratio[1]:.2f} | {scores} | "
            f"{seconds * 1e3 / paths.shape[0] / paths.shape[1]:.3f} ms a row",
            flush=True,
        )
