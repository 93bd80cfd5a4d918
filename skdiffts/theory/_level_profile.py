"""Functions of time that are known at some levels of the signal-to-noise ratio."""

from dataclasses import dataclass

import numpy as np

from skdiffts.sde import BaseSDE

__all__ = ["LevelProfile"]

# Rounding of a time and back.
TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class LevelProfile:
    """Values at levels, linear between them.

    Parameters
    ----------
    sde : BaseSDE
        Forward process.
    log_snr : ndarray of shape (n_levels,)
        Rising log signal-to-noise ratios.
    relative : ndarray of shape (n_levels,)
        Values in units in which they stay bounded at little noise.
    """

    sde: BaseSDE
    log_snr: np.ndarray
    relative: np.ndarray

    def _relative_at(self, t):
        """Values at times, and the spread s(t) there."""
        levels = self.sde.log_snr(t)
        low, high = self.log_snr[[0, -1]]
        if np.min(levels) < low - TOLERANCE or np.max(levels) > high + TOLERANCE:
            raise ValueError(
                f"t in [{np.min(t):.3g}, {np.max(t):.3g}] leaves the times at which "
                f"the sampler works; pass start={self.sde.time(high):.6g} or more."
            )
        return np.interp(levels, self.log_snr, self.relative), self.sde.std(t)
