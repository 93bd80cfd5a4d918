"""Score matching losses."""

from skdiffts.losses._base import BaseLoss
from skdiffts.losses._denoising import DenoisingScoreMatching

__all__ = ["BaseLoss", "DenoisingScoreMatching"]
