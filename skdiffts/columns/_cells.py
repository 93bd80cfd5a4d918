"""Draws of a Gaussian distribution in cells, with their density."""

import numpy as np
from scipy.special import log_ndtr, ndtri_exp

__all__ = ["LOG_ROOT_2_PI", "draw_in_cells", "log_mass"]

LOG_ROOT_2_PI = 0.5 * np.log(2.0 * np.pi)
# Smallest probability of a cell that is told from zero.
TINY = 1e-300


def draw_in_cells(mean, covariance, low, high, uniforms):
    r"""Draw Gaussian rows in boxes, coordinate by coordinate.

    Coordinates whose cell is a point are given. The others follow one after another,
    each from its distribution given those before it, cut to its cell [1]_:

    .. math:: z_j = m_j + \sum_{k \le j} L_{jk} e_k, \qquad
              e_j = \Phi^{-1}\bigl(\Phi(a_j) + u_j (\Phi(b_j) - \Phi(a_j))\bigr)

    with the bounds a and b of :math:`e_j`. It is the distribution in the box for one cell
    that is not a point, and near it for more: the mean of p(z) / q(z) over draws with
    density q is the integral of p over the cells.

    Parameters
    ----------
    mean : ndarray of shape (n_rows, n_features)
        Means.
    covariance : ndarray of shape (n_rows, n_features, n_features)
        Covariances.
    low, high : ndarray of shape (n_rows, n_features)
        Bounds of the cells, which may be infinite; equal ones for a point.
    uniforms : ndarray of shape (n_draws, n_rows, n_features)
        Numbers u in (0, 1).

    Returns
    -------
    draws : ndarray of shape (n_draws, n_rows, n_features)
        Rows in their cells.
    log_density : ndarray of shape (n_draws, n_rows)
        Log-density q of the coordinates whose cells are not points.

    References
    ----------
    .. [1] V. Hajivassiliou, D. McFadden and P. Ruud, "Simulation of multivariate normal
       rectangle probabilities and their derivatives", Journal of Econometrics 72, 1996.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.columns import draw_in_cells
    >>> low, high = np.array([[0.5, -np.inf]]), np.array([[0.5, 0.0]])
    >>> uniforms = np.full((1, 1, 2), 0.5)
    >>> draws, _ = draw_in_cells(np.zeros((1, 2)), np.eye(2)[None], low, high, uniforms)
    >>> draws.round(3)
    array([[[ 0.5  , -0.674]]])
    """
    draws = np.array(np.broadcast_to(low, uniforms.shape), dtype=np.float64)
    log_density = np.zeros(uniforms.shape[:2])
    is_open = low < high
    patterns, which = np.unique(is_open, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        if not pattern.any():
            continue
        rows = np.flatnonzero(which.ravel() == number)[:, np.newaxis]
        order = np.argsort(pattern, kind="stable")
        found, density = _draw_ordered(
            mean[rows, order],
            np.linalg.cholesky(covariance[rows[:, :, None], order[:, None], order]),
            low[rows, order],
            high[rows, order],
            uniforms[:, rows, order],
            np.count_nonzero(~pattern),
        )
        draws[:, rows, order] = found
        log_density[:, rows[:, 0]] = density
    return draws, log_density


def _draw_ordered(mean, factor, low, high, uniforms, n_points):
    """Draw rows whose first coordinates are points."""
    draws, noise = np.empty(uniforms.shape), np.zeros(uniforms.shape)
    log_density = np.zeros(uniforms.shape[:2])
    for j in range(mean.shape[1]):
        center = mean[:, j] + np.einsum("nk,rnk->rn", factor[:, j, :j], noise[..., :j])
        size = factor[:, j, j]
        if j < n_points:
            draws[..., j] = low[:, j]
            noise[..., j] = (low[:, j] - center) / size
            continue
        a, b = (low[:, j] - center) / size, (high[:, j] - center) / size
        noise[..., j], mass = _truncated(a, b, uniforms[..., j])
        draws[..., j] = np.clip(center + size * noise[..., j], low[:, j], high[:, j])
        log_density += -0.5 * noise[..., j] ** 2 - LOG_ROOT_2_PI - np.log(size) - mass
    return draws, log_density


def _truncated(a, b, u):
    """Quantiles of a standard normal distribution in intervals, and their log-masses."""
    flipped, a, b = _lower_half(a, b)
    mass, log_a, log_b = log_mass(a, b), log_ndtr(a), log_ndtr(b)
    u = np.where(flipped, 1.0 - u, u)
    e = ndtri_exp(np.minimum(np.logaddexp(log_a, np.log(u) + mass), log_b))
    e = np.clip(e, a, b)
    return np.where(flipped, -e, e), mass


def log_mass(a, b):
    """Log-probability of intervals under the standard normal distribution.

    Parameters
    ----------
    a, b : ndarray
        Ends.

    Returns
    -------
    ndarray
        Log-probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.columns import log_mass
    >>> log_mass(np.array([-np.inf, 8.0]), np.array([0.0, np.inf])).round(2)
    array([ -0.69, -35.01])
    """
    _, a, b = _lower_half(a, b)
    log_a, log_b = log_ndtr(a), log_ndtr(b)
    share = -np.expm1(np.minimum(log_a - log_b, 0.0))
    return log_b + np.log(np.maximum(share, TINY))


def _lower_half(a, b):
    """Mirror intervals into the lower half, where probabilities keep their digits."""
    flipped = a + np.where(np.isfinite(b), b, 0.0) > 0.0
    return flipped, np.where(flipped, -b, a), np.where(flipped, -a, b)
