"""Score models of the noised law."""

from skdiffts.scores._base import BaseScoreModel
from skdiffts.scores._mixture import GaussianMixtureScore
from skdiffts.scores._network import ScoreNetwork, VelocityNetwork

__all__ = [
    "BaseScoreModel",
    "GaussianMixtureScore",
    "ScoreNetwork",
    "VelocityNetwork",
]
