"""Denoising score matching."""

from dataclasses import dataclass
from numbers import Integral
from typing import ClassVar

import torch

from skdiffts._noise_level import tensor_cosine_sine
from skdiffts._validation import Interval
from skdiffts.losses._base import BaseScoreMatching

__all__ = ["DenoisingScoreMatching"]


@dataclass(kw_only=True, repr=False, eq=False)
class DenoisingScoreMatching(BaseScoreMatching):
    r"""Denoising score matching: regression on the noise that was added.

    .. math:: \ell = \int \frac{\Lambda(t)}{g(t)^2}\,
              E|\hat\xi(x_t, t) - \xi|^2\, d\lambda

    At the angle :math:`\theta` of the noise level the error of the noise is
    :math:`\cos\theta` times the error of the velocity, whose target
    :math:`\cos\theta\, \xi - \sin\theta\, x_0` has unit variance.

    Parameters
    ----------
    weighting : {"likelihood", "sigma2", "unit"} or callable, default="likelihood"
        Weighting of the squared error of the score at time t: g(t)^2, for which the
        loss bounds the negative log-likelihood in nats, s(t)^2, one, or a function of
        an array of times.
    time_sampling : {"logsnr", "uniform"} or array-like of times, default="logsnr"
        Whether training levels are uniform in the log signal-to-noise ratio or in t, or
        the times of training, all of one weight.
    antithetic : bool, default=True
        Whether noise comes in pairs of opposite sign, which removes most of the
        gradient's variance at low noise.
    n_noises : int, default=1
        Vectors of noise, or pairs of them, at the level of each row; a batch holds as
        many fewer rows.

    References
    ----------
    .. [1] P. Vincent, "A Connection Between Score Matching and Denoising
       Autoencoders", Neural Computation 23, 2011, eq. (11).
    .. [2] Y. Song et al., "Maximum Likelihood Training of Score-Based Diffusion
       Models", NeurIPS 2021, theorem 1.

    Examples
    --------
    >>> from skdiffts.losses import DenoisingScoreMatching
    >>> DenoisingScoreMatching(weighting="sigma2")
    DenoisingScoreMatching(weighting='sigma2')
    """

    antithetic: bool = True
    n_noises: int = 1

    _parameter_constraints: ClassVar[dict] = {
        **BaseScoreMatching._parameter_constraints,
        "antithetic": ["boolean"],
        "n_noises": [Interval(Integral, 1, None, closed="left")],
    }

    @property
    def rows_per_draw(self):
        return 2 * self.n_noises if self.antithetic else self.n_noises

    def error(self, module, data, log_snr, noise):
        noise = torch.cat(noise.chunk(self.n_noises, dim=1))
        if self.antithetic:
            noise = torch.cat([noise, -noise])
        data = data.repeat(self.rows_per_draw, 1)
        log_snr = log_snr.repeat(self.rows_per_draw, 1)
        cosine, sine = tensor_cosine_sine(log_snr)
        velocity = module(cosine * data + sine * noise, log_snr)
        target = cosine * noise - sine * data
        error = (cosine * (velocity - target)).square().sum(dim=1)
        return error.view(self.rows_per_draw, -1).mean(dim=0)
