"""Conditional distribution of a row, given some of its columns."""

import warnings
from dataclasses import dataclass
from numbers import Integral

import numpy as np

from skdiffts.scenarios import (
    effective_sample_size,
    select_scenarios,
    systematic_resample,
)

__all__ = ["GivenColumns"]

# Distance from the target to the mean of its neighbours, in bandwidths: 3 / 8 where
# density is flat and the target on its edge, zero inside, one far outside.
FARTHEST = 0.5


@dataclass(frozen=True, eq=False)
class GivenColumns:
    r"""Conditional distribution of a row, given some of its columns.

    For given values v of columns c, the k nearest of the N candidates count, with
    Epanechnikov weights of their distance in the metric of their covariance, and are
    moved to v along the local linear regression of the other columns on c (the
    adjustment of [1]_). :math:`k \sim N^{4 / (4 + p)}` for p columns, the rate at which a
    second-order kernel estimate converges. Ranges are met by rejection after the move;
    before it, the regression would be fitted to rows that are cut off at the bounds.

    Parameters
    ----------
    ranges : dict of int to tuple of float
        Bounds (low, high) of the columns that are given by a range.
    columns : ndarray of int of shape (n_given,)
        Columns that are given by values.
    targets : ndarray of shape (n_samples, n_given)
        Values of these columns in each draw.
    n_samples : int
        Number of draws.

    References
    ----------
    .. [1] M. A. Beaumont, W. Zhang and D. J. Balding, "Approximate Bayesian Computation
       in Population Genetics", Genetics 162, 2002.
    """

    ranges: dict[int, tuple]
    columns: np.ndarray
    targets: np.ndarray
    n_samples: int

    @classmethod
    def parse(cls, conditioning, names, n_columns, n_samples):
        """Read the argument ``conditioning`` of a user.

        Parameters
        ----------
        conditioning : dict
            Column (name or number) to a value, an array of one value for each draw, or
            a pair (low, high).
        names : ndarray of str or None
            Names of the columns.
        n_columns : int
            Number of columns.
        n_samples : int
            Number of draws.

        Returns
        -------
        GivenColumns
            The distribution.

        Raises
        ------
        ValueError
            If a column is unknown or named twice, or its value has another form.
        """
        ranges: dict[int, tuple] = {}
        values: dict[int, np.ndarray] = {}
        for key, given in conditioning.items():
            column = _column(key, names, n_columns)
            if column in ranges or column in values:
                raise ValueError(
                    f"conditioning names column {key!r} twice, by name and by number; "
                    "give it once."
                )
            if isinstance(given, tuple):
                ranges[column] = _bounds(key, given)
            else:
                values[column] = _values(key, given, n_samples)
        columns = np.array(sorted(values), dtype=int)
        targets = np.array([values[column] for column in columns]).T
        return cls(ranges, columns, targets, n_samples)

    def draw(self, candidates, random_state):
        """Draw rows.

        Parameters
        ----------
        candidates : ndarray of shape (n_candidates, n_columns)
            Rows of the unconditional distribution.
        random_state : RandomState
            Source of randomness.

        Returns
        -------
        ndarray of shape (n_samples, n_columns)
            Rows; given values are met exactly.
        """
        paths = candidates[:, np.newaxis]
        if not len(self.columns):
            drawn = select_scenarios(
                paths, self._in_ranges, self.n_samples, random_state=random_state
            )
            return drawn.paths[:, 0]
        n, p = len(candidates), len(self.columns)
        k = int(np.ceil(n ** (4.0 / (4.0 + p))))
        if k < 2 * (p + 1):
            raise ValueError(
                f"n_candidates={n} is too few for {p} given value(s) in conditioning; "
                "raise it."
            )
        whitener = _whitener(candidates[:, self.columns])
        targets, which = np.unique(self.targets, axis=0, return_inverse=True)
        rows = np.empty((self.n_samples, candidates.shape[1]))
        shifts, repeats = [], []
        for i, target in enumerate(targets):
            asked = np.flatnonzero(which.reshape(-1) == i)
            near, weights, shift = self._near(candidates, target, whitener, k)
            weights *= self._in_ranges(near[:, np.newaxis])
            if not weights.any():
                raise ValueError(
                    f"none of the {k} candidates nearest to {target.tolist()} in "
                    f"column(s) {self.columns.tolist()} is in all ranges of "
                    f"conditioning; widen them, or raise n_candidates={n}."
                )
            chosen = systematic_resample(weights, len(asked), random_state=random_state)
            rows[asked] = near[chosen]
            shifts.append(shift)
            repeats.append(len(asked) / effective_sample_size(weights))
        self._warn(n, targets[int(np.argmax(shifts))], max(shifts), max(repeats))
        return rows

    def _in_ranges(self, paths):
        """Tell which one-row paths are in all ranges."""
        rows = paths[:, 0]
        inside = np.ones(len(rows), dtype=bool)
        for column, (low, high) in self.ranges.items():
            inside &= (rows[:, column] >= low) & (rows[:, column] <= high)
        return inside

    def _near(self, rows, target, whitener, k):
        """Rows near a target moved onto it, weights, and the move over the bandwidth."""
        known = rows[:, self.columns] - target
        distance = np.linalg.norm(known @ whitener, axis=1)
        nearest = np.argpartition(distance, k - 1)[:k]
        near, known, distance = rows[nearest], known[nearest], distance[nearest]
        bandwidth = max(distance.max(), np.finfo(float).tiny)
        # Not quite zero at the edge: all may be equally far.
        weights = 1.0 - 0.999 * (distance / bandwidth) ** 2
        root = np.sqrt(weights)[:, np.newaxis]
        design = np.column_stack([np.ones(k), known])
        slopes = np.linalg.lstsq(root * design, root * near, rcond=None)[0][1:]
        center = weights @ known / weights.sum()
        near = near - known @ slopes
        near[:, self.columns] = target
        return near, weights, np.linalg.norm(center @ whitener) / bandwidth

    def _warn(self, n, target, shift, repeats):
        """Say where few candidates stand behind the draws."""
        if shift > FARTHEST:
            warnings.warn(
                f"conditioning on {target.tolist()} for column(s) "
                f"{self.columns.tolist()} is at or beyond the edge of the {n} candidates, "
                "so that the rows are a linear extrapolation; raise n_candidates, or "
                "take a milder value.",
                UserWarning,
                stacklevel=4,
            )
        if repeats > 2.0:
            warnings.warn(
                f"rows come about {repeats:.0f} times each; raise n_candidates={n}.",
                UserWarning,
                stacklevel=4,
            )


