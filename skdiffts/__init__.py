"""Generate multivariate time series: kernel regression and score-based diffusion."""

from skdiffts._lazy import attach
from skdiffts._version import __version__ as __version__

# Imported on first use, so that `import skdiffts` does not pay for torch.
__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "skdiffts._paths": ("to_transitions",),
        "skdiffts.diffusion": ("DiffusionResidualSampler",),
        "skdiffts.generation": ("GenerativeTimeSeries",),
        "skdiffts.kernel": ("KernelDriftVolEstimator",),
    },
    eager=("__version__",),
)
