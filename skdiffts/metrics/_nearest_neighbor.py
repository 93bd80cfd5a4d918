"""Memorisation of the training sample: distances to the closest record."""

import numpy as np
from scipy.spatial.distance import cdist

from skdiffts._chunks import slices
from skdiffts._panels import check_samples

__all__ = [
    "closest_record_share",
    "distance_to_closest_record",
    "nearest_neighbor_ratio",
]


def distance_to_closest_record(samples, records):
    r"""Compute the distance of each row to the closest record of a data set.

    .. math:: \min_k |s_i - x_k|

    Parameters
    ----------
    samples : array-like of shape (n_samples, n_features)
        Generated rows.
    records : array-like of shape (n_records, n_features)
        Rows of the data set, such as the training rows, in the same units. Divide
        both by the deviations of the features where these have different units.

    Returns
    -------
    distances : ndarray of shape (n_samples,)
        Euclidean distances; 0 for a copy.

    Examples
    --------
    >>> from skdiffts.metrics import distance_to_closest_record
    >>> distance_to_closest_record([[0.0], [4.0]], [[0.0], [1.0]])
    array([0., 3.])
    """
    samples, records = check_samples(samples=samples, records=records)
    return _nearest_distances(samples, records)


def closest_record_share(samples, train, holdout):
    r"""Measure the share of generated rows whose closest record is a training row.

    .. math::
        \frac{M s}{M s + N (1 - s)}, \qquad
        s = \frac1n \#\{i : \min_k |s_i - x_k| < \min_j |s_i - h_j|\}

    with n generated rows :math:`s_i`, N training rows x and M held-out rows h; ties
    count one half in s: the distance to the closest record against a held-out set [1]_.
    Of independent rows of one distribution the closest is a training row with
    probability :math:`N / (N + M)`, which the odds are divided by, so that the share is
    about 1/2 where the generated rows know as little of the training rows as of the
    held-out rows.

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
    share : float
        About 1/2 for no memorisation, near 1 for copies.

    References
    ----------
    .. [1] Platzer, M. and Reutterer, T. (2021). Holdout-based empirical assessment of
       mixed-type synthetic data. Frontiers in Big Data, 4, 679939.

    Examples
    --------
    >>> from skdiffts.metrics import closest_record_share
    >>> train, holdout = [[0.0], [10.0]], [[2.0], [8.0]]
    >>> closest_record_share([[0.0], [10.0]], train, holdout)
    1.0
    >>> closest_record_share([[1.0], [7.0]], train, holdout)
    0.25
    """
    samples, train, holdout = check_samples(
        samples=samples, train=train, holdout=holdout
    )
    to_train, to_holdout = (
        _nearest_distances(samples, records) for records in (train, holdout)
    )
    share = np.mean(to_train < to_holdout) + 0.5 * np.mean(to_train == to_holdout)
    near_train, near_holdout = share * len(holdout), (1.0 - share) * len(train)
    return float(near_train / (near_train + near_holdout))


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