def _column(key, names, n_columns):
    """Resolve the name or the number of a column."""
    if isinstance(key, str):
        if names is None or key not in names:
            known = "X had no column names" if names is None else f"not in {[*names]}"
            raise ValueError(
                f"conditioning names column {key!r}: {known}; pass a name or a number of "
                "a column."
            )
        return int(np.flatnonzero(names == key)[0])
    if not isinstance(key, Integral) or not 0 <= int(key) < n_columns:
        raise ValueError(
            f"conditioning names column {key!r}; pass a name, or a number from 0 to "
            f"{n_columns - 1}."
        )
    return int(key)


def _bounds(key, given):
    """Check the ends of a range."""
    if len(given) != 2 or not given[0] < given[1]:
        raise ValueError(
            f"conditioning of column {key!r} is {given!r}; pass (low, high) with low "
            "below high."
        )
    return given


def _values(key, given, n_samples):
    """Given value of each draw."""
    values = np.asarray(given, dtype=np.float64)
    if values.shape not in ((), (n_samples,)) or not np.isfinite(values).all():
        raise ValueError(
            f"conditioning of column {key!r} has shape {values.shape}; pass a finite "
            f"number, n_samples={n_samples} of them, or a tuple (low, high)."
        )
    return np.broadcast_to(values, n_samples)


def _whitener(rows):
    """Matrix that makes the covariance of rows the identity, or near it."""
    covariance = np.atleast_2d(np.cov(rows, rowvar=False))
    ridge = 1e-9 * max(np.trace(covariance), np.finfo(float).tiny)
    factor = np.linalg.cholesky(covariance + ridge * np.eye(len(covariance)))
    return np.linalg.inv(factor).T
