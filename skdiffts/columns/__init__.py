"""What columns are in relation to others: functions of them, or free."""

from skdiffts.columns._coordinates import Coordinates, FittedCoordinates
from skdiffts.columns._dependencies import DependentColumns, warn_of_dependent

__all__ = [
    "Coordinates",
    "DependentColumns",
    "FittedCoordinates",
    "warn_of_dependent",
]
