"""Signatures of paths to depth two, and the discrepancy between two panels."""

import numpy as np

from skdiffts._chunks import slices
from skdiffts._panels import check_panel, check_panels
from skdiffts.metrics._autocovariance import deviation, is_constant
from skdiffts.metrics._maximum_mean_discrepancy import maximum_mean_discrepancy

__all__ = ["signature", "signature_discrepancy"]


def signature(paths):
    r"""Compute the signature of each path to depth two, with time as a coordinate.

    .. math::
        S^{(1)}_a = \int_0^1 dz_a, \qquad
        S^{(2)}_{ab} = \int_0^1 \int_0^s dz_a(u) \, dz_b(s)

    of the piecewise linear path z = (time, x) through its rows. Time runs from 0 to 1;
    a first piece at time 0 leads from zero to the first row, so that the signature
    depends on the level of the path. The integrals of a piecewise linear path are exact
    by Chen's identity [1]_: a piece with increment :math:`\delta` adds
    :math:`S^{(1)} \otimes \delta + \delta \otimes \delta / 2` to the second level and
    :math:`\delta` to the first.

    Parameters
    ----------
    paths : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Panel, or one path. The integrals have products of units: scale first.

    Returns
    -------
    signatures : ndarray of shape (n_paths, p + p ** 2)
        First level, then second level row by row, with p = n_features + 1.

    References
    ----------
    .. [1] Chevyrev, I. and Oberhauser, H. (2022). Signature moments to characterize
       laws of stochastic processes. Journal of Machine Learning Research, 23(176),
       1-42.

    Examples
    --------
    >>> from skdiffts.metrics import signature
    >>> signature([[0.0], [2.0]])
    array([[1. , 2. , 0.5, 1. , 1. , 2. ]])
    """
    paths = check_panel(paths)
    n, length, d = paths.shape
    p = d + 1
    levels = np.empty((n, p + p**2))
    for some in slices(n, 4 * length * p):
        z = np.zeros((len(paths[some]), length + 1, p))
        z[:, 1:, 0] = np.linspace(0.0, 1.0, length)
        z[:, 1:, 1:] = paths[some]
        steps = np.diff(z, axis=1)
        # z starts at zero, so that it is its own first level.
        middle = z[:, :-1] + steps / 2
        second = middle.transpose(0, 2, 1) @ steps
        levels[some] = np.concatenate([z[:, -1], second.reshape(-1, p**2)], axis=1)
    return levels


def signature_discrepancy(X, Y):
    r"""Compare the distributions of two panels by signatures of depth two.

    Paths are standardised by the means and standard deviations of X, their signatures
    by the standard deviations of the signatures of X. The result is the unbiased
    :func:`maximum_mean_discrepancy` between the two samples of signatures [1]_. Unlike
    distances between rows it depends on the order of events along a path.

    Parameters
    ----------
    X : array-like of shape (n_paths, length, n_features)
        Real panel, of two paths or more.
    Y : array-like of shape (n_paths, length, n_features)
        Generated panel, of two paths or more.

    Returns
    -------
    discrepancy : float
        Squared maximum mean discrepancy; its mean is zero for equal distributions.

    References
    ----------
    .. [1] Chevyrev, I. and Oberhauser, H. (2022). Signature moments to characterize
       laws of stochastic processes. Journal of Machine Learning Research, 23(176),
       1-42.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import signature_discrepancy
    >>> X, Y = np.random.RandomState(0).standard_normal((2, 100, 10, 1))
    >>> print(f"{signature_discrepancy(X, Y):.2f}")
    0.00
    >>> print(f"{signature_discrepancy(X.cumsum(axis=1), Y):.2f}")
    0.12
    """
    X, Y = check_panels(X, Y)
    std = deviation(X, axis=(0, 1))
    # For a constant the value itself: `scale` would amplify rounding of its mean.
    mean = np.where(is_constant(X, (0, 1)), X[0, 0], X.mean(axis=(0, 1)))
    S_X, S_Y = (signature((panel - mean) / std) for panel in (X, Y))
    scale = deviation(S_X, axis=0)
    return maximum_mean_discrepancy(S_X / scale, S_Y / scale)
