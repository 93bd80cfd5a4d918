"""Rosenblatt transform and joint ranks of ensemble forecasts, and their uniformity."""

import numpy as np
from scipy.stats import kstest
from sklearn.utils import check_array, check_random_state

from skdiffts._chunks import slices
from skdiffts._panels import check_forecasts
from skdiffts.metrics._calibration import probability_integral_transform
from skdiffts.metrics._risk_backtests import HypothesisTest

__all__ = ["joint_rank_transform", "rosenblatt_transform", "uniformity_test"]

# Relative to the mean variance: keeps an ensemble with fewer members than features
# invertible.
RIDGE = 1e-9


def rosenblatt_transform(forecasts, outcomes, *, random_state=None):
    r"""Compute the rank of each feature among its forecasts, given the features before.

    .. math::
        u_k = \hat F_{e_k}(y_k - b_k' y_{<k}), \qquad
        e_k^{(j)} = z_k^{(j)} - b_k' z_{<k}^{(j)}

    with the coefficients :math:`b_k` of the regression of feature k on the features
    before it, fitted to members z and outcome y of a case together, and the randomised
    rank of :func:`probability_integral_transform`. If the outcome has the distribution
    of the members, each :math:`u_k` is exactly uniform, for ensembles of any size and
    any distribution. For Gaussian forecasts it is the transform of Rosenblatt [1]_ up
    to the error of the coefficients, hence independent over features too; elsewhere it
    conditions on the linear part of the dependence. Of one-step forecasts in the order
    of time the rows are independent [2]_.

    Parameters
    ----------
    forecasts : array-like of shape (n_cases, n_samples, n_features)
        Ensembles of two members or more, better ten for each feature.
    outcomes : array-like of shape (n_cases, n_features)
        Observed rows.
    random_state : int, RandomState instance or None, default=None
        Seed of the randomised ranks.

    Returns
    -------
    transform : ndarray of shape (n_cases, n_features)
        Values in (0, 1); its first column is the probability integral transform of the
        first feature.

    References
    ----------
    .. [1] Rosenblatt, M. (1952). Remarks on a multivariate transformation. The Annals
       of Mathematical Statistics, 23(3), 470-472.
    .. [2] Diebold, F. X., Hahn, J. and Tay, A. S. (1999). Multivariate density forecast
       evaluation and calibration in financial risk management. The Review of Economics
       and Statistics, 81(4), 661-673.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import rosenblatt_transform, uniformity_test
    >>> rng = np.random.RandomState(0)
    >>> factor = np.array([[1.0, 0.0], [0.9, 0.4]])
    >>> forecasts = rng.standard_normal((200, 100, 2)) @ factor.T
    >>> outcomes = rng.standard_normal((200, 2))  # the margins are about right
    >>> u = rosenblatt_transform(forecasts, outcomes, random_state=0)
    >>> print(f"{uniformity_test(u).p_value:.3f}")
    0.000
    """
    forecasts, outcomes = check_forecasts(forecasts, outcomes)
    rng = check_random_state(random_state)
    parts = [
        probability_integral_transform(white[:, 1:], white[:, 0], random_state=rng)
        for white in _whitened(forecasts, outcomes)
    ]
    return np.concatenate(parts)


