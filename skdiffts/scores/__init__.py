"""Score models of the noised distribution.

A model is a velocity: the expected derivative of the noised row in the angle of the noise
level. ``DiffusionProcess.score_function`` turns the velocity into the score, the gradient
of the log-density.
"""

from skdiffts.scores._base import BaseScoreModel
from skdiffts.scores._conditional_mixture import ConditionalMixture
from skdiffts.scores._empirical import EmpiricalScore
from skdiffts.scores._mixture import (
    GaussianMixtureScore,
    MixtureVelocity,
    full_covariances,
)
from skdiffts.scores._mlp import MLPScore
from skdiffts.scores._network import ScoreNetwork, VelocityNetwork
from skdiffts.scores._unet import UNetScore

__all__ = [
    "BaseScoreModel",
    "ConditionalMixture",
    "EmpiricalScore",
    "GaussianMixtureScore",
    "MLPScore",
    "MixtureVelocity",
    "ScoreNetwork",
    "UNetScore",
    "VelocityNetwork",
    "full_covariances",
]
