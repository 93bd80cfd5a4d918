"""Rows with missing cells, filled by draws that know the past alone: a particle filter."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logsumexp

from skdiffts._chunks import slices
from skdiffts._gaussian import log_density
from skdiffts.columns import draw_in_cells

__all__ = ["ForwardFilling"]

# Fillings of each path.
N_FILLINGS = 32


@dataclass(frozen=True, eq=False)
class ForwardFilling:
    r"""Fillings of paths, and the distribution of each row given the rows before it.

    Each of R fillings of a path draws the open cells of a row (missing ones, and cells of
    supports) from a Gaussian distribution q given its history and the cells that were
    seen. Fillings are then drawn anew with the weights :math:`N(z_r) / q(z_r)`: those go
    on that foresaw the seen cells [1]_. The density of the seen cells is

    .. math:: p(x) = \frac1R \sum_{r=1}^R \frac{p(z_r \mid h_r)}{q(z_r \mid h_r)}

    with the history h before the row, so that no row knows later ones.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.
    paths : Paths
        Paths in the coordinates of the dynamics, with NaN.
    before : History
        History before each row, for R fillings of each.
    after : History
        History after the last row of each path, for R fillings of each.
    rows : ndarray of shape (n_rows, R, n_features)
        Drawn rows.
    log_density : ndarray of shape (n_rows, R)
        Log-density q of the open cells.
    is_open : ndarray of bool of shape (n_rows,)
        Whether a row has open cells.

    References
    ----------
    .. [1] A. Doucet and A. Johansen, "A tutorial on particle filtering and smoothing",
       The Oxford Handbook of Nonlinear Filtering, 2011, section 3.
    """

    dynamics: Any
    paths: Any
    before: Any
    after: Any
    rows: np.ndarray
    log_density: np.ndarray
    is_open: np.ndarray

    @classmethod
    def of(cls, dynamics, paths, cells, moments, snap, rng):
        """Fill paths from their first to their last rows.

        Parameters
        ----------
        dynamics : estimator
            Fitted dynamics.
        paths : Paths
            Paths in the coordinates of the dynamics, with NaN.
        cells : tuple of ndarray of shape (n_rows, n_features)
            Lower and upper bounds of the cells, equal ones for points.
        moments : RowMoments
            Moments of first rows.
        snap : callable or None
            Map of drawn rows to those that stand for them in histories.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        ForwardFilling
            The fillings.
        """
        filter_ = _Filter(dynamics.model_, paths, cells, moments, snap, rng)
        before, after = filter_.run()
        drawn = filter_.rows, filter_.log_q, filter_.is_open
        return cls(dynamics, paths, before, after, *drawn)

    def log_likelihood(self, draws):
        """Log-density of the seen cells of each row.

        Parameters
        ----------
        draws : ResidualDraws or StateResiduals
            Distribution of the residuals.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log-densities in the coordinates of the dynamics; NaN without a long enough
            history.
        """
        residuals, log_jacobian = self._whitened()
        n, n_fillings = log_jacobian.shape
        known = self.paths.positions >= self.dynamics.n_history_
        same = ~self.is_open & (np.ptp(residuals, axis=1) == 0.0).all(axis=1)
        chosen = np.broadcast_to(known[:, np.newaxis], (n, n_fillings)).copy()
        chosen[same, 1:] = False
        terms = np.zeros((n, n_fillings))
        if chosen.any():
            before = self.before.take(np.flatnonzero(chosen))
            terms[chosen] = draws.log_density(residuals[chosen], before)
        terms[same] = terms[same, :1]
        terms += log_jacobian - self.log_density
        density = logsumexp(terms, axis=1) - np.log(n_fillings)
        return np.where(known, density, np.nan)

    def one_draw(self):
        """Residual and log-Jacobian of each row of one filling.

        Returns
        -------
        residuals : ndarray of shape (n_rows, n_features)
            Residuals; NaN without a long enough history.
        log_jacobian : ndarray of shape (n_rows,)
            Log-Jacobians.
        """
        known = self.paths.positions >= self.dynamics.n_history_
        residuals, log_jacobian = self._whitened()
        residuals = np.where(known[:, np.newaxis], residuals[:, 0], np.nan)
        return residuals, np.where(known, log_jacobian[:, 0], np.nan)

    def histories(self, n_samples, rng):
        """Histories after the last row of each path, of fillings drawn at random.

        Parameters
        ----------
        n_samples : int
            Histories for each path.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        History
            Histories of the first path, then of the second, and so on.
        """
        n_fillings = self.rows.shape[1]
        chosen = [
            np.resize(rng.permutation(n_fillings), n_samples) + number * n_fillings
            for number in range(self.paths.n_paths)
        ]
        return self.after.take(np.concatenate(chosen))

    def _whitened(self):
        """Residuals and log-Jacobians of all fillings."""
        model, (n, n_fillings, d) = self.dynamics.model_, self.rows.shape
        length = np.ones(n)
        length[self.paths.ends] = model.time.steps(self.paths)
        dt = np.repeat(length, n_fillings)[:, np.newaxis]
        increments = self.rows.reshape(-1, d) - self.before.states
        residuals, log_jacobian = (
            np.empty((n * n_fillings, d)),
            np.empty(n * n_fillings),
        )
        for rows in slices(len(dt), d * d):
            step = model.step(self.before.take(rows))
            residuals[rows], log_jacobian[rows] = step.whiten(
                increments[rows], dt[rows]
            )
        shape = n, n_fillings
        return residuals.reshape(*shape, d), log_jacobian.reshape(shape)


class _Filter:
    """Loop over the rows of paths, the longest path first."""

    def __init__(self, model, paths, cells, moments, snap, rng):
        self.model, self.paths, self.moments = model, paths, moments
        self.low, self.high = cells
        self.snap, self.rng = snap, rng
        self.missing = np.isnan(paths.values)
        self.is_open = (self.low < self.high).any(axis=1)
        n, d = paths.values.shape
        self.length = np.ones(n)
        self.length[paths.ends] = model.time.steps(paths)
        self.clock = model.time.clock(paths)
        self.rows, self.log_q = np.empty((n, N_FILLINGS, d)), np.zeros((n, N_FILLINGS))

    def run(self):
        """Fill all rows.

        Returns
        -------
        before, after : History
            Histories before each row, and after the last row of each path.
        """
        running = self.paths.rows_by_step()
        rows = next(running)
        history = self._start(rows).followed_by(self._covariates(rows))
        before = _copies(history, self.paths.n_rows * N_FILLINGS)
        after = _copies(history, len(history))
        _set(before, _repeated(rows), history)
        _set(after, slice(None), history)
        for rows in running:
            history = history.take(slice(len(rows) * N_FILLINGS))
            history = history.followed_by(self._covariates(rows))
            _set(before, _repeated(rows), history)
            history = self._follow(rows, history)
            _set(after, slice(len(history)), history)
        ranks = np.argsort(np.argsort(-self.paths.lengths, kind="stable"))
        return before, after.take(_repeated(ranks))

    def _start(self, rows):
        """Histories of fillings that begin with first rows."""
        n = len(rows) * N_FILLINGS
        mean = np.tile(self.moments.mean, (n, 1))
        covariance = np.tile(self.moments.covariance, (n, 1, 1))
        states, _ = self._draw(rows, mean, covariance)
        clock = np.repeat(self.clock[rows], N_FILLINGS)
        history = self.model.rules.start(states, clock)
        return history.starting_with(self._covariates(rows))

    def _covariates(self, rows):
        """Covariates of rows, for each of their fillings; None without."""
        given = self.paths.covariates
        return None if given is None else np.repeat(given[rows], N_FILLINGS, axis=0)

    def _follow(self, rows, history):
        """Histories of the fillings that go on, after one more row."""
        dt = np.repeat(self.length[rows], N_FILLINGS)
        clock = np.repeat(self.clock[rows], N_FILLINGS)
        drift, factor = self.model.evaluate(history)
        mean = history.states + drift * dt[:, np.newaxis]
        factor = factor * np.sqrt(dt)[:, np.newaxis, np.newaxis]
        drawn = self._draw(rows, mean, factor @ factor.swapaxes(1, 2), factor)
        values, log_weight = drawn
        chosen = self._resampled(log_weight)
        history, values = history.take(chosen), values[chosen]
        increments = values - history.states
        return self.model.rules.append(history, increments, dt, clock)

    def _draw(self, rows, mean, covariance, factor=None):
        """Numbers that stand for drawn rows in histories, and log-weights of fillings."""
        R, d = N_FILLINGS, mean.shape[1]
        low, high = (np.repeat(end[rows], R, axis=0) for end in (self.low, self.high))
        drawn, log_q = low, np.zeros(len(low))
        if self.is_open[rows].any():
            strata = np.argsort(self.rng.uniform(size=(len(rows), R, d)), axis=1)
            uniforms = (strata + self.rng.uniform(size=strata.shape)) / R
            found = draw_in_cells(
                mean, covariance, low, high, uniforms.reshape(1, -1, d)
            )
            drawn, log_q = found[0][0], found[1][0]
        self.rows[rows] = drawn.reshape(len(rows), R, d)
        self.log_q[rows] = log_q.reshape(len(rows), R)
        stands = drawn if self.snap is None else self.snap(drawn)
        missing = np.repeat(self.missing[rows], R, axis=0)
        values = np.where(
            missing, stands, np.repeat(self.paths.values[rows], R, axis=0)
        )
        if factor is None:
            return values, None
        return values, (log_density(factor, drawn - mean) - log_q).reshape(-1, R)

    def _resampled(self, log_weight):
        """Choose fillings that go on, by systematic draws with the weights."""
        n_paths, R = log_weight.shape
        weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
        edges = np.cumsum(weight, axis=1) / weight.sum(axis=1, keepdims=True)
        points = (np.arange(R) + self.rng.uniform(size=(n_paths, 1))) / R
        chosen = (points[..., np.newaxis] > edges[:, np.newaxis]).sum(axis=2)
        chosen = np.minimum(chosen, R - 1) + R * np.arange(n_paths)[:, np.newaxis]
        return chosen.ravel()


def _repeated(numbers):
    """Places of the fillings of rows or paths with these numbers."""
    return (numbers[:, np.newaxis] * N_FILLINGS + np.arange(N_FILLINGS)).ravel()


def _copies(history, n):
    """Array of n histories, which are set later."""
    return history.take(np.zeros(n, dtype=int))


def _set(history, rows, values):
    """Set histories of some paths."""
    for name in ("states", "clock", "conditioning", "scale", "covariates"):
        if getattr(history, name) is not None:
            getattr(history, name)[rows] = getattr(values, name)
