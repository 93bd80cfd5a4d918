r"""Wasserstein bounds for strongly log-concave data.

If :math:`p_0` is kappa-strongly log-concave, :math:`x_t = m x_0 + s \xi` is so with
:math:`k(t) = \kappa / (m^2 + \kappa s^2)`: inverse constants add under convolution. So
-k(t) takes the place of the slope of the score, and the reverse process contracts.
"""

import numpy as np
from scipy.optimize import minimize_scalar

from skdiffts.theory._assumptions import check_contractive, check_variance_preserving
from skdiffts.theory._quadrature import check_non_negative, check_positive
from skdiffts.theory._wasserstein import W2Bound

__all__ = ["cvp_log_concave_w2_bound", "vp_log_concave_w2_bound"]


def vp_log_concave_w2_bound(sde, score_error, *, kappa, second_moment, lam=None):
    r"""Bound the Wasserstein distance for VP and strongly log-concave data.

    .. math:: W_2(p_0, q_0)^2 \le e^{-2 (r - \lambda) \alpha}\, m^2 E|x_0|^2 +
              \epsilon^2\, \frac{1 - e^{-2 (r - \lambda) \alpha}}{4 \lambda (r -
              \lambda)}, \qquad r = \min(1, \kappa) - \tfrac12

    for :math:`0 < \lambda < r`, with :math:`\alpha = \int_0^1 \beta`, :math:`m^2 =
    e^{-\alpha}` and the prior N(0, s(1)^2 I). Neither term grows with alpha.

    Parameters
    ----------
    sde : BaseSDE
        Variance preserving process.
    score_error : float
        Largest root mean squared error :math:`\epsilon` of the score over all times,
        under the distribution of the model's reverse process, since it is the true
        score that is known to be log-concave; a bound that holds everywhere serves.
    kappa : float
        Constant of the strong log-concavity of the data in the coordinates in which
        the process runs, :math:`-\nabla^2 \log p_0 \ge \kappa I`, above one half.
    second_moment : float
        :math:`E|x_0|^2`, in the same coordinates.
    lam : float, default=None
        Constant lambda in (0, r), the h of [1]_; None is the minimiser.

    Returns
    -------
    W2Bound
        Bound and its terms, in the same coordinates.

    Raises
    ------
    ValueError
        If the process is not variance preserving, ``kappa`` not above one half, or
        ``lam`` outside its range.

    Notes
    -----
    :func:`w2_bound` with the slope -k(t) in place of :math:`-\min(1, \kappa)` is never
    larger, and needs no lower limit of kappa.

    References
    ----------
    .. [1] W. Tang and H. Zhao, "Score-based diffusion models via stochastic
       differential equations: a technical tutorial", arXiv:2402.07487, corollary on VP and
       strongly log-concave data.

    Examples
    --------
    >>> from skdiffts.sde import VP
    >>> from skdiffts.theory import vp_log_concave_w2_bound
    >>> bound = vp_log_concave_w2_bound(VP(), 0.1, kappa=1.0, second_moment=2.0)
    >>> round(bound.total, 4), round(bound.lam, 4)
    (0.1993, 0.2545)
    """
    check_variance_preserving(sde)
    check_positive(kappa=kappa)
    check_non_negative(score_error=score_error, second_moment=second_moment)
    if kappa <= 0.5:
        raise ValueError(
            f"kappa={kappa} is not above 1/2, so that VP need not contract; use "
            "w2_bound with a slope, or a process such as CVP."
        )
    rate = min(1.0, kappa) - 0.5
    alpha = -2.0 * np.log(sde.scale(1.0))

    def initial(lam):
        return np.exp(-2.0 * (rate - lam) * alpha - alpha) * second_moment

    def score(lam):
        decay = -np.expm1(-2.0 * (rate - lam) * alpha)
        return score_error**2 * decay / (4.0 * lam * (rate - lam))

    return _bound(initial, score, score_error, lam, rate)


