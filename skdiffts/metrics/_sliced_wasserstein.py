"""Sliced Wasserstein distance: optimal transport along random directions."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state, check_scalar

from skdiffts._chunks import slices
from skdiffts._panels import check_samples

__all__ = ["sliced_wasserstein"]


def sliced_wasserstein(X, Y, *, n_directions=200, random_state=None):
    r"""Compute the sliced Wasserstein distance of order two between two samples.

    .. math::
        \mathrm{SW}_2^2 = E_v \, W_2^2(v^\top X, v^\top Y), \qquad
        W_2^2 = \int_0^1 (F_{v^\top X}^{-1}(u) - F_{v^\top Y}^{-1}(u))^2 \, du,

    with v uniform on the unit sphere [1]_; the expectation is a mean over random
    directions. In one dimension the optimal transport couples equal quantiles; the
    integral over the empirical quantile functions is exact, for samples of different
    sizes, too.

    Parameters
    ----------
    X : array-like of shape (n_samples_X, n_features)
        First sample.
    Y : array-like of shape (n_samples_Y, n_features)
        Second sample.
    n_directions : int, default=200
        Number of random directions; one feature has a single direction.
    random_state : int, RandomState instance or None, default=None
        Seed of the directions.

    Returns
    -------
    distance : float
        Estimate of :math:`\mathrm{SW}_2`, in the units of the data.

    References
    ----------
    .. [1] Bonneel, N., Rabin, J., Peyre, G. and Pfister, H. (2015). Sliced and Radon
       Wasserstein barycenters of measures. Journal of Mathematical Imaging and
       Vision, 51, 22-45.

    Examples
    --------
    >>> from skdiffts.metrics import sliced_wasserstein
    >>> sliced_wasserstein([[0.0], [1.0]], [[3.0], [4.0]], random_state=0)
    3.0
    """
    X, Y = check_samples(X=X, Y=Y)
    check_scalar(n_directions, "n_directions", Integral, min_val=1)
    rng = check_random_state(random_state)
    directions = np.ones((1, 1))
    if X.shape[1] > 1:
        directions = rng.standard_normal((n_directions, X.shape[1]))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    rows_X, rows_Y, mass = _quantile_coupling(len(X), len(Y))
    total = 0.0
    for some in slices(len(directions), 2 * len(mass)):
        x = np.sort(directions[some] @ X.T, axis=1)
        y = np.sort(directions[some] @ Y.T, axis=1)
        total += np.sum((x[:, rows_X] - y[:, rows_Y]) ** 2 @ mass)
    return float(np.sqrt(total / len(directions)))


def _quantile_coupling(n, m):
    """Ranks in either sample, and mass, of each piece of the optimal plan."""
    # In units of 1 / (n m) the jumps of both quantile functions are integers.
    jumps = np.union1d(np.arange(n + 1) * m, np.arange(m + 1) * n)
    return jumps[:-1] // m, jumps[:-1] // n, np.diff(jumps) / (n * m)
