"""Verdicts of rows and of a table."""

import numpy as np
import pytest

from skdiffts.evaluation import Evaluation, EvaluationRow
from skdiffts.evaluation._verdicts import (
    ForecastScore,
    NearFloor,
    NoLessThan,
    NoMoreThan,
    PValue,
    RankCorrelation,
)
from skdiffts.metrics import MetricResult


def judged(rule, value, error=0.01, floor=0.1, training=0.5):
    return EvaluationRow(
        "a", "b", "0", MetricResult(value, error, floor), training, rule
    )


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        # Distance 0.1 of real data; 0.025 and 0.05 further, and twice as far.
        (judged(NearFloor(0.0), 0.12), "accept"),
        (judged(NearFloor(0.0), -0.12), "accept"),
        (judged(NearFloor(0.0), 0.13), "caution"),
        (judged(NearFloor(0.0), 0.19), "caution"),
        (judged(NearFloor(0.0), 0.21), "reject"),
        (judged(NearFloor(0.0), -0.21), "reject"),
        (judged(NearFloor(0.0), 0.21, error=0.03), "caution"),
        (judged(NearFloor(1.0), 0.88, floor=0.9), "accept"),
        (judged(NearFloor(1.0), 0.7, floor=0.9), "reject"),
        (judged(ForecastScore(), 0.05), "accept"),
        (judged(ForecastScore(), 0.13), "caution"),
        (judged(ForecastScore(), 0.49), "caution"),
        (judged(ForecastScore(), 0.51), "reject"),
        (judged(RankCorrelation(), 0.9), "accept"),
        (judged(RankCorrelation(), 0.0), "caution"),
        (judged(RankCorrelation(), -0.2), "reject"),
        (judged(RankCorrelation(), -0.2, error=0.2), "accept"),
        (judged(PValue(), 0.011, np.nan), "accept"),
        (judged(PValue(), 0.009, np.nan), "caution"),
        (judged(PValue(), 0.0009, np.nan), "reject"),
        (judged(NoMoreThan(1.0, 3.0), 1.0), "accept"),
        (judged(NoMoreThan(1.0, 3.0), 1.1), "caution"),
        (judged(NoMoreThan(1.0, 3.0), 3.1), "reject"),
        (judged(NoLessThan(0.8, 0.5), 0.8), "accept"),
        (judged(NoLessThan(0.8, 0.5), 0.7), "caution"),
        (judged(NoLessThan(0.8, 0.5), 0.4), "reject"),
        (judged(NoLessThan(0.8, 0.5), np.inf), "reject"),
        (judged(NearFloor(0.0), np.nan), ""),
        (judged(None, 0.5), ""),
    ],
)
def test_thresholds(row, verdict):
    assert row.verdict == verdict


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([0.5] * 20, "accept"),
        ([0.5] * 18 + [0.005] * 2, "accept"),
        ([0.5] * 17 + [0.005] * 3, "caution"),
        ([0.5] * 19 + [0.0005], "reject"),
        ([np.nan], ""),
        ([], ""),
    ],
)
def test_verdict_of_a_table(values, verdict):
    rows = tuple(judged(PValue(), value, np.nan) for value in values)
    assert Evaluation(rows=rows, charts=()).verdict == verdict


def test_reasons_lead_with_what_rejects():
    rows = tuple(judged(PValue(), value, np.nan, 0.5) for value in (0.005, 0.5, 0.0))
    first, second = Evaluation(rows=rows, charts=()).reasons()
    assert first.startswith("reject: a, b: 0 (")
    assert second.startswith("caution: a, b: 0.005 (ideal 0, floor 0.5; caution below")
