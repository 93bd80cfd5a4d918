"""Transitions as two-row paths, which any splitter may shuffle."""

import numpy as np
from sklearn.base import BaseEstimator

from skdiffts._paths._check import check_paths


class Transitions(BaseEstimator):
    """Estimator in whose name scikit-learn's validation reads the paths."""


def to_transitions(X):
    """Cut paths into their transitions, two-row paths.

    Rows of a path may be neither shuffled nor dropped, because this would make
    transitions that were not observed. Two-row paths may: each is a sample, so that any
    cross-validation splitter, shuffled or not, gives clean folds.

    Parameters
    ----------
    X : array-like, frame, 3-D array or list of 2-D arrays or frames
        One path of shape (n_rows, n_features) or a panel, in any container that the
        estimators take.

    Returns
    -------
    ndarray of shape (n_transitions, 2, n_features)
        Rows i - 1 and i of the same path, in the order of the rows.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts._paths import to_transitions
    >>> to_transitions(np.array([[1.0], [2.0], [4.0]])).tolist()
    [[[1.0], [2.0]], [[2.0], [4.0]]]
    """
    paths = check_paths(Transitions(), X, reset=True, min_length=2)
    pairs = [paths.values[paths.starts], paths.values[paths.ends]]
    return np.stack(pairs, axis=1).astype(paths.dtype, copy=False)
