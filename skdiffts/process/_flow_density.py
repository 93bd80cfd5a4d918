r"""Log-density of the probability flow.

In the angle :math:`\theta` of the noise level, :math:`z = \cos\theta\, y` follows
:math:`dz / d\theta = v(z, \theta)`, and

.. math:: \log p(z_0) = \log p(z_T) + \int \nabla \cdot v(z_\theta, \theta)\, d\theta.

The velocity is bounded at both ends, so that classical Runge-Kutta steps at fixed
angles suffice; being fixed, they give a row the same density in every batch.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
import torch

from skdiffts._chunks import slices
from skdiffts._noise_level import angle, log_snr_at
from skdiffts._strategy import Strategy
from skdiffts._torch import to_numpy, to_tensor
from skdiffts._validation import Interval, StrOptions
from skdiffts.process._divergence import probe_sets, velocity_and_divergence
from skdiffts.process._runge_kutta import integrate_adaptive, integrate_fixed

__all__ = ["AdaptiveFlowDensity", "BaseFlowDensity", "FlowDensity"]

# Activations of a network and their derivatives, in round numbers: 512 rows a chunk.
NUMBERS_PER_ROW = 2048
# Columns up to which "auto" takes one derivative a column.
MAX_EXACT = 200
# Power of an even grid by which steps gather where the data's detail is, at little noise.
GRADING = 1.5
# Most steps of a row in doubt, in units of the number asked for.
MAX_REFINEMENT = 8


@dataclass(kw_only=True, repr=False, eq=False)
class BaseFlowDensity(Strategy, ABC):
    r"""Density of the probability flow by the change of variables.

    .. math:: \log p(z_0) = \log p(z_T)
              + \int_{\theta_0}^{\theta_T} \nabla \cdot v(z_\theta, \theta)\, d\theta,
              \qquad \frac{dz}{d\theta} = v(z, \theta)

    A child integrates. The density of a row depends neither on the other rows nor on
    their order.

    Parameters
    ----------
    divergence : {"auto", "exact", "hutchinson"}, default="auto"
        "exact" is the formula of the score model where its module has one (a method
        ``velocity_and_divergence(z, log_snr)``), else one derivative a column;
        "hutchinson" is Hutchinson's estimate with random signs, unbiased for the
        log-density, not for the density; "auto" estimates only without a formula and
        beyond 200 columns.
    n_probes : int, default=16
        Directions of Hutchinson's estimate, the same for all rows.
    random_state : int, default=0
        Seed of the directions.

    References
    ----------
    .. [1] Y. Song et al., "Score-Based Generative Modeling through Stochastic
       Differential Equations", ICLR 2021, eq. (39).
    .. [2] M. F. Hutchinson, "A Stochastic Estimator of the Trace of the Influence
       Matrix for Laplacian Smoothing Splines", Communications in Statistics 19, 1990.
    """

    divergence: str = "auto"
    n_probes: int = 16
    random_state: int = 0

    _parameter_constraints: ClassVar[dict] = {
        "divergence": [StrOptions({"auto", "exact", "hutchinson"})],
        "n_probes": [Interval(Integral, 1, None, closed="left")],
        "random_state": [Interval(Integral, 0, 2**32 - 1, closed="both")],
    }

    @property
    @abstractmethod
    def n_sets(self):
        """Number of sets of random directions of the trace estimate in an integration."""

    @abstractmethod
    def integrate(self, module, z, first, last, probes):
        """Carry rows and the integral of the divergence along the flow.

        Parameters
        ----------
        module : torch.nn.Module
            Velocity, in float64.
        z : torch.Tensor of shape (n_samples, n_features)
            Rows at the first angle.
        first, last : float
            Angles, rising.
        probes : list
            Sets of directions, ``n_sets`` of them; None in the place of each for the
            exact divergence.

        Returns
        -------
        z : torch.Tensor of shape (n_samples, n_features)
            Rows at the last angle.
        integral : torch.Tensor of shape (n_samples,)
            Integral of the divergence.
        """

    def log_density(self, module, u, log_snr_range, prior):
        """Log-density of whitened rows.

        Parameters
        ----------
        module : torch.nn.Module
            Velocity, in float64.
        u : ndarray of shape (n_samples, n_features)
            Whitened rows.
        log_snr_range : tuple of float
            Lowest and highest log signal-to-noise ratio.
        prior : BasePrior
            Distribution of y at the lowest ratio.

        Returns
        -------
        ndarray of shape (n_samples,)
            Log-density in nats.
        """
        last, first = (float(angle(log_snr)) for log_snr in log_snr_range)
        d = u.shape[1]
        probes = self._probes(module, d)
        result = np.empty(len(u))
        for rows in slices(len(u), NUMBERS_PER_ROW):
            z, integral = self.integrate(
                module, to_tensor(np.cos(first) * u[rows]), first, last, probes
            )
            y = to_numpy(z) / np.cos(last)
            result[rows] = prior.log_density(y) + to_numpy(integral)
        # From the density of y at the last level to z there, from z to y at the first.
        return result + d * (np.log(np.cos(first)) - np.log(np.cos(last)))

    def _probes(self, module, d):
        """Make the sets of directions; each is None for the exact divergence."""
        formula = hasattr(module, "velocity_and_divergence")
        many = self.divergence == "auto" and d > MAX_EXACT and not formula
        if many or self.divergence == "hutchinson":
            return probe_sets(self.n_sets, self.n_probes, d, self.random_state)
        return [None] * self.n_sets


@dataclass(kw_only=True, repr=False, eq=False)
class FlowDensity(BaseFlowDensity):
    r"""Density of the probability flow, with fixed Runge-Kutta steps.

    .. math:: \log p(z_0) = \log p(z_T)
              + \int_{\theta_0}^{\theta_T} \nabla \cdot v(z_\theta, \theta)\, d\theta,
              \qquad \frac{dz}{d\theta} = v(z, \theta)

    Each step has its own directions for Hutchinson's estimate, so that their errors
    average out.

    Parameters
    ----------
    divergence : {"auto", "exact", "hutchinson"}, default="auto"
        "exact" is the formula of the score model where its module has one (a method
        ``velocity_and_divergence(z, log_snr)``), else one derivative a column;
        "hutchinson" is Hutchinson's estimate with random signs, unbiased for the
        log-density, not for the density; "auto" estimates only without a formula and
        beyond 200 columns.
    n_probes : int, default=16
        Directions of Hutchinson's estimate, the same for all rows.
    random_state : int, default=0
        Seed of the directions.
    n_steps : int, default=16
        Number of steps of the classical Runge-Kutta method, four evaluations of the
        score model each. They gather at little noise.
    tol : float, default=2e-3
        Estimated error, in nats, beyond which a row is integrated again with twice the
        steps, and so on up to eight times as many; infinity never does. The estimate is
        about the integral along the way and may be a tenth of the error. Estimates by
        Hutchinson are not refined: their own error is larger.

    References
    ----------
    .. [1] Y. Song et al., "Score-Based Generative Modeling through Stochastic
       Differential Equations", ICLR 2021, eq. (39).

    Examples
    --------
    >>> from skdiffts import DiffusionResidualSampler
    >>> from skdiffts.process import FlowDensity
    >>> sampler = DiffusionResidualSampler(density=FlowDensity(n_steps=32))
    >>> sampler.set_params(density__divergence="hutchinson").density
    FlowDensity(divergence='hutchinson', n_steps=32)
    """

    n_steps: int = 16
    tol: float = 2e-3

    _parameter_constraints: ClassVar[dict] = {
        **BaseFlowDensity._parameter_constraints,
        "n_steps": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="neither")],
    }

    @property
    def n_sets(self):
        """Number of sets of random directions: one for each step."""
        return self.n_steps

    def integrate(self, module, z, first, last, probes):
        def flow(z, theta, step):
            log_snr = torch.full((1, 1), log_snr_at(theta), dtype=z.dtype)
            directions = probes[step] if probes[0] is not None else None
            return velocity_and_divergence(module, z, log_snr, directions)

        n_steps = self.n_steps
        end, integral, error = integrate_fixed(flow, z, _angles(first, last, n_steps))
        left = torch.arange(len(z))
        while probes[0] is None and n_steps < MAX_REFINEMENT * self.n_steps:
            left, n_steps = left[error > self.tol], 2 * n_steps
            if len(left) == 0:
                break
            angles = _angles(first, last, n_steps)
            end[left], integral[left], error = integrate_fixed(flow, z[left], angles)
        return end, integral


def _angles(first, last, n_steps):
    """Set the ends of steps, in pairs of equal length that gather at little noise."""
    shares = np.linspace(0.0, 1.0, -(-n_steps // 2) + 1) ** GRADING
    knots = first + (last - first) * shares
    middles = 0.5 * (knots[1:] + knots[:-1])
    # An odd number leaves the last step without a partner.
    middles = middles[: n_steps // 2]
    return np.sort(np.concatenate([knots, middles]))


@dataclass(kw_only=True, repr=False, eq=False)
class AdaptiveFlowDensity(BaseFlowDensity):
    r"""Density of the probability flow, with steps that each row chooses for itself.

    .. math:: \log p(z_0) = \log p(z_T)
              + \int_{\theta_0}^{\theta_T} \nabla \cdot v(z_\theta, \theta)\, d\theta,
              \qquad \frac{dz}{d\theta} = v(z, \theta)

    The pair of Dormand and Prince estimates the error of each step. All steps share one
    set of directions for Hutchinson's estimate, and keep its error.

    Parameters
    ----------
    divergence : {"auto", "exact", "hutchinson"}, default="auto"
        "exact" is the formula of the score model where its module has one (a method
        ``velocity_and_divergence(z, log_snr)``), else one derivative a column;
        "hutchinson" is Hutchinson's estimate with random signs, unbiased for the
        log-density, not for the density; "auto" estimates only without a formula and
        beyond 200 columns.
    n_probes : int, default=16
        Directions of Hutchinson's estimate, the same for all rows.
    random_state : int, default=0
        Seed of the directions.
    tol : float, default=1e-5
        Largest error of a step, in nats and in the whitened rows.

    References
    ----------
    .. [1] Y. Song et al., "Score-Based Generative Modeling through Stochastic
       Differential Equations", ICLR 2021, eq. (39).
    .. [2] J. R. Dormand and P. J. Prince, "A Family of Embedded Runge-Kutta Formulae",
       J. Comput. Appl. Math. 6, 1980.

    Examples
    --------
    >>> from skdiffts import DiffusionResidualSampler
    >>> from skdiffts.process import AdaptiveFlowDensity
    >>> DiffusionResidualSampler(density=AdaptiveFlowDensity(tol=1e-3)).density
    AdaptiveFlowDensity(tol=0.001)
    """

    tol: float = 1e-5

    _parameter_constraints: ClassVar[dict] = {
        **BaseFlowDensity._parameter_constraints,
        # Rounding alone is not far below the lower end.
        "tol": [Interval(Real, 1e-12, None, closed="left")],
    }

    @property
    def n_sets(self):
        """Number of sets of random directions: one, for all steps."""
        return 1

    def integrate(self, module, z, first, last, probes):
        def flow(z, theta):
            log_snr = -torch.log(torch.tan(theta))
            return velocity_and_divergence(module, z, log_snr, probes[0])

        return integrate_adaptive(flow, z, first, last, self.tol)
