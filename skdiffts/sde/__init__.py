"""Forward noising processes."""

from skdiffts.sde._base import BaseSDE, TerminalDistribution
from skdiffts.sde._cou import COU
from skdiffts.sde._cvp import CVP
from skdiffts.sde._linear import LinearSDE
from skdiffts.sde._ou import OU
from skdiffts.sde._scheduled import ScheduledSDE
from skdiffts.sde._sub_vp import SubVP
from skdiffts.sde._ve import VE
from skdiffts.sde._vp import VP

__all__ = [
    "COU",
    "CVP",
    "OU",
    "VE",
    "VP",
    "BaseSDE",
    "LinearSDE",
    "ScheduledSDE",
    "SubVP",
    "TerminalDistribution",
]
