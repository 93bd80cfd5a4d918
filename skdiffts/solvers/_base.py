r"""Solvers of the reverse-time equation.

A solver carries :math:`y = c + (x - c) / m(t)`, with the center c of the process, from
much noise to little, over rising log signal-to-noise ratios. Most solvers integrate a
member of the gamma family

.. math:: dx = \left[f x - \tfrac{1 + \gamma^2}{2} g^2 \nabla \log p_t\right] dt
          + \gamma g\, d\bar W,

the reverse SDE for gamma = 1 and the probability flow for gamma = 0, which have the same
marginal distributions.
"""

import itertools
from abc import ABC, abstractmethod
from dataclasses import dataclass
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import torch

from skdiffts._strategy import Strategy
from skdiffts._validation import Interval, StrOptions

__all__ = ["BaseGridSolver", "BaseOneStepSolver", "BaseSolver", "center_of"]

# Standard deviation of draws of Gaussian data, over the right one, outside which a grid is
# refused. Few ancestral steps are too narrow, which is known; too wide means unstable.
NARROWEST, WIDEST = 1.0 / 3.0, 1.5


@dataclass(kw_only=True, repr=False, eq=False)
class BaseSolver(Strategy, ABC):
    """Interface of a solver, and the last step.

    Parameters
    ----------
    final : {"flow", "tweedie", "none"}, default="flow"
        Treatment of the remaining noise: half a step of the probability flow (right in
        distribution to fourth order), the posterior mean (which removes too much), or
        nothing.
    """

    final: str = "flow"

    _parameter_constraints: ClassVar[dict] = {
        "final": [StrOptions({"flow", "tweedie", "none"})]
    }

    @property
    def gamma(self):
        """Strength of the noise in the gamma family, a number or a function of t.

        None for other equations.
        """
        return None

    @property
    def weak_order(self):
        """Order, in the number of steps, of the distribution of the draws; or None."""
        return None

    @property
    def strong_order(self):
        """Order of each draw, in mean square given the Brownian path; or None.

        The noise of the gamma family does not depend on x: the order is one with noise,
        not one half, and without noise the weak order.
        """
        order = self.weak_order
        is_flow = not callable(self.gamma) and self.gamma == 0.0
        return order if order is None or is_flow else 1

    @abstractmethod
    def solve(self, denoise, sde, y, log_snr_range, draw_noise):
        """Integrate from the lowest to the highest signal-to-noise ratio.

        Parameters
        ----------
        denoise : callable
            Maps y and a log signal-to-noise ratio to the posterior mean of x_0.
        sde : BaseSDE
            Forward process.
        y : torch.Tensor of shape (n_samples, n_features)
            Values at the lowest ratio.
        log_snr_range : tuple of float
            Lowest and highest log signal-to-noise ratio.
        draw_noise : callable
            Returns standard normal noise of the shape of y.

        Returns
        -------
        torch.Tensor of shape (n_samples, n_features)
            Draws from the distribution of x_0.
        """

    def _finish(self, denoise, y, level):
        """Treat the noise that remains at the last level."""
        if self.final == "none":
            return y
        denoised = denoise(y, level)
        return denoised if self.final == "tweedie" else 0.5 * (y + denoised)


