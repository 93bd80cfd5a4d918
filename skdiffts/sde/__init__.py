"""Forward noising processes."""

from skdiffts.sde._base import BaseSDE
from skdiffts.sde._vp import VP

__all__ = ["VP", "BaseSDE"]
