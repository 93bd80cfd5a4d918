"""Classifier two-sample test."""

from numbers import Integral

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.utils import check_scalar

from skdiffts._panels import check_samples

__all__ = ["classifier_accuracy"]


def classifier_accuracy(X, Y, *, estimator=None, n_folds=5):
    r"""Measure the accuracy of a classifier between two samples (C2ST).

    .. math::
        \tfrac12 \Bigl(\frac1n \sum_i 1[\hat c(x_i) = X]
        + \frac1m \sum_j 1[\hat c(y_j) = Y]\Bigr)

    where each row is classified by a model fitted to the other folds [1]_. The mean is
    exactly 1/2 for independent rows of equal distributions, for any classifier and any
    sample sizes, and at most :math:`(1 + \mathrm{TV}) / 2`. Folds are blocks of
    neighbouring rows of either sample, so that neighbouring rows of a series, or
    windows that overlap, are rarely split between training and test rows.

    Parameters
    ----------
    X : array-like of shape (n_samples_X, n_features)
        First sample.
    Y : array-like of shape (n_samples_Y, n_features)
        Second sample.
    estimator : classifier, default=None
        Any scikit-learn classifier, which is cloned; X has label 0 and Y label 1. With
        samples of different sizes it should weigh the classes equally. None is
        :class:`sklearn.ensemble.ExtraTreesClassifier` with 30 trees, which detects
        differences of location, scale, correlation and shape and needs no scaling of
        the features.
    n_folds : int, default=5
        Number of folds, at most the number of rows of the smaller sample.

    Returns
    -------
    accuracy : float
        Balanced held-out accuracy: 1/2 for equal distributions, 1 for disjoint ones.

    References
    ----------
    .. [1] Lopez-Paz, D. and Oquab, M. (2017). Revisiting classifier two-sample tests.
       International Conference on Learning Representations.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skdiffts.metrics import classifier_accuracy
    >>> X, Y = np.random.RandomState(0).standard_normal((2, 100, 2))
    >>> classifier_accuracy(X, Y + 10, estimator=LogisticRegression())
    1.0
    """
    X, Y = check_samples(min_rows=2, X=X, Y=Y)
    check_scalar(n_folds, "n_folds", Integral, min_val=2)
    n_folds = min(n_folds, len(X), len(Y))
    if estimator is None:
        estimator = ExtraTreesClassifier(
            n_estimators=30,
            min_samples_leaf=5,
            class_weight="balanced",
            random_state=0,
        )
    hits = [np.empty(len(sample)) for sample in (X, Y)]
    folds = [np.array_split(np.arange(len(sample)), n_folds) for sample in (X, Y)]
    for rows_X, rows_Y in zip(*folds, strict=True):
        train = [np.delete(X, rows_X, axis=0), np.delete(Y, rows_Y, axis=0)]
        labels = np.repeat([0, 1], [len(part) for part in train])
        model = clone(estimator).fit(np.concatenate(train), labels)
        hits[0][rows_X] = model.predict(X[rows_X]) == 0
        hits[1][rows_Y] = model.predict(Y[rows_Y]) == 1
    return float((hits[0].mean() + hits[1].mean()) / 2)
