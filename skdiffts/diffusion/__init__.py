"""Score-based diffusion models of residuals."""

from skdiffts.diffusion._adam import Adam
from skdiffts.diffusion._mixture_training import train_conditional_mixture
from skdiffts.diffusion._published import published_sampler
from skdiffts.diffusion._sampler import DiffusionResidualSampler
from skdiffts.diffusion._sgd import SGD

__all__ = [
    "SGD",
    "Adam",
    "DiffusionResidualSampler",
    "published_sampler",
    "train_conditional_mixture",
]
