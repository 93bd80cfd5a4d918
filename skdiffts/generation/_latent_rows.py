"""Latent rows behind columns with zeros, counts or bounds: their fit, draws and density."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import logsumexp

from skdiffts._chunks import slices
from skdiffts._seeding import draw_seed
from skdiffts.columns import TableSupport, draw_in_cells
from skdiffts.generation._quantile_maps import QuantileMaps, autocorrelation
from skdiffts.generation._simulation import simulate_block

__all__ = ["LatentRows"]

# How often latent rows are drawn anew from the fitted dynamics, which are fitted again.
N_ROUNDS = 3
# Draws of the integral over the cells of a row.
N_DRAWS = 8
# Simulated steps whose quantiles are compared with the training rows'.
N_CALIBRATION = 2**15
# Paths, and their rows, whose later half is compared with the training rows.
N_PATHS, LENGTH = 512, 41


@dataclass(frozen=True, eq=False)
class LatentRows:
    r"""Latent rows behind rows of a table, and the density of rows as an integral.

    A row of the table fixes a box of latent rows: a point for a continuous value, an
    interval for an atom or an integer. Histories see one latent row for each row of the
    table, transitions lead to draws in the box. With the one-step density p of latent
    rows,

    .. math:: \log p(x) = \log \frac1R \sum_{r=1}^R \frac{p(z_r)}{q(z_r)}
        + \log |\partial z / \partial x|, \qquad z_r \sim q,

    over draws of a Gaussian distribution q in the box; the derivative is taken
    of the continuous values.

    Parameters
    ----------
    support : TableSupport
        Supports of the columns.
    maps : QuantileMaps, default=None
        Maps of simulated latent rows; None leaves them as they are.
    """

    support: TableSupport
    maps: Any = None

    @property
    def has_cells(self):
        """Whether some value of a column stands for an interval of latent numbers."""
        return bool(self.support.has_cells.any())

    def snap(self, rows, states):
        """Latent rows that stand in histories for the boxes of simulated ones.

        Parameters
        ----------
        rows : ndarray of shape (n_paths, n_features)
            Simulated latent rows.
        states : ndarray of shape (n_paths, n_features)
            Rows before these.

        Returns
        -------
        ndarray of shape (n_paths, n_features)
            Latent rows.
        """
        if self.maps is not None:
            rows = self.maps.map(rows, states)
        return self.support.snap(rows)

    def unmapped(self, z, column):
        """Invert the map of the quantiles of a column.

        Parameters
        ----------
        z : ndarray of shape (n_rows,)
            Latent numbers, which may be infinite.
        column : int
            Column.

        Returns
        -------
        ndarray of shape (n_rows,), or None
            Numbers before the map; None where the map depends on the row before.
        """
        return z if self.maps is None else self.maps.unmap(z, column)

    def calibrated(self, dynamics, draws, inputs, ratio):
        """Map simulated latent rows so that atoms are as frequent as in the training rows.

        One step from each training row is simulated: the distribution of a column after
        its most frequent value, and after all others, becomes the training rows' one,
        which a residual distribution that does not know the state misses a little. Beyond
        the training rows it is a generalised Pareto one. Where volatility remembers
        rows, tails are only shifted, and the squared innovations that volatility
        remembers are given the mean one.

        Parameters
        ----------
        dynamics : estimator
            Fitted dynamics.
        draws : ResidualDraws or StateResiduals
            Source of the residuals.
        inputs : Paths
            Training paths, with the latent rows that transitions lead to.
        ratio : float
            Factor of the residuals.

        Returns
        -------
        LatentRows
            The same with quantiles.
        """
        if not self.has_cells:
            return self
        history = dynamics.history(inputs)
        known = inputs.positions[inputs.starts] >= dynamics.n_history_ - 1
        starts, ends = inputs.starts[known], inputs.ends[known]
        rng = np.random.RandomState(0)
        chosen = starts[rng.randint(len(starts), size=N_CALIBRATION)]
        noise, history = (
            draws.draw(N_CALIBRATION, int(draw_seed(rng))),
            history.take(chosen),
        )
        residuals = ratio * draws.residuals(noise, history)
        options = {}
        if inputs.covariates is not None:
            options["covariates"] = history.covariates[:, 1:]
        residuals = residuals[:, np.newaxis]
        simulated = dynamics.simulate(residuals, history, **options)[:, 1]
        feeds_back, coordinates = dynamics.model_.feeds_back, self.support.coordinates
        maps = QuantileMaps.fit(
            np.flatnonzero(self.support.has_cells),
            (history.states, simulated),
            (inputs.values[starts], inputs.targets[ends]),
            [None] * len(coordinates) if feeds_back else coordinates,
        )
        latent = replace(self, maps=maps)
        if feeds_back:
            dynamics.calibrate(residuals[:, 0], history, latent.snap)
        return latent

    def at_long_run(self, dynamics, draws, history, inputs, ratio):
        """Map simulated latent rows so that long paths are as the training rows.

        One step from the training rows has their distribution. The steps that follow
        begin where simulated ones have ended, so that a small error of the distribution
        given the state adds up. Of the way between the quantiles of later rows and those
        of training, each step takes the part that adds up to it in a column whose next
        value is a line in the present one: one minus its first autocorrelation.

        Parameters
        ----------
        dynamics : estimator
            Fitted dynamics.
        draws : ResidualDraws or StateResiduals
            Source of the residuals.
        history : History
            Histories of training rows, from which paths start.
        inputs : Paths
            Training paths, with the latent rows that transitions lead to.
        ratio : float
            Factor of the residuals.

        Returns
        -------
        LatentRows
            The same with other quantiles; the same ones where volatility remembers
            rows, which has a long run of its own.
        """
        if self.maps is None or dynamics.model_.feeds_back:
            return self
        rng, kept = np.random.RandomState(0), []

        def snap(rows, states):
            kept.append(self.maps.map(rows, states))
            return self.support.snap(kept[-1])

        history = history.take(rng.randint(len(history), size=N_PATHS))
        given = draws, history, LENGTH, int(draw_seed(rng)), ratio
        simulate_block(dynamics, *given, snap=snap)
        now, after = inputs.values[inputs.starts], inputs.targets[inputs.ends]
        columns, later = self.maps.columns, np.array(kept[LENGTH // 2 :])
        weights = [1.0 - autocorrelation(now[:, j], after[:, j]) for j in columns]
        return replace(self, maps=self.maps.followed_by(later, after, weights))

    def fit(self, dynamics, inputs, values, y=None):
        """Fit dynamics and draw latent rows in turn.

        Parameters
        ----------
        dynamics : estimator
            Unfitted dynamics, which are fitted.
        inputs : Paths
            Latent rows that stand for the training rows.
        values : ndarray of shape (n_rows, n_features)
            Training rows.
        y : None
            Passed on.

        Returns
        -------
        Paths
            Training paths with the last draws.
        """
        if not self.has_cells:
            dynamics.fit(inputs, y)
            return inputs
        rng = np.random.RandomState(0)
        low, high = self.support.cells(values)
        latent = self.support.first_draws(inputs.values, values, inputs, rng)
        dynamics.fit(inputs.with_latent(latent), y)
        for _ in range(N_ROUNDS):
            uniforms = rng.uniform(size=(1, *low.shape))
            [latent], _ = _draw(dynamics, inputs, low, high, uniforms, latent)
            dynamics.refit(inputs.with_latent(latent))
        return inputs.with_latent(latent)

    def draws(self, dynamics, inputs, low, high, uniforms, default):
        """Draws in boxes given the rows before; rows without a past have a default.

        Parameters
        ----------
        dynamics : estimator
            Fitted dynamics.
        inputs : Paths
            Latent rows that stand for rows of the table.
        low, high : ndarray of shape (n_rows, n_features)
            Bounds of the boxes.
        uniforms : ndarray of shape (n_draws, n_rows, n_features)
            Numbers in (0, 1).
        default : ndarray of shape (n_rows, n_features)
            Rows that are taken where nothing is drawn.

        Returns
        -------
        ndarray of shape (n_draws, n_rows, n_features)
            Latent rows.
        """
        return _draw(dynamics, inputs, low, high, uniforms, default)[0]

    def one_draw(self, dynamics, inputs, values):
        """Paths that lead to one seeded draw in the box of each row.

        Parameters
        ----------
        dynamics : estimator
            Fitted dynamics.
        inputs : Paths
            Latent rows that stand for rows of the table.
        values : ndarray of shape (n_rows, n_features)
            Rows of the table.

        Returns
        -------
        Paths
            The same histories, with other ends of transitions.
        """
        low, high = self.support.cells(values)
        uniforms = np.random.RandomState(0).uniform(size=(1, *low.shape))
        [latent], _ = _draw(dynamics, inputs, low, high, uniforms, inputs.values)
        return inputs.with_latent(latent)

    def log_likelihood(self, dynamics, draws, inputs, values):
        """Conditional log-density of each row, by importance sampling with fixed seeds.

        Parameters
        ----------
        dynamics : estimator
            Fitted dynamics.
        draws : ResidualDraws or StateResiduals
            Distribution of the residuals.
        inputs : Paths
            Latent rows that stand for rows of the table.
        values : ndarray of shape (n_rows, n_features)
            Rows of the table.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log-densities, with respect to length for continuous values and for cells of
            a grid, and to counting for atoms; NaN without a long enough history.
        """
        low, high = self.support.cells(values)
        is_open = (low < high).any(axis=1)
        n_draws = N_DRAWS if is_open.any() else 1
        uniforms = _latin_hypercube(n_draws, low.shape)
        given = inputs, low, high, uniforms, inputs.values
        latents, log_weights = _draw(dynamics, *given)
        terms = np.full((n_draws, len(low)), np.nan)
        known = inputs.positions[inputs.starts] >= dynamics.model_.n_history - 1
        for chosen, n in ((is_open, n_draws), (~is_open, 1)):
            chosen = known & chosen[inputs.ends]
            density = _log_densities(dynamics, draws, inputs, chosen, latents[:n])
            terms[:n, inputs.ends[chosen]] = density
        terms = terms - log_weights
        density = logsumexp(terms, axis=0) - np.log(n_draws)
        density = np.where(is_open, density, terms[0])
        return density + self.support.log_slope(values)


def _log_densities(dynamics, draws, inputs, chosen, latents):
    """Log-density of latent rows that some transitions lead to; NaN where it is not known."""
    starts, ends = inputs.starts[chosen], inputs.ends[chosen]
    result = np.full((len(latents), len(ends)), np.nan)
    if not len(ends):
        return result
    model, history = dynamics.model_, dynamics.history(inputs).take(starts)
    dt = model.time.steps(inputs)[chosen, np.newaxis]
    step = model.step(history)
    for number, latent in enumerate(latents):
        residuals, slope = step.whiten(latent[ends] - inputs.values[starts], dt)
        known = np.isfinite(residuals).all(axis=1)
        if known.any():
            before = history.take(known) if draws.knows_state else None
            density = draws.log_density(residuals[known], before)
            result[number, known] = density + slope[known]
    return result


def _draw(dynamics, inputs, low, high, uniforms, default):
    """Draws in boxes given the rows before, and their log-densities."""
    model, history = dynamics.model_, dynamics.history(inputs)
    known = inputs.positions[inputs.starts] >= model.n_history - 1
    known &= ~history.is_open[inputs.starts] & (low < high).any(axis=1)[inputs.ends]
    starts, ends = inputs.starts[known], inputs.ends[known]
    dt = model.time.steps(inputs)[known, np.newaxis]
    draws = np.repeat(default[np.newaxis], len(uniforms), axis=0)
    log_density = np.zeros(draws.shape[:2])
    for rows in slices(len(ends), low.shape[1] ** 2 + uniforms[:, 0].size):
        first, last, length = starts[rows], ends[rows], dt[rows]
        drift, factor = model.evaluate(history.take(first))
        draws[:, last], log_density[:, last] = draw_in_cells(
            inputs.values[first] + drift * length,
            factor @ factor.transpose(0, 2, 1) * length[..., np.newaxis],
            low[last],
            high[last],
            uniforms[:, last],
        )
    return draws, log_density


def _latin_hypercube(n_draws, shape):
    """Uniform numbers of which each cell has one in every stratum, with a fixed seed."""
    rng = np.random.RandomState(0)
    strata = np.argsort(rng.uniform(size=(n_draws, *shape)), axis=0)
    return (strata + rng.uniform(size=strata.shape)) / n_draws
