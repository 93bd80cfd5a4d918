r"""Bounds in total variation.

The reverse process that starts from :math:`p_1` and uses the model differs from the
true one in its drift alone, by :math:`\tfrac{1 + \gamma^2}{2} g^2 (\hat s - s)`.
Girsanov's theorem gives the divergence of the distributions of paths, Pinsker's
inequality the total variation, and the mismatch at t = 1 is added by the triangle
inequality.
"""

from dataclasses import dataclass

import numpy as np

from skdiffts.theory._assumptions import largest_g2
from skdiffts.theory._kullback_leibler import kl_bound, tv_from_kl
from skdiffts.theory._prior import vp_prior_kl
from skdiffts.theory._quadrature import check_non_negative

__all__ = ["TVBound", "linear_tv_bound", "tv_bound", "vp_tv_bound"]


@dataclass(frozen=True)
class TVBound:
    """Bound in total variation, the sum of its terms.

    Parameters
    ----------
    total : float
        Bound; from 1 on it says nothing.
    initial : float
        Term of the distribution at t = 1.
    score : float
        Term of the score error.

    Examples
    --------
    >>> from skdiffts.sde import VP
    >>> from skdiffts.theory import tv_bound
    >>> tv_bound(VP(), 0.0, prior_tv=0.25)
    TVBound(total=0.25, initial=0.25, score=0.0)
    """

    total: float
    initial: float
    score: float


def tv_bound(sde, score_error, *, prior_tv, gamma=1.0, start=0.0):
    r"""Bound the total variation by Girsanov's theorem, for any linear process.

    .. math:: TV(p_\epsilon, q_\epsilon) \le TV(p_1, \pi) + \frac{1 + \gamma^2}{4
              \gamma} \left(\int_\epsilon^1 g(t)^2\, E_{p_t}|\hat s - \nabla\log
              p_t|^2\, dt\right)^{1/2}

    for the solution q of the reverse equation of strength gamma; with gamma = 1 the
    factor is one half. Compared are the distributions at the first time
    :math:`\epsilon`: data and draws up to the first noise.

    Parameters
    ----------
    sde : BaseSDE
        Forward process.
    score_error : float or callable
        Root mean squared error of the score of :math:`x_t` under the true distribution
        :math:`p_t`: a number, or a function of an array of times such as a
        :class:`ScoreError`.
    prior_tv : float
        :math:`TV(p_1, \pi)`, in [0, 1], or a bound of it.
    gamma : float or callable, default=1.0
        Strength of the noise of the reverse equation, or a function of time; 0, the probability flow, has no
        finite bound of this kind.
    start : float, default=0.0
        First time epsilon, in [0, 1).

    Returns
    -------
    TVBound
        Bound and its terms.

    Raises
    ------
    ValueError
        If an error, ``prior_tv`` or ``gamma`` is negative, ``prior_tv`` is above one,
        or the error is not finite between the ends.

    References
    ----------
    .. [1] S. Chen et al., "Sampling is as easy as learning the score: theory for
       diffusion models with minimal data assumptions", ICLR 2023, theorem 2.

    Examples
    --------
    >>> from skdiffts.sde import OU
    >>> from skdiffts.theory import tv_bound
    >>> round(tv_bound(OU(sigma=2.0), 0.1, prior_tv=0.01).total, 12)
    0.11
    """
    _check_tv(prior_tv)
    score = kl_bound(sde, score_error, prior_kl=0.0, gamma=gamma, start=start).total
    return _sum(prior_tv, np.sqrt(0.5 * score))


def linear_tv_bound(sde, score_error, *, prior_tv):
    r"""Bound the total variation for any linear process, in the published form.

    .. math:: TV(p_0, q_0) \le TV(p_1, \pi) + \epsilon\, \|g\|_\infty \sqrt{T / 2},
              \qquad T = 1

    Parameters
    ----------
    sde : BaseSDE
        Forward process.
    score_error : float
        Largest root mean squared error :math:`\epsilon` of the score over all times,
        under the true distribution of :math:`x_t`.
    prior_tv : float
        :math:`TV(p_1, \pi)`, in [0, 1], or a bound of it.

    Returns
    -------
    TVBound
        Bound and its terms.

    Raises
    ------
    ValueError
        If an argument is negative, or ``prior_tv`` above one.

    Notes
    -----
    Pinsker's inequality on Girsanov's divergence has :math:`\sqrt{T} / 2` in place of
    :math:`\sqrt{T / 2}`: :func:`tv_bound` is the smaller by at least
    :math:`\sqrt 2`.

    References
    ----------
    .. [1] W. Tang and H. Zhao, "Score-based diffusion models via stochastic
       differential equations: a technical tutorial", arXiv:2402.07487, theorem on the
       total variation.

    Examples
    --------
    >>> from skdiffts.sde import OU
    >>> from skdiffts.theory import linear_tv_bound
    >>> round(linear_tv_bound(OU(sigma=2.0), 0.1, prior_tv=0.01).total, 4)
    0.1514
    """
    check_non_negative(score_error=score_error)
    _check_tv(prior_tv)
    return _sum(prior_tv, score_error * np.sqrt(0.5 * largest_g2(sde)))


def vp_tv_bound(sde, score_error, *, second_moment, n_features):
    r"""Bound the total variation for a VP process and the prior N(0, I).

    .. math:: TV(p_0, q_0) \le \sqrt{KL / 2} + \epsilon \sqrt{\beta_{\max} / 2}

    is :func:`linear_tv_bound` with the divergence of :func:`vp_prior_kl`.

    Parameters
    ----------
    sde : BaseSDE
        Variance preserving process.
    score_error : float
        Largest root mean squared error :math:`\epsilon` of the score over all times,
        under the true distribution of :math:`x_t`.
    second_moment : float
        :math:`E|x_0|^2`, in the coordinates in which the process runs.
    n_features : int
        Dimension.

    Returns
    -------
    TVBound
        Bound and its terms.

    Raises
    ------
    ValueError
        If the process is not variance preserving, or an argument is negative.

    References
    ----------
    .. [1] W. Tang and H. Zhao, "Score-based diffusion models via stochastic
       differential equations: a technical tutorial", arXiv:2402.07487, corollary on VP.

    Examples
    --------
    >>> from skdiffts.sde import VP
    >>> from skdiffts.theory import vp_tv_bound
    >>> bound = vp_tv_bound(VP(), 0.01, second_moment=2.0, n_features=2)
    >>> round(bound.initial, 4), round(bound.score, 4)
    (0.0046, 0.0316)
    """
    prior_kl = vp_prior_kl(sde, second_moment=second_moment, n_features=n_features)
    return linear_tv_bound(sde, score_error, prior_tv=tv_from_kl(prior_kl))


def _sum(initial, score):
    return TVBound(float(initial + score), float(initial), float(score))


def _check_tv(prior_tv):
    check_non_negative(prior_tv=prior_tv)
    if prior_tv > 1.0:
        raise ValueError(
            f"prior_tv={prior_tv} is above 1; pass a total variation, in [0, 1]."
        )
