"""Solvers of the reverse-time equation."""

from skdiffts.solvers._annealed_langevin import AnnealedLangevin
from skdiffts.solvers._base import BaseGridSolver, BaseOneStepSolver, BaseSolver
from skdiffts.solvers._euler_maruyama import EulerMaruyama
from skdiffts.solvers._multistep import ExponentialMultistep
from skdiffts.solvers._predictor_corrector import PredictorCorrector
from skdiffts.solvers._probability_flow import AdaptiveProbabilityFlow, ProbabilityFlow
from skdiffts.solvers._published_times import published_times

__all__ = [
    "AdaptiveProbabilityFlow",
    "AnnealedLangevin",
    "BaseGridSolver",
    "BaseOneStepSolver",
    "BaseSolver",
    "EulerMaruyama",
    "ExponentialMultistep",
    "PredictorCorrector",
    "ProbabilityFlow",
    "published_times",
]
