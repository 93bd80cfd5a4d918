"""General-purpose solvers of the probability flow."""

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np
import torch
from scipy.integrate import solve_ivp

from skdiffts._torch import to_numpy, to_tensor
from skdiffts._validation import Interval, StrOptions
from skdiffts.solvers._base import BaseSolver

__all__ = ["ProbabilityFlow"]


@dataclass(kw_only=True, repr=False, eq=False)
class ProbabilityFlow(BaseSolver):
    r"""Heun's method or an adaptive Runge-Kutta pair on the probability flow.

    In the angle :math:`\theta = \arctan \tilde\sigma` and :math:`z = \cos\theta\, y`
    the flow is :math:`dz / d\theta = (\cos\theta\, z - D) / \sin\theta`, bounded at all
    noise levels.

    Parameters
    ----------
    n_steps : int, default=50
        Number of steps of Heun's method; each evaluates the score model twice.
    grid : {"logsnr", "uniform", "quadratic", "karras"} or array-like, default="logsnr"
        Levels of Heun's method, as for the other solvers.
    final : {"flow", "tweedie", "none"}, default="flow"
        What is done about the noise that is left.
    method : {"heun", "rk45"}, default="heun"
        Heun's method, of order 2, or the pair of Dormand and Prince, which chooses its
        steps for the rows of a block together.
    tol : float, default=1e-5
        Relative and absolute tolerance of "rk45".

    References
    ----------
    .. [1] T. Karras et al., "Elucidating the Design Space of Diffusion-Based
       Generative Models", NeurIPS 2022, algorithm 1.

    Examples
    --------
    >>> from skdiffts.solvers import ProbabilityFlow
    >>> ProbabilityFlow(method="rk45")
    ProbabilityFlow(method='rk45')
    """

    method: str = "heun"
    tol: float = 1e-5

    _parameter_constraints: ClassVar[dict] = {
        **BaseSolver._parameter_constraints,
        "method": [StrOptions({"heun", "rk45"})],
        "tol": [Interval(Real, 0, None, closed="neither")],
    }

    def solve(self, denoise, sde, y, log_snr_range, draw_noise):
        if self.method == "heun":
            return super().solve(denoise, sde, y, log_snr_range, draw_noise)
        start, end = (np.arctan(np.exp(-level)) for level in log_snr_range)

        def slope(angle, flat):
            z = to_tensor(flat.reshape(y.shape))
            return to_numpy(_slope(denoise, z, angle)).ravel()

        flow = solve_ivp(
            slope,
            (start, end),
            to_numpy(np.cos(start) * y).ravel(),
            t_eval=[end],
            rtol=self.tol,
            atol=self.tol,
        )
        y = to_tensor(flow.y[:, -1].reshape(y.shape)) / np.cos(end)
        return self._finish(denoise, y, log_snr_range[1])

    def _step(self, state, index, sde, draw_noise):
        _, denoised = state.history[-1]
        start, end = np.arctan(np.exp(-state.levels[index : index + 2]))
        z = np.cos(start) * state.y
        first = (np.cos(start) * z - denoised) / np.sin(start)
        guess = z + (end - start) * first
        second = _slope(state.denoise, guess, end)
        return (z + 0.5 * (end - start) * (first + second)) / np.cos(end)


def _slope(denoise, z: torch.Tensor, angle: float) -> torch.Tensor:
    """Velocity of the flow."""
    denoised = denoise(z / np.cos(angle), -np.log(np.tan(angle)))
    return (np.cos(angle) * z - denoised) / np.sin(angle)
