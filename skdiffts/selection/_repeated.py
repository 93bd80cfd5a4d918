"""Noise for series that repeat their values, whose densities have no upper bound."""

from dataclasses import replace

import numpy as np

__all__ = ["spread_repeated"]

# Share of increments of exactly zero from which on values are spread, and the ratio
# of the standard deviations of the noise and of the increments.
SHARE, SIZE = 0.02, 0.05


def spread_repeated(paths):
    """Add a little noise to series that often repeat a value.

    A series that does not change at night, or a rate that is fixed for weeks, has a point
    mass: a volatility that shrinks to nothing there gains any number of nats, and would
    decide about histories alone. Noise of a twentieth of the deviation of the increments
    bounds the gain and leaves all other series as they are.

    Parameters
    ----------
    paths : Paths
        Paths.

    Returns
    -------
    Paths
        The same paths where no series repeats its values in two percent of the rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator
    >>> from skdiffts._paths import check_paths
    >>> from skdiffts.selection import spread_repeated
    >>> X = np.repeat(np.arange(50.0), 2)[:, np.newaxis]
    >>> paths = check_paths(BaseEstimator(), X, reset=True)
    >>> len(np.unique(X)), len(np.unique(spread_repeated(paths).values))
    (50, 100)
    """
    increments = paths.targets[paths.ends] - paths.values[paths.starts]
    repeats = (increments == 0.0).mean(axis=0) >= SHARE
    deviation = np.where(repeats, SIZE * increments.std(axis=0), 0.0)
    if not deviation.any():
        return paths
    noise = np.random.RandomState(0).standard_normal(paths.values.shape)
    return replace(paths, values=paths.values + deviation * noise)
