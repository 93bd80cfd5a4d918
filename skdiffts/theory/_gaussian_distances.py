"""Distances between two Gaussians in closed form."""

import numpy as np
from sklearn.utils import check_array

from skdiffts.theory._prior import mixture_kl, mixture_w2

__all__ = ["gaussian_kl", "gaussian_w2"]


def gaussian_kl(mean, covariance, other_mean, other_covariance):
    r"""Kullback-Leibler divergence of one Gaussian from another, in nats.

    .. math:: KL(P | Q) = \tfrac12 \left((\mu - \nu)^\top T^{-1} (\mu - \nu) + \operatorname{tr}
              (T^{-1} S) - d + \log\det T - \log\det S\right)

    for :math:`P = N(\mu, S)` and :math:`Q = N(\nu, T)`.

    Parameters
    ----------
    mean : array-like of shape (n_features,)
        Mean of the first.
    covariance : array-like of shape (n_features, n_features)
        Its covariance, positive definite.
    other_mean : array-like of shape (n_features,)
        Mean of the other.
    other_covariance : array-like of shape (n_features, n_features)
        Its covariance, positive definite.

    Returns
    -------
    float
        KL(first | other).

    Raises
    ------
    ValueError
        If the shapes differ, or a covariance is not positive definite.

    References
    ----------
    .. [1] K. P. Murphy, "Probabilistic Machine Learning: An Introduction", MIT Press,
       2022, eq. (6.33).

    Examples
    --------
    >>> from skdiffts.theory import gaussian_kl
    >>> round(gaussian_kl([1.0], [[1.0]], [0.0], [[1.0]]), 12)
    0.5
    """
    return mixture_kl(*_pair(mean, covariance, other_mean, other_covariance))


def gaussian_w2(mean, covariance, other_mean, other_covariance):
    r"""Wasserstein distance of order two between two Gaussians.

    .. math:: W_2^2 = |\mu - \nu|^2 + \operatorname{tr}\left(S + T - 2\, (T^{1/2} S\,
              T^{1/2})^{1/2}\right)

    Parameters
    ----------
    mean : array-like of shape (n_features,)
        Moments as for :func:`gaussian_kl`.
    covariance : array-like of shape (n_features, n_features)
        Covariance.
    other_mean : array-like of shape (n_features,)
        Mean.
    other_covariance : array-like of shape (n_features, n_features)
        Covariance.

    Returns
    -------
    float
        Distance, in the units of the means.

    Raises
    ------
    ValueError
        If the shapes differ, or a covariance is not positive definite.

    References
    ----------
    .. [1] C. Givens and R. Shortt, "A Class of Wasserstein Metrics for Probability
       Distributions", Michigan Mathematical Journal 31, 1984.

    Examples
    --------
    >>> from skdiffts.theory import gaussian_w2
    >>> round(gaussian_w2([3.0], [[1.0]], [0.0], [[25.0]]), 12)
    5.0
    """
    return mixture_w2(*_pair(mean, covariance, other_mean, other_covariance))


def _moments(mean, covariance, name):
    mean = check_array(mean, dtype=np.float64, ensure_2d=False)
    covariance = check_array(covariance, dtype=np.float64)
    if mean.shape != covariance.shape[:1] or covariance.shape != 2 * mean.shape:
        raise ValueError(
            f"{name} of shape {covariance.shape} does not belong to a mean of shape "
            f"{mean.shape}; pass a square matrix of its size."
        )
    if not np.linalg.eigvalsh(covariance)[0] > 0.0:
        raise ValueError(f"{name} is not positive definite; pass one that is.")
    return mean, covariance


def _pair(mean, covariance, other_mean, other_covariance):
    """Moments of both Gaussians, the first as a mixture of one component."""
    first = _moments(mean, covariance, "covariance")
    other = _moments(other_mean, other_covariance, "other_covariance")
    if first[0].shape != other[0].shape:
        raise ValueError(
            f"other_mean has shape {other[0].shape} and mean {first[0].shape}; pass "
            "Gaussians of one dimension."
        )
    return np.ones(1), first[0][np.newaxis], first[1][np.newaxis], *other
