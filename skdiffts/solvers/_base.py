r"""Solvers of the reverse-time equation.

A solver carries :math:`y`, which is :math:`x / m(t)` about the center of the process, from much noise to little, over levels of the log
signal-to-noise ratio. What it integrates is the family

.. math:: dx = \left[f x - \tfrac{1 + \gamma^2}{2} g^2 \nabla \log p_t\right] dt
          + \gamma g\, d\bar W,

the reverse SDE for gamma = 1 and the probability flow for gamma = 0, which have the same
marginal laws.
"""

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from skdiffts._strategy import Strategy
from skdiffts._validation import Interval, StrOptions

__all__ = ["BaseSolver", "SolverState"]


@dataclass
class SolverState:
    """Where an integration stands.

    Parameters
    ----------
    y : torch.Tensor of shape (n_samples, n_features)
        Current value.
    levels : ndarray of shape (n_steps + 1,)
        Log signal-to-noise ratios, rising.
    denoise : callable
        Maps y and a log signal-to-noise ratio to the posterior mean of x_0.
    history : deque of (log_snr, denoised)
        Levels passed and the denoised values there, newest last.
    base : torch.Tensor or None
        Value before the last step.
    noise : torch.Tensor or float
        Noise that the last step added.
    """

    y: object
    levels: np.ndarray
    denoise: Any
    history: deque = field(default_factory=lambda: deque(maxlen=4))
    base: object = None
    noise: object = 0.0


@dataclass(kw_only=True, repr=False, eq=False)
class BaseSolver(Strategy, ABC):
    """Grid, loop and last step; a child gives one step.

    Parameters
    ----------
    n_steps : int, default=50
        Number of steps; each evaluates the score model once, and the last step of
        ``final`` once more.
    grid : {"logsnr", "uniform", "quadratic", "karras"} or array-like, default="logsnr"
        Levels at equal distances in the log signal-to-noise ratio, in t, in the square
        root of t, or in the seventh root of the noise-to-signal ratio; or falling
        times t between the ends, which then set the number of steps.
    final : {"flow", "tweedie", "none"}, default="flow"
        What is done about the noise that is left: half a step of the probability flow
        (right in law to fourth order), the posterior mean (which takes out too much),
        or nothing.
    """

    n_steps: int = 50
    grid: Any = "logsnr"
    final: str = "flow"

    _parameter_constraints: ClassVar[dict] = {
        "n_steps": [Interval(Integral, 1, None, closed="left")],
        "grid": [
            StrOptions({"logsnr", "uniform", "quadratic", "karras"}),
            "array-like",
        ],
        "final": [StrOptions({"flow", "tweedie", "none"})],
    }

    @abstractmethod
    def _step(self, state, index, sde, draw_noise):
        """Value at level ``index + 1``, given the state at level ``index``."""

    def _correct(self, state):
        """Improve the current value once its denoised value is known."""
        return state.y

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
            roots = np.linspace(
                np.exp(-low / 7.0), np.exp(-high / 7.0), self.n_steps + 1
            )
            return np.r_[low, -7.0 * np.log(roots[1:-1]), high]
        power = 1.0 if self.grid == "uniform" else 2.0
        start, end = sde.time(low) ** (1 / power), sde.time(high) ** (1 / power)
        times = np.linspace(start, end, self.n_steps + 1) ** power
        # The ends as given: their times are rounded.
        return np.concatenate([[low], sde.log_snr(times[1:-1]), [high]])

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
            Draws from the law of x_0.
        """
        state = SolverState(y, self.levels(sde, log_snr_range), denoise)
        for index in range(len(state.levels) - 1):
            level = state.levels[index]
            state.history.append((level, denoise(state.y, level)))
            state.y = self._correct(state)
            y = self._step(state, index, sde, draw_noise)
            state.base, state.y = state.y, y
        return self._finish(denoise, state.y, state.levels[-1])

    def _finish(self, denoise, y, level):
        """Deal with the noise that is left at the last level."""
        if self.final == "none":
            return y
        denoised = denoise(y, level)
        return denoised if self.final == "tweedie" else 0.5 * (y + denoised)
