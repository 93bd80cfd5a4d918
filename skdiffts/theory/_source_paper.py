"""The two theorems of the source paper, for the process and the prior it has.

They are special cases of the bounds for any linear process, kept under their own names
so that the paper's experiment can be run as published.
"""

import numpy as np

from skdiffts.theory._assumptions import check_variance_preserving
from skdiffts.theory._prior import vp_prior_kl, vp_prior_w2
from skdiffts.theory._quadrature import check_non_negative
from skdiffts.theory._total_variation import TVBound
from skdiffts.theory._wasserstein import w2_bound

__all__ = ["paper_tv_as_printed", "paper_tv_bound", "paper_w2_bound"]


# Share of the second moment under the root of the first term, by the equation's number.
PRINTED_SHARES = {9: 0.5, 44: 0.25}


def paper_tv_as_printed(sde, score_error, *, second_moment, equation=9):
    r"""Evaluate the total-variation formula of the source paper as it is printed.

    .. math:: m\, \sqrt{E|x_0|^2 / 2} + \epsilon \sqrt{T / 2} \quad (9), \qquad
              \tfrac12\, m\, \sqrt{E|x_0|^2} + \epsilon \sqrt{T / 2} \quad (44), \qquad T = 1

    for VP with the prior N(0, I), to compare with the published figures.
    :func:`paper_tv_bound` is what can be proved.

    Parameters
    ----------
    sde : BaseSDE
        Variance preserving process.
    score_error : float
        Largest root mean squared error :math:`\epsilon` of the score over all times.
    second_moment : float
        :math:`E|x_0|^2`, in the coordinates in which the process runs.
    equation : {9, 44}, default=9
        Number of the equation.

    Returns
    -------
    float
        Value of the formula.

    Raises
    ------
    ValueError
        If the process is not variance preserving, an argument is negative or the equation
        another one.

    Notes
    -----
    Neither is a bound for every process: (44) rests on a limit, (42) of the paper, that is
    below the exact divergence, and the score term of both lacks the rate beta.

    References
    ----------
    .. [1] "Generative Diffusion Models for High-Dimensional Time Series", OpenReview
       N4xPiyv6fN, 2025, eqs. (9) and (44).

    Examples
    --------
    >>> from skdiffts.sde import VP
    >>> from skdiffts.theory import paper_tv_as_printed
    >>> sde = VP(schedule="geometric")
    >>> round(paper_tv_as_printed(sde, 0.1, second_moment=2.0), 4)
    0.2236
    """
    check_variance_preserving(sde)
    check_non_negative(score_error=score_error, second_moment=second_moment)
    if equation not in PRINTED_SHARES:
        raise ValueError(f"equation={equation!r} is not printed; pass 9 or 44.")
    share = PRINTED_SHARES[equation]
    initial = float(sde.scale(1.0)) * np.sqrt(share * second_moment)
    return float(initial + score_error * np.sqrt(0.5))


