r"""Distance between the noised data and the prior of the reverse process.

Both bounds for mixtures are by convexity: :math:`KL(\sum_k w_k P_k | \pi) \le \sum_k
w_k KL(P_k | \pi)`, and the same for :math:`W_2^2`. They are equalities for a single
Gaussian, and of a distribution known by its rows each is a component of width zero.
"""

import numpy as np

from skdiffts.theory._assumptions import check_variance_preserving
from skdiffts.theory._quadrature import check_count, check_non_negative

__all__ = ["mixture_kl", "mixture_w2", "vp_prior_kl", "vp_prior_w2"]


def vp_prior_kl(sde, *, second_moment, n_features):
    r"""Bound the initial mismatch of a VP process in Kullback-Leibler divergence.

    .. math:: KL(p_1 | N(0, I)) \le E_{x_0} KL(N(m x_0, v I) | N(0, I))
              = \tfrac12 \left(m^2 E|x_0|^2 - d\, (m^2 + \log v)\right), \qquad
              v = 1 - m^2

    with m = m(1). The mean over :math:`x_0` is exact; what convexity gives away is the
    mutual information of :math:`x_0` and :math:`x_1`. Nothing is replaced by a
    limit for large :math:`\alpha(1)`: the geometric schedule stops at 3.76.

    Parameters
    ----------
    sde : BaseSDE
        Variance preserving process.
    second_moment : float
        :math:`E|x_0|^2`, in the coordinates in which the process runs.
    n_features : int
        Dimension d.

    Returns
    -------
    float
        Bound in nats.

    Raises
    ------
    ValueError
        If the process is not variance preserving.

    References
    ----------
    .. [1] W. Tang and H. Zhao, "Score-based diffusion models via stochastic
       differential equations: a technical tutorial", arXiv:2402.07487, corollary on VP.

    Examples
    --------
    >>> from skdiffts.sde import VP
    >>> from skdiffts.theory import vp_prior_kl
    >>> round(vp_prior_kl(VP(schedule="geometric"), second_moment=2.0, n_features=2), 4)
    0.0237
    """
    check_variance_preserving(sde)
    check_non_negative(second_moment=second_moment)
    check_count(1, n_features=n_features)
    m2 = float(sde.scale(1.0)) ** 2
    spread = n_features * (m2 + np.log1p(-m2))
    return 0.5 * (m2 * second_moment - float(spread))


def vp_prior_w2(sde, *, second_moment, n_features):
    r"""Bound the initial mismatch of a VP process in Wasserstein distance.

    .. math:: W_2(p_1, N(0, I)) \le \sqrt{m^2 E|x_0|^2 + d\, (1 - s)^2}

    by the coupling of :math:`m x_0 + s \xi` with :math:`\xi`, at t = 1.

    Parameters
    ----------
    sde : BaseSDE
        Variance preserving process.
    second_moment : float
        :math:`E|x_0|^2`, in the coordinates in which the process runs.
    n_features : int
        Dimension d.

    Returns
    -------
    float
        Bound, in the units of these coordinates.

    Raises
    ------
    ValueError
        If the process is not variance preserving.

    Examples
    --------
    >>> from skdiffts.sde import VP
    >>> from skdiffts.theory import vp_prior_w2
    >>> round(vp_prior_w2(VP(schedule="geometric"), second_moment=2.0, n_features=2), 4)
    0.2169
    """
    check_variance_preserving(sde)
    check_non_negative(second_moment=second_moment)
    check_count(1, n_features=n_features)
    m2 = float(sde.scale(1.0)) ** 2
    # 1 - s = m^2 / (1 + s), without cancellation.
    gap = m2 / (1.0 + float(sde.std(1.0)))
    return float(np.sqrt(m2 * second_moment + n_features * gap**2))


def mixture_kl(weights, means, covariances, target_mean, target_covariance):
    """Bound KL of a mixture from a Gaussian; exact for one component."""
    d = len(target_mean)
    precision = np.linalg.inv(target_covariance)
    shifts = means - target_mean
    energy = np.einsum("ki,ij,kj->k", shifts, precision, shifts)
    trace = np.einsum("ij,kij->k", precision, covariances)
    log_det = np.linalg.slogdet(target_covariance)[1]
    log_dets = np.linalg.slogdet(covariances)[1]
    divergence = 0.5 * (energy + trace - d + log_det - log_dets)
    # Rounding may leave a divergence of zero a little below it.
    return max(0.0, float(weights @ divergence))


def mixture_w2(weights, means, covariances, target_mean, target_covariance):
    """Bound W2 of a mixture from a Gaussian; exact for one component."""
    values, vectors = np.linalg.eigh(target_covariance)
    root = (vectors * np.sqrt(values)) @ vectors.T
    inner = np.linalg.eigvalsh(root @ covariances @ root)
    traces = np.trace(covariances, axis1=1, axis2=2) + values.sum()
    spread = traces - 2.0 * np.sqrt(np.maximum(inner, 0.0)).sum(axis=1)
    shift = np.square(means - target_mean).sum(axis=1)
    return float(np.sqrt(weights @ (shift + np.maximum(spread, 0.0))))
