"""Student's t distribution, skewed or not, as a Gaussian mixture."""

import numpy as np
from scipy.special import logsumexp
from scipy.stats import chi2, gamma

from skdiffts._gaussian import log_det, whiten
from skdiffts._student import FLOOR, fit_student

__all__ = ["fit_scale_mixture", "mixing_scales"]

# Probabilities that cut the distribution of the random precision into components: finely
# at small precisions, which make the tails.
CUTS = (0.0, 1e-4, 1e-3, 5e-3, 0.02, 0.07, 0.2, 0.4, 0.65, 0.85, 1.0)
N_ITERATIONS = 100
FALSE_ALARMS = 1e-3
# A row of d columns tells its scale up to a share (2 / d)^1/2: steps between scales in
# units of that share, most columns for which the cuts above are fine enough, and the most
# scales that are worth their time.
STEP = 1.5
MAX_COARSE = 20
MAX_SCALES = 24


def fit_scale_mixture(rows):
    r"""Fit a Gaussian mixture of one center, one shape and one direction of skewness.

    .. math:: x \mid k \sim N(\mu + \tau_k \gamma, \tau_k S)

    The scales :math:`\tau_k` and their weights :math:`p_k` follow from the t distribution
    that fits best; location, shape S and skewness :math:`\gamma` maximise the likelihood by
    EM. With :math:`a_i = E[1 / \tau \mid x_i]`, :math:`c_i = E[\tau \mid x_i]` and bars
    for means over the rows, a step is

    .. math:: \gamma = \frac{\bar a \bar x - \overline{a x}}{\bar a \bar c - 1}, \qquad
              \mu = \bar x - \bar c \gamma, \qquad
              S = \overline{a (x - \mu) (x - \mu)^T} - (\bar x - \mu) \gamma^T
              - \gamma (\bar x - \mu)^T + \bar c \gamma \gamma^T

    Unless the likelihood gains more than it would once in a thousand samples without
    skewness (Wilks), the fit is the symmetric one with which the iteration starts.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        Rows, more than columns.

    Returns
    -------
    weights : ndarray of shape (n_components,)
        Weights.
    means : ndarray of shape (n_components, n_features)
        Means, on a line; all the same without skewness.
    covariances : ndarray of shape (n_components, n_features, n_features)
        Covariances, all multiples of S.
    bic : float
        Bayesian information criterion; lower is better.

    References
    ----------
    .. [1] A. McNeil, R. Frey and P. Embrechts, "Quantitative Risk Management", 2015,
       section 6.2.2 (normal mean-variance mixtures).
    """
    n, d = rows.shape
    location, shape, degrees = fit_student(rows)
    weights, scales = mixing_scales(degrees, d)
    skewness = np.zeros(d)
    symmetric = _log_joint(rows, location, shape, skewness, weights, scales)
    start = location, shape
    joint, last = symmetric, -np.inf
    for _ in range(N_ITERATIONS):
        log_density = logsumexp(joint, axis=1)
        if log_density.mean() - last < 1e-6:
            break
        last = log_density.mean()
        posterior = np.exp(joint - log_density[:, np.newaxis])
        location, shape, skewness = _maximised(
            rows, posterior @ (1.0 / scales), posterior @ scales
        )
        joint = _log_joint(rows, location, shape, skewness, weights, scales)
    log_likelihood = logsumexp(joint, axis=1).sum()
    without = logsumexp(symmetric, axis=1).sum()
    n_parameters = 2 * d + d * (d + 1) / 2 + 1
    if 2.0 * (log_likelihood - without) < chi2.isf(FALSE_ALARMS, d):
        (location, shape), skewness, log_likelihood = start, np.zeros(d), without
        n_parameters -= d
    return (
        weights,
        location + scales[:, np.newaxis] * skewness,
        scales[:, np.newaxis, np.newaxis] * shape,
        n_parameters * np.log(n) - 2.0 * log_likelihood,
    )


def mixing_scales(degrees, d):
    """Weights and scales of the components that stand for a t distribution.

    Parameters
    ----------
    degrees : float
        Degrees of freedom, above 2.
    d : int
        Number of columns: the more there are, the finer the scales must lie.

    Returns
    -------
    weights, scales : ndarray of shape (n_scales,)
        Probabilities, and factors of the shape.
    """
    half = 0.5 * degrees
    ends = gamma(half, scale=1.0 / half).ppf([CUTS[1], 1.0 - CUTS[1]])
    n_scales = int(np.log(ends[1] / ends[0]) / (STEP * np.sqrt(2.0 / d)))
    if d <= MAX_COARSE or n_scales < len(CUTS):
        return _scales(degrees)
    inner = np.geomspace(ends[0], ends[1], min(n_scales, MAX_SCALES) - 1)
    cuts = gamma(half, scale=1.0 / half).cdf(inner)
    return _scales(degrees, (0.0, *cuts, 1.0))


def _scales(degrees, probabilities=CUTS):
    r"""Weights of ranges of g, gamma with shape and rate nu / 2, and means of 1 / g."""
    half = 0.5 * degrees
    weights = np.diff(probabilities)
    cuts = gamma(half, scale=1.0 / half).ppf(probabilities)
    # Partial means of 1 / g: probabilities of a gamma variable with one less in its shape.
    partial = np.diff(gamma(half - 1.0, scale=1.0 / half).cdf(cuts))
    return weights, partial / weights * half / (half - 1.0)


def _maximised(rows, precision, scale):
    """Location, shape and skewness given the expected 1 / tau and tau of each row."""
    n, d = rows.shape
    mean = rows.mean(axis=0)
    excess = max(precision.mean() * scale.mean() - 1.0, FLOOR)
    skewness = (precision.mean() * mean - precision @ rows / n) / excess
    location = mean - scale.mean() * skewness
    centered = rows - location
    cross = np.outer(mean - location, skewness)
    shape = (precision[:, np.newaxis] * centered).T @ centered / n - cross - cross.T
    shape += scale.mean() * np.outer(skewness, skewness) + FLOOR * np.eye(d)
    return location, shape, skewness


def _log_joint(rows, location, shape, skewness, weights, scales):
    """Log-density of each row in each component, weighted."""
    d = len(shape)
    root = np.linalg.cholesky(shape)
    white = whiten(root, rows - location)
    [direction] = whiten(root, skewness[np.newaxis])
    distances = (white**2).sum(axis=1)[:, np.newaxis] / scales
    distances += direction @ direction * scales
    distances -= 2.0 * (white @ direction)[:, np.newaxis]
    constant = log_det(root) + 0.5 * d * np.log(2.0 * np.pi * scales)
    return np.log(weights) - 0.5 * distances - constant
