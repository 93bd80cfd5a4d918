"""Discriminative and predictive scores, which train a model on generated windows."""

from numbers import Integral

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.utils import check_scalar

from skdiffts._panels import check_panels
from skdiffts.metrics._autocovariance import deviation
from skdiffts.metrics._classifier import classifier_accuracy

__all__ = ["discriminative_score", "predictive_score"]


def discriminative_score(X, Y, *, estimator=None, n_folds=5):
    r"""Measure the accuracy of a classifier between real and generated windows.

    .. math:: (\text{balanced held-out accuracy}) - \tfrac12

    of :func:`classifier_accuracy` on whole windows: 0 on average for equal
    distributions and 1/2 for disjoint ones. Published tables [1]_ show the absolute
    value for one network and one random split, which puts overlapping windows into both
    the training and the test rows.

    Parameters
    ----------
    X : array-like of shape (n_paths, length, n_features)
        Real windows, in the order of time.
    Y : array-like of shape (n_paths, length, n_features)
        Generated windows, of the same length.
    estimator : classifier, default=None
        Any classifier with scikit-learn's methods, which is cloned. Windows are rows of
        ``length * n_features`` columns, time by time; a recurrent network has to
        reshape them (``examples/benchmarks/recurrent.py`` has the network of published
        tables). None is :class:`sklearn.ensemble.ExtraTreesClassifier` with 30 trees.
    n_folds : int, default=5
        Number of folds.

    Returns
    -------
    score : float
        About 0 for equal distributions, at most 1/2.

    References
    ----------
    .. [1] Yoon, J., Jarrett, D. and van der Schaar, M. (2019). Time-series generative
       adversarial networks. Advances in Neural Information Processing Systems, 32.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skdiffts.metrics import discriminative_score
    >>> X, Y = np.random.RandomState(0).standard_normal((2, 50, 8, 2))
    >>> discriminative_score(X, Y + 5, estimator=LogisticRegression())
    0.5
    """
    X, Y = check_panels(X, Y, same_length=True)
    rows = (panel.reshape(len(panel), -1) for panel in (X, Y))
    return classifier_accuracy(*rows, estimator=estimator, n_folds=n_folds) - 0.5


def predictive_score(X, Y, *, estimator=None, n_lags=5):
    r"""Measure the error on real paths of a predictor trained on generated paths.

    .. math::
        \frac{1}{N d} \sum_{p, i, k} \frac{1}{s_k}
        |x_{p,i,k} - \hat f_k(x_{p,i-1}, \dots, x_{p,i-l})|

    with f fitted to the paths of Y, and :math:`s_k` the standard deviation of feature k
    over X: train on synthetic, test on real [1]_. Its reference is the score of a
    predictor trained on other real paths, the floor of
    :func:`skdiffts.evaluation.compare`.

    Parameters
    ----------
    X : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Real panel.
    Y : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Generated panel.
    estimator : regressor, default=None
        Any regressor with several outputs, which is cloned; its inputs are the last
        rows, the latest first, as ``n_lags * n_features`` columns. None is
        :class:`sklearn.ensemble.ExtraTreesRegressor`.
    n_lags : int, default=5
        Number of lagged rows l that are inputs of the predictor.

    Returns
    -------
    score : float
        Mean absolute error in standard deviations; smaller is better.

    References
    ----------
    .. [1] Yoon, J., Jarrett, D. and van der Schaar, M. (2019). Time-series generative
       adversarial networks. Advances in Neural Information Processing Systems, 32.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from skdiffts.metrics import predictive_score
    >>> X = np.sin(np.arange(20.0))[:, np.newaxis]
    >>> score = predictive_score(X, 3 * X, estimator=LinearRegression(), n_lags=2)
    >>> round(score, 6)  # the recursion of a sine does not depend on its size
    0.0
    """
    X, Y = check_panels(X, Y)
    check_scalar(n_lags, "n_lags", Integral, min_val=1)
    shortest = min(X.shape[1], Y.shape[1])
    if shortest <= n_lags:
        raise ValueError(
            f"n_lags={n_lags} must be less than the {shortest} rows of the paths; "
            "pass fewer lags or longer paths."
        )
    scale = deviation(X, axis=(0, 1))
    if estimator is None:
        estimator = ExtraTreesRegressor(
            n_estimators=30, min_samples_leaf=5, random_state=0
        )
    # Both in standard deviations of X, so that no output outweighs the others.
    lagged, target = _regression(Y / scale, n_lags)
    # One output has no axis of its own in scikit-learn.
    model = clone(estimator).fit(
        lagged, target if target.shape[1] > 1 else target[:, 0]
    )
    lagged, target = _regression(X / scale, n_lags)
    predicted = np.reshape(model.predict(lagged), target.shape)
    return float(np.abs(target - predicted).mean())


def _regression(panel, n_lags):
    """Lagged rows, the latest first, and the rows that follow."""
    _, length, d = panel.shape
    lagged = [panel[:, n_lags - h : length - h] for h in range(1, n_lags + 1)]
    inputs = np.concatenate(lagged, axis=2).reshape(-1, n_lags * d)
    return inputs, panel[:, n_lags:].reshape(-1, d)
