"""Generate multivariate time series: kernel regression and score-based diffusion."""

from importlib import import_module

from skdiffts._version import __version__

# Where each public name lives; imported on first use, so that `import skdiffts` does
# not pay for torch.
_HOMES = {
    "DiffusionResidualSampler": "skdiffts.diffusion",
    "GenerativeTimeSeries": "skdiffts.generation",
    "KernelDriftVolEstimator": "skdiffts.kernel",
    "to_transitions": "skdiffts._paths",
}

__all__ = [
    "DiffusionResidualSampler",
    "GenerativeTimeSeries",
    "KernelDriftVolEstimator",
    "__version__",
    "to_transitions",
]


def __getattr__(name):
    """Import a public name from its home."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'skdiffts' has no attribute {name!r}")


def __dir__():
    """List the public names."""
    return sorted(__all__)
