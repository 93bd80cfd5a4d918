"""First rows of simulated paths, with their history and their time."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skdiffts._paths import check_paths, nameless
from skdiffts._seeding import draw_seed
from skdiffts.generation._given_starts import GivenStarts
from skdiffts.generation._table_map import TableMap

__all__ = ["StartingRows"]

# Draws that the moments of innovations are measured on.
N_CALIBRATION = 2**15
# Draws of trial runs, as far as so many numbers go: an error of their variance is fed back.
N_TRIAL, MAX_NUMBERS = 2**17, 2**22


@dataclass(frozen=True, eq=False)
class StartingRows:
    """Rows, with their history, from which paths may start.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.
    table : TableMap
        Map of given rows to the rows that the dynamics see.
    history : History
        History after each training row.
    rows : dict of str to ndarray of int
        Training rows for each choice of ``x0``.
    longest : int
        Rows of the longest training path.
    times : ndarray of shape (n_rows,)
        Time of each training row, in the numbers of `Paths.time_numbers`.
    given : GivenStarts
        Reader of rows and labels that the user gives.
    """

    dynamics: Any
    table: TableMap
    history: Any
    rows: dict
    longest: int
    times: np.ndarray
    given: GivenStarts

    @classmethod
    def trace(cls, paths, X, dynamics, table):
        """Trace the history of training paths.

        Parameters
        ----------
        paths : Paths
            Training paths with all columns.
        X : Paths, array, frame or list
            Simulated columns in the coordinates of the dynamics, and in the form that
            they take.
        dynamics : estimator
            Fitted dynamics.
        table : TableMap
            As in the class.

        Returns
        -------
        StartingRows
            All rows with a long enough history.
        """
        last = dynamics.n_history_ - 1
        rows = {
            "initial": np.flatnonzero(paths.positions == last),
            "states": np.flatnonzero(paths.positions >= last),
            "last": paths.indptr[-1:] - 1,
        }
        return cls(
            dynamics=dynamics,
            table=table,
            history=dynamics.history(X),
            rows=rows,
            longest=int(paths.lengths.max()),
            times=paths.time_numbers,
            given=GivenStarts.of(paths, table.output),
        )

    @property
    def default(self):
        """Choice that None stands for."""
        is_panel = len(self.rows["initial"]) > 1
        if self.table.exogenous.roles.has_given and not is_panel:
            return "last"  # which the given rows follow
        model = getattr(self.dynamics, "model_", None)
        if is_panel or getattr(model, "extrapolates", False):
            return "initial"
        return "states"

    @property
    def uses_clock(self):
        """Whether the dynamics look at the clock of simulated rows."""
        model = getattr(self.dynamics, "model_", None)
        return getattr(model, "uses_clock", False)

    def calibrate(self, draws):
        """Let dynamics that match moments know the moments of the draws that they get.

        Parameters
        ----------
        draws : ResidualDraws or StateResiduals
            Source of the residuals.
        """
        given = self._calibration(draws, N_CALIBRATION)
        if given is not None:
            noise, history = given
            self.dynamics.calibrate(draws.residuals(noise, history), history)

    def steady(self, draws):
        """Let these dynamics bring the variance of long paths to its long run as well.

        Parameters
        ----------
        draws : ResidualDraws or StateResiduals
            Source of the residuals.
        """
        n = MAX_NUMBERS // self.history.states.shape[1]
        given = self._calibration(draws, int(np.clip(n, N_CALIBRATION, N_TRIAL)))
        if given is not None:
            self.dynamics.calibrate(*given, to_draws=draws.residuals)

    def _calibration(self, draws, n):
        """Noise and histories of random rows; None where no moments are matched."""
        is_kernel = hasattr(self.dynamics, "calibrate")
        if not is_kernel or not self.dynamics.model_.matches_moments:
            return None
        rng = np.random.RandomState(0)
        rows = self.rows["states"]
        if self.table.exogenous.roles.has_given:
            rows = rows[~self.history.is_open[rows]]
        rows = rows[rng.randint(len(rows), size=n)]
        noise = draws.draw(n, int(draw_seed(rng)))
        return noise, self.history.take(rows)

    def draw(self, x0, n_paths, rng):
        """History of each path, its first row included, and the time of that row.

        Parameters
        ----------
        x0 : None, str, label, array-like, dict or frame
            Source of the first rows; None stands for "initial", and in one path for
            "states" if there is no trend, whose simulated paths then are stationary, or
            for "last" if there are covariates.
        n_paths : int
            Number of paths.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        history : History
            One entry for each path.
        times : ndarray of shape (n_paths,)
            Times in the numbers of `Paths.time_numbers`.
        """
        choice = self.default if x0 is None else x0
        if isinstance(choice, str) and choice == "smoothed":
            return self._draw_smoothed(n_paths, rng)
        if isinstance(choice, str) and choice in self.rows:
            return self._draw_from(self.rows[choice], n_paths, rng)
        rows = self.given.rows_of(choice, self.times)
        if rows is not None:
            return self._draw_from(rows, n_paths, rng)
        rows, times = self.given.read(choice, n_paths)
        values, covariates = self.table.exogenous.roles.split_rows(rows)
        history = self.dynamics.start_history(
            self.table.coordinates.transform(values, "x0")
        )
        if covariates is not None:
            history = history.starting_with(covariates)
        if times is None:
            return history, np.repeat(self.times[:1], n_paths)
        return replace(history, clock=self.given.calendar.clock_of(times)), times

    def _draw_from(self, rows, n_paths, rng):
        """Histories after some of the training rows, drawn at random."""
        drawn = rows[rng.randint(len(rows), size=n_paths)]
        return self.history.take(drawn), self.times[drawn]

    def _draw_smoothed(self, n_paths, rng):
        """History of paths with new first rows, at the clock of training ones."""
        rows, n_history = self.rows["initial"], self.dynamics.n_history_
        if len(rows) < 2:
            raise ValueError(
                f"x0='smoothed' needs two training paths with a long enough past, of "
                f"which there are {len(rows)}; pass 'initial' or 'states'."
            )
        chosen = rng.randint(len(rows), size=n_paths)
        # The rows of the history that the first vector takes are smoothed together.
        first = self.history.states[rows[:, np.newaxis] + np.arange(1 - n_history, 1)]
        first = smoothed(first.reshape(len(rows), -1), chosen, rng)
        first = first.reshape(n_paths, n_history, -1)
        drawn = rows[chosen]
        if n_history == 1:
            history = self.dynamics.start_history(first[:, 0])
            if self.table.exogenous.roles.has_given:
                history = history.starting_with(self.history.covariates[drawn, 0])
        else:
            last = np.arange(1, n_paths + 1) * n_history - 1
            try:
                reader = nameless(self.dynamics)
                if self.table.exogenous.roles.has_given:
                    first = check_paths(reader, first, reset=False)
                    before = drawn[:, np.newaxis] + np.arange(1 - n_history, 1)
                    covariates = self.history.covariates[before.ravel(), 0]
                    first = replace(first, covariates=covariates)
                history = reader.history(first).take(last)
            except ValueError as error:
                raise ValueError(
                    "x0='smoothed' makes pasts without an index, which the dynamics "
                    "need; pass 'initial' or 'states'."
                ) from error
        return replace(history, clock=self.history.clock[drawn]), self.times[drawn]


def smoothed(rows, chosen, rng):
    r"""Draw from a kernel density that has the mean and the covariance of the rows.

    .. math:: \bar x + (x_i - \bar x + h \xi) / \sqrt{1 + h^2}, \qquad
        \xi \sim N(0, S), \quad h = (4 / (n (r + 2)))^{1 / (r + 4)}

    with the covariance S of the n rows and its rank r: the variance-preserving smoothed
    bootstrap [1]_, with the bandwidth that is best for a normal distribution.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
        Rows.
    chosen : ndarray of int of shape (n_samples,)
        Rows to draw around.
    rng : numpy.random.RandomState
        Source of randomness.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
        Draws.

    References
    ----------
    .. [1] B. W. Silverman, "Density Estimation for Statistics and Data Analysis",
       Chapman and Hall, 1986, sections 4.3.2 and 6.4.1.
    """
    mean = rows.mean(axis=0)
    centred = rows - mean
    # The right factor maps white noise to the covariance, whatever its rank.
    _, scale, directions = np.linalg.svd(centred, full_matrices=False)
    kept = scale > scale.max() * max(rows.shape) * np.finfo(float).eps
    factor = scale[kept, np.newaxis] * directions[kept] / np.sqrt(len(rows))
    rank = len(factor)
    h = (4.0 / (len(rows) * (rank + 2.0))) ** (1.0 / (rank + 4.0))
    noise = rng.standard_normal((len(chosen), rank)) @ factor
    return mean + (centred[chosen] + h * noise) / np.sqrt(1.0 + h**2)
