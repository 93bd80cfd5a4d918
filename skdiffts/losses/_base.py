r"""Losses of velocities, all integrals over the noise level.

Score matching integrates over the log signal-to-noise ratio,

.. math:: \ell = \frac12 \int \Lambda(t)\,
                 E|\hat s(x_t, t) - \nabla\log p_t(x_t)|^2\, dt
          = \int \frac{\Lambda}{g^2}\, E|\hat\xi - E[\xi | x_t]|^2\, d\lambda

since :math:`|d\lambda / dt| = g^2 / (2 s^2)`. The weighting :math:`\Lambda(t)` defines the
objective; the choice of levels changes only the noise of its estimate.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from skdiffts._strategy import Strategy
from skdiffts._torch import to_tensor
from skdiffts._validation import StrOptions

__all__ = ["BaseLoss", "BaseScoreMatching", "stratified"]

# Of a time and back.
ROUNDING = 1e-6

WEIGHTINGS = {
    "likelihood": lambda sde, t: sde.g2(t),
    "sigma2": lambda sde, t: np.square(sde.std(t)),
    "unit": lambda sde, t: np.ones_like(t),
}


@dataclass(kw_only=True, repr=False, eq=False)
class BaseLoss(Strategy, ABC):
    """Interface of a loss: the error at one level, and levels with their weights."""

    @property
    def rows_per_draw(self):
        """Noised rows for each clean row; opposite noises count as two."""
        return 1

    @property
    def n_noises(self):
        """Vectors of standard normal numbers that one row needs."""
        return 1

    @property
    def for_validation(self):
        """Loss for held-out rows, of the same expectation."""
        return self

    @abstractmethod
    def error(self, module, data, log_snr, noise):
        """Squared error at given levels, up to a constant.

        Parameters
        ----------
        module : torch.nn.Module
            Velocity.
        data : torch.Tensor of shape (n_samples, n_features)
            Clean rows.
        log_snr : torch.Tensor of shape (n_samples, 1)
            Level of each row.
        noise : torch.Tensor of shape (n_samples, n_noises * n_features)
            Standard normal noise.

        Returns
        -------
        torch.Tensor of shape (n_samples,)
            Error of each row, averaged over its noises; for score matching the error
            of the predicted noise.
        """

    @abstractmethod
    def draw_levels(self, sde, log_snr_range, n_levels, generator):
        """Stratified levels with their importance weights.

        Parameters
        ----------
        sde : BaseSDE
            Forward process.
        log_snr_range : tuple of float
            Lowest and highest log signal-to-noise ratio.
        n_levels : int
            Number of levels.
        generator : torch.Generator
            Source of one uniform number; the others follow at equal distances.

        Returns
        -------
        log_snr, weight : torch.Tensor of shape (n_levels,)
            Levels, float32, and weights whose mean times the error estimates the loss.
        """


@dataclass(kw_only=True, repr=False, eq=False)
class BaseScoreMatching(BaseLoss):
    """Score matching: a weighted mean of errors over noise levels, given by children.

    Parameters
    ----------
    weighting : {"likelihood", "sigma2", "unit"} or callable, default="likelihood"
        Weighting of the squared error of the score at time t: g(t)^2, for which the
        loss bounds the negative log-likelihood in nats, s(t)^2, one, or a function of
        an array of times.
    time_sampling : {"logsnr", "uniform"} or array-like of times, default="logsnr"
        Whether training levels are uniform in the log signal-to-noise ratio or in t, or
        the times of training, all of one weight: the integral over t becomes their mean.
    """

    weighting: Any = "likelihood"
    time_sampling: Any = "logsnr"

    _parameter_constraints: ClassVar[dict] = {
        "weighting": [StrOptions(set(WEIGHTINGS)), callable],
        "time_sampling": [StrOptions({"logsnr", "uniform"}), "array-like"],
    }

    def draw_levels(self, sde, log_snr_range, n_levels, generator):
        uniform = stratified(n_levels, generator)
        low, high = log_snr_range
        start, end = sde.time(high), sde.time(low)
        if not isinstance(self.time_sampling, str):
            times = np.asarray(self.time_sampling, dtype=np.float64)
            inside = np.clip(times, start, end)
            if times.ndim != 1 or np.abs(inside - times).max() > ROUNDING:
                raise ValueError(
                    f"time_sampling={self.time_sampling!r} is not a list of times from "
                    f"{start:.3g}, the first noise, to {end:.3g}; pass times between."
                )
            t = inside[(uniform * len(times)).astype(int)]
            log_snr, width = sde.log_snr(t), self._speed(sde, t)
        elif self.time_sampling == "logsnr":
            log_snr = high - uniform * (high - low)
            t, width = sde.time(log_snr), high - low
        else:
            t = start + uniform * (end - start)
            log_snr = sde.log_snr(t)
            width = (end - start) * self._speed(sde, t)
        # A constant coefficient may be a single number.
        weight = np.broadcast_to(self.weight(sde, t) * width, np.shape(log_snr))
        return to_tensor(log_snr, torch.float32), to_tensor(weight, torch.float32)

    @staticmethod
    def _speed(sde, t):
        """Change of the log signal-to-noise ratio per unit of t."""
        return sde.g2(t) / (2.0 * np.square(sde.std(t)))

    def weight(self, sde, t):
        """Weight per unit of log signal-to-noise ratio.

        Parameters
        ----------
        sde : BaseSDE
            Forward process.
        t : ndarray
            Diffusion times.

        Returns
        -------
        ndarray
            Lambda(t) / g(t)^2, which is one for the likelihood.
        """
        if callable(self.weighting):
            return np.asarray(self.weighting(t), dtype=np.float64) / sde.g2(t)
        return WEIGHTINGS[self.weighting](sde, t) / sde.g2(t)


def stratified(n_levels, generator):
    """Uniform numbers at equal distances, from one that is drawn.

    Parameters
    ----------
    n_levels : int
        Number of them.
    generator : torch.Generator
        Source of randomness.

    Returns
    -------
    ndarray of shape (n_levels,)
        Rising numbers in [0, 1).
    """
    shift = torch.rand((), generator=generator, dtype=torch.float64).item()
    return (np.arange(n_levels) + shift) / n_levels
