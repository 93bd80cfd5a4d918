"""Implicit and sliced score matching."""

from abc import abstractmethod
from dataclasses import dataclass
from numbers import Integral
from typing import ClassVar

import numpy as np
import torch
from scipy.linalg import hadamard

from skdiffts._noise_level import tensor_cosine_sine
from skdiffts._torch import to_tensor
from skdiffts._validation import Interval, StrOptions
from skdiffts.losses._base import BaseScoreMatching
from skdiffts.losses._denoising import DenoisingScoreMatching

__all__ = ["ImplicitScoreMatching", "SlicedScoreMatching", "sign_patterns"]


@dataclass(kw_only=True, repr=False, eq=False)
class BaseImplicitLoss(BaseScoreMatching):
    r"""Implicit loss: denoising after an integration by parts.

    With :math:`z = \cos\theta\, x_0 + \sin\theta\, \xi`, Stein's identity turns
    :math:`E|\hat\xi(z) - \xi|^2` into
    :math:`E[|\hat\xi|^2 - 2 \sin\theta\, \nabla \cdot \hat\xi] + d`; a child gives the
    divergence of the velocity.
    """

    antithetic: bool = True

    _parameter_constraints: ClassVar[dict] = {
        **BaseScoreMatching._parameter_constraints,
        "antithetic": ["boolean"],
    }

    @property
    def rows_per_draw(self):
        return 2 if self.antithetic else 1

    @property
    def for_validation(self):
        # Stein's identity backwards: no derivatives, and less noise.
        return DenoisingScoreMatching(
            weighting=self.weighting, time_sampling=self.time_sampling
        )

    @abstractmethod
    def _divergence(self, velocity, z, normals):
        """Divergence of the velocity of each row, or an unbiased estimate.

        ``normals`` are standard normal, one row for each row of ``z``, or for each pair.
        """

    def error(self, module, data, log_snr, noise):
        d = data.shape[1]
        added, normals = noise[:, :d], noise[:, d:]
        if self.antithetic:
            added = torch.cat([added, -added])
            data, log_snr = data.repeat(2, 1), log_snr.repeat(2, 1)
        cosine, sine = tensor_cosine_sine(log_snr)
        with torch.enable_grad():
            z = (cosine * data + sine * added).requires_grad_(True)
            velocity = module(z, log_snr)
            divergence = self._divergence(velocity, z, normals)
        predicted = sine * z + cosine * velocity
        slope = sine[:, 0] * d + cosine[:, 0] * divergence
        error = predicted.square().sum(dim=1) - 2.0 * sine[:, 0] * slope + d
        return error.view(self.rows_per_draw, -1).mean(dim=0)


@dataclass(kw_only=True, repr=False, eq=False)
class ImplicitScoreMatching(BaseImplicitLoss):
    r"""Implicit score matching with the exact divergence, on noised rows.

    .. math:: \ell = \int \frac{\Lambda(t)}{g(t)^2}\,
              E\left[|\hat\xi|^2 - 2 s\, \nabla \cdot \hat\xi + d\right] d\lambda

    It costs one derivative per column and step.

    Parameters
    ----------
    weighting : {"likelihood", "sigma2", "unit"} or callable, default="likelihood"
        Weighting of the squared error of the score, as for denoising.
    time_sampling : {"logsnr", "uniform"} or array-like of times, default="logsnr"
        Whether training levels are uniform in the log signal-to-noise ratio or in t, or
        the times of training, all of one weight.
    antithetic : bool, default=True
        Whether noise comes in pairs of opposite sign; a batch then holds half the rows.

    References
    ----------
    .. [1] A. Hyvarinen, "Estimation of Non-Normalized Statistical Models by Score
       Matching", JMLR 6, 2005, theorem 1.

    Examples
    --------
    >>> from skdiffts.losses import ImplicitScoreMatching
    >>> ImplicitScoreMatching()
    ImplicitScoreMatching()
    """

    def _divergence(self, velocity, z, normals):
        columns = []
        for j in range(z.shape[1]):
            [gradient] = torch.autograd.grad(
                velocity[:, j].sum(), z, create_graph=True, materialize_grads=True
            )
            columns.append(gradient[:, j])
        return torch.stack(columns).sum(dim=0)


