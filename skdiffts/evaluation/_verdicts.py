"""Verdicts of rows and of a whole evaluation: accept, caution or reject."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

__all__ = [
    "ACCEPT",
    "CAUTION",
    "NOT_JUDGED",
    "REJECT",
    "ForecastScore",
    "NearFloor",
    "NoLessThan",
    "NoMoreThan",
    "PValue",
    "RankCorrelation",
    "VerdictRule",
    "overall",
]

ACCEPT, CAUTION, REJECT, NOT_JUDGED = "accept", "caution", "reject", ""

# Standard errors beyond which a difference from the floor calls for caution, and beyond
# which it may reject. Errors come from ten blocks: Student's t with nine degrees of
# freedom exceeds them with probability 0.017 and 0.0004.
CAUTION_ERRORS, REJECT_ERRORS = 2.5, 5.0
# A difference that is certain rejects only if it matters as well.
FLOOR_FACTOR = 2.0
# Levels of tests: an evaluation has about a dozen of them.
CAUTION_LEVEL, REJECT_LEVEL = 0.01, 0.001
# Share of rows at caution beyond which the evaluation is: some are by chance.
CAUTION_SHARE = 0.1


class VerdictRule(ABC):
    """Rule that turns a metric with its standard error and floor into a verdict."""

    def verdict(self, result, training):
        """Judge a metric.

        Parameters
        ----------
        result : MetricResult
            Metric of the generated data.
        training : float
            The same metric with the training data in place of the generated data.

        Returns
        -------
        str
            "accept", "caution" or "reject"; empty for a metric that is NaN.
        """
        if np.isnan(result.value):
            return NOT_JUDGED
        if np.isinf(result.value):
            return REJECT
        error = result.standard_error
        return self._judge(result, 0.0 if np.isnan(error) else error, training)

    @property
    @abstractmethod
    def words(self):
        """Thresholds of the rule in words."""

    @abstractmethod
    def _judge(self, result, error, training):
        """Judge a metric that is finite, with its standard error."""


@dataclass(frozen=True)
class NearFloor(VerdictRule):
    """Distance from the ideal value against the distance of real data.

    Parameters
    ----------
    ideal : float
        Best value of the metric.
    """

    ideal: float

    @property
    def words(self):
        """Thresholds of the rule in words."""
        return (
            f"caution {CAUTION_ERRORS:g} standard errors further from the ideal than "
            f"real data are, reject {REJECT_ERRORS:g} of them and "
            f"{FLOOR_FACTOR:g} times as far"
        )

    def _judge(self, result, error, training):
        distance, floor = abs(result.value - self.ideal), abs(result.floor - self.ideal)
        excess = distance - floor
        return _graded(excess, error, distance > FLOOR_FACTOR * floor)


class ForecastScore(VerdictRule):
    """Proper score against its expectation if the forecasts were right."""

    words = (
        f"caution {CAUTION_ERRORS:g} standard errors above the floor, reject "
        f"{REJECT_ERRORS:g} of them and worse than random training rows"
    )

    def _judge(self, result, error, training):
        worse = not result.value <= training
        return _graded(result.value - result.floor, error, worse)


class RankCorrelation(VerdictRule):
    """Correlation of ranks against the correlation within the real data."""

    words = (
        f"caution {CAUTION_ERRORS:g} standard errors below the floor, reject "
        f"{REJECT_ERRORS:g} of them and negative"
    )

    def _judge(self, result, error, training):
        return _graded(result.floor - result.value, error, result.value < 0)


class PValue(VerdictRule):
    """P-value of a test of which a correct model is the null hypothesis."""

    words = f"caution below {CAUTION_LEVEL:g}, reject below {REJECT_LEVEL:g}"

    def _judge(self, result, error, training):
        if result.value >= CAUTION_LEVEL:
            return ACCEPT
        return CAUTION if result.value >= REJECT_LEVEL else REJECT


@dataclass(frozen=True)
class NoMoreThan(VerdictRule):
    """Value below fixed thresholds, for quantities with a meaning of their own.

    Parameters
    ----------
    accepted, rejected : float
        Largest value that is accepted, and largest one that is not rejected.
    """

    accepted: float
    rejected: float

    @property
    def words(self):
        """Thresholds of the rule in words."""
        return f"caution above {self.accepted:g}, reject above {self.rejected:g}"

    def _judge(self, result, error, training):
        if result.value <= self.accepted:
            return ACCEPT
        return CAUTION if result.value <= self.rejected else REJECT


@dataclass(frozen=True)
class NoLessThan(VerdictRule):
    """Value above fixed thresholds, for quantities with a meaning of their own.

    Parameters
    ----------
    accepted, rejected : float
        Least value that is accepted, and least one that is not rejected.
    """

    accepted: float
    rejected: float

    @property
    def words(self):
        """Thresholds of the rule in words."""
        return f"caution below {self.accepted:g}, reject below {self.rejected:g}"

    def _judge(self, result, error, training):
        if result.value >= self.accepted:
            return ACCEPT
        return CAUTION if result.value >= self.rejected else REJECT


def overall(verdicts):
    """Verdict of an evaluation from the verdicts of its rows.

    Parameters
    ----------
    verdicts : list of str
        Verdicts; empty ones do not count.

    Returns
    -------
    str
        "reject" if a row rejects, "caution" if more than a tenth of the rows are at
        caution, "accept" else; empty if no row is judged.

    Examples
    --------
    >>> from skdiffts.evaluation._verdicts import overall
    >>> overall(["accept"] * 9 + ["caution"])
    'accept'
    >>> overall(["accept", "reject", ""])
    'reject'
    """
    judged = [verdict for verdict in verdicts if verdict]
    if not judged:
        return NOT_JUDGED
    if REJECT in judged:
        return REJECT
    many = judged.count(CAUTION) > CAUTION_SHARE * len(judged)
    return CAUTION if many else ACCEPT


def _graded(excess, error, matters):
    """Verdict of an excess over the floor, in standard errors."""
    if not excess > CAUTION_ERRORS * error:
        return ACCEPT
    return REJECT if excess > REJECT_ERRORS * error and matters else CAUTION
