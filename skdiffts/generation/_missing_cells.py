"""Missing cells of paths: draws given the cells that were seen, in the fit and after it."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from skdiffts.conditioning import HARVolatility, Independent
from skdiffts.generation._cell_smoother import (
    CellSmoother,
    RowMoments,
    innovation_sizes,
)
from skdiffts.generation._lagged_ranks import line_is_worth_its_slopes
from skdiffts.kernel import KernelDriftVolEstimator

__all__ = ["MissingCells", "interpolated", "nearest"]

# Fits of a line before the dynamics are fitted, each with a draw, and those with a
# volatility that moves.
N_PILOT, N_VOLATILE = 8, 3
# Penalty on its slopes, and weight of its pooled covariance.
PENALTY = 0.01
# Fits of the dynamics after the first one, and draws before each.
N_ROUNDS, N_SWEEPS = 3, 2
# Draws before the first table that is kept.
N_BURN_IN = 6
# Tables for which the derivatives of the dynamics are taken once.
N_SAME = 10
# Noise of the first values, in standard deviations of a column.
NOISE = 0.1


@dataclass(frozen=True, eq=False)
class MissingCells:
    """Distribution of missing cells given all cells that were seen, in latent coordinates.

    A missing cell is the whole line. Where columns have supports, a drawn number stands
    for the value in whose cell it lies.

    Parameters
    ----------
    moments : RowMoments
        Moments of the training rows.
    latent : LatentRows or None
        Supports of the columns, if there are.
    sizes : InnovationSizes, default=None
        Distribution of whitened innovations; None fits it.
    """

    moments: RowMoments
    latent: Any = None
    sizes: Any = None

    def fit(self, dynamics, inputs, rows, y=None):
        """Fit dynamics and draw missing cells in turn.

        A line in the present row comes first, so that the history of the dynamics is not
        found in interpolated values; where slopes of a line would explain no more of seen
        cells than slopes of noise do, rows that do not depend on each other: draws from
        such slopes would be found as a level. Then volatility moves: half of the cells
        drawn with a constant one would hide it from the search.

        Parameters
        ----------
        dynamics : estimator
            Unfitted dynamics, which are fitted.
        inputs : Paths
            Training paths in the coordinates of the dynamics, with NaN.
        rows : ndarray of shape (n_rows, n_features)
            Training rows in their units, with any value in missing cells.
        y : None
            Passed on.

        Returns
        -------
        paths : Paths
            Training paths with the last draws.
        cells : MissingCells
            The distribution of missing cells in these and other paths.
        """
        rng = np.random.RandomState(0)
        missing = np.isnan(inputs.values)
        paths = self._start(inputs, missing, rows, rng)
        dt = getattr(dynamics, "dt", 1.0)
        pilot = _line(dt)
        if dt != "index" and not line_is_worth_its_slopes(inputs):
            pilot = _independent(dt)
        for scale, n_fits in ((None, N_PILOT), (_moving(), N_VOLATILE)):
            pilot.set_params(scale=scale)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                pilot.fit(paths)
            for number in range(n_fits):
                if number:
                    pilot.refit(paths)
                paths = self._drawn(pilot, paths, missing, rows, rng, 1)
        dynamics.fit(paths, y)
        for _ in range(N_ROUNDS):
            paths = self._drawn(dynamics, paths, missing, rows, rng, N_SWEEPS)
            dynamics.refit(paths)
        return paths, MissingCells.of(dynamics, paths, self.latent, missing)

    @classmethod
    def of(cls, dynamics, paths, latent=None, missing=None):
        """Measure moments and innovations of complete paths.

        Parameters
        ----------
        dynamics : estimator
            Fitted dynamics.
        paths : Paths
            Training paths.
        latent : LatentRows, default=None
            Supports of the columns.
        missing : ndarray of bool of shape (n_rows, n_features), default=None
            Cells that were drawn; None is no cell.

        Returns
        -------
        MissingCells
            Distribution of missing cells in other paths.
        """
        moments = RowMoments.of(paths.targets)
        if missing is None:
            missing = np.zeros(paths.values.shape, dtype=bool)
        sizes = innovation_sizes(dynamics, paths, missing)
        return cls(moments, latent, sizes.widened(_left_out_width(dynamics, paths)))

    def draw(self, dynamics, inputs, rows, n_samples, rng):
        """Draw complete paths.

        Parameters
        ----------
        dynamics : estimator
            Fitted dynamics.
        inputs : Paths
            Paths in the coordinates of the dynamics, with NaN.
        rows : ndarray of shape (n_rows, n_features)
            Rows in their units, with any value in missing cells.
        n_samples : int
            Number of draws.
        rng : numpy.random.RandomState
            Source of randomness.

        Yields
        ------
        ndarray of shape (n_rows, n_features)
            Complete rows in the coordinates of the dynamics.
        """
        missing = np.isnan(inputs.values)
        paths = self._start(inputs, missing, rows, rng)
        paths = self._drawn(dynamics, paths, missing, rows, rng, N_BURN_IN)
        smoother = None
        for number in range(n_samples):
            if number % N_SAME == 0:
                smoother = self._smoother(dynamics, paths, missing)
            paths = self._swept(smoother, paths, missing, rows, rng, N_SWEEPS)
            yield paths.targets

    def _start(self, inputs, missing, rows, rng):
        """Paths with interpolated cells and a little noise."""
        values = interpolated(inputs, self.moments.mean)
        size = NOISE * np.sqrt(np.diag(self.moments.covariance))
        values[missing] += (size * rng.standard_normal(values.shape))[missing]
        if self.latent is None:
            return inputs.with_values(values)
        support = self.latent.support
        stands = np.where(missing, support.snap(values), inputs.values)
        draws = support.first_draws(stands, rows, inputs, rng)
        return self._standing(inputs, np.where(missing, values, draws), missing)

    def _standing(self, paths, draws, missing):
        """Histories with the numbers that stand for drawn ones, which transitions reach."""
        stands = np.where(missing, self.latent.support.snap(draws), paths.values)
        return paths.with_values(stands).with_latent(draws)

    def _drawn(self, dynamics, paths, missing, rows, rng, n_sweeps):
        """Paths with new draws from dynamics that are made linear near the present ones."""
        smoother = self._smoother(dynamics, paths, missing)
        return self._swept(smoother, paths, missing, rows, rng, n_sweeps)

    def _smoother(self, dynamics, paths, missing):
        """Smoother of paths whose missing cells have values."""
        first = RowMoments.of(paths.targets) if self.sizes is None else self.moments
        return CellSmoother.fit(dynamics, paths, missing, first, self.sizes)

    def _swept(self, smoother, paths, missing, rows, rng, n_sweeps):
        """Paths with new draws, of cells of supports as well."""
        for _ in range(n_sweeps):
            draws = smoother.draw(paths, rng) if missing.any() else paths.targets
            if self.latent is None:
                paths = paths.with_values(draws)
                continue
            paths = self._standing(paths, draws, missing)
            low, high = self.latent.support.cells(rows)
            cells = (np.where(missing, draws, end) for end in (low, high))
            uniforms = rng.uniform(size=(1, *low.shape))
            given = smoother.dynamics, paths, *cells, uniforms, draws
            [draws] = self.latent.draws(*given)
            paths = paths.with_latent(draws)
        return paths


def _left_out_width(dynamics, paths):
    """Widths of residuals of rows that are left out over the widths with these rows.

    A local regression has learnt from the very cells that were drawn: as they were, the
    innovations would be too narrow for cells that it has not seen.
    """
    left_out, rows = dynamics.loo_residuals_, dynamics.loo_rows_
    known = np.isin(paths.ends, rows)
    inside = dynamics.model_.whiten_transitions(paths, known)[0]
    own = inside.std(axis=0)
    return np.maximum(left_out.std(axis=0) / np.where(own > 0.0, own, np.inf), 1.0)


def _line(dt):
    """Line in the present row, with a penalty."""
    return KernelDriftVolEstimator(
        "all",
        degree=0,
        conditioning=None,
        scale=None,
        additive_drift=True,
        shrinkage=PENALTY,
        dt=dt,
    )


def _moving():
    """Volatility that moves; tails come from drawn innovations."""
    return HARVolatility(margins=None)


def _independent(dt):
    """Rows that do not depend on each other."""
    return KernelDriftVolEstimator(
        "all", conditioning=Independent(), scale=None, additive_drift="linear", dt=dt
    )


def interpolated(paths, otherwise):
    """Fill missing cells by linear interpolation in time, at the ends by the nearest value.

    Parameters
    ----------
    paths : Paths
        Paths with NaN.
    otherwise : ndarray of shape (n_features,)
        Values for columns of which a path has none.

    Returns
    -------
    ndarray of shape (n_rows, n_features)
        Complete rows.
    """
    return _filled(paths, otherwise, np.interp)


def nearest(paths, otherwise):
    """Fill missing cells by values of the column that are near in time.

    Parameters
    ----------
    paths : Paths
        Paths with NaN.
    otherwise : ndarray of shape (n_features,)
        Values for columns of which a path has none.

    Returns
    -------
    ndarray of shape (n_rows, n_features)
        Complete rows, whose values the columns do have.
    """

    def near(rows, seen, values):
        return values[np.searchsorted((seen[1:] + seen[:-1]) / 2.0, rows)]

    return _filled(paths, otherwise, near)


def _filled(paths, otherwise, fill):
    values = paths.values.copy()
    for first, last in zip(paths.indptr[:-1], paths.indptr[1:], strict=True):
        block = values[first:last]  # a view
        missing = np.isnan(block)
        for column in np.flatnonzero(missing.any(axis=0)):
            gaps, seen = (
                np.flatnonzero(m) for m in (missing[:, column], ~missing[:, column])
            )
            block[gaps, column] = otherwise[column]
            if len(seen):
                block[gaps, column] = fill(gaps, seen, block[seen, column])
    return values
