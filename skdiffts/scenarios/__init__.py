"""Paths that meet a condition, and quantiles of forecasts."""

from skdiffts.scenarios._compound import AllOf, AnyOf
from skdiffts.scenarios._conditions import BaseCondition, InRange, NearValue
from skdiffts.scenarios._fixed import Fixed
from skdiffts.scenarios._generator import ScenarioGenerator
from skdiffts.scenarios._quantiles import forecast_quantiles
from skdiffts.scenarios._selection import (
    Scenarios,
    effective_sample_size,
    select_scenarios,
    systematic_resample,
)
from skdiffts.scenarios._steering import Steering

__all__ = [
    "AllOf",
    "AnyOf",
    "BaseCondition",
    "Fixed",
    "InRange",
    "NearValue",
    "ScenarioGenerator",
    "Scenarios",
    "Steering",
    "effective_sample_size",
    "forecast_quantiles",
    "select_scenarios",
    "systematic_resample",
]
