"""Memorisation of the training sample by nearest-neighbour distances."""

import numpy as np
from scipy.spatial.distance import cdist

from skdiffts._chunks import slices
from skdiffts._panels import check_samples

__all__ = ["nearest_neighbor_ratio"]


def nearest_neighbor_ratio(samples, train, holdout):
    r"""Compare nearest-neighbour distances of generated and held-out rows.

    .. math::
        \frac{\operatorname{median}_i \min_k |s_i - x_k|}
             {\operatorname{median}_j \min_k |h_j - x_k|}

    with generated rows s, training rows x and held-out rows h. It is about 1 for a
    fresh sample of the distribution of the data and 0 for copies of training rows [1]_,
    which energy and Wasserstein distances do not detect.

    Parameters
    ----------
    samples : array-like of shape (n_samples, n_features)
        Generated rows.
    train : array-like of shape (n_train, n_features)
        Training rows of the generator.
    holdout : array-like of shape (n_holdout, n_features)
        Rows of the same distribution that are not in the training rows.

    Returns
    -------
    ratio : float
        About 1 for no memorisation, 0 for copies.

    References
    ----------
    .. [1] Meehan, C., Chaudhuri, K. and Dasgupta, S. (2020). A non-parametric test to
       detect data-copying in generative models. International Conference on
       Artificial Intelligence and Statistics, PMLR 108, 3546-3556.

    Examples
    --------
    >>> from skdiffts.metrics import nearest_neighbor_ratio
    >>> train = [[0.0], [10.0]]
    >>> nearest_neighbor_ratio([[0.0], [10.0]], train, holdout=[[2.0], [8.0]])
    0.0
    >>> nearest_neighbor_ratio([[1.0], [9.0]], train, holdout=[[2.0], [8.0]])
    0.5
    """
    samples, train, holdout = check_samples(
        samples=samples, train=train, holdout=holdout
    )
    reference = np.median(_nearest_distances(holdout, train))
    if reference == 0:
        raise ValueError(
            "holdout repeats rows of train (median distance 0.0); "
            "pass rows that are not in train."
        )
    return float(np.median(_nearest_distances(samples, train)) / reference)


def _nearest_distances(X, train):
    """Distance from each row to its nearest training row."""
    return np.concatenate(
        [cdist(X[rows], train).min(axis=1) for rows in slices(len(X), len(train))]
    )
