"""Exponential multistep solver."""

import itertools
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np

from skdiffts._validation import Interval
from skdiffts.solvers._base import BaseGridSolver

__all__ = ["ExponentialMultistep"]


@dataclass(kw_only=True, repr=False, eq=False)
class ExponentialMultistep(BaseGridSolver):
    r"""Adams steps of the semilinear reverse equation, exact in its linear part.

    With :math:`h = \lambda_t - \lambda_s` and :math:`a = 1 + \gamma^2`,

    .. math:: y_t = e^{-a h} y_s + a \int_{\lambda_s}^{\lambda_t}
              e^{-a(\lambda_t - \lambda)} D(\lambda)\, d\lambda
              + \tilde\sigma_t \sqrt{1 - e^{-2 \gamma^2 h}}\, \xi,

    where D, the denoised value, is replaced by the polynomial through its last values.
    The order of the polynomial is the order of the solver: 1 is DDIM for gamma = 0 and
    ancestral sampling (DDPM) for gamma = 1, 2 and 3 are akin to DPM-Solver++ and its SDE
    form.

    Parameters
    ----------
    final : {"flow", "tweedie", "none"}, default="flow"
        Treatment of the remaining noise: half a step of the probability flow (right in
        distribution to fourth order), the posterior mean (which removes too much), or
        nothing.
    n_steps : int, default=50
        Number of steps; each evaluates the score model once, and the last step of
        ``final`` once more. Order 3 with ``gamma=0`` starts with a further, short step.
    grid : {"logsnr", "uniform", "quadratic", "karras"} or array-like, default="logsnr"
        Levels at equal distances in the log signal-to-noise ratio, in t, in the square
        root of t, or in the seventh root of the noise-to-signal ratio; or falling
        times t between the ends, which then set the number of steps.
    order : {1, 2, 3}, default=3
        Number of denoised values behind a step.
    corrector : bool, default=True
        Whether each value is recomputed once the denoised value at it is known, at no
        further evaluation; this raises the order by one.
    gamma : float, default=1.0
        Strength of the noise; 0 is the probability flow.

    References
    ----------
    .. [1] C. Lu et al., "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion
       Probabilistic Models", 2022, proposition 4.1.
    .. [2] S. Xue et al., "SA-Solver: Stochastic Adams Solver for Fast Sampling of
       Diffusion Models", NeurIPS 2023, eq. (14).

    Examples
    --------
    >>> from skdiffts.solvers import ExponentialMultistep
    >>> ExponentialMultistep(gamma=0.0, n_steps=20)
    ExponentialMultistep(gamma=0.0, n_steps=20)
    >>> ExponentialMultistep(gamma=0.0).weak_order, ExponentialMultistep().weak_order
    (4, 2)
    """

    order: int = 3
    corrector: bool = True
    gamma: float = 1.0

    _parameter_constraints: ClassVar[dict] = {
        **BaseGridSolver._parameter_constraints,
        "order": [Interval(Integral, 1, 3, closed="both")],
        "corrector": ["boolean"],
        "gamma": [Interval(Real, 0, None, closed="left")],
    }

    @property
    def weak_order(self):
        order = self.order + int(self.corrector)
        # No polynomial sees the noise inside a step.
        return order if self.gamma == 0.0 else min(order, 2)

    def levels(self, sde, log_snr_range):
        levels = super().levels(sde, log_snr_range)
        if self.order < 3 or self.gamma > 0.0:
            return levels
        # The first step has a single denoised value behind it. Divided by the number of
        # steps it is so short that its error is of the order of the whole.
        first = levels[0] + (levels[1] - levels[0]) / (len(levels) - 1)
        return np.insert(levels, 1, first)

    def solve(self, denoise, sde, y, log_snr_range, draw_noise):
        levels = self.levels(sde, log_snr_range)
        # Levels and denoised values; the start and the noise of the last step.
        points: deque[tuple[float, Any]] = deque(maxlen=self.order + 1)
        base = noise = None
        for start, end in itertools.pairwise(levels):
            points.append((start, denoise(y, start)))
            if self.corrector and base is not None:
                y = self._integrate(base, noise, points, points[-2][0], start)
            base, noise = y, self._noise(start, end, draw_noise)
            behind = list(points)[-self.order :]
            y = self._integrate(base, noise, behind, start, end)
        return self._finish(denoise, y, levels[-1])

    def _noise(self, start, end, draw_noise):
        """Noise of one step."""
        if self.gamma == 0.0:
            return 0.0
        share = -np.expm1(-2.0 * self.gamma**2 * (end - start))
        return np.exp(-end) * np.sqrt(share) * draw_noise()

    def _integrate(self, y, noise, points, start, end):
        """Step from start to end with the polynomial through the points."""
        a, h = 1.0 + self.gamma**2, end - start
        nodes = tuple(level - start for level, _ in points)
        y = (np.exp(-a * h) * y).add_(noise)
        for weight, (_, denoised) in zip(_weights(nodes, a, h), points, strict=True):
            y = y.add_(denoised, alpha=weight)
        return y


@lru_cache(maxsize=1024)  # every block of rows takes the same steps
def _weights(nodes, a, h):
    r"""Weights of :math:`\int_0^h a e^{-a (h - u)} p(u)\, du` for values at nodes."""
    moments = [-np.expm1(-a * h)]
    for n in range(1, len(nodes)):
        moments.append(h**n - n / a * moments[-1])
    # The weights integrate every monomial exactly.
    return np.linalg.solve(np.vander(nodes, increasing=True).T, moments).tolist()
