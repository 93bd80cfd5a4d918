r"""Bounds in Wasserstein distance of order two.

True and modelled reverse process are driven by the same noise, from starts in optimal
coupling. With :math:`b = (1 + \gamma^2) / 2`, the one-sided constant l(t) of the
model's score and its error e(t) under the true distribution, the distance D between
them follows

.. math:: -\tfrac{d}{dt} D^2 \le 2\, (b g^2 l - f)\, D^2 + 2 b g^2 e D
          \le \left(2\, (b g^2 l - f) + 2 b g^2 \lambda\right) D^2
          + \tfrac{b g^2 e^2}{2 \lambda}

in diffusion time, which runs backwards; f is the one-sided constant rho(t) of the
forward drift, exact for a linear process. Gronwall's lemma on the right-hand form, with
a constant lambda, is the published bound; on the left-hand form it is the best that
any lambda(t) can do.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from skdiffts.theory._quadrature import TimeGrid, check_non_negative, check_positive

__all__ = ["W2Bound", "W2Estimate", "free_w2_bound", "w2_bound"]


@dataclass(frozen=True)
class W2Bound:
    r"""Bound in Wasserstein distance of order two.

    Parameters
    ----------
    total : float
        Bound: with a lambda :math:`\sqrt{initial^2 + score^2}`, without one
        initial + score; to either ``truncation`` is added.
    initial : float
        Term of the distribution at t = 1.
    score : float
        Term of the score error.
    truncation : float
        Term of the first noise, at which the reverse process stops; zero where the
        distributions at that time are compared.
    lam : float or None
        Constant lambda, 0 where the score has no error; None for
        :func:`free_w2_bound`.

    Examples
    --------
    >>> from skdiffts.sde import VE
    >>> from skdiffts.theory import w2_bound
    >>> round(w2_bound(VE(), 0.0, prior_w2=0.5, slope=0.0).total, 12)
    0.5
    """

    total: float
    initial: float
    score: float
    truncation: float
    lam: float | None


@dataclass(frozen=True)
class W2Estimate:
    r"""Right-hand side of :func:`w2_bound` with an estimated slope in place of the largest.

    The distance may be larger: where the slope of the score has been found too small, by
    any factor.

    Parameters
    ----------
    value : float
        Estimate.
    initial, score, truncation : float
        Terms, as in :class:`W2Bound`.
    lam : float or None
        Constant lambda, as in :class:`W2Bound`.

    Examples
    --------
    >>> from skdiffts.theory import W2Estimate
    >>> W2Estimate(0.3, 0.1, 0.2, 0.0, None).value
    0.3
    """

    value: float
    initial: float
    score: float
    truncation: float
    lam: float | None


def w2_bound(sde, score_error, *, prior_w2, slope, lam=None, gamma=1.0, start=0.0):
    r"""Bound the Wasserstein distance for any linear process.

    .. math:: W_2(p_\epsilon, q_\epsilon)^2 \le e^{u(1)} W_2(p_1, \pi)^2 +
              \frac{b}{2 \lambda} \int_\epsilon^1 g^2 e^2 e^{u(t)}\, dt, \qquad
              u(t) = \int_\epsilon^t \left(-2 \rho + 2 b g^2 (l + \lambda)\right) ds

    with the one-sided constants :math:`\rho(t) = f(t)` of the forward drift and l(t) of
    the model's score, :math:`b = (1 + \gamma^2) / 2` and the score error e(t). With a
    Lipschitz constant for l and gamma = 1 it is the bound of [1]_.

    Parameters
    ----------
    sde : BaseSDE
        Forward process.
    score_error : float or callable
        Root mean squared error e of the score of :math:`x_t` under its true
        distribution :math:`p_t`: a number, or a function of an array of times such as a
        :class:`ScoreError`.
    prior_w2 : float
        :math:`W_2(p_1, \pi)` of the distributions of :math:`x_1`, or a bound of it.
    slope : float or callable
        One-sided constant l of the model's score, :math:`(\hat s(x) - \hat s(y)) \cdot
        (x - y) \le l |x - y|^2`: a number or a function of an array of times. A
        Lipschitz constant will do; a score that is strongly log-concave has a negative
        one, and the reverse process then contracts.
    lam : float, default=None
        Constant lambda, positive; None is the minimiser.
    gamma : float or callable, default=1.0
        Strength of the noise of the reverse equation, or a function of time; 0 is the probability flow.
    start : float, default=0.0
        First time epsilon, in [0, 1): the distributions at this time are compared.

    Returns
    -------
    W2Bound
        Bound and its terms, in the coordinates in which the process runs.

    Raises
    ------
    ValueError
        If an error, ``prior_w2`` or ``gamma`` is negative, ``lam`` is not positive, or
        error or slope are not finite between the ends.

    Notes
    -----
    The roles may be exchanged: with l the constant of the *true* score, the error is to
    be taken under the distribution of the model's reverse process. For an error that is
    bounded everywhere it does not matter.

    References
    ----------
    .. [1] W. Tang and H. Zhao, "Contractive Diffusion Probabilistic Models",
       arXiv:2401.13115, theorem 1 (its h is lambda).

    Examples
    --------
    >>> from skdiffts.sde import VP
    >>> from skdiffts.theory import w2_bound
    >>> bound = w2_bound(VP(), 0.1, prior_w2=0.01, slope=-1.0)
    >>> round(bound.total, 4), round(bound.lam, 4)
    (0.1993, 0.2545)
    """
    check_non_negative(prior_w2=prior_w2)
    growth = _Growth(sde, score_error, slope, gamma, start)
    log_initial = 2.0 * _log(prior_w2) + growth.last
    log_score = _log(0.5 * growth.strength * growth.errors**2)

    def log_terms(log_lam):
        # The exponents may be in the thousands, a Lipschitz constant being crude.
        lam = np.exp(log_lam)
        exponents = log_score + growth.running + lam * growth.running_strength
        score = logsumexp(exponents) - log_lam
        return log_initial + lam * growth.last_strength, score

    if lam is not None:
        check_positive(lam=lam)
    elif np.isneginf(log_score).all():
        # Without an error the bound falls with lambda, down to the initial term.
        initial = _exp(0.5 * log_initial)
        return W2Bound(initial, initial, 0.0, 0.0, 0.0)
    else:
        lam = _minimiser(lambda x: np.logaddexp(*log_terms(x)), growth.last_strength)
    log_initial, log_score = log_terms(np.log(lam))
    total = _exp(0.5 * np.logaddexp(log_initial, log_score))
    initial, score = _exp(0.5 * log_initial), _exp(0.5 * log_score)
    return W2Bound(total, initial, score, 0.0, float(lam))


def free_w2_bound(sde, score_error, *, prior_w2, slope, gamma=1.0, start=0.0):
    r"""Bound the Wasserstein distance for any linear process, without a lambda.

    .. math:: W_2(p_\epsilon, q_\epsilon) \le e^{a(1)} W_2(p_1, \pi) +
              b \int_\epsilon^1 g^2 e\, e^{a(t)}\, dt, \qquad
              a(t) = \int_\epsilon^t \left(-\rho + b g^2 l\right) ds

    is what :func:`w2_bound` gives with the best lambda(t), so never larger than with
    any constant. For a constant shift of Gaussian data it is an equality.

    Parameters
    ----------
    sde : BaseSDE
        Forward process.
    score_error : float or callable
        Root mean squared error e of the score, as in :func:`w2_bound`.
    prior_w2 : float
        :math:`W_2(p_1, \pi)` of the distributions of :math:`x_1`, or a bound of it.
    slope : float or callable
        One-sided constant l of the model's score, as in :func:`w2_bound`.
    gamma : float or callable, default=1.0
        Strength of the noise of the reverse equation, or a function of time; 0 is the probability flow.
    start : float, default=0.0
        First time epsilon, in [0, 1): the distributions at this time are compared.

    Returns
    -------
    W2Bound
        Bound and its terms, in the coordinates in which the process runs.

    Raises
    ------
    ValueError
        If an error, ``prior_w2`` or ``gamma`` is negative, or error or slope are not
        finite between the ends.

    References
    ----------
    .. [1] W. Tang and H. Zhao, "Contractive Diffusion Probabilistic Models",
       arXiv:2401.13115, proof of theorem 1, before Young's inequality.

    Examples
    --------
    >>> from skdiffts.sde import VP
    >>> from skdiffts.theory import free_w2_bound
    >>> round(free_w2_bound(VP(), 0.1, prior_w2=0.01, slope=-1.0).total, 4)
    0.1988
    """
    check_non_negative(prior_w2=prior_w2)
    growth = _Growth(sde, score_error, slope, gamma, start)
    initial = _exp(_log(prior_w2) + 0.5 * growth.last)
    terms = _log(growth.strength * growth.errors) + 0.5 * growth.running
    score = _exp(logsumexp(terms))
    return W2Bound(initial + score, initial, score, 0.0, None)


class _Growth:
    """How fast two reverse processes with the same noise part, up to lambda."""

    def __init__(self, sde, score_error, slope, gamma, start):
        grid = TimeGrid(start)
        g2 = grid.values(sde.g2, "g2")
        drift = grid.values(sde.drift_coef, "drift_coef")
        weight = 0.5 * (1.0 + grid.strength(gamma) ** 2) * g2
        rate = -2.0 * drift + 2.0 * weight * grid.values(slope, "slope")
        self.errors = grid.errors(score_error)
        self.strength = weight * grid.weights
        self.running, self.last = grid.running_integral(rate), grid.integral(rate)
        self.running_strength = grid.running_integral(2.0 * weight)
        self.last_strength = grid.integral(2.0 * weight)


def _minimiser(log_bound, strength):
    """Minimiser of the bound, which is log-convex in lambda."""
    center = -np.log(strength)
    found = minimize_scalar(
        log_bound,
        bounds=(center - 40.0, center + 40.0),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return float(np.exp(found.x))


def _log(values):
    with np.errstate(divide="ignore"):
        return np.log(values)


def _exp(exponent):
    with np.errstate(over="ignore"):
        return float(np.exp(exponent))
