"""Score models of the noised distribution."""

from skdiffts.scores._base import BaseScoreModel
from skdiffts.scores._empirical import EmpiricalScore
from skdiffts.scores._mixture import GaussianMixtureScore, full_covariances
from skdiffts.scores._mlp import MLPScore
from skdiffts.scores._network import ScoreNetwork, VelocityNetwork

__all__ = [
    "BaseScoreModel",
    "EmpiricalScore",
    "GaussianMixtureScore",
    "MLPScore",
    "ScoreNetwork",
    "VelocityNetwork",
    "full_covariances",
]
