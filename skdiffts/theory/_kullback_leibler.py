r"""Bounds in Kullback-Leibler divergence.

The reverse family :math:`dY = [-f Y + \tfrac{1 + \gamma^2}{2} g^2 \hat s]\, ds + \gamma
g\, dW` has, with the true score, the distribution of the noised data at every time. A
wrong score changes the drift by :math:`\tfrac{1 + \gamma^2}{2} g^2 (\hat s - s)` at a
noise of :math:`\gamma g`; half the squared ratio, integrated, is the divergence of the
distributions of paths, which bounds the divergence at the end.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skdiffts.theory._quadrature import TimeGrid, check_non_negative

__all__ = ["KLBound", "ancestral_kl_bound", "kl_bound", "tv_from_kl"]

# Enough for a single step from noise to data.
LEVELS, WEIGHTS = np.polynomial.legendre.leggauss(20)


@dataclass(frozen=True)
class KLBound:
    r"""Bound in Kullback-Leibler divergence, the sum of its terms, in nats.

    Parameters
    ----------
    total : float
        Bound of the divergence KL(data | draws).
    initial : float
        Term of the distribution at t = 1.
    score : float
        Term of the score error.
    discretization : float
        Term of the finite steps; zero for the equation itself.
    gamma : float or callable
        Strength of the noise of the reverse equation.

    Examples
    --------
    >>> from skdiffts.sde import VP
    >>> from skdiffts.theory import kl_bound
    >>> bound = kl_bound(VP(), 0.0, prior_kl=0.02)
    >>> bound.total, round(bound.total_variation, 12)
    (0.02, 0.1)
    """

    total: float
    initial: float
    score: float
    discretization: float
    gamma: Any

    @property
    def total_variation(self):
        """Bound in total variation that follows, see :func:`tv_from_kl`."""
        return tv_from_kl(self.total)


def kl_bound(sde, score_error, *, prior_kl, gamma=None, start=0.0):
    r"""Bound the Kullback-Leibler divergence for any linear process and any gamma.

    .. math:: KL(p_\epsilon | q_\epsilon) \le KL(p_1 | \pi) + \frac{(1 + \gamma^2)^2}
              {8 \gamma^2} \int_\epsilon^1 g(t)^2\, E_{p_t}|\hat s -
              \nabla\log p_t|^2\, dt

    for the solution q of the reverse equation of strength gamma. With gamma
    = 1 the factor is Girsanov's one half, the smallest: it is :math:`(\gamma +
    1/\gamma)^2 / 8`, and the mean under the true distribution does not depend on gamma.

    Parameters
    ----------
    sde : BaseSDE
        Forward process.
    score_error : float or callable
        Root mean squared error of the score of :math:`x_t` under the true distribution
        :math:`p_t`: a number, or a function of an array of times such as a
        :class:`ScoreError`.
    prior_kl : float
        :math:`KL(p_1 | \pi)`, or a bound of it.
    gamma : float or callable, default=None
        Strength of the noise, a number or a function of an array of times; None is the
        minimiser, 1. As it goes to zero the bound goes to infinity: the probability flow
        is not covered.
    start : float, default=0.0
        First time epsilon, in [0, 1).

    Returns
    -------
    KLBound
        Bound and its terms.

    Raises
    ------
    ValueError
        If an error, ``prior_kl`` or ``gamma`` is negative, or the error is not finite
        between the ends.

    Notes
    -----
    If score and prior belong to some noised distribution q_0, gamma = 1 gives equality.

    References
    ----------
    .. [1] Y. Song et al., "Maximum Likelihood Training of Score-Based Diffusion
       Models", NeurIPS 2021, theorem 1 (gamma = 1).
    .. [2] C.-W. Huang, J. H. Lim and A. Courville, "A Variational Perspective on
       Diffusion-Based Generative Models and Score Matching", NeurIPS 2021 (the family
       of reverse equations).

    Examples
    --------
    >>> from skdiffts.sde import OU
    >>> from skdiffts.theory import kl_bound
    >>> sde = OU(sigma=2.0)
    >>> round(kl_bound(sde, 0.1, prior_kl=0.01).total, 12)
    0.03
    >>> round(kl_bound(sde, 0.1, prior_kl=0.01, gamma=2.0).total, 12)
    0.04125
    >>> round(kl_bound(sde, 0.1, prior_kl=0.01, gamma=lambda t: 1.0 + t).total, 12)
    0.034166666667
    """
    gamma = 1.0 if gamma is None else gamma
    check_non_negative(prior_kl=prior_kl)
    grid = TimeGrid(start)
    strength = grid.strength(gamma)
    rate = grid.values(sde.g2, "g2") * grid.errors(score_error) ** 2
    score = 0.0
    if rate.any():
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.square(strength + 1.0 / strength) / 8.0
            score = grid.integral(np.where(rate > 0.0, factor * rate, 0.0))
    gamma = gamma if callable(gamma) else float(gamma)
    return KLBound(prior_kl + score, float(prior_kl), score, 0.0, gamma)


def ancestral_kl_bound(levels, denoised_error, denoising_loss, *, prior_kl):
    r"""Bound the Kullback-Leibler divergence of ancestral steps, finite ones included.

    A step of order one of the reverse SDE (gamma = 1, DDPM) from level
    :math:`\lambda_k` to :math:`\lambda_{k+1}` holds the denoised value fixed. The true
    one is a martingale in the level, so that the errors add without cross terms,

    .. math:: KL \le KL(p_1 | \pi) + \sum_k \int_{\lambda_k}^{\lambda_{k+1}}
              e^{2\lambda} \left[E|D_\theta - D|^2(\lambda_k) + L(\lambda_k) -
              L(\lambda)\right] d\lambda,

    where :math:`L(\lambda) = E|x_0 - D|^2`, the least denoising loss, falls in lambda.

    Parameters
    ----------
    levels : array-like of shape (n_steps + 1,)
        Rising log signal-to-noise ratios of the steps.
    denoised_error : array-like of shape (n_steps,)
        Mean squared error of the model's denoised value at the start of each step,
        :math:`\tilde\sigma^2` times the error of its noise.
    denoising_loss : callable
        Least mean squared error of denoising, a function of an array of levels.
    prior_kl : float
        Divergence at the lowest level, or a bound of it.

    Returns
    -------
    KLBound
        Bound and its terms; the discretization term is of first order in the step.

    Raises
    ------
    ValueError
        If the levels do not rise, the shapes differ, an error is negative or the
        denoising loss rises.

    References
    ----------
    .. [1] J. Benton et al., "Nearly d-Linear Convergence Bounds for Diffusion Models
       via Stochastic Localization", ICLR 2024 (the martingale argument).

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.theory import ancestral_kl_bound
    >>> levels = np.linspace(-3.0, 3.0, 101)
    >>> loss = lambda level: 1.0 / (1.0 + np.exp(2.0 * level))
    >>> bound = ancestral_kl_bound(levels, np.zeros(100), loss, prior_kl=0.0)
    >>> round(bound.discretization, 4)
    0.1557
    """
    levels = np.asarray(levels, dtype=np.float64)
    errors = np.asarray(denoised_error, dtype=np.float64)
    check_non_negative(prior_kl=prior_kl)
    if levels.ndim != 1 or len(levels) < 2 or not (np.diff(levels) > 0.0).all():
        raise ValueError(
            f"levels of shape {levels.shape} do not rise strictly; pass log "
            "signal-to-noise ratios from the lowest to the highest."
        )
    if errors.shape != (len(levels) - 1,) or not (errors >= 0.0).all():
        raise ValueError(
            f"denoised_error of shape {errors.shape} is not one number, at least zero, "
            f"for each of {len(levels) - 1} steps; pass one for each."
        )
    halves = np.diff(levels)[:, np.newaxis] / 2.0
    inside = levels[:-1, np.newaxis] + halves * (1.0 + LEVELS)
    risen = denoising_loss(levels[:-1])[:, np.newaxis] - denoising_loss(inside)
    # Not a number is not above either.
    if not risen.min() >= -1e-9 * np.abs(denoising_loss(levels)).max():
        raise ValueError(
            "denoising_loss rises with the level or is not a number, as no least mean "
            "squared error does; pass the loss of the true denoised value."
        )
    weights = halves * WEIGHTS * np.exp(2.0 * inside)
    discretization = float((weights * np.maximum(risen, 0.0)).sum())
    score = float(weights.sum(axis=1) @ errors)
    total = prior_kl + score + discretization
    return KLBound(total, float(prior_kl), score, discretization, 1.0)


def tv_from_kl(divergence):
    r"""Bound the total variation by the Kullback-Leibler divergence.

    .. math:: TV \le \min\left(\sqrt{KL / 2},\ \sqrt{1 - e^{-KL}}\right)

    The first is Pinsker's inequality, the second, by Bretagnolle and Huber, stays below one.

    Parameters
    ----------
    divergence : float
        Divergence in nats, infinity included.

    Returns
    -------
    float
        Bound in [0, 1].

    Raises
    ------
    ValueError
        If the divergence is negative or not a number.

    References
    ----------
    .. [1] A. Tsybakov, "Introduction to Nonparametric Estimation", Springer, 2009,
       lemmas 2.5 and 2.6.

    Examples
    --------
    >>> from skdiffts.theory import tv_from_kl
    >>> round(tv_from_kl(0.02), 12), round(tv_from_kl(5.0), 4)
    (0.1, 0.9966)
    """
    if not divergence >= 0.0:
        raise ValueError(
            f"divergence={divergence} is not at least zero; pass a Kullback-Leibler "
            "divergence in nats."
        )
    return float(min(np.sqrt(0.5 * divergence), np.sqrt(-np.expm1(-divergence))))
