"""Monotone maps of simulated latent numbers to the quantiles of training ones."""

from dataclasses import dataclass, replace

import numpy as np

from skdiffts.columns import through_quantiles
from skdiffts.generation._tail_map import TailMap

__all__ = ["QuantileMap", "QuantileMaps", "autocorrelation"]

# Rows of training for each quantile, and most quantiles.
ROWS_PER_KNOT, MAX_KNOTS = 20, 100
# Transitions after one value, and after all others, from which that value has a map of
# its own: probabilities to leave it and to come back are known to .016 at least.
OFTEN = 1000
# Share at each end that is only shifted where volatility remembers simulated rows: a map
# that stretches the tails makes a volatile time last.
TAIL = 0.05
# Levels at which shares of simulated paths are compared with training.
LEVELS = np.linspace(0.1, 0.9, 9)


@dataclass(frozen=True, eq=False)
class QuantileMap:
    """Monotone map of numbers through quantiles, with tails of its own where there are.

    Parameters
    ----------
    simulated, wanted : ndarray of shape (n_knots,)
        Quantiles, and those that they are mapped to. Beyond the outer ones the map is a
        shift.
    tails : tuple of TailMap, default=()
        Maps of the numbers at the ends.
    """

    simulated: np.ndarray
    wanted: np.ndarray
    tails: tuple = ()

    @classmethod
    def fit(cls, simulated, training, coordinate=None, weight=1.0):
        """Take the quantiles of two samples.

        Parameters
        ----------
        simulated, training : ndarray of shape (n,)
            Numbers, and those whose quantiles they are to have.
        coordinate : Coordinate, default=None
            Map between values and numbers, for fitted tails; None shifts the tails.
        weight : float, default=1.0
            Part of the way to the fitted tail of training.

        Returns
        -------
        QuantileMap
            The map.
        """
        n = len(training)
        n_knots, tails = int(np.clip(n // ROWS_PER_KNOT, 3, MAX_KNOTS)), []
        end = TAIL
        if coordinate is not None:
            given, end = (simulated, training, weight), 0.5 / n
            found = (TailMap.fit(coordinate, sign, *given) for sign in (-1, 1))
            tails = [tail for tail in found if tail is not None]
        levels = (np.arange(n_knots) + 0.5) / n_knots
        level = TailMap.level(n)
        levels = np.union1d(levels, [1.0 - level, level])
        levels = levels[(levels > end) & (levels < 1.0 - end)]
        levels = np.concatenate([[end], levels, [1.0 - end]])
        knots = [np.quantile(z, levels, method="hazen") for z in (simulated, training)]
        return cls(knots[0], knots[1], tuple(tails))

    def map(self, z):
        """Map numbers."""
        mapped = through_quantiles(z, self.simulated, self.wanted)
        for tail in self.tails:
            mapped = tail.map(z, mapped)
        return mapped

    def unmap(self, z):
        """Invert the map."""
        numbers = through_quantiles(z, self.wanted, self.simulated)
        for tail in self.tails:
            numbers = tail.unmap(z, numbers)
        return numbers

    def partial(self, weight):
        """Go a part of the way to the quantiles that are wanted, without tails."""
        wanted = self.simulated + weight * (self.wanted - self.simulated)
        return replace(self, wanted=wanted, tails=())


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
    maps : tuple of length n_columns of pairs of QuantileMap
        Maps after other values and after the most frequent one.
    later : tuple of length n_columns of QuantileMap, default=()
        Maps that follow these.
    """

    columns: np.ndarray
    frequent: np.ndarray
    maps: tuple
    later: tuple = ()

    @classmethod
    def fit(cls, columns, simulated, training, coordinates):
        """Compare a simulated step with the training transitions.

        Parameters
        ----------
        columns : ndarray of int of shape (n_columns,)
            Columns that are mapped.
        simulated, training : tuple of two ndarray of shape (n_transitions, n_features)
            Latent rows that stand for the present ones, and the rows that follow.
        coordinates : sequence of Coordinate or None
            Maps between values and latent numbers of all columns; None where tails are
            only shifted.

        Returns
        -------
        QuantileMaps
            The maps.
        """
        frequent, pairs_of_maps = np.full(len(columns), np.nan), []
        for number, j in enumerate(columns):
            pairs = [(now[:, j], after[:, j]) for now, after in (simulated, training)]
            values, counts = np.unique(pairs[1][0], return_counts=True)
            weight = 1.0 - autocorrelation(*pairs[1])
            if OFTEN <= counts.max() <= counts.sum() - OFTEN:
                frequent[number] = values[np.argmax(counts)]
            maps: list = []
            for is_frequent in (False, True):
                simulated_rows, rows = (
                    after[(now == frequent[number]) == is_frequent]
                    for now, after in pairs
                )
                if len(rows) or not maps:
                    given = simulated_rows, rows, coordinates[j], weight
                    maps.append(QuantileMap.fit(*given))
            maps = maps if len(maps) > 1 else 2 * maps
            pairs_of_maps.append(tuple(maps))
        return cls(columns, frequent, tuple(pairs_of_maps))

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
            self.columns, self.frequent, self.maps, strict=True
        ):
            z, is_frequent = rows[:, j], states[:, j] == value
            rows[:, j] = np.where(is_frequent, own.map(z), others.map(z))
        for j, later in zip(self.columns, self.later, strict=False):
            rows[:, j] = later.map(rows[:, j])
        return rows

    def followed_by(self, paths, training, weights):
        """Append a part of the way to the quantiles of training, in the middle.

        Parameters
        ----------
        paths : ndarray of shape (n_steps, n_paths, n_features)
            Mapped rows of independent paths.
        training : ndarray of shape (n_rows, n_features)
            Rows whose quantiles they should have.
        weights : ndarray of shape (n_columns,)
            Part of the way for each column. It is multiplied by the part of the squared
            difference of the shares that is no noise of the paths.

        Returns
        -------
        QuantileMaps
            The maps.
        """
        later = []
        for j, weight in zip(self.columns, weights, strict=True):
            x = paths[..., j]
            found = QuantileMap.fit(x.ravel(), training[:, j])
            later.append(found.partial(weight * _reliability(x, training[:, j])))
        return replace(self, later=tuple(later))

    def unmap(self, z, column):
        """Invert the map of a column; None where a frequent value has one of its own."""
        found = np.flatnonzero(self.columns == column)
        if not len(found):
            return z
        number = found[0]
        if np.isfinite(self.frequent[number]):
            return None
        if self.later:
            z = self.later[number].unmap(z)
        return self.maps[number][0].unmap(z)


def autocorrelation(now, after):
    """Correlation of numbers with the next ones, zero at least.

    Parameters
    ----------
    now, after : ndarray of shape (n,)
        Numbers.

    Returns
    -------
    float
        The correlation; zero for numbers that are all the same.
    """
    if not (np.ptp(now) > 0.0 and np.ptp(after) > 0.0):
        return 0.0
    return float(np.clip(np.corrcoef(now, after)[0, 1], 0.0, 1.0))


def _reliability(paths, training):
    """Part of the squared differences of shares that is no noise of the paths."""
    edges = np.quantile(training, LEVELS)
    shares = (paths[..., np.newaxis] <= edges).mean(axis=0)
    wanted = (training[:, np.newaxis] <= edges).mean(axis=0)
    difference = ((shares.mean(axis=0) - wanted) ** 2).sum()
    noise = (shares.var(axis=0) / len(shares)).sum()
    return max(1.0 - noise / difference, 0.0) if difference > 0.0 else 0.0
