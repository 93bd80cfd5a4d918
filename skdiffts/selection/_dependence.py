"""Test of whether rows depend on the rows before them."""

import numpy as np

__all__ = ["is_serially_dependent"]

# Flipped copies of the rows, and the share of them that may be as dependent.
N_FLIPS, SIZE = 199, 0.01
# Singular values over the largest one below which a direction has no variance.
RANK = 1e-8
# Steps to the spatial median.
N_ITERATIONS = 20


def is_serially_dependent(likelihood, specification):
    r"""Tell whether innovations depend on the row before, in any pair of series.

    With the whitened innovations of rows at equal distance from the origin, u, the
    statistic is the squared sum of all autocovariances at lag one,

    .. math:: T = \Big\| \sum_t u_t u_{t-1}^\top \Big\|_F^2.

    It is compared with its values for rows of random sign. Where the innovations are
    symmetric and have no mean given the rows before, these have the same distribution,
    also if the volatility moves, so that the test is exact: it errs in one of a hundred.
    Sums over all pairs of series see what no equation sees alone.

    Parameters
    ----------
    likelihood : ForwardLikelihood
        Paths, and all rows as its only fold.
    specification : Specification
        History with independent rows.

    Returns
    -------
    bool
        Whether independence is rejected; False where there are too few rows.

    References
    ----------
    Hosking (1980), The multivariate portmanteau statistic, Journal of the American
    Statistical Association 75, for the sum; Wu (1986), Annals of Statistics 14, for
    rows of random sign.
    """
    paths, dt = likelihood.paths, likelihood.dt
    drift = likelihood.design.drift(specification, likelihood.folds[0].fitted)
    follows = paths.starts[1:] == paths.ends[:-1]
    if drift is None or follows.sum() <= 2 * paths.n_features:
        return False
    increments = paths.values[paths.ends] - paths.values[paths.starts]
    innovations = increments - dt[:, np.newaxis] * drift
    innovations -= innovations.mean(axis=0)
    rows, size, _ = np.linalg.svd(innovations, full_matrices=False)
    rows = rows[:, size > RANK * size[0]]
    rows = _directions(rows)
    rng = np.random.RandomState(0)
    signs = rng.choice([-1.0, 1.0], size=(N_FLIPS, len(rows)))
    own, *flipped = (
        _statistic(rows * sign[:, np.newaxis], follows)
        for sign in (np.ones(len(rows)), *signs)
    )
    as_large = sum(one >= own for one in flipped)
    return (1 + as_large) / (1 + N_FLIPS) <= SIZE


def _directions(rows):
    """Directions of rows from the spatial median, which add up to nothing.

    Volatile rows decide the mean, which would give calm rows a common direction.
    """
    center = np.zeros(rows.shape[1])
    for _ in range(N_ITERATIONS):
        center = np.average(rows, axis=0, weights=1.0 / _distances(rows - center))
    return (rows - center) / _distances(rows - center)[:, np.newaxis]


def _distances(rows):
    """Distances from the origin, none of them zero."""
    return np.maximum(np.linalg.norm(rows, axis=1), np.finfo(float).tiny)


def _statistic(rows, follows):
    """Squared sum of the autocovariances at lag one."""
    return np.sum((rows[1:][follows].T @ rows[:-1][follows]) ** 2)
