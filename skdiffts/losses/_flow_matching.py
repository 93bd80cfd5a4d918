"""Flow matching."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from skdiffts._noise_level import angle, log_snr_at, tensor_cosine_sine
from skdiffts._torch import to_tensor
from skdiffts._validation import StrOptions
from skdiffts.losses._base import BaseLoss, stratified

__all__ = ["FlowMatching"]


@dataclass(kw_only=True, repr=False, eq=False)
class FlowMatching(BaseLoss):
    r"""Flow matching: regression on the velocity of a path from data to noise.

    .. math:: \ell = \int E\left|\hat u(x_\tau, \tau) - \dot x_\tau\right|^2 d\tau, \qquad
              x_\tau = a(\tau)\, x_0 + b(\tau)\, \xi

    with :math:`a = 1 - \tau, b = \tau` on the linear path. With the angle :math:`\theta =
    \arctan(b / a)` the velocity of either path is one that both determine,

    .. math:: \dot x_\tau = (\sin\theta - \cos\theta)\, z + (\cos\theta + \sin\theta)\, v,
              \qquad z = x_\tau / \sqrt{a^2 + b^2},

    for the linear one, and :math:`v = \cos\theta\, \xi - \sin\theta\, x_0` itself for the
    trigonometric one. Since :math:`d\tau = (a^2 + b^2)\, d\theta` on the line, both losses
    are :math:`\int E|\hat v - v|^2 d\theta`: the paths differ in how often a level is
    drawn. It is denoising with the weighting :math:`g^2 s / m`.

    Parameters
    ----------
    path : {"linear", "trigonometric"}, default="linear"
        Path whose time is uniform in training.
    antithetic : bool, default=True
        Whether noise comes in pairs of opposite sign; a batch then holds half the rows.

    Notes
    -----
    Levels are those between the first noise and t = 1 of the sampler's process. The loss
    is in squared units of whitened rows, no bound of a likelihood.

    References
    ----------
    .. [1] Y. Lipman et al., "Flow Matching for Generative Modeling", ICLR 2023.
    .. [2] M. Albergo, N. Boffi and E. Vanden-Eijnden, "Stochastic Interpolants: A Unifying
       Framework for Flows and Diffusions", arXiv:2303.08797.

    Examples
    --------
    >>> from skdiffts.losses import FlowMatching
    >>> FlowMatching(path="trigonometric")
    FlowMatching(path='trigonometric')
    """

    path: str = "linear"
    antithetic: bool = True

    _parameter_constraints: ClassVar[dict] = {
        "path": [StrOptions({"linear", "trigonometric"})],
        "antithetic": ["boolean"],
    }

    @property
    def rows_per_draw(self):
        return 2 if self.antithetic else 1

    def draw_levels(self, sde, log_snr_range, n_levels, generator):
        uniform = stratified(n_levels, generator)
        last, first = (angle(level) for level in log_snr_range)
        if self.path == "trigonometric":
            theta = first + uniform * (last - first)
            weight = np.full(n_levels, last - first)
        else:
            # The share b / (a + b) of the noise is the time on the line.
            start, end = (np.tan(x) / (1.0 + np.tan(x)) for x in (first, last))
            tau = start + uniform * (end - start)
            theta = np.arctan2(tau, 1.0 - tau)
            weight = (end - start) / (tau**2 + (1.0 - tau) ** 2)
        levels = to_tensor(log_snr_at(theta), torch.float32)
        return levels, to_tensor(weight, torch.float32)

    def error(self, module, data, log_snr, noise):
        if self.antithetic:
            noise = torch.cat([noise, -noise])
            data, log_snr = data.repeat(2, 1), log_snr.repeat(2, 1)
        cosine, sine = tensor_cosine_sine(log_snr)
        velocity = module(cosine * data + sine * noise, log_snr)
        error = (velocity - (cosine * noise - sine * data)).square().sum(dim=1)
        return error.view(self.rows_per_draw, -1).mean(dim=0)
