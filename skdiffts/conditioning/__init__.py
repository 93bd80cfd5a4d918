"""Conditioning and scale strategies, on which drift and volatility depend."""

from skdiffts.conditioning._base import BaseConditioning, Step, standardized
from skdiffts.conditioning._calendar import CalendarFeatures
from skdiffts.conditioning._constant import Constant
from skdiffts.conditioning._covariance import EWCovariance
from skdiffts.conditioning._har_volatility import HARVolatility
from skdiffts.conditioning._increments import LaggedIncrements
from skdiffts.conditioning._independent import Independent
from skdiffts.conditioning._moving_correlation import MovingCorrelation
from skdiffts.conditioning._phase import Phase
from skdiffts.conditioning._proportional import ProportionalScale
from skdiffts.conditioning._scale import BaseScale, NoScale
from skdiffts.conditioning._seasonal_level import SeasonalLevel
from skdiffts.conditioning._states import LaggedStates, State
from skdiffts.conditioning._transformer import PastTransformer
from skdiffts.conditioning._trend import Trend
from skdiffts.conditioning._union import ConditioningUnion
from skdiffts.conditioning._volatility import EWVolatility

__all__ = [
    "BaseConditioning",
    "BaseScale",
    "CalendarFeatures",
    "ConditioningUnion",
    "Constant",
    "EWCovariance",
    "EWVolatility",
    "HARVolatility",
    "Independent",
    "LaggedIncrements",
    "LaggedStates",
    "MovingCorrelation",
    "NoScale",
    "PastTransformer",
    "Phase",
    "ProportionalScale",
    "SeasonalLevel",
    "State",
    "Step",
    "Trend",
    "standardized",
]
