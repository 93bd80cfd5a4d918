"""Rows of the table about forecasts and likelihood."""

from functools import partial

import numpy as np

from skdiffts import metrics
from skdiffts.evaluation._compare import block_jackknife, compare_forecasts
from skdiffts.evaluation._evaluation import EvaluationRow
from skdiffts.evaluation._verdicts import ForecastScore, NearFloor

__all__ = ["forecast_rows", "likelihood_rows"]

# Central intervals whose coverage is shown.
LEVELS = (0.5, 0.9, 0.95)


def forecast_rows(forecasts, climate, outcomes, names, options):
    """Scores of one-step forecasts, beside random training rows as forecasts."""
    functions = [
        ("energy score", "low", metrics.energy_score),
        ("CRPS", "low", metrics.crps),
    ]
    if len(names) > 1:
        functions += [
            (f"CRPS, {name}", "low", partial(_crps_of_feature, feature=k))
            for k, name in enumerate(names)
        ]
        functions += [
            ("CRPS of the sum", "low", metrics.crps_of_sum),
            ("variogram score", "low", metrics.variogram_score),
        ]
    functions.append(
        ("calibration error", "0", partial(metrics.calibration_error, random_state=0))
    )
    for level in LEVELS:
        share = partial(metrics.interval_coverage, level=level, random_state=0)
        functions.append((f"coverage of {level:.0%} intervals", f"{level:g}", share))
    return [
        EvaluationRow(
            family="forecasts, one step",
            name=name,
            ideal=ideal,
            result=compare_forecasts(metric, forecasts, outcomes, **options),
            training=metric(climate, outcomes),
            rule=ForecastScore() if ideal == "low" else NearFloor(float(ideal)),
        )
        for name, ideal, metric in functions
    ]


def likelihood_rows(generator, X_test, paths, n_blocks):
    """Held-out score of the generator, in the units of the data."""
    value, error = float(generator.score(X_test)), np.nan
    if hasattr(generator, "score_samples") and paths.container in ("rows", "stack"):
        scores = np.asarray(generator.score_samples(X_test), dtype=np.float64)
        scores = scores[~np.isnan(scores)]
        if len(scores) >= n_blocks:
            error = block_jackknife(np.mean, (scores,), n_blocks)
        if paths.container == "stack" and np.isfinite(error):
            # Scores of paths are sums over transitions, as many as the history leaves.
            error *= value / scores.mean()
    result = metrics.MetricResult(value, error, np.nan)
    return [EvaluationRow("forecasts, one step", "score", "high", result, np.nan)]


def _crps_of_feature(forecasts, outcomes, *, feature):
    return metrics.crps(forecasts[:, :, [feature]], outcomes[:, [feature]])
