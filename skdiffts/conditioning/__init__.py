"""Conditioning and scale strategies: functions of the history of a path."""

from skdiffts.conditioning._base import BaseConditioning, Step
from skdiffts.conditioning._calendar import CalendarFeatures
from skdiffts.conditioning._covariance import EWCovariance
from skdiffts.conditioning._increments import LaggedIncrements
from skdiffts.conditioning._scale import BaseScale, NoScale
from skdiffts.conditioning._states import LaggedStates, State
from skdiffts.conditioning._transformer import PastTransformer
from skdiffts.conditioning._union import ConditioningUnion
from skdiffts.conditioning._volatility import EWVolatility

__all__ = [
    "BaseConditioning",
    "BaseScale",
    "CalendarFeatures",
    "ConditioningUnion",
    "EWCovariance",
    "EWVolatility",
    "LaggedIncrements",
    "LaggedStates",
    "NoScale",
    "PastTransformer",
    "State",
    "Step",
]