@dataclass(kw_only=True, repr=False, eq=False)
class SlicedScoreMatching(BaseImplicitLoss):
    r"""Sliced score matching in its variance-reduced form, on noised rows.

    The divergence of implicit score matching is estimated by :math:`p' J p`, averaged
    over directions p of mean zero and covariance I. Rademacher directions are rows of a
    Hadamard matrix with random signs of its columns: as many as the columns, rounded up
    to a power of two, give the exact divergence. Gaussian directions are independent of
    each other; the variance of their estimate is larger by twice the sum of the squares
    of the diagonal of J.

    Parameters
    ----------
    weighting : {"likelihood", "sigma2", "unit"} or callable, default="likelihood"
        Weighting of the squared error of the score, as for denoising.
    time_sampling : {"logsnr", "uniform"} or array-like of times, default="logsnr"
        Whether training levels are uniform in the log signal-to-noise ratio or in t, or
        the times of training, all of one weight.
    antithetic : bool, default=True
        Whether noise comes in pairs of opposite sign; a batch then holds half the rows.
    n_projections : int, default=1
        Directions a row.
    directions : {"rademacher", "gaussian"}, default="rademacher"
        Distribution of the directions.

    References
    ----------
    .. [1] Y. Song et al., "Sliced Score Matching: A Scalable Approach to Density and
       Score Estimation", UAI 2019, eq. (8).

    Examples
    --------
    >>> from skdiffts.losses import SlicedScoreMatching
    >>> SlicedScoreMatching(n_projections=4)
    SlicedScoreMatching(n_projections=4)
    """

    n_projections: int = 1
    directions: str = "rademacher"

    _parameter_constraints: ClassVar[dict] = {
        **BaseImplicitLoss._parameter_constraints,
        "n_projections": [Interval(Integral, 1, None, closed="left")],
        "directions": [StrOptions({"rademacher", "gaussian"})],
    }

    @property
    def n_noises(self):
        return 1 + (self.n_projections if self.directions == "gaussian" else 1)

    def _divergence(self, velocity, z, normals):
        total = torch.zeros(len(z), dtype=z.dtype, device=z.device)
        for direction in self._directions(z, normals):
            [product] = torch.autograd.grad(
                (velocity * direction).sum(),
                z,
                create_graph=True,
                materialize_grads=True,
            )
            total = total + (product * direction).sum(dim=1)
        return total / self.n_projections

    def _directions(self, z, normals):
        """Directions of each row, one tensor of the shape of z after the other."""
        n_sets, d = len(z) // len(normals), z.shape[1]
        if self.directions == "gaussian":
            for chosen in normals.split(d, dim=1):
                yield chosen.repeat(n_sets, 1)
            return
        # The two rows of a pair are close at little noise: they share the directions.
        patterns = sign_patterns(n_sets * self.n_projections, d)
        patterns = to_tensor(patterns, z.dtype, z.device).view(n_sets, -1, 1, d)
        for i in range(self.n_projections):
            yield (patterns[:, i] * normals.sign()).view(z.shape)


def sign_patterns(n_rows, n_columns):
    """Rows of a Hadamard matrix, which are orthogonal over all its columns.

    Parameters
    ----------
    n_rows : int
        Number of rows; beyond the order of the matrix they repeat.
    n_columns : int
        Number of columns, the first ones.

    Returns
    -------
    ndarray of int8 of shape (n_rows, n_columns)
        Plus and minus one.
    """
    order = 1 << (n_columns - 1).bit_length()
    rows = np.arange(n_rows) % order
    return hadamard(order, dtype=np.int8)[rows, :n_columns]
