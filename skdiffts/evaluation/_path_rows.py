"""Rows of the table about samples, memorisation, paths, strategies and long runs."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from skdiffts import metrics
from skdiffts.evaluation._compare import compare
from skdiffts.evaluation._evaluation import EvaluationRow
from skdiffts.evaluation._verdicts import (
    ForecastScore,
    NearFloor,
    NoLessThan,
    NoMoreThan,
    RankCorrelation,
)
from skdiffts.evaluation._windows import evenly, pairs_of, rows_of

__all__ = ["path_rows", "sample_rows", "stability_rows"]

# Share of the training rows inside the ball of the first exit time.
EXIT = 0.95

# Best values other than zero.
IDEALS = {
    "density": "1",
    "coverage": "high",
    "nearest-neighbour ratio to training": "1",
    "classifier accuracy": "0.5",
    "closest-record share of training": "0.5",
    "predictive score": "low",
    "rank correlation of strategies": "1",
}

# Rules other than a comparison of distances from the ideal value with real data's.
RULES = {
    "coverage": NearFloor(ideal=1.0),
    # Half as far from the training rows as held-out rows are: copies with noise.
    "nearest-neighbour ratio to training": NoLessThan(accepted=0.8, rejected=0.5),
    "closest-record share of training": NoMoreThan(accepted=0.6, rejected=0.75),
    "predictive score": ForecastScore(),
    "rank correlation of strategies": RankCorrelation(),
    "explosion rate": NoMoreThan(accepted=0.0, rejected=0.0),
    # In standard deviations of the training rows.
    "drift over the long run": NoMoreThan(accepted=1.0, rejected=3.0),
}
# Rows that the strategies look back upon, and least rows that they then trade.
LOOKBACKS, MIN_TRADED = (2, 5, 10), 5


def sample_rows(panels, max_rows, classifier, options):
    """Distances between pairs of successive rows."""
    pairs = {name: pairs_of(panel) for name, panel in panels.items()}
    size = min(max_rows, *map(len, pairs.values()))
    some = {name: rows[evenly(len(rows), size)] for name, rows in pairs.items()}

    # Not thinned: a copy of any training row counts.
    def memorisation(real, generated):
        return metrics.nearest_neighbor_ratio(generated, pairs["train"], real)

    def closest(real, generated):
        return metrics.closest_record_share(generated, pairs["train"], real)

    functions = {
        "sliced Wasserstein distance": partial(
            metrics.sliced_wasserstein, random_state=0
        ),
        "Wasserstein distance": metrics.wasserstein,
        "energy distance": metrics.energy_distance,
        "maximum mean discrepancy, squared": _where_defined(
            metrics.maximum_mean_discrepancy
        ),
        "density": metrics.density,
        "coverage": metrics.coverage,
        "nearest-neighbour ratio to training": _where_defined(memorisation),
        "closest-record share of training": closest,
        "classifier accuracy": partial(
            metrics.classifier_accuracy, estimator=classifier
        ),
    }
    rows = _rows("pairs of rows", functions, some, options)
    return [*rows, _total_variation_row(rows[-1])]


def path_rows(panels, classifier, regressor, encoder, options):
    """Differences between panels, and between their stylised facts."""
    # Stationary windows share one marginal distribution: a row is a path of one row.
    rows = {name: rows_of(panel)[:, np.newaxis] for name, panel in panels.items()}
    margins = {"marginal difference": metrics.marginal_difference}
    differences = _differences(panels["test"].shape, classifier, regressor, encoder)
    return [
        *_rows("paths", margins, rows, options),
        *_rows("paths", differences, panels, options),
        *_rows("functionals", _functionals(panels["train"]), panels, options),
        *_rows("returns", _facts(panels["test"].shape), panels, options),
        *_rows("returns", _strategies(panels["test"].shape), panels, options),
    ]


def stability_rows(panels, long, options):
    """Stability of paths far longer than the training paths."""
    functions: dict[str, Callable] = {
        "explosion rate": metrics.explosion_rate,
        "drift over the long run": metrics.long_run_drift,
    }
    few = {**options, "n_blocks": min(len(long), options["n_blocks"])}
    return _rows("stability", functions, {**panels, "generated": long}, few)


def _differences(shape, classifier, regressor, encoder):
    """Metrics of windows of this shape, by name."""
    _, length, d = shape
    difference = metrics.autocorrelation_difference
    functions = {
        "autocorrelation": difference,
        "autocorrelation of sizes": partial(difference, of="absolute"),
        "autocorrelation of squares": partial(difference, of="squares"),
        "covariance": _where_defined(metrics.covariance_difference),
        "covariance at lag 1": _where_defined(
            partial(metrics.covariance_difference, lag=1)
        ),
        "signature discrepancy": _where_defined(metrics.signature_discrepancy),
        "discriminative score": partial(
            metrics.discriminative_score, estimator=classifier
        ),
    }
    if length > 5:
        functions["predictive score"] = partial(
            metrics.predictive_score, estimator=regressor
        )
    if encoder is not None:
        functions["Context-FID"] = partial(metrics.context_fid, encoder=encoder)
    if d > 1:
        functions["cross-correlation"] = metrics.cross_correlation_difference
    return functions


def _facts(shape):
    """Differences of the stylised facts that windows of this shape have, by name."""
    _, length, d = shape
    lags = tuple(h for h in (1, 2, 5, 10) if h < length)
    scales = tuple(tau for tau in (1, 5, 20) if tau <= length)
    facts = {
        "heavy tails": metrics.hill_index,
        "gain/loss asymmetry": metrics.gain_loss_asymmetry,
        "aggregational Gaussianity": partial(
            metrics.aggregational_kurtosis, scales=scales
        ),
        "volatility clustering": partial(metrics.autocorrelation, lags=lags, power=2),
        "leverage": partial(metrics.leverage, lags=lags),
    }
    if length >= 10:
        facts["coarse-fine volatility"] = metrics.coarse_fine_asymmetry
    if d > 1:
        facts["tail dependence"] = metrics.tail_dependence
        facts["correlation in stress"] = metrics.stress_correlation
    return {
        name: partial(metrics.fact_difference, fact=fact)
        for name, fact in facts.items()
    }


def _strategies(shape):
    """Rank correlation of strategies, where windows are long enough, by name."""
    if shape[1] < max(LOOKBACKS) + MIN_TRADED:
        return {}
    transfer = partial(metrics.strategy_rank_transfer, lookbacks=LOOKBACKS)
    return {"rank correlation of strategies": transfer}


def _functionals(train):
    """Differences of the means of functionals, by name."""
    norms = np.linalg.norm(train, axis=2)
    functionals: dict[str, Callable] = {
        "mean squared norm": metrics.SquaredNorm(),
        "mean first exit time": metrics.FirstExitTime(
            threshold=np.quantile(norms, EXIT)
        ),
    }
    if train.shape[2] > 1:
        functionals["mean cross moment, first two features"] = metrics.CrossMoment()
    return {
        name: partial(metrics.functional_difference, functional=functional)
        for name, functional in functionals.items()
    }


def _rows(family, functions, panels, options):
    """Rows of metrics between test and generated data."""
    test = panels["test"]
    return [
        EvaluationRow(
            family=family,
            name=name,
            ideal=IDEALS.get(name, "0"),
            result=compare(metric, test, panels["generated"], **options),
            training=metric(test, panels["train"]),
            rule=RULES.get(name) or NearFloor(ideal=float(IDEALS.get(name, 0))),
        )
        for name, metric in functions.items()
    ]


def _total_variation_row(accuracy):
    """Row of :func:`total_variation_bound`, which is linear in the accuracy."""
    result = metrics.MetricResult(
        value=2 * accuracy.result.value - 1,
        standard_error=2 * accuracy.result.standard_error,
        floor=2 * accuracy.result.floor - 1,
    )
    return replace(
        accuracy,
        name="total variation, lower bound",
        ideal="0",
        result=result,
        rule=NearFloor(ideal=0.0),
        training=2 * accuracy.training - 1,
    )


def _where_defined(metric):
    """Make a metric NaN where it raises, as for counts, whose rows repeat."""

    def value(real, generated):
        try:
            return metric(real, generated)
        except ValueError:
            return np.nan

    return value
