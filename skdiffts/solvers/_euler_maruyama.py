"""Euler-Maruyama."""

from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from skdiffts._validation import Interval
from skdiffts.solvers._base import BaseOneStepSolver, center_of

__all__ = ["EulerMaruyama"]


@dataclass(kw_only=True, repr=False, eq=False)
class EulerMaruyama(BaseOneStepSolver):
    r"""Euler-Maruyama steps in diffusion time; order 1.

    .. math:: x_{t - h} = x_t - h \left[f x_t - \tfrac{1 + \gamma^2}{2} g^2
              \nabla\log p_t(x_t)\right] + \gamma g \sqrt h\, \xi

    Parameters
    ----------
    final : {"flow", "tweedie", "none"}, default="flow"
        Treatment of the remaining noise: half a step of the probability flow (right in
        distribution to fourth order), the posterior mean (which removes too much), or
        nothing.
    n_steps : int, default=1000
        Number of steps; each evaluates the score model once, and the last step of
        ``final`` once more.
    grid : {"logsnr", "uniform", "quadratic", "karras"} or array-like, default="quadratic"
        Levels at equal distances in the log signal-to-noise ratio, in t, in the square
        root of t, or in the seventh root of the noise-to-signal ratio; or falling
        times t between the ends, which then set the number of steps.
    gamma : float or callable, default=1.0
        Strength of the noise: a number, of which 0 is the Euler scheme of the probability
        flow, or a function of the diffusion time t, at least zero.

    Notes
    -----
    With the defaults draws of Gaussian data have their standard deviation within 2 %
    for every process of the package. All but the contractive ones need 100 steps for
    that. For :class:`skdiffts.sde.CVP` the drift alone shrinks x by a factor of 152, most of it
    near t = 1, where the grids "logsnr" and "karras" have hardly a level: draws would be
    15 to 20 times too wide after 1000 steps, and are refused. For
    :class:`skdiffts.sde.COU` with ``grid="uniform"`` take 1500 steps.
    :meth:`gaussian_std` tells what a choice costs.

    Examples
    --------
    >>> from skdiffts.solvers import EulerMaruyama
    >>> EulerMaruyama(n_steps=200, grid="uniform")
    EulerMaruyama(grid='uniform', n_steps=200)
    >>> EulerMaruyama().weak_order
    1
    """

    n_steps: int = 1000
    grid: Any = "quadratic"
    gamma: Any = 1.0

    weak_order = 1

    _parameter_constraints: ClassVar[dict] = {
        **BaseOneStepSolver._parameter_constraints,
        "gamma": [Interval(Real, 0, None, closed="left"), callable],
    }

    def _step(self, denoise, sde, y, start, end, draw_noise):
        t, t_next = sde.time(start), sde.time(end)
        gamma = self.gamma(t) if callable(self.gamma) else self.gamma
        h, scale, g2 = t - t_next, sde.scale(t), sde.g2(t)
        center = center_of(sde)
        # Score of x - c = m (y - c), since s^2 = m^2 exp(-2 log_snr).
        score = (denoise(y, start) - y) * (np.exp(2.0 * start) / scale)
        x = scale * (y - center)
        drift = sde.drift_coef(t) * x - 0.5 * (1.0 + gamma**2) * g2 * score
        x = x - h * drift
        if gamma > 0.0:
            x = x + gamma * np.sqrt(g2 * h) * draw_noise()
        return x / sde.scale(t_next) + center
