"""Explicit score matching, for distributions with a known score."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from skdiffts._noise_level import tensor_cosine_sine
from skdiffts.losses._base import BaseScoreMatching
from skdiffts.scores import GaussianMixtureScore

__all__ = ["ExplicitScoreMatching"]


@dataclass(kw_only=True, repr=False, eq=False)
class ExplicitScoreMatching(BaseScoreMatching):
    r"""Squared distance to the known score of the noised distribution.

    .. math:: \ell = \frac12 \int \Lambda(t)\,
              E|\hat s(x_t, t) - \nabla\log p_t(x_t)|^2\, dt
              = \int \frac{\Lambda}{g^2}\, E|\hat\xi - E[\xi | x_t]|^2\, d\lambda

    Denoising score matching adds :math:`E|\xi - E[\xi | x_t]|^2`, the same for every model.
    Explicit score matching is the distance of a model from the truth, in nats, where the
    other losses have an unknown constant; it is for tests and theory.

    Parameters
    ----------
    weighting : {"likelihood", "sigma2", "unit"} or callable, default="likelihood"
        Weighting of the squared error of the score, as for denoising.
    time_sampling : {"logsnr", "uniform"} or array-like of times, default="logsnr"
        Whether training levels are uniform in the log signal-to-noise ratio or in t, or
        the times of training, all of one weight.
    score_model : GaussianMixtureScore or callable
        True score, in the coordinates in which the diffusion runs: a mixture, or a
        velocity that maps float64 tensors z, of shape (n_samples, n_features), and
        log_snr, of shape (n_samples, 1), to a tensor of the shape of z.

    References
    ----------
    .. [1] P. Vincent, "A Connection Between Score Matching and Denoising
       Autoencoders", Neural Computation 23, 2011, eq. (11) and its proof.

    Examples
    --------
    >>> import torch
    >>> from skdiffts.losses import ExplicitScoreMatching
    >>> from skdiffts.scores import GaussianMixtureScore
    >>> truth = GaussianMixtureScore(
    ...     weights=[1.0], means=[[0.0]], covariances=[[[1.0]]]
    ... )
    >>> loss = ExplicitScoreMatching(score_model=truth)
    >>> rows, level = torch.ones(3, 1), torch.zeros(3, 1)
    >>> loss.error(lambda z, log_snr: 0.0 * z, rows, level, rows).sum().item()
    0.0
    """

    score_model: Any = None

    _parameter_constraints: ClassVar[dict] = {
        **BaseScoreMatching._parameter_constraints,
        "score_model": [GaussianMixtureScore, callable],
    }

    def error(self, module, data, log_snr, noise):
        cosine, sine = tensor_cosine_sine(log_snr)
        z = cosine * data + sine * noise
        with torch.no_grad():
            truth = self._velocity(z.device)(z.double(), log_snr.double()).to(z.dtype)
        return (cosine * (module(z, log_snr) - truth)).square().sum(dim=1)

    def _velocity(self, device):
        if isinstance(self.score_model, GaussianMixtureScore):
            return self.score_model.build(None, None).to(device)
        return self.score_model