def cvp_log_concave_w2_bound(sde, score_error, *, kappa, second_moment, lam=None):
    r"""Bound the Wasserstein distance for CVP and strongly log-concave data.

    .. math:: W_2(p_0, q_0)^2 \le \frac{e^{2 \lambda \alpha}}{K^2}\, E|x_0|^2 +
              \epsilon^2\, \frac{1 - e^{-(1 - 2 \lambda) \alpha}}{2 \lambda (1 - 2
              \lambda)}, \qquad K = 1 + \kappa\, (1 - e^{-\alpha})

    for :math:`0 < \lambda < \min(\tfrac12, \log(K) / \alpha)`, with :math:`\alpha =
    \int_0^1 \beta` and the prior N(0, s(1)^2 I). In this range the reverse process
    contracts, and the score term does not grow with alpha.

    Parameters
    ----------
    sde : BaseSDE
        CVP process.
    score_error : float
        Largest root mean squared error :math:`\epsilon` of the score over all times,
        under the distribution of the model's reverse process, since it is the true
        score that is known to be log-concave; a bound that holds everywhere serves.
    kappa : float
        Constant of the strong log-concavity of the data in the coordinates in which
        the process runs, :math:`-\nabla^2 \log p_0 \ge \kappa I`, positive.
    second_moment : float
        :math:`E|x_0|^2`, in the same coordinates.
    lam : float, default=None
        Constant lambda in the range above, the h of [1]_; None is the minimiser.

    Returns
    -------
    W2Bound
        Bound and its terms, in the same coordinates.

    Raises
    ------
    ValueError
        If the process is not CVP, ``kappa`` not positive, or ``lam`` outside its range.

    Notes
    -----
    [1]_ has :math:`\kappa / (1 + \kappa) + O(e^{-\beta_{\min} T})` in place of log(K),
    which is at least :math:`\kappa' / (1 + \kappa')` with :math:`\kappa' = K - 1`,
    and :math:`\beta_{\max} T` in place of alpha; what stands here is exact. The first
    term stays near :math:`E|x_0|^2 / (1 + \kappa)^2` however large alpha: CVP never
    forgets the data, which is why the sampler's prior is matched to them.

    References
    ----------
    .. [1] W. Tang and H. Zhao, "Contractive Diffusion Probabilistic Models",
       arXiv:2401.13115, theorem 2.

    Examples
    --------
    >>> from skdiffts.sde import CVP
    >>> from skdiffts.theory import cvp_log_concave_w2_bound
    >>> sde = CVP(schedule="geometric")
    >>> bound = cvp_log_concave_w2_bound(sde, 0.1, kappa=1.0, second_moment=2.0)
    >>> round(bound.total, 4), round(bound.lam, 4)
    (0.9016, 0.0316)
    """
    check_contractive(sde)
    check_positive(kappa=kappa)
    check_non_negative(score_error=score_error, second_moment=second_moment)
    alpha = 2.0 * np.log(sde.scale(1.0))
    log_k = np.log1p(-kappa * np.expm1(-alpha))

    def initial(lam):
        return np.exp(2.0 * (lam * alpha - log_k)) * second_moment

    def score(lam):
        rate = 1.0 - 2.0 * lam
        return score_error**2 * -np.expm1(-rate * alpha) / (2.0 * lam * rate)

    return _bound(initial, score, score_error, lam, min(0.5, log_k / alpha))


def _bound(initial, score, score_error, lam, upper):
    """Bound whose squared terms are functions of lambda in (0, upper)."""
    if lam is None and score_error == 0.0:
        # Without an error the bound falls with lambda, down to the initial term.
        total = float(np.sqrt(initial(0.0)))
        return W2Bound(total, total, 0.0, 0.0, 0.0)
    if lam is None:
        found = minimize_scalar(
            lambda x: np.log(initial(np.exp(x) * upper) + score(np.exp(x) * upper)),
            bounds=(-40.0, 0.0),
            method="bounded",
            options={"xatol": 1e-10},
        )
        lam = float(np.exp(found.x) * upper)
    check_positive(lam=lam)
    if lam >= upper:
        raise ValueError(
            f"lam={lam} is not below {upper:.4g}, where the reverse process ceases to "
            "contract; pass a smaller one, or None for the minimiser."
        )
    terms = float(np.sqrt(initial(lam))), float(np.sqrt(score(lam)))
    return W2Bound(float(np.hypot(*terms)), *terms, 0.0, float(lam))
