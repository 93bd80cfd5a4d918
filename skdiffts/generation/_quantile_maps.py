"""Monotone maps of simulated latent numbers to the quantiles of training ones."""

from dataclasses import dataclass

import numpy as np

__all__ = ["QuantileMaps"]

# Rows of training for each quantile, and most quantiles.
ROWS_PER_KNOT, MAX_KNOTS = 20, 100
# Transitions after one value, and after all others, from which that value has a map of
# its own: probabilities to leave it and to come back are known to .016 at least.
OFTEN = 1000
# Share at each end that is only shifted where volatility remembers simulated rows: a map
# that stretches the tails makes a volatile time last.
TAIL = 0.05


@dataclass(frozen=True, eq=False)
class QuantileMaps:
    """Map of each column whose values stand for cells.

    Where there are rows enough, the map after the most frequent value of a column, such
    as the zero of rain, is another one: the probabilities to leave the value and to come
    back to it are as in the training rows.

    Parameters
    ----------
    columns : ndarray of int of shape (n_columns,)
        Columns that are mapped.
    frequent : ndarray of shape (n_columns,)
        Latent numbers that stand for their most frequent values; NaN for none.
    knots : tuple of length n_columns of pairs of ndarray of shape (2, n_knots)
        Simulated quantiles and those that they are mapped to, after other values and
        after the most frequent one.
    """

    columns: np.ndarray
    frequent: np.ndarray
    knots: tuple

    @classmethod
    def fit(cls, columns, simulated, training, *, keeps_tails):
        """Compare a simulated step with the training transitions.

        Parameters
        ----------
        columns : ndarray of int of shape (n_columns,)
            Columns that are mapped.
        simulated, training : tuple of two ndarray of shape (n_transitions, n_features)
            Latent rows that stand for the present ones, and the rows that follow.
        keeps_tails : bool
            Whether tails are only shifted.

        Returns
        -------
        QuantileMaps
            The maps.
        """
        frequent, knots = np.full(len(columns), np.nan), []
        for number, j in enumerate(columns):
            pairs = [(now[:, j], after[:, j]) for now, after in (simulated, training)]
            values, counts = np.unique(pairs[1][0], return_counts=True)
            if OFTEN <= counts.max() <= counts.sum() - OFTEN:
                frequent[number] = values[np.argmax(counts)]
            maps: list = []
            for is_frequent in (False, True):
                rows = [
                    after[(now == frequent[number]) == is_frequent]
                    for now, after in pairs
                ]
                maps.append(_knots(rows, keeps_tails) if len(rows[1]) else maps[0])
            knots.append(tuple(maps))
        return cls(columns, frequent, tuple(knots))

    def map(self, rows, states):
        """Map simulated latent rows.

        Parameters
        ----------
        rows : ndarray of shape (n_paths, n_features)
            Simulated rows.
        states : ndarray of shape (n_paths, n_features)
            Latent rows that stand for the rows before.

        Returns
        -------
        ndarray of shape (n_paths, n_features)
            Mapped rows.
        """
        rows = rows.copy()
        for j, value, (others, own) in zip(
            self.columns, self.frequent, self.knots, strict=True
        ):
            z, is_frequent = rows[:, j], states[:, j] == value
            rows[:, j] = np.where(is_frequent, _mapped(z, *own), _mapped(z, *others))
        return rows

    def unmap(self, z, column):
        """Invert the map of a column.

        Parameters
        ----------
        z : ndarray of shape (n_rows,)
            Mapped numbers, which may be infinite.
        column : int
            Column.

        Returns
        -------
        ndarray of shape (n_rows,), or None
            Numbers before the map; None where a frequent value has a map of its own.
        """
        found = np.flatnonzero(self.columns == column)
        if not len(found):
            return z
        if np.isfinite(self.frequent[found[0]]):
            return None
        simulated, wanted = self.knots[found[0]][0]
        return _mapped(z, wanted, simulated)


def _knots(pair, keeps_tails):
    """Quantiles of simulated and of training numbers, of shape (2, n_knots)."""
    n = len(pair[1])
    n_knots = int(np.clip(n // ROWS_PER_KNOT, 3, MAX_KNOTS))
    levels, end = (np.arange(n_knots) + 0.5) / n_knots, 0.5 / n
    if keeps_tails:
        levels, end = levels[(levels > TAIL) & (levels < 1.0 - TAIL)], TAIL
    levels = np.concatenate([[end], levels, [1.0 - end]])
    return np.stack([np.quantile(rows, levels, method="hazen") for rows in pair])


def _mapped(z, simulated, wanted):
    """Monotone map through quantiles; beyond the outer ones a shift."""
    inside = np.interp(z, simulated, wanted)
    below, above = np.minimum(z - simulated[0], 0.0), np.maximum(z - simulated[-1], 0.0)
    return inside + below + above
