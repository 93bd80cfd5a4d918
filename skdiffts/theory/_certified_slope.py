r"""Certified slope of the score of a Gaussian mixture.

In y the noised components are :math:`N(\mu_k, \Sigma_k + \tilde\sigma^2 I)` with precisions
:math:`A_k`, log-densities :math:`\ell_k` (weights included) and posterior weights
:math:`p_k`. The Jacobian of the score is

.. math:: -\sum_k p_k A_k + \sum_{k < l} p_k p_l\, \nabla q_{kl} \nabla q_{kl}^\top,
          \qquad q_{kl} = \ell_k - \ell_l,

and :math:`p_k p_l \le 1 / (4 \cosh^2(q_{kl} / 2))`. The difference q is quadratic in y
with the Hessian :math:`H = A_l - A_k`. Where H is definite, q is an extreme value c plus
a square, and :math:`|\nabla q|^2 \le 2 \|H\|\, |q - c|`: the supremum over y is one over a
number. Where H is zero the gradient is constant. Else two components weigh alike on
a surface without end along which their scores part without limit: the slope is infinite.
"""

from dataclasses import dataclass

import numpy as np

from skdiffts.scores import MixtureVelocity
from skdiffts.sde import BaseSDE

__all__ = ["CertifiedSlope", "certified_slope"]

# Rounding of the precisions' eigenvalues, over the largest.
ROUNDING = 1e-10
# Steps in q, and what the logarithm of a weight can change in between.
STEPS = np.linspace(-60.0, 60.0, 12_001)
MARGIN = np.exp(STEPS[1] - STEPS[0])


@dataclass(frozen=True, eq=False)
class CertifiedSlope:
    r"""Upper bound, at all points, of the slope of a mixture's score.

    A function of time: ``slope(t)`` is a one-sided constant l of the score of
    :math:`x_t` in whitened coordinates, :math:`(s(x) - s(y)) \cdot (x - y) \le l |x -
    y|^2` for all x and y, as :func:`w2_bound` takes it. It is exact for one component,
    and infinite where no finite constant exists.

    Parameters
    ----------
    sde : BaseSDE
        Forward process.
    weights : ndarray of shape (n_components,)
        Weights.
    means : ndarray of shape (n_components, n_features)
        Means.
    covariances : ndarray of shape (n_components, n_features, n_features)
        Covariances.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.sde import VP
    >>> from skdiffts.theory import CertifiedSlope
    >>> slope = CertifiedSlope(VP(), np.ones(1), np.zeros((1, 2)), np.eye(2)[np.newaxis])
    >>> round(float(slope(0.5)), 12)
    -1.0
    """

    sde: BaseSDE
    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray

    def __call__(self, t):
        """Slope of the score.

        Parameters
        ----------
        t : float or ndarray
            Diffusion time.

        Returns
        -------
        float or ndarray
            Slope in whitened coordinates.
        """
        scale = self.sde.scale(t)
        noise2 = np.square(self.sde.std(t) / scale)
        slopes = np.vectorize(self._slope_in_y, otypes=[float])(noise2)
        return slopes / np.square(scale)

    def _slope_in_y(self, noise2):
        """Slope at one variance of the noise."""
        d = self.means.shape[1]
        noised = self.covariances + noise2 * np.eye(d)
        precisions = np.linalg.inv(noised)
        spread = np.linalg.norm(precisions, 2, axis=(1, 2)).max()
        least = np.linalg.eigvalsh(precisions)[:, 0].min()
        if np.abs(precisions - precisions[0]).max() <= ROUNDING * spread:
            # By Popoviciu's inequality, a quarter of the squared diameter.
            pulls = self.means @ precisions[0]
            gaps = pulls[:, np.newaxis] - pulls
            return 0.25 * np.square(gaps).sum(axis=2).max() - least
        levels = np.log(self.weights) - 0.5 * np.linalg.slogdet(noised)[1]
        total = -least
        for k in range(len(levels)):
            for other in range(k):
                total += _largest_product(
                    precisions[[k, other]],
                    self.means[[k, other]],
                    levels[k] - levels[other],
                    ROUNDING * spread,
                )
        return total


def certified_slope(process):
    """Certified slope of a process's score, None where its score is no mixture's.

    Parameters
    ----------
    process : DiffusionProcess
        Process.

    Returns
    -------
    CertifiedSlope or None
        Slope as a function of time.
    """
    module = process.module
    if not isinstance(module, MixtureVelocity):
        return None
    return CertifiedSlope(process.sde, *module.components())


def _largest_product(precisions, means, level, rounding):
    """Supremum of |grad q|^2 / (4 cosh^2(q / 2)) for two components, or above."""
    hessian = precisions[1] - precisions[0]
    values = np.linalg.eigvalsh(hessian)
    pulls = np.einsum("kij,kj->ki", precisions, means)
    slope = pulls[0] - pulls[1]  # gradient of q at the origin
    if np.abs(values).max() <= rounding:
        return 0.25 * slope @ slope
    if values[0] < rounding and values[-1] > -rounding:
        return np.inf
    # q has its extreme value where its gradient vanishes.
    extreme = np.linalg.solve(hessian, -slope)
    value = level - 0.5 * (
        np.einsum("ki,kij,kj->k", extreme - means, precisions, extreme - means)
        @ [1.0, -1.0]
    )
    # Where the weight is large, and from the extreme value on, should that be elsewhere.
    side = np.sign(values[-1])
    q = np.concatenate(
        [STEPS[side * (STEPS - value) >= 0.0], value + side * abs(STEPS)]
    )
    weight = 1.0 / np.square(2.0 * np.cosh(np.clip(0.5 * q, -300.0, 300.0)))
    return (
        MARGIN * 2.0 * np.abs(values).max() * float(np.max(np.abs(q - value) * weight))
    )
