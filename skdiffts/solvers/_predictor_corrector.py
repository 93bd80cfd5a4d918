"""Predictor-corrector solver."""

from dataclasses import dataclass
from numbers import Integral, Real
from typing import ClassVar

import numpy as np

from skdiffts._validation import Interval
from skdiffts.solvers._base import BaseOneStepSolver

__all__ = ["PredictorCorrector"]


@dataclass(kw_only=True, repr=False, eq=False)
class PredictorCorrector(BaseOneStepSolver):
    r"""Ancestral steps, each followed by Langevin steps at the new level.

    The corrector moves y by :math:`\epsilon \nabla \log p + \sqrt{2 \epsilon}\, \xi`
    with :math:`\epsilon = 2 r^2 \tilde\sigma^2`, the published rule
    :math:`2 r^2 |\xi|^2 / |\nabla \log p|^2` with expected norms at their largest: a
    step that depends on the row itself does not keep the distribution (in two dimensions
    it inflates a Gaussian by 15 %). Without corrections the solver integrates the reverse
    SDE with order 1; Langevin steps do not shrink with the grid, so that no order is
    stated with them.

    Parameters
    ----------
    final : {"flow", "tweedie", "none"}, default="flow"
        Treatment of the remaining noise, see :class:`EulerMaruyama`.
    n_steps : int, default=50
        Number of predictor steps; each step evaluates the score model
        ``1 + n_corrections`` times.
    grid : {"logsnr", "uniform", "quadratic", "karras"} or array-like, default="logsnr"
        Levels, see :class:`EulerMaruyama`.
    n_corrections : int, default=1
        Langevin steps at each level.
    snr : float, default=0.16
        Signal-to-noise ratio r of the Langevin steps.

    References
    ----------
    .. [1] Y. Song et al., "Score-Based Generative Modeling through Stochastic
       Differential Equations", ICLR 2021, algorithms 1 and 4.

    Examples
    --------
    >>> from skdiffts.solvers import PredictorCorrector
    >>> PredictorCorrector(n_corrections=2)
    PredictorCorrector(n_corrections=2)
    """

    n_corrections: int = 1
    snr: float = 0.16

    _parameter_constraints: ClassVar[dict] = {
        **BaseOneStepSolver._parameter_constraints,
        "n_corrections": [Interval(Integral, 0, None, closed="left")],
        "snr": [Interval(Real, 0, None, closed="neither")],
    }

    @property
    def gamma(self):
        return 1.0 if self.n_corrections == 0 else None

    @property
    def weak_order(self):
        return 1 if self.n_corrections == 0 else None

    def _step(self, denoise, sde, y, start, end, draw_noise):
        # Ancestral step: the posterior of the next value given this one and x_0.
        keep = np.exp(-2.0 * (end - start))
        spread = np.exp(-end) * np.sqrt(-np.expm1(-2.0 * (end - start)))
        y = keep * y + (1.0 - keep) * denoise(y, start) + spread * draw_noise()
        share = 2.0 * self.snr**2
        for _ in range(self.n_corrections):
            noise = np.exp(-end) * np.sqrt(2.0 * share) * draw_noise()
            # The score is (denoised - y) / noise^2.
            y = y + share * (denoise(y, end) - y) + noise
        return y
