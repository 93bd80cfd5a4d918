"""Monotone maps of single columns, applied before the diffusion model."""

from skdiffts.marginals._base import BaseColumnMap, Identity
from skdiffts.marginals._pareto import ParetoTail
from skdiffts.marginals._rank_normal import RankNormal
from skdiffts.marginals._student_normal import StudentNormal
from skdiffts.marginals._yeo_johnson import YeoJohnson

__all__ = [
    "BaseColumnMap",
    "Identity",
    "ParetoTail",
    "RankNormal",
    "StudentNormal",
    "YeoJohnson",
]
