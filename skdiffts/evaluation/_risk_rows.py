"""Rows of the table about the joint distribution of forecasts and risk of a portfolio."""

from collections.abc import Callable
from functools import partial

import numpy as np

from skdiffts import metrics
from skdiffts.evaluation._evaluation import EvaluationRow
from skdiffts.evaluation._verdicts import PValue

__all__ = ["joint_rows", "risk_rows"]

# Levels of value at risk and expected shortfall.
LEVELS = (0.01, 0.05)


def joint_rows(forecasts, climate, outcomes):
    """Test the uniformity of transforms of one-step forecasts."""
    transforms = {
        "transforms of each column": metrics.probability_integral_transform,
        "Rosenblatt transforms": metrics.rosenblatt_transform,
        "joint ranks": metrics.joint_rank_transform,
    }
    functions = {
        f"uniformity of {name}": partial(_uniformity, transform=transform)
        for name, transform in transforms.items()
    }
    return _test_rows("joint forecasts", functions, forecasts, climate, outcomes)


def risk_rows(forecasts, climate, outcomes, weights):
    """Backtest value at risk and expected shortfall of a portfolio."""
    functions: dict[str, Callable] = {}
    for level in LEVELS:
        risk = {"level": level, "weights": weights}
        functions |= {
            f"violations of {level:.0%} value at risk": partial(
                _of_violations, test=partial(metrics.kupiec_test, level=level), **risk
            ),
            f"independence of violations, {level:.0%}": partial(
                _of_violations, test=metrics.christoffersen_independence_test, **risk
            ),
            f"conditional coverage, {level:.0%}": partial(
                _of_violations,
                test=partial(metrics.christoffersen_test, level=level),
                **risk,
            ),
        }
        if forecasts.shape[1] * level >= 1:
            functions[f"{level:.0%} expected shortfall"] = partial(_shortfall, **risk)
    return _test_rows("risk of the portfolio", functions, forecasts, climate, outcomes)


def _test_rows(family, functions, forecasts, climate, outcomes):
    """Rows of p-values, of which one half is the mean for right forecasts."""
    rows = []
    for name, p_value in functions.items():
        result = metrics.MetricResult(p_value(forecasts, outcomes), np.nan, 0.5)
        training = p_value(climate, outcomes)
        rows.append(EvaluationRow(family, name, "p > 0.01", result, training, PValue()))
    return rows


def _uniformity(forecasts, outcomes, transform):
    u = transform(forecasts, outcomes, random_state=0)
    return metrics.uniformity_test(u).p_value


def _of_violations(forecasts, outcomes, test, level, weights):
    violations = metrics.value_at_risk_violations(
        forecasts, outcomes, level=level, weights=weights, random_state=0
    )
    return test(violations).p_value


def _shortfall(forecasts, outcomes, level, weights):
    """P-value of the losses against the mean forecast, which any data have."""
    centre = forecasts.mean(axis=1)
    try:
        test = metrics.acerbi_szekely_test(
            forecasts - centre[:, np.newaxis],
            outcomes - centre,
            level=level,
            weights=weights,
            random_state=0,
        )
    except ValueError:  # forecasts without spread have no shortfall
        return np.nan
    return test.p_value
