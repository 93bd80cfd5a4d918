"""Exact change of the Kullback-Leibler divergence along transports and forward processes."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils import check_array, check_random_state

from skdiffts.theory._fisher import FisherDivergence, score_values
from skdiffts.theory._quadrature import check_count

__all__ = ["KLDecrease", "kl_decrease", "transport_kl_rate"]


@dataclass(frozen=True, eq=False)
class KLDecrease:
    """Loss of divergence between two times of the forward process.

    Parameters
    ----------
    total : float
        Divergence at the first time less the divergence at the second, in nats.
    standard_error : float
        Standard error of it, from the rows.
    times : ndarray of shape (n_levels,)
        Falling times of the quadrature.
    rates : ndarray of shape (n_levels,)
        Derivatives of the divergence in t there, never positive.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.theory import KLDecrease
    >>> KLDecrease(0.3, 0.01, np.array([0.5]), np.array([-0.6])).total
    0.3
    """

    total: float
    standard_error: float
    times: np.ndarray
    rates: np.ndarray


def kl_decrease(
    sde, model, other, X, *, start, end=1.0, n_levels=32, random_state=None
):
    r"""Integrate the rate of the divergence of two noised distributions.

    .. math:: KL(p_a | q_a) - KL(p_b | q_b) = \tfrac12 \int_a^b g(t)^2\, E_{p_t}
              |\nabla\log p_t - \nabla\log q_t|^2\, dt = \int s^2\, E_{p_t}
              |\nabla\log p_t - \nabla\log q_t|^2\, d\lambda

    over the log signal-to-noise ratio :math:`\lambda`, by Gauss and Legendre's rule. It
    is an equality where :func:`kl_bound` is an inequality: both scores belong to forward
    processes.

    Parameters
    ----------
    sde : BaseSDE
        Forward process of both distributions.
    model, other : fitted sampler or callable
        The scores of p and q, as in :func:`fisher_divergence`, in the coordinates of the
        process.
    X : array-like of shape (n_samples, n_features)
        Draws of :math:`x_0` from p, two or more, in these coordinates. Each is noised by a
        pair of opposite noises, the same at all levels.
    start : float
        First time a, in (0, 1).
    end : float, default=1.0
        Second time b, in (a, 1].
    n_levels : int, default=32
        Levels of the quadrature.
    random_state : int, RandomState instance or None, default=None
        Seed of the noise.

    Returns
    -------
    KLDecrease
        Decrease with its standard error, times and rates.

    Raises
    ------
    ValueError
        If the times do not rise within (0, 1].

    See Also
    --------
    kl_rate : The integrand.

    References
    ----------
    .. [1] S. Lyu, "Interpretation and Generalization of Score Matching", UAI 2009,
       theorem 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.sde import VE
    >>> from skdiffts.theory import kl_decrease
    >>> sde = VE(sigma_min=0.1, sigma_max=3.0, perturbed=True)
    >>> score = lambda X, t: -X / (1.0 + sde.std(t) ** 2)
    >>> moved = lambda X, t: (2.0 - X) / (1.0 + sde.std(t) ** 2)
    >>> X = np.array([[-1.0], [1.0]])
    >>> decrease = kl_decrease(sde, score, moved, X, start=0.2, random_state=0)
    >>> exact = 2.0 / (1.0 + sde.std(np.array([0.2, 1.0])) ** 2)
    >>> bool(np.isclose(decrease.total, exact[0] - exact[1]))
    True
    """
    X = check_array(X, dtype=np.float64, ensure_min_samples=2)
    check_count(2, n_levels=n_levels)
    if not 0.0 < start < end <= 1.0:
        raise ValueError(
            f"start={start} and end={end} do not rise within (0, 1]; pass times such as "
            "start=0.01, end=1.0."
        )
    noise = check_random_state(random_state).standard_normal(X.shape)
    low, high = (float(sde.log_snr(t)) for t in (end, start))
    nodes, weights = np.polynomial.legendre.leggauss(n_levels)
    levels = low + 0.5 * (high - low) * (1.0 + nodes)
    times = sde.time(levels)
    squares = np.array([_gaps(sde, model, other, X, noise, t) for t in times])
    terms = np.square(sde.std(times))[:, np.newaxis] * squares
    of_rows = 0.5 * (high - low) * (weights @ terms)
    return KLDecrease(
        total=float(of_rows.mean()),
        standard_error=float(of_rows.std(ddof=1) / np.sqrt(len(X))),
        times=times,
        rates=-0.5 * sde.g2(times) * squares.mean(axis=1),
    )


def _gaps(sde, model, other, X, noise, t):
    """Squared difference of the scores for each row, over a pair of noises."""
    signal = sde.center + sde.scale(t) * (X - sde.center)
    noised = np.concatenate([signal + sde.std(t) * noise, signal - sde.std(t) * noise])
    gap = score_values(model, "model", noised, t)
    gap = gap - score_values(other, "other", noised, t)
    return np.square(gap).sum(axis=1).reshape(2, -1).mean(axis=0)


def transport_kl_rate(model, other, velocity, other_velocity, X, t):
    r"""Rate of the divergence of two distributions that are carried by velocity fields.

    .. math:: \frac{d}{dt} KL(p_t | q_t) = E_{p_t} \left\langle v_t - u_t,\
              \nabla\log\frac{p_t}{q_t} \right\rangle, \qquad
              \partial_t p = -\nabla\cdot(v p), \quad \partial_t q = -\nabla\cdot(u q)

    A diffusion carries its distribution like that, too: by the velocity of its probability
    flow. For two distributions noised by one process the rate is :func:`kl_rate`.

    Parameters
    ----------
    model, other : fitted sampler or callable
        The scores of p and q, as in :func:`fisher_divergence`.
    velocity, other_velocity : callable
        Velocities v and u, functions of points and a time like the scores.
    X : array-like of shape (n_samples, n_features)
        Draws from p at time t, two or more.
    t : float
        Time.

    Returns
    -------
    FisherDivergence
        Rate in nats per unit of t and its standard error.

    References
    ----------
    .. [1] N. Boffi and E. Vanden-Eijnden, "Probability flow solution of the Fokker-Planck
       equation", Machine Learning: Science and Technology 4, 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.theory import transport_kl_rate
    >>> X = np.array([[-1.0], [1.0]])  # N(0, 1) stays, N(t, 1) moves
    >>> rate = transport_kl_rate(
    ...     lambda X, t: -X, lambda X, t: t - X, lambda X, t: 0.0 * X,
    ...     lambda X, t: 1.0 + 0.0 * X, X, 0.5,
    ... )
    >>> rate.total  # of t^2 / 2
    0.5
    """
    X = check_array(X, dtype=np.float64, ensure_min_samples=2)
    gap = score_values(model, "model", X, t) - score_values(other, "other", X, t)
    moved = score_values(velocity, "velocity", X, t)
    moved = moved - score_values(other_velocity, "other_velocity", X, t)
    terms = (moved * gap).sum(axis=1)
    error = terms.std(ddof=1) / np.sqrt(len(terms))
    return FisherDivergence(float(terms.mean()), float(error))
