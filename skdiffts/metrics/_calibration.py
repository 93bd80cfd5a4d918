"""Calibration of ensemble forecasts: probability integral transform and coverage."""

from numbers import Real

import numpy as np
from sklearn.utils import check_random_state, check_scalar

from skdiffts._panels import check_forecasts

__all__ = ["calibration_error", "interval_coverage", "probability_integral_transform"]


def probability_integral_transform(forecasts, outcomes, *, random_state=None):
    r"""Compute the rank of each outcome among its forecasts, on the unit interval.

    .. math::
        u = \frac{\#\{i : z_i < y\} + V \, (1 + \#\{i : z_i = y\})}{m + 1}

    with V uniform. If the outcome has the distribution of the members, u is exactly
    uniform, for ensembles of any size and for distributions with atoms [1]_.

    Parameters
    ----------
    forecasts : array-like of shape (n_cases, n_samples, n_features)
        Ensembles of two members or more.
    outcomes : array-like of shape (n_cases, n_features)
        Observed rows.
    random_state : int, RandomState instance or None, default=None
        Seed of V.

    Returns
    -------
    transform : ndarray of shape (n_cases, n_features)
        Values in (0, 1). A U-shaped histogram indicates underdispersed forecasts.

    References
    ----------
    .. [1] Czado, C., Gneiting, T. and Held, L. (2009). Predictive model assessment for
       count data. Biometrics, 65(4), 1254-1261.

    Examples
    --------
    >>> from skdiffts.metrics import probability_integral_transform
    >>> members, outcomes = [[[1.0], [2.0], [3.0]]], [[2.5]]
    >>> u = probability_integral_transform(members, outcomes, random_state=0)
    >>> round(float(u[0, 0]), 2)  # drawn between 0.5 and 0.75
    0.64
    """
    forecasts, outcomes = check_forecasts(forecasts, outcomes)
    rng = check_random_state(random_state)
    y = outcomes[:, np.newaxis]
    below = (forecasts < y).sum(axis=1)
    ties = (forecasts == y).sum(axis=1)
    return (below + rng.uniform(size=below.shape) * (1 + ties)) / (
        forecasts.shape[1] + 1
    )


def calibration_error(forecasts, outcomes, *, random_state=None):
    r"""Measure the distance of the probability integral transforms from uniform.

    .. math:: \frac1d \sum_k \sup_{u} |\hat F_k(u) - u|

    with the empirical distribution function :math:`\hat F_k` of
    :func:`probability_integral_transform` in feature k: the Kolmogorov-Smirnov
    statistic.

    Parameters
    ----------
    forecasts : array-like of shape (n_cases, n_samples, n_features)
        Ensembles of two members or more.
    outcomes : array-like of shape (n_cases, n_features)
        Observed rows.
    random_state : int, RandomState instance or None, default=None
        Seed of the transforms.

    Returns
    -------
    error : float
        Mean over features, between 0 and 1; about :math:`0.87 / \sqrt n` for n
        independent cases of calibrated forecasts.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import calibration_error
    >>> rng = np.random.RandomState(0)
    >>> forecasts = rng.standard_normal((500, 50, 1))
    >>> calibrated, biased = rng.standard_normal((500, 1)), np.full((500, 1), 1.0)
    >>> round(calibration_error(forecasts, calibrated, random_state=0), 2)
    0.02
    >>> round(calibration_error(forecasts, biased, random_state=0), 2)
    0.72
    """
    u = probability_integral_transform(forecasts, outcomes, random_state=random_state)
    u = np.sort(u, axis=0)
    n = len(u)
    steps = np.arange(n + 1)[:, np.newaxis] / n
    # The distance is largest just before or at a jump of the step function.
    distance = np.maximum(steps[1:] - u, u - steps[:-1])
    return float(distance.max(axis=0).mean())


def interval_coverage(forecasts, outcomes, *, level=0.9, random_state=None):
    r"""Measure the coverage of the central intervals of forecasts.

    .. math:: \operatorname{mean} \; 1[\,|u - \tfrac12| \le \text{level} / 2\,]

    over cases and features, with u of :func:`probability_integral_transform`. Its mean
    is exactly the level for calibrated forecasts; intervals between empirical quantiles
    of small ensembles would cover less.

    Parameters
    ----------
    forecasts : array-like of shape (n_cases, n_samples, n_features)
        Ensembles of two members or more.
    outcomes : array-like of shape (n_cases, n_features)
        Observed rows.
    level : float, default=0.9
        Nominal coverage between 0 and 1.
    random_state : int, RandomState instance or None, default=None
        Seed of the transforms.

    Returns
    -------
    coverage : float
        Share of outcomes inside; the level for calibrated forecasts.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import interval_coverage
    >>> forecasts, outcomes = np.random.RandomState(0).standard_normal((2, 500, 50, 1))
    >>> round(interval_coverage(forecasts, outcomes[:, 0], random_state=0), 2)
    0.92
    """
    check_scalar(
        level, "level", Real, min_val=0.0, max_val=1.0, include_boundaries="neither"
    )
    u = probability_integral_transform(forecasts, outcomes, random_state=random_state)
    return float((np.abs(u - 0.5) <= level / 2).mean())