def paper_tv_bound(sde, score_error, *, second_moment, n_features):
    r"""Bound the total variation like the source paper, with constants derived anew.

    .. math:: TV(p_0, q_0) \le \tfrac12 \sqrt{m^2 E|x_0|^2 - d\,(m^2 + \log v)} +
              \tfrac{\epsilon}{2} \sqrt{\alpha(1)}, \qquad \alpha(1) = \int_0^1 \beta

    for VP with the prior N(0, I), :math:`m^2 = e^{-\alpha(1)}` and v = 1 - m^2.

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
        Dimension d.

    Returns
    -------
    TVBound
        Bound and its terms.

    Raises
    ------
    ValueError
        If the process is not variance preserving, or an argument is negative.

    Notes
    -----
    :func:`paper_tv_as_printed` gives the published numbers. The factors of [1]_ in eq. (9) and in eq. (43) are not the same. Neither is taken
    over; the ones here are derived: Girsanov's theorem, :math:`KL \le \tfrac12 \int
    \beta\, \epsilon^2\, dt`, and Pinsker's inequality, :math:`TV \le \sqrt{KL / 2}`,
    give one half at the score term, and the first term is :func:`vp_prior_kl`'s,
    without a limit for large :math:`\alpha(1)`. Time runs over [0, 1], so that the
    paper's horizon T is in :math:`\alpha(1)`; its dt = 1 concerns the residuals and not
    the diffusion.

    References
    ----------
    .. [1] "Generative Diffusion Models for High-Dimensional Time Series", OpenReview
       N4xPiyv6fN, 2025, eqs. (9) and (43).

    Examples
    --------
    >>> from skdiffts.sde import VP
    >>> from skdiffts.theory import paper_tv_bound
    >>> sde = VP(schedule="geometric")
    >>> bound = paper_tv_bound(sde, 0.1, second_moment=2.0, n_features=2)
    >>> round(bound.initial, 4), round(bound.score, 4)
    (0.1088, 0.0969)
    """
    check_variance_preserving(sde)
    check_non_negative(score_error=score_error)
    prior_kl = vp_prior_kl(sde, second_moment=second_moment, n_features=n_features)
    alpha = -2.0 * np.log(sde.scale(1.0))
    initial = float(np.sqrt(0.5 * prior_kl))
    score = float(0.5 * score_error * np.sqrt(alpha))
    return TVBound(initial + score, initial, score)


def paper_w2_bound(sde, score_error, *, second_moment, n_features, lipschitz, lam=None):
    r"""Bound the Wasserstein distance as the source paper's theorem 1 does.

    .. math:: W_2(p_0, q_0)^2 \le e^{c\, \alpha(1)} W_2(p_1, N(0, I))^2 +
              \frac{\epsilon^2}{2 \lambda}\, \frac{e^{c\, \alpha(1)} - 1}{c}, \qquad
              c = 1 + 2 L + 2 \lambda

    for VP, whose one-sided constant is :math:`-\beta / 2`; the schedule enters through
    :math:`\alpha(1) = \int \beta` alone. It is :func:`w2_bound` with a constant score
    error :math:`\epsilon`, a Lipschitz constant L and the prior N(0, I).

    Parameters
    ----------
    sde : BaseSDE
        Variance preserving process.
    score_error : float
        Largest root mean squared error :math:`\epsilon` of the score over all times.
    second_moment : float
        :math:`E|x_0|^2`, in the coordinates in which the process runs; it gives the
        initial mismatch by :func:`vp_prior_w2`.
    n_features : int
        Dimension.
    lipschitz : float
        Lipschitz constant L of the score, at all times, at least zero.
    lam : float, default=None
        Constant lambda, positive; None is the minimiser.

    Returns
    -------
    W2Bound
        Bound and its terms, in the coordinates in which the process runs.

    Raises
    ------
    ValueError
        If the process is not variance preserving, an argument is negative or ``lam``
        not positive.

    Notes
    -----
    The constants come from the derivation of :func:`w2_bound` with T = 1. An error
    that is measured under the distribution of the data belongs with the Lipschitz
    constant of the model, an error under the distribution of the draws with the
    constant of the true score.

    The exponent grows with :math:`L \alpha(1)`: for data with a detail of one
    twentieth L is 400, and the bound is beyond any use. :func:`w2_bound` with the
    one-sided constant at each time is not.

    References
    ----------
    .. [1] "Generative Diffusion Models for High-Dimensional Time Series", OpenReview
       N4xPiyv6fN, 2025, theorem 1 and eq. (10).

    Examples
    --------
    >>> from skdiffts.sde import VP
    >>> from skdiffts.theory import paper_w2_bound
    >>> bound = paper_w2_bound(
    ...     VP(schedule="geometric"), 0.1, second_moment=2.0, n_features=2, lipschitz=1.0
    ... )
    >>> round(bound.lam, 4)
    0.0536
    """
    check_variance_preserving(sde)
    check_non_negative(score_error=score_error, lipschitz=lipschitz)
    prior_w2 = vp_prior_w2(sde, second_moment=second_moment, n_features=n_features)
    return w2_bound(sde, score_error, prior_w2=prior_w2, slope=lipschitz, lam=lam)