def joint_rank_transform(forecasts, outcomes, *, random_state=None):
    r"""Compute the rank of each outcome's distance from the centre of its forecasts.

    .. math::
        u = \hat F_D\bigl((y - \bar z)' S^{-1} (y - \bar z)\bigr)

    with mean and covariance of members z and outcome y of a case together, and the
    randomised rank among the distances D of the members: the Mahalanobis rank of a
    multivariate ensemble [1]_. If the outcome has the distribution of the members, u is
    exactly uniform, for any distribution, dependence, and size of the ensemble.

    Parameters
    ----------
    forecasts : array-like of shape (n_cases, n_samples, n_features)
        Ensembles of two members or more, better ten for each feature.
    outcomes : array-like of shape (n_cases, n_features)
        Observed rows.
    random_state : int, RandomState instance or None, default=None
        Seed of the randomised ranks.

    Returns
    -------
    transform : ndarray of shape (n_cases,)
        Values in (0, 1); near 1 for outcomes outside of the cloud of the members, in
        directions in which no single feature shows it too.

    References
    ----------
    .. [1] Gneiting, T., Stanberry, L. I., Grimit, E. P., Held, L. and Johnson, N. A.
       (2008). Assessing probabilistic forecasts of multivariate quantities, with an
       application to ensemble predictions of surface winds. TEST, 17(2), 211-235.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import joint_rank_transform
    >>> rng = np.random.RandomState(0)
    >>> forecasts = np.repeat(rng.standard_normal((1, 500, 1)), 2, axis=2)
    >>> forecasts += 0.1 * rng.standard_normal((1, 500, 2))
    >>> u = joint_rank_transform(forecasts, [[1.0, -1.0]], random_state=0)
    >>> round(float(u[0]), 2)  # the features of the members are nearly equal
    1.0
    """
    forecasts, outcomes = check_forecasts(forecasts, outcomes)
    rng = check_random_state(random_state)
    parts = []
    for white in _whitened(forecasts, outcomes):
        distance = np.square(white).sum(axis=2, keepdims=True)
        parts.append(
            probability_integral_transform(
                distance[:, 1:], distance[:, 0], random_state=rng
            )
        )
    return np.concatenate(parts)[:, 0]


def uniformity_test(transform):
    r"""Test whether probability integral transforms are uniform.

    .. math:: p = \min\bigl(1, K \min_k p_k\bigr)

    with the exact p-value :math:`p_k` of the Kolmogorov-Smirnov test of column k of K.
    By the inequality of Bonferroni the test rejects correct forecasts at most as often
    as its level says, whatever the dependence of the columns, if the rows are
    independent, as they are for one-step forecasts that know the past.

    Parameters
    ----------
    transform : array-like of shape (n_cases,) or (n_cases, n_columns)
        Values in the unit interval, from :func:`probability_integral_transform`,
        :func:`rosenblatt_transform` or :func:`joint_rank_transform`, side by side.

    Returns
    -------
    test : HypothesisTest
        Largest Kolmogorov-Smirnov statistic of a column, and the p-value of all.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import uniformity_test
    >>> u = np.random.RandomState(0).uniform(size=(200, 3))
    >>> print(f"{uniformity_test(u).p_value:.2f}")
    0.28
    >>> print(f"{uniformity_test(u**2).p_value:.3f}")
    0.000
    """
    transform = check_array(
        transform, ensure_2d=False, dtype=np.float64, input_name="transform"
    )
    columns = transform.reshape(len(transform), -1)
    if columns.min() < 0 or columns.max() > 1:
        raise ValueError(
            f"transform has values from {columns.min():.3g} to {columns.max():.3g}; "
            "pass values between 0 and 1."
        )
    tests = [kstest(column, "uniform") for column in columns.T]
    p_value = min(1.0, len(tests) * min(test.pvalue for test in tests))
    return HypothesisTest(float(max(test.statistic for test in tests)), float(p_value))


def _whitened(forecasts, outcomes):
    """Cases in chunks of shape (n, 1 + n_samples, d), white, the outcome first.

    Mean and Cholesky factor treat outcome and members alike, so that under the null
    hypothesis all orders of them are equally probable.
    """
    n, m, d = forecasts.shape
    for part in slices(n, 4 * (m + 1) * d):
        rows = np.concatenate([outcomes[part, np.newaxis], forecasts[part]], axis=1)
        rows = rows - rows.mean(axis=1, keepdims=True)
        # Unit variance first: a small feature is not lost in the ridge of a large one.
        spread = rows.std(axis=1, keepdims=True)
        rows /= np.where(spread > 0, spread, 1.0)
        covariance = rows.swapaxes(1, 2) @ rows / (m + 1) + RIDGE * np.eye(d)
        factor = np.linalg.cholesky(covariance)
        yield np.linalg.solve(factor, rows.swapaxes(1, 2)).swapaxes(1, 2)
