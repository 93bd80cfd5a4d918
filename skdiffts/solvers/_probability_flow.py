r"""General-purpose solvers of the probability flow.

In the angle :math:`\theta` of the noise level and :math:`z = \cos\theta\, y` the flow is
:math:`dz / d\theta = (\cos\theta\, z - D) / \sin\theta` with the denoised value D, bounded
at all noise levels.
"""

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

from scipy.integrate import solve_ivp

from skdiffts._noise_level import angle, cosine_sine, log_snr_at
from skdiffts._torch import to_numpy, to_tensor
from skdiffts._validation import Interval
from skdiffts.solvers._base import BaseOneStepSolver, BaseSolver

__all__ = ["AdaptiveProbabilityFlow", "ProbabilityFlow"]


@dataclass(kw_only=True, repr=False, eq=False)
class ProbabilityFlow(BaseOneStepSolver):
    r"""Heun's method on the probability flow; order 2.

    With the velocity :math:`v(z, \theta)` of the flow a step of size h in the angle is

    .. math:: z' = z + h\, v(z, \theta), \qquad
              z \leftarrow z + \tfrac h2\, [v(z, \theta) + v(z', \theta + h)].

    Parameters
    ----------
    final : {"flow", "tweedie", "none"}, default="flow"
        Treatment of the remaining noise, see :class:`EulerMaruyama`.
    n_steps : int, default=50
        Number of steps; each evaluates the score model twice.
    grid : {"logsnr", "uniform", "quadratic", "karras"} or array-like, default="logsnr"
        Levels, see :class:`EulerMaruyama`.

    References
    ----------
    .. [1] T. Karras et al., "Elucidating the Design Space of Diffusion-Based
       Generative Models", NeurIPS 2022, algorithm 1.

    Examples
    --------
    >>> from skdiffts.solvers import ProbabilityFlow
    >>> ProbabilityFlow(n_steps=20).weak_order
    2
    """

    gamma = 0.0
    weak_order = 2

    def _step(self, denoise, sde, y, start, end, draw_noise):
        h = angle(end) - angle(start)
        z = cosine_sine(start)[0] * y
        first = _velocity(denoise, z, start)
        second = _velocity(denoise, z + h * first, end)
        return (z + 0.5 * h * (first + second)) / cosine_sine(end)[0]


@dataclass(kw_only=True, repr=False, eq=False)
class AdaptiveProbabilityFlow(BaseSolver):
    """Adaptive Runge-Kutta pair of Dormand and Prince on the probability flow.

    The pair chooses its steps for all rows of a block together.

    Parameters
    ----------
    final : {"flow", "tweedie", "none"}, default="flow"
        Treatment of the remaining noise, see :class:`EulerMaruyama`.
    tol : float, default=1e-5
        Relative and absolute tolerance.

    References
    ----------
    .. [1] J. Dormand and P. Prince, "A Family of Embedded Runge-Kutta Formulae", Journal
       of Computational and Applied Mathematics 6, 1980.

    Examples
    --------
    >>> from skdiffts.solvers import AdaptiveProbabilityFlow
    >>> AdaptiveProbabilityFlow(tol=1e-3)
    AdaptiveProbabilityFlow(tol=0.001)
    """

    gamma = 0.0

    tol: float = 1e-5

    _parameter_constraints: ClassVar[dict] = {
        **BaseSolver._parameter_constraints,
        "tol": [Interval(Real, 0, None, closed="neither")],
    }

    def solve(self, denoise, sde, y, log_snr_range, draw_noise):
        low, high = log_snr_range

        def slope(theta, flat):
            z = to_tensor(flat.reshape(y.shape))
            return to_numpy(_velocity(denoise, z, log_snr_at(theta))).ravel()

        flow = solve_ivp(
            slope,
            (angle(low), angle(high)),
            to_numpy(cosine_sine(low)[0] * y).ravel(),
            t_eval=[angle(high)],
            rtol=self.tol,
            atol=self.tol,
        )
        z = to_tensor(flow.y[:, -1].reshape(y.shape))
        return self._finish(denoise, z / cosine_sine(high)[0], high)


def _velocity(denoise, z, level):
    """Velocity of the flow at z and a log signal-to-noise ratio."""
    cosine, sine = cosine_sine(level)
    return (cosine * z - denoise(z / cosine, level)) / sine
