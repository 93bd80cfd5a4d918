"""Proper scores of ensemble forecasts, in their fair forms.

A fair score is unbiased for the score of the distribution of the members, so that
ensembles of different sizes can be compared and underdispersion does not lower it.
"""

from numbers import Real

import numpy as np
from scipy.spatial.distance import pdist
from sklearn.utils import check_scalar

from skdiffts._chunks import slices
from skdiffts._panels import check_forecasts

__all__ = ["crps", "crps_of_sum", "energy_score", "variogram_score"]


def energy_score(forecasts, outcomes):
    r"""Compute the mean energy score of forecasts.

    .. math::
        \mathrm{ES} = \frac1m \sum_i |z_i - y| - \frac{1}{2 m (m - 1)} \sum_{i,j}
        |z_i - z_j|

    for an ensemble z and an outcome y [1]_, in the fair form, which is unbiased for
    :math:`E|Z - y| - \tfrac12 E|Z - Z'|`. The true conditional distribution has the
    smallest expected score.

    Parameters
    ----------
    forecasts : array-like of shape (n_cases, n_samples, n_features)
        Ensembles of two members or more.
    outcomes : array-like of shape (n_cases, n_features)
        Observed rows.

    Returns
    -------
    score : float
        Mean over the cases, in the units of the data; smaller is better.

    References
    ----------
    .. [1] Gneiting, T. and Raftery, A. E. (2007). Strictly proper scoring rules,
       prediction, and estimation. Journal of the American Statistical Association,
       102(477), 359-378, section 4.3.

    Examples
    --------
    >>> from skdiffts.metrics import energy_score
    >>> energy_score([[[3.0, 0.0], [-3.0, 0.0]]], [[0.0, 4.0]])
    2.0
    """
    forecasts, outcomes = check_forecasts(forecasts, outcomes)
    scores = [
        np.linalg.norm(members - outcome, axis=1).mean() - pdist(members).mean() / 2
        for members, outcome in zip(forecasts, outcomes, strict=True)
    ]
    return float(np.mean(scores))


def crps(forecasts, outcomes):
    r"""Compute the mean continuous ranked probability score of each feature.

    .. math::
        \mathrm{CRPS}_k = \frac1m \sum_i |z_{ik} - y_k| - \frac{1}{2 m (m - 1)}
        \sum_{i,j} |z_{ik} - z_{jk}|,

    averaged over features and cases, in the fair form [1]_, [2]_; for feature k alone
    pass ``forecasts[:, :, [k]]`` and ``outcomes[:, [k]]``.

    Parameters
    ----------
    forecasts : array-like of shape (n_cases, n_samples, n_features)
        Ensembles of two members or more.
    outcomes : array-like of shape (n_cases, n_features)
        Observed rows.

    Returns
    -------
    score : float
        Mean over cases and features, in the units of the data; smaller is better.

    References
    ----------
    .. [1] Gneiting, T. and Raftery, A. E. (2007). Strictly proper scoring rules,
       prediction, and estimation. Journal of the American Statistical Association,
       102(477), 359-378, equation 21.
    .. [2] Ferro, C. A. T. (2014). Fair scores for ensemble forecasts. Quarterly Journal
       of the Royal Meteorological Society, 140(683), 1917-1923.

    Examples
    --------
    >>> from skdiffts.metrics import crps
    >>> crps([[[1.0], [-1.0], [0.0]]], [[2.0]])
    1.33...
    """
    forecasts, outcomes = check_forecasts(forecasts, outcomes)
    n, m, d = forecasts.shape
    error = np.abs(forecasts - outcomes[:, np.newaxis]).mean()
    # Mean distance of two members: order statistics have weights 2 i - m - 1.
    weights = 2.0 * np.arange(1, m + 1) - m - 1.0
    spread = sum(
        np.sum(weights @ np.sort(forecasts[cases], axis=1))
        for cases in slices(n, m * d)
    )
    return float(error - spread / (m * (m - 1) * n * d))


def crps_of_sum(forecasts, outcomes):
    r"""Compute the mean continuous ranked probability score of the sum of features.

    .. math:: \mathrm{CRPS}\Bigl(\sum_k z_{\cdot k}, \sum_k y_k\Bigr)

    with the fair form of :func:`crps`. It depends on the dependence between features,
    which need a common unit.

    Parameters
    ----------
    forecasts : array-like of shape (n_cases, n_samples, n_features)
        Ensembles of two members or more.
    outcomes : array-like of shape (n_cases, n_features)
        Observed rows.

    Returns
    -------
    score : float
        Mean over the cases; smaller is better.

    Examples
    --------
    >>> from skdiffts.metrics import crps_of_sum
    >>> crps_of_sum([[[1.0, -1.0], [-1.0, 1.0]]], [[2.0, 1.0]])
    3.0
    """
    forecasts, outcomes = check_forecasts(forecasts, outcomes)
    return crps(
        forecasts.sum(axis=2, keepdims=True), outcomes.sum(axis=1, keepdims=True)
    )


def variogram_score(forecasts, outcomes, *, order=0.5):
    r"""Compute the mean variogram score of forecasts.

    .. math::
        \operatorname{mean}_{k < l} \Bigl[ \bigl(|y_k - y_l|^p - \bar v_{kl}\bigr)^2
        - \frac{s^2_{kl}}{m} \Bigr],
        \qquad \bar v_{kl} = \frac1m \sum_i |z_{ik} - z_{il}|^p

    where :math:`s^2_{kl}` is the variance of the m differences :math:`|z_{ik} -
    z_{il}|^p`. The square is the score of [1]_, equation 12, as a mean over pairs, so
    that scores are comparable between numbers of features; the second term removes the
    bias of small ensembles. It detects wrong correlations better than
    :func:`energy_score`.

    Parameters
    ----------
    forecasts : array-like of shape (n_cases, n_samples, n_features)
        Ensembles of two members or more, of two features or more.
    outcomes : array-like of shape (n_cases, n_features)
        Observed rows.
    order : float, default=0.5
        Order p of the variogram.

    Returns
    -------
    score : float
        Mean over the cases; smaller is better.

    References
    ----------
    .. [1] Scheuerer, M. and Hamill, T. M. (2015). Variogram-based proper scoring rules
       for probabilistic forecasts of multivariate quantities. Monthly Weather Review,
       143(4), 1321-1334.

    Examples
    --------
    >>> from skdiffts.metrics import variogram_score
    >>> variogram_score([[[0.0, 1.0], [2.0, 1.0]]], [[0.0, 4.0]])
    1.0
    """
    forecasts, outcomes = check_forecasts(forecasts, outcomes, min_features=2)
    check_scalar(order, "order", Real, min_val=0.0, include_boundaries="neither")
    n, m, d = forecasts.shape
    first, second = np.triu_indices(d, 1)
    total = 0.0
    for cases in slices(n, m * len(first)):
        z, y = forecasts[cases], outcomes[cases]
        v = np.abs(z[:, :, first] - z[:, :, second]) ** order
        observed = np.abs(y[:, first] - y[:, second]) ** order
        square = (observed - v.mean(axis=1)) ** 2 - v.var(axis=1, ddof=1) / m
        total += square.mean(axis=1).sum()
    return float(total / n)
