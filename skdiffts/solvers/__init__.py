"""Solvers of the reverse-time equation."""

from skdiffts.solvers._base import BaseSolver, SolverState
from skdiffts.solvers._euler_maruyama import EulerMaruyama
from skdiffts.solvers._multistep import ExponentialMultistep

__all__ = ["BaseSolver", "EulerMaruyama", "ExponentialMultistep", "SolverState"]
