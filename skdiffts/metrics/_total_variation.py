"""Total variation between known densities, and its lower bound between samples."""

import numpy as np
from sklearn.utils import check_array

from skdiffts._panels import check_samples
from skdiffts.metrics._classifier import classifier_accuracy
from skdiffts.metrics._result import MetricResult

__all__ = ["total_variation", "total_variation_bound"]


def total_variation(log_density_X, log_density_Y, X, Y):
    r"""Compute the total variation between two distributions with known densities.

    With p the density of X and q the density of Y,

    .. math::
        \mathrm{TV} = \tfrac12 \int |p - q|
        = \tfrac12 \Bigl(E_p + E_q\Bigr)
          \Bigl|\tanh \frac{\log p - \log q}{2}\Bigr|,

    since the tanh is :math:`|p - q| / (p + q)`: the expectation of a function between
    zero and one under the mixture :math:`(p + q)/2`, estimated by means over the
    samples. It is unbiased, and exactly zero for equal densities.

    Parameters
    ----------
    log_density_X : callable
        Maps rows (n_rows, n_features) to log p (n_rows,), such as ``score_samples`` of
        a density estimator.
    log_density_Y : callable
        Maps rows to log q.
    X : array-like of shape (n_samples_X, n_features)
        Draws from p, two or more.
    Y : array-like of shape (n_samples_Y, n_features)
        Draws from q, two or more.

    Returns
    -------
    result : MetricResult
        Estimate, its Monte Carlo standard error, and floor 0.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.stats import norm
    >>> from skdiffts.metrics import total_variation
    >>> X, Y = np.random.RandomState(0).standard_normal((2, 10_000, 1))
    >>> p, q = (lambda x: norm.logpdf(x[:, 0])), (lambda x: norm.logpdf(x[:, 0] - 1))
    >>> result = total_variation(p, q, X, Y + 1)
    >>> print(result)  # 0.383 exactly
    0.383 +- 0.0017 (floor 0)
    """
    X, Y = check_samples(min_rows=2, X=X, Y=Y)
    excess_X, excess_Y = (
        _relative_excess(log_density_X, log_density_Y, sample) for sample in (X, Y)
    )
    variance = np.var(excess_X, ddof=1) / len(X) + np.var(excess_Y, ddof=1) / len(Y)
    return MetricResult(
        value=float((excess_X.mean() + excess_Y.mean()) / 2),
        standard_error=float(np.sqrt(variance) / 2),
        floor=0.0,
    )


def total_variation_bound(X, Y, *, estimator=None, n_folds=5):
    r"""Bound the total variation between the distributions of two samples from below.

    .. math::
        \mathrm{TV} = \max_A \; p(A) - q(A) \ge p(C) - q(C)
        = 2 \, (\text{balanced accuracy}) - 1

    for the set C that a classifier assigns to the first sample; p(C) and q(C) are
    estimated on held-out rows. The mean of the estimate is a lower bound for any
    classifier, and zero for equal distributions; the estimate may be negative.

    Parameters
    ----------
    X : array-like of shape (n_samples_X, n_features)
        First sample.
    Y : array-like of shape (n_samples_Y, n_features)
        Second sample.
    estimator : classifier, default=None
        As in :func:`classifier_accuracy`.
    n_folds : int, default=5
        As in :func:`classifier_accuracy`.

    Returns
    -------
    bound : float
        Estimate of the lower bound.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skdiffts.metrics import total_variation_bound
    >>> X, Y = np.random.RandomState(0).standard_normal((2, 500, 1))
    >>> bound = total_variation_bound(X, Y + 1, estimator=LogisticRegression())
    >>> round(bound, 2)
    0.38
    """
    return 2 * classifier_accuracy(X, Y, estimator=estimator, n_folds=n_folds) - 1


def _relative_excess(log_density_X, log_density_Y, rows):
    """Absolute value of (p - q) / (p + q) at rows."""
    log_p, log_q = (
        check_array(
            density(rows),
            dtype=np.float64,
            ensure_2d=False,
            ensure_all_finite=False,
            input_name=name,
        )
        for name, density in (
            ("log_density_X", log_density_X),
            ("log_density_Y", log_density_Y),
        )
    )
    # Minus infinity is a density of zero, which one of the two may have, not both.
    with np.errstate(invalid="ignore"):
        difference = log_p - log_q
    if difference.shape != (len(rows),) or np.isnan(difference).any():
        raise ValueError(
            "log_density_X and log_density_Y must give one number for each row, and at "
            "least one of them a positive density; pass the densities of X and Y."
        )
    return np.abs(np.tanh(difference / 2))