@dataclass(kw_only=True, repr=False, eq=False)
class BaseGridSolver(BaseSolver):
    """Solver with a grid of noise levels.

    Parameters
    ----------
    final : {"flow", "tweedie", "none"}, default="flow"
        Treatment of the remaining noise.
    n_steps : int, default=50
        Number of steps.
    grid : {"logsnr", "uniform", "quadratic", "karras"} or array-like, default="logsnr"
        Levels at equal distances in the log signal-to-noise ratio, in t, in the square
        root of t, or in the seventh root of the noise-to-signal ratio; or falling
        times t between the ends, which then set the number of steps.
    """

    n_steps: int = 50
    grid: Any = "logsnr"

    _parameter_constraints: ClassVar[dict] = {
        **BaseSolver._parameter_constraints,
        "n_steps": [Interval(Integral, 1, None, closed="left")],
        "grid": [
            StrOptions({"logsnr", "uniform", "quadratic", "karras"}),
            "array-like",
        ],
    }

    def levels(self, sde, log_snr_range):
        """Levels of the integration.

        Parameters
        ----------
        sde : BaseSDE
            Forward process.
        log_snr_range : tuple of float
            Lowest and highest log signal-to-noise ratio.

        Returns
        -------
        ndarray of shape (n_steps + 1,)
            Rising log signal-to-noise ratios.
        """
        low, high = log_snr_range
        if not isinstance(self.grid, str):
            levels = np.r_[low, sde.log_snr(np.asarray(self.grid, dtype=float)), high]
            if not (np.diff(levels) > 0.0).all():
                raise ValueError(
                    f"grid={self.grid!r} does not fall strictly from t = 1 to "
                    f"{sde.time(high):.3g}; pass times between these ends, falling."
                )
            return levels
        if self.grid == "logsnr":
            return np.linspace(low, high, self.n_steps + 1)
        if self.grid == "karras":
            first, last = np.exp(-low / 7.0), np.exp(-high / 7.0)
            roots = np.linspace(first, last, self.n_steps + 1)
            return np.r_[low, -7.0 * np.log(roots[1:-1]), high]
        power = 1.0 if self.grid == "uniform" else 2.0
        start, end = sde.time(low) ** (1 / power), sde.time(high) ** (1 / power)
        times = np.linspace(start, end, self.n_steps + 1) ** power
        # The ends as given: their times are rounded.
        return np.concatenate([[low], sde.log_snr(times[1:-1]), [high]])

    def solve(self, denoise, sde, y, log_snr_range, draw_noise):
        # The noise that is left: all of it between two times, almost none at the data.
        noise2 = np.exp(-2.0 * log_snr_range[1])
        kept = {"none": 1.0 + noise2, "tweedie": 1.0, "flow": 1.0 + 0.5 * noise2}
        expected = kept[self.final] / np.sqrt(1.0 + noise2)
        ratio = self.gaussian_std(sde, log_snr_range) / expected
        # Not a number is not within either.
        if not NARROWEST <= ratio <= WIDEST:
            raise ValueError(
                f"solver={self!r} has too few steps for sde={sde!r}: draws of Gaussian "
                f"data would have {ratio:.3g} times their standard deviation. Raise "
                "n_steps, or pass another grid or solver."
            )
        return self._run(denoise, sde, y, log_snr_range, draw_noise)

    def gaussian_std(self, sde, log_snr_range, sd=1.0):
        r"""Compute the standard deviation of draws of :math:`N(c, sd^2 I)`, scores exact.

        The denoised value is then linear, so that the number follows from the
        coefficients of the starting noise and of each later noise, without any draw.
        Its distance from ``sd`` is what the finite steps cost.

        Parameters
        ----------
        sde : BaseSDE
            Forward process, whose center is c.
        log_snr_range : tuple of float
            Lowest and highest log signal-to-noise ratio.
        sd : float, default=1.0
            Standard deviation of the data.

        Returns
        -------
        float
            Standard deviation of the draws.

        Examples
        --------
        >>> from skdiffts.sde import VP
        >>> from skdiffts.solvers import EulerMaruyama, ExponentialMultistep
        >>> ends = VP().log_snr(1.0), 5.3
        >>> round(ExponentialMultistep().gaussian_std(VP(), ends), 3)
        1.002
        >>> round(EulerMaruyama(n_steps=20).gaussian_std(VP(), ends), 3)
        1.042
        """
        center = center_of(sde)

        def run(start, draw_noise):
            def denoise(y, level):
                return center + (y - center) * (sd**2 / (sd**2 + np.exp(-2.0 * level)))

            start = start * np.hypot(sd, np.exp(-log_snr_range[0])) + center
            drawn = self._run(denoise, sde, start, log_snr_range, draw_noise)
            return drawn[:, 0]

        n_drawn = itertools.count()
        nothing = torch.zeros(1, 1, dtype=torch.float64)

        def draw_nothing():
            next(n_drawn)
            return nothing

        mean = run(nothing, draw_nothing)
        # Each noise by itself, one in each row.
        start, *noises = torch.eye(1 + next(n_drawn), dtype=torch.float64).split(
            1, dim=1
        )
        left = iter(noises)
        return float((run(start, lambda: next(left)) - mean).norm())

    @abstractmethod
    def _run(self, denoise, sde, y, log_snr_range, draw_noise):
        """Integrate as ``solve`` does, without its check."""


@dataclass(kw_only=True, repr=False, eq=False)
class BaseOneStepSolver(BaseGridSolver):
    """Solver whose steps know nothing but the current value; a child gives one step.

    Parameters
    ----------
    final : {"flow", "tweedie", "none"}, default="flow"
        Treatment of the remaining noise.
    n_steps : int, default=50
        Number of steps.
    grid : {"logsnr", "uniform", "quadratic", "karras"} or array-like, default="logsnr"
        Levels, see :class:`BaseGridSolver`.
    """

    @abstractmethod
    def _step(self, denoise, sde, y, start, end, draw_noise):
        """Value at the level ``end``, given the value y at the level ``start``."""

    def _run(self, denoise, sde, y, log_snr_range, draw_noise):
        levels = self.levels(sde, log_snr_range)
        for start, end in itertools.pairwise(levels):
            y = self._step(denoise, sde, y, start, end, draw_noise)
        return self._finish(denoise, y, levels[-1])


def center_of(sde):
    """Center of a process for sums with tensors.

    Parameters
    ----------
    sde : BaseSDE
        Forward process.

    Returns
    -------
    float or torch.Tensor of shape (n_features,)
        Number, or one for each column.
    """
    center = sde.center
    return center if np.ndim(center) == 0 else torch.as_tensor(center)
