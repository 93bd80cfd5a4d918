"""Evaluation of generators: tables, comparisons with errors and floors, scorers.

:func:`compare` and :func:`compare_forecasts` give a metric of :mod:`skdiffts.metrics` a
standard error and a noise floor, scorers make it the criterion of a grid search, and
:func:`evaluate` puts all metrics of a generator into one table.
"""

from skdiffts.evaluation._compare import compare, compare_forecasts
from skdiffts.evaluation._evaluate import evaluate
from skdiffts.evaluation._evaluation import Evaluation, EvaluationRow
from skdiffts.evaluation._forecasts import one_step_forecasts
from skdiffts.evaluation._scorers import ForecastScorer, PathScorer, neg_energy_score

__all__ = [
    "Evaluation",
    "EvaluationRow",
    "ForecastScorer",
    "PathScorer",
    "compare",
    "compare_forecasts",
    "evaluate",
    "neg_energy_score",
    "one_step_forecasts",
]
