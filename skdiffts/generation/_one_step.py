"""One-step distribution of a fitted generator: moments, density, draws and histories."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skdiffts._seeding import draw_seed
from skdiffts.generation._starting_rows import StartingRows
from skdiffts.generation._table_map import TableMap

__all__ = ["OneStep", "OneStepModel", "RunningPaths"]

# Draws that mean and covariance of the residuals are measured on.
N_DRAWS = 2**15


@dataclass(frozen=True, eq=False, kw_only=True)
class RunningPaths:
    """Paths as far as they have been simulated, and what is given of the rows to come.

    Parameters
    ----------
    history : History
        Histories of the paths, their present rows included.
    times : ndarray of shape (n_paths,)
        Times of their first rows.
    clock, dt : ndarray of shape (n_paths, n_steps)
        Clock of all rows after the first, and the lengths of the steps to them.
    covariates : ndarray of shape (n_paths, n_steps, n_covariates) or None
        Exogenous columns of these rows.
    """

    history: Any
    times: np.ndarray
    clock: np.ndarray
    dt: np.ndarray
    covariates: np.ndarray | None

    @property
    def states(self):
        """Present rows, in the coordinates of the dynamics."""
        return self.history.states

    def take(self, rows):
        """Take some of the paths, in a given order.

        Parameters
        ----------
        rows : ndarray of int
            Positions of the paths.

        Returns
        -------
        RunningPaths
            These paths.
        """
        given = None if self.covariates is None else self.covariates[rows]
        return RunningPaths(
            history=self.history.take(rows),
            times=self.times[rows],
            clock=self.clock[rows],
            dt=self.dt[rows],
            covariates=given,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class OneStep:
    r"""Distribution of the next row of some paths, given their histories.

    .. math:: \log p(x) = \log p_u(u) - \log |\partial x / \partial u|

    with the residual u that leads to the row. It is the distribution that ``sample``
    draws from, but for its cuts of innovations far beyond the training range.

    Parameters
    ----------
    model : OneStepModel
        Model that the step belongs to.
    history : History
        Histories, their present rows included.
    parts : NextStep
        Drift, scale and factor.
    dt : ndarray of shape (n_paths, 1)
        Lengths of the step.
    """

    model: Any
    history: Any
    parts: Any
    dt: np.ndarray

    @property
    def states(self):
        """Present rows, shape (n_paths, n_free)."""
        return self.history.states

    def mean(self):
        """Mean of the next rows, shape (n_paths, n_free); behind margins the middle."""
        residuals = np.broadcast_to(self.model.mean, self.states.shape)
        return self.rows(residuals)

    def covariance(self):
        """Covariance of the next rows, behind margins by the volatilities alone.

        Returns
        -------
        ndarray of shape (n_paths, n_free, n_free)
            Covariances.
        """
        columns = [
            self.parts.factor.multiply(np.broadcast_to(column, self.states.shape))
            for column in self.model.factor.T
        ]
        factor = self.parts.scale.multiply_factor(np.stack(columns, axis=-1))
        factor = factor * np.sqrt(self.dt)[..., np.newaxis]
        if self.model.moments is not None:
            scale = self.parts.scale
            given = np.sqrt(scale.variance), scale.long_run_variance
            factor = factor * self.model.moments.slope(*given)[..., np.newaxis]
        return factor @ factor.transpose(0, 2, 1)

    def rows(self, residuals):
        """Next rows that residuals lead to.

        Parameters
        ----------
        residuals : ndarray of shape (n_paths, n_free)
            Residuals.

        Returns
        -------
        ndarray of shape (n_paths, n_free)
            Rows.
        """
        moments = self.model.moments
        return self.states + self.parts.increments(residuals, self.dt, moments)

    def log_density(self, rows):
        """Log-density of next rows.

        Parameters
        ----------
        rows : ndarray of shape (n_paths, n_free)
            Next rows, before they are mapped to rows that can be.

        Returns
        -------
        ndarray of shape (n_paths,)
            Log-densities, in nats.
        """
        increments = rows - self.states
        whitened = self.parts.whiten(increments, self.dt, self.model.moments)
        model, log_size = self.model, rows.shape[1] * np.log(self.model.ratio)
        residuals = whitened[0] / model.ratio
        density = model.draws.log_density_of_draws(residuals, self.history)
        return density - log_size + whitened[1]

    def draw(self, rng):
        """Draw next rows.

        Parameters
        ----------
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        ndarray of shape (n_paths, n_free)
            Rows, before they are mapped to rows that can be.
        """
        draws = self.model.draws
        noise = draws.draw(len(self.states), int(draw_seed(rng)))
        return self.rows(self.model.ratio * draws.residuals(noise, self.history))


@dataclass(frozen=True, eq=False, kw_only=True)
class OneStepModel:
    """One-step distribution of a fitted generator, for simulation that looks at it.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.
    draws : ResidualDraws or StateResiduals
        Source of the residuals.
    ratio : float
        Factor of the residuals.
    table : TableMap
        Map between the table and the rows of the dynamics.
    starts : StartingRows
        Rows from which paths may start.
    mean : ndarray of shape (n_free,)
        Mean of the residuals.
    factor : ndarray of shape (n_free, n_free)
        Cholesky factor of the covariance of the residuals.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.generation import OneStepModel
    >>> X = np.random.RandomState(0).standard_normal((100, 2)).cumsum(axis=0)
    >>> generator = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3)).fit(X)
    >>> model = OneStepModel.of(generator)
    >>> paths = model.start("last", 3, 10, random_state=0)
    >>> step = model.step(paths, 0)
    >>> step.mean().shape, step.log_density(step.mean()).shape
    ((3, 2), (3,))
    """

    dynamics: Any
    draws: Any
    ratio: float
    table: TableMap
    starts: StartingRows
    mean: np.ndarray
    factor: np.ndarray

    @classmethod
    def of(cls, generator):
        """Read the one-step distribution of a generator.

        Parameters
        ----------
        generator : GenerativeTimeSeries
            Fitted generator, perhaps frozen.

        Returns
        -------
        OneStepModel
            The distribution, with the mean and the covariance of seeded draws.

        Raises
        ------
        TypeError
            If the generator has no one-step density.
        """
        generator = getattr(generator, "estimator", generator)
        dynamics = getattr(generator, "dynamics_", None)
        dynamics = getattr(dynamics, "estimator", dynamics)
        if not hasattr(dynamics, "model_") or not hasattr(generator, "_draws"):
            raise TypeError(
                f"generator={generator!r} has no one-step density; pass a "
                "GenerativeTimeSeries whose dynamics are a KernelDriftVolEstimator."
            )
        check_is_fitted(generator)
        draws, history = generator.residual_distribution_, generator._starts.history
        ratio = generator.innovation_ratio_
        rows = np.random.RandomState(0).randint(len(history), size=N_DRAWS)
        noise = draws.draw(N_DRAWS, 0)
        residuals = ratio * draws.residuals(noise, history.take(rows))
        covariance = np.atleast_2d(np.cov(residuals, rowvar=False, bias=True))
        return cls(
            dynamics=dynamics,
            draws=draws,
            ratio=ratio,
            table=generator._table,
            starts=generator._starts,
            mean=residuals.mean(axis=0),
            factor=np.linalg.cholesky(covariance),
        )

    @property
    def moments(self):
        """Moments that simulated innovations are given; None where they stay."""
        return self.dynamics.model_.moments

    @property
    def n_history(self):
        """Number of rows that the drift of the next row depends on."""
        return self.dynamics.n_history_

    @property
    def n_columns(self):
        """Columns of the table."""
        roles = self.table.exogenous.roles
        return len(roles.simulated) + len(roles.given)

    def start(self, x0, n_paths, length, *, exogenous=None, random_state=None):
        """Start paths, which have row 0 and their history then.

        Parameters
        ----------
        x0 : None, str, label, array-like, dict or frame
            Row 0, as in ``sample``.
        n_paths : int
            Number of paths.
        length : int or None
            Rows of each path, the first one included; None is the longest in training.
        exogenous : frame, array-like, list or dict, default=None
            Exogenous columns of the rows after row 0, as in ``sample``.
        random_state : int, RandomState instance or None, default=None
            Seed; None draws one from NumPy's global generator, as scikit-learn does.

        Returns
        -------
        RunningPaths
            The paths.
        """
        rng = check_random_state(random_state)
        length = self.starts.longest if length is None else length
        history, times = self.starts.draw(x0, n_paths, rng)
        clock, dt = self.dynamics.model_.time.after(history.clock, length - 1)
        return RunningPaths(
            history=history,
            times=times,
            clock=clock,
            dt=dt,
            covariates=self.table.exogenous.read(exogenous, history, length - 1),
        )

    def step(self, paths, number):
        """Distribution of the next row.

        Parameters
        ----------
        paths : RunningPaths
            Paths with ``number + 1`` rows.
        number : int
            Number of the step.

        Returns
        -------
        OneStep
            The distribution.
        """
        history = self._followed(paths, number)
        return OneStep(
            model=self,
            history=history,
            parts=self.dynamics.model_.step(history),
            dt=paths.dt[:, number, np.newaxis],
        )

    def advance(self, paths, number, rows):
        """Paths with one more row.

        Parameters
        ----------
        paths : RunningPaths
            Paths with ``number + 1`` rows.
        number : int
            Number of the step.
        rows : ndarray of shape (n_paths, n_free)
            Next rows, which are mapped to rows that can be.

        Returns
        -------
        RunningPaths
            The paths.
        """
        history = self._followed(paths, number)
        if self.table.snap is not None:
            rows = self.table.snap(rows, history.states)
        increments = rows - history.states
        options = paths.dt[:, number], paths.clock[:, number]
        rules = self.dynamics.model_.rules
        history = rules.append(history, increments, *options)
        return replace(paths, history=replace(history, states=rows))  # not rounded

    def table_rows(self, start, rows):
        """Paths in the units of the table.

        Parameters
        ----------
        start : RunningPaths
            The paths as they started.
        rows : ndarray of shape (n_paths, length, n_free)
            Rows in the coordinates of the dynamics.

        Returns
        -------
        ndarray of shape (n_paths, length, n_columns)
            Paths with all columns.
        """
        given = start.covariates
        given = None if given is None else given[:, : rows.shape[1] - 1]
        return self.table.restore(rows, start.history, given, False)

    def container(self, start, values, output):
        """Paths in the container of the training data.

        Parameters
        ----------
        start : RunningPaths
            The paths as they started.
        values : ndarray of shape (n_paths, length, n_columns)
            Paths in the units of the table.
        output : {"auto", "array", "pandas", "polars"}
            Container.

        Returns
        -------
        ndarray or frame
            As ``sample`` gives them.
        """
        return self.table.output.starting_at(values, start.times, output)

    def labels(self, start):
        """Labels of the rows of paths that all start at one time.

        Parameters
        ----------
        start : RunningPaths
            The paths as they started.

        Returns
        -------
        pandas.Index or ndarray of shape (length,)
            Labels.

        Raises
        ------
        ValueError
            If the paths start at several times.
        """
        if len(np.unique(start.times)) > 1:
            raise ValueError(
                "x0=None starts paths at many times, so that labels name no row of all; "
                "pass x0='last', a label, or the values as an array by row numbers."
            )
        calendar = self.table.output.calendar
        return calendar.labels_from(start.times[:1], start.clock.shape[1])

    def free_column(self, column):
        """Position of a column among the rows of the dynamics.

        Parameters
        ----------
        column : int
            Position in the table.

        Returns
        -------
        int or None
            None for exogenous and dependent columns, and where a preprocessor mixes
            them.
        """
        coordinates = self.table.coordinates
        if coordinates.behind:
            return None
        free = self.table.exogenous.roles.simulated[coordinates.dependent.free]
        found = np.flatnonzero(free == column)
        return int(found[0]) if len(found) else None

    def is_plain(self, free):
        """Tell whether a column is the same in the table and in the dynamics.

        Parameters
        ----------
        free : int
            Position among the rows of the dynamics.

        Returns
        -------
        bool
            False behind a preprocessor, and for columns that cannot take any number.
        """
        coordinates = self.table.coordinates
        support = coordinates.support
        has_support = support is not None and bool(support.is_latent[free])
        return coordinates.transformer is None and not has_support

    def interval(self, free, low, high):
        """Interval of a column in the coordinates of the dynamics.

        Parameters
        ----------
        free : int
            Position among the rows of the dynamics.
        low, high : ndarray of shape (n_paths,)
            Bounds in the units of the table, which may be infinite.

        Returns
        -------
        tuple of two ndarray of shape (n_paths,), or None
            Bounds; None where they have none, since a preprocessor mixes columns, or a
            bound is no value that the column can take.
        """
        if self.is_plain(free):
            return low, high
        if self.table.latent is not None:
            return self._latent_interval(self.table.latent, free, low, high)
        return self._mapped_interval(free, low, high)

    def _latent_interval(self, latent, free, low, high):
        """Interval of latent numbers behind values from one bound to the other."""
        coordinate = latent.support.coordinates[free]
        ends = []
        for side, bound in enumerate((low, high)):
            finite = np.isfinite(bound)
            if not coordinate.contains(bound[finite]).all():
                return None
            end = bound.copy()
            end[finite] = coordinate.cells(bound[finite])[side]
            ends.append(latent.unmapped(end, free))
        return None if ends[0] is None else tuple(ends)

    def _mapped_interval(self, free, low, high):
        """Interval behind a preprocessor that acts on each column."""
        coordinates = self.table.coordinates
        rows = coordinates.inverse_transform(self.starts.history.states[:1])
        column = coordinates.dependent.free[free]
        center = coordinates.preprocessing.transform(rows)
        ends = []
        for bound in (low, high):
            finite = np.isfinite(bound)
            moved = np.repeat(rows, np.count_nonzero(finite), axis=0)
            moved[:, column] = bound[finite]
            mapped = coordinates.preprocessing.transform(moved)
            rest = np.arange(mapped.shape[1]) != column
            if not np.allclose(mapped[:, rest], center[:, rest], rtol=1e-9):
                return None
            end = bound.copy()
            end[finite] = mapped[:, column]
            ends.append(end)
        return np.minimum(*ends), np.maximum(*ends)

    def _followed(self, paths, number):
        """Histories that know the exogenous columns of the next row."""
        given = paths.covariates
        if given is None:
            return paths.history
        return paths.history.followed_by(given[:, number])
