"""Share of the ranks of rows with missing cells that a line in the last rows explains."""

import numpy as np
from scipy.stats import rankdata

__all__ = ["line_is_worth_its_slopes"]

# Random orders of the rows, whose explained share is what slopes of noise explain.
N_ORDERS = 20
# Smallest eigenvalue of a correlation matrix, in parts of the mean one: cells that are
# seen in pairs need not give a positive definite one.
LEAST = 0.1
# Pairs of seen cells from which ranks have a correlation that tells something.
LEAST_PAIRS = 3
# A line that was fitted to noise explains as much of its own rows as it loses on others.
TWICE = 2.0


def line_is_worth_its_slopes(paths):
    r"""Tell whether a line in the last row would explain rows that it has not seen.

    .. math:: R^2 = \frac1d \sum_j r_j' C^{-1} r_j > 2 R^2_0

    with the rank correlations r of the columns and the last columns, and C of the last
    columns, each in the pairs of cells that were seen, and the mean :math:`R^2_0` of
    rows in random order. A slope on noise explains as much in the rows that it was
    fitted to as it loses in others: the criterion of Akaike, without a count of pairs.

    Parameters
    ----------
    paths : Paths
        Paths with NaN.

    Returns
    -------
    bool
        Whether it would; true where hardly any pair was seen.
    """
    now, seen_now = _ranks(paths.values[paths.starts])
    after, seen_after = _ranks(paths.values[paths.ends])
    if (seen_now.T @ seen_after).max(initial=0.0) < LEAST_PAIRS:
        return True
    sizes, directions = np.linalg.eigh(_correlations(now, seen_now, now, seen_now))
    root = directions / np.sqrt(np.maximum(sizes, LEAST * sizes.mean() or 1.0))

    def explained(order):
        last = now, seen_now, after[order], seen_after[order]
        return np.sum((root.T @ _correlations(*last)) ** 2)

    rng, n = np.random.RandomState(0), len(now)
    by_chance = [explained(rng.permutation(n)) for _ in range(N_ORDERS)]
    return bool(explained(np.arange(n)) > TWICE * np.mean(by_chance))


def _ranks(rows):
    """Standardized ranks of seen cells, zero elsewhere, and which cells were seen."""
    ranks, seen = np.zeros(rows.shape), ~np.isnan(rows)
    for column in range(rows.shape[1]):
        cells = seen[:, column]
        rank = rankdata(rows[cells, column])
        if len(rank) > 1 and np.ptp(rank) > 0.0:
            ranks[cells, column] = (rank - rank.mean()) / rank.std()
    return ranks, seen.astype(np.float64)


def _correlations(x, seen_x, y, seen_y):
    """Mean products of the cells of two tables that were seen in pairs."""
    return x.T @ y / np.maximum(seen_x.T @ seen_y, 1.0)
