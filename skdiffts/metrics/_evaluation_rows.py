"""Rows of the table of an evaluation, family by family."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from skdiffts.metrics._autocovariance import autocorrelation
from skdiffts.metrics._calibration import calibration_error, interval_coverage
from skdiffts.metrics._classifier import classifier_accuracy
from skdiffts.metrics._compare import block_jackknife, compare, compare_forecasts
from skdiffts.metrics._context_fid import context_fid
from skdiffts.metrics._density_coverage import coverage, density
from skdiffts.metrics._discriminative import discriminative_score, predictive_score
from skdiffts.metrics._energy import energy_distance
from skdiffts.metrics._evaluation_row import EvaluationRow
from skdiffts.metrics._forecast_scores import (
    crps,
    crps_of_sum,
    energy_score,
    variogram_score,
)
from skdiffts.metrics._functionals import (
    CrossMoment,
    FirstExitTime,
    SquaredNorm,
    functional_difference,
)
from skdiffts.metrics._joint_tails import stress_correlation, tail_dependence
from skdiffts.metrics._marginal import marginal_difference
from skdiffts.metrics._maximum_mean_discrepancy import maximum_mean_discrepancy
from skdiffts.metrics._nearest_neighbor import nearest_neighbor_ratio
from skdiffts.metrics._path_moments import (
    autocorrelation_difference,
    covariance_difference,
    cross_correlation_difference,
)
from skdiffts.metrics._result import MetricResult
from skdiffts.metrics._signature import signature_discrepancy
from skdiffts.metrics._sliced_wasserstein import sliced_wasserstein
from skdiffts.metrics._stability import explosion_rate, long_run_drift
from skdiffts.metrics._tails import (
    aggregational_kurtosis,
    fact_difference,
    gain_loss_asymmetry,
    hill_index,
)
from skdiffts.metrics._volatility import coarse_fine_asymmetry, leverage
from skdiffts.metrics._wasserstein import wasserstein
from skdiffts.metrics._windows import evenly, pairs_of, rows_of

LEVELS = (0.5, 0.9, 0.95)
# Share of the training rows within the ball that paths leave.
EXIT = 0.95

# What is good, where that is not zero.
IDEALS = {
    "density": "1",
    "coverage": "high",
    "nearest-neighbour ratio to training": "1",
    "classifier accuracy": "0.5",
    "predictive score": "low",
}


def sample_rows(panels, max_rows, classifier, options):
    """Distances between pairs of successive rows."""
    pairs = {name: pairs_of(panel) for name, panel in panels.items()}
    size = min(max_rows, *map(len, pairs.values()))
    some = {name: rows[evenly(len(rows), size)] for name, rows in pairs.items()}

    # A copy of whatever training row counts: these are not thinned.
    def memorisation(real, generated):
        return nearest_neighbor_ratio(generated, pairs["train"], real)

    metrics = {
        "sliced Wasserstein distance": partial(sliced_wasserstein, random_state=0),
        "Wasserstein distance": wasserstein,
        "energy distance": energy_distance,
        "maximum mean discrepancy, squared": _where_defined(maximum_mean_discrepancy),
        "density": density,
        "coverage": coverage,
        "nearest-neighbour ratio to training": _where_defined(memorisation),
        "classifier accuracy": partial(classifier_accuracy, estimator=classifier),
    }
    rows = _rows("pairs of rows", metrics, some, options)
    return [*rows, _total_variation_row(rows[-1])]


def path_rows(panels, classifier, regressor, encoder, options):
    """Differences between panels, and between their stylised facts."""
    _, length, d = panels["test"].shape
    difference = autocorrelation_difference
    metrics = {
        "autocorrelation": difference,
        "autocorrelation of sizes": partial(difference, of="absolute"),
        "autocorrelation of squares": partial(difference, of="squares"),
        "covariance": _where_defined(covariance_difference),
        "covariance at lag 1": _where_defined(partial(covariance_difference, lag=1)),
        "signature discrepancy": _where_defined(signature_discrepancy),
        "discriminative score": partial(discriminative_score, estimator=classifier),
    }
    lags = tuple(h for h in (1, 2, 5, 10) if h < length)
    scales = tuple(tau for tau in (1, 5, 20) if tau <= length)
    facts = {
        "heavy tails": hill_index,
        "gain/loss asymmetry": gain_loss_asymmetry,
        "aggregational Gaussianity": partial(aggregational_kurtosis, scales=scales),
        "volatility clustering": partial(autocorrelation, lags=lags, power=2),
        "leverage": partial(leverage, lags=lags),
    }
    if length > 5:
        metrics["predictive score"] = partial(predictive_score, estimator=regressor)
    if encoder is not None:
        metrics["Context-FID"] = partial(context_fid, encoder=encoder)
    if length >= 10:
        facts["coarse-fine volatility"] = coarse_fine_asymmetry
    if d > 1:
        metrics["cross-correlation"] = cross_correlation_difference
        facts["tail dependence"] = tail_dependence
        facts["correlation in stress"] = stress_correlation
    facts = {name: partial(fact_difference, fact=fact) for name, fact in facts.items()}
    # Stationary windows share one marginal law: a row is a path of one row.
    rows = {name: rows_of(panel)[:, np.newaxis] for name, panel in panels.items()}
    norms = np.linalg.norm(panels["train"], axis=2)
    functionals: dict[str, Callable] = {
        "mean squared norm": SquaredNorm(),
        "mean first exit time": FirstExitTime(threshold=np.quantile(norms, EXIT)),
    }
    if d > 1:
        functionals["mean cross moment, first two features"] = CrossMoment()
    functionals = {
        name: partial(functional_difference, functional=functional)
        for name, functional in functionals.items()
    }
    return [
        *_rows("paths", {"marginal difference": marginal_difference}, rows, options),
        *_rows("paths", metrics, panels, options),
        *_rows("functionals", functionals, panels, options),
        *_rows("returns", facts, panels, options),
    ]


def stability_rows(panels, long, options):
    """Stability of paths far longer than the training ones."""
    metrics: dict[str, Callable] = {
        "explosion rate": explosion_rate,
        "drift over the long run": long_run_drift,
    }
    few = {**options, "n_blocks": min(len(long), options["n_blocks"])}
    return _rows("stability", metrics, {**panels, "generated": long}, few)


def forecast_rows(forecasts, climate, outcomes, names, options):
    """Scores of forecasts one step ahead, beside training rows drawn at random."""
    metrics = [("energy score", "low", energy_score), ("CRPS", "low", crps)]
    if len(names) > 1:
        metrics += [
            (f"CRPS, {name}", "low", partial(_crps_of_feature, feature=k))
            for k, name in enumerate(names)
        ]
        metrics += [
            ("CRPS of the sum", "low", crps_of_sum),
            ("variogram score", "low", variogram_score),
        ]
    metrics.append(
        ("calibration error", "0", partial(calibration_error, random_state=0))
    )
    for level in LEVELS:
        share = partial(interval_coverage, level=level, random_state=0)
        metrics.append((f"coverage of {level:.0%} intervals", f"{level:g}", share))
    return [
        EvaluationRow(
            family="forecasts, one step",
            name=name,
            ideal=ideal,
            result=compare_forecasts(metric, forecasts, outcomes, **options),
            training=metric(climate, outcomes),
        )
        for name, ideal, metric in metrics
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
            # A path has the sum over its transitions, as many as the memory leaves.
            error *= value / scores.mean()
    result = MetricResult(value, error, np.nan)
    return [EvaluationRow("forecasts, one step", "score", "high", result, np.nan)]


def _rows(family, metrics, panels, options):
    """Rows of metrics between test and generated data."""
    test = panels["test"]
    return [
        EvaluationRow(
            family=family,
            name=name,
            ideal=IDEALS.get(name, "0"),
            result=compare(metric, test, panels["generated"], **options),
            training=metric(test, panels["train"]),
        )
        for name, metric in metrics.items()
    ]


def _total_variation_row(accuracy):
    """Row of :func:`total_variation_bound`, which is linear in the accuracy."""
    result = MetricResult(
        value=2 * accuracy.result.value - 1,
        standard_error=2 * accuracy.result.standard_error,
        floor=2 * accuracy.result.floor - 1,
    )
    return replace(
        accuracy,
        name="total variation, lower bound",
        ideal="0",
        result=result,
        training=2 * accuracy.training - 1,
    )


def _where_defined(metric):
    """Make a metric NaN where it would raise, as where the rows are counts that repeat.

    A table goes on without the numbers that such data do not have.
    """

    def value(real, generated):
        try:
            return metric(real, generated)
        except ValueError:
            return np.nan

    return value


def _crps_of_feature(forecasts, outcomes, *, feature):
    return crps(forecasts[:, :, [feature]], outcomes[:, [feature]])
