"""Columns of the linear drift, and its least squares fit on the rows of a fold."""

from dataclasses import dataclass

import numpy as np

from skdiffts._paths import known_ahead, present_and_next
from skdiffts._student import FLOOR, squared_distances, student_weights

__all__ = ["Columns", "Design", "own_curves", "robust_weights"]

# Penalty of a standardised column, in units of the number of rows: it only decides
# between columns that say the same.
RIDGE = 1e-4
# Rows of the shortest fold a series from which on the level of each enters all equations.
ROWS_PER_SERIES = 16
# Series up to which each equation has the levels of all, if there are rows enough.
FEW_SERIES = 8
# Rows of the shortest fold a covariate from which on covariates enter all equations.
ROWS_PER_COVARIATE = 16
# Degrees of freedom of the weights of rows, and how often they are renewed.
DEGREES = 4.0
N_WEIGHTINGS = 3
KNOTS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False)
class Columns:
    """Columns at the row before each transition.

    Parameters
    ----------
    common : ndarray of shape (n_transitions, n_common)
        Columns that enter all equations.
    own : ndarray of shape (n_transitions, n_features, n_own)
        Columns that enter the equation of their series alone.
    curved : ndarray of shape (n_transitions, n_features)
        Levels whose curves enter the equation of their series; no column for none.
    """

    common: np.ndarray
    own: np.ndarray
    curved: np.ndarray


@dataclass(frozen=True, eq=False)
class _WeightedFit:
    """Drift of all transitions, weights of the fitted ones, and columns an equation."""

    drift: np.ndarray
    weights: np.ndarray
    n_columns: int

    def criterion(self, rates, rows, weights):
        """Bayesian information criterion of each equation, over the number of rows."""
        squares = weights @ (rates - self.drift)[rows] ** 2
        size = np.log(np.maximum(squares, np.finfo(float).tiny))
        return size + self.n_columns * np.log(len(rows)) / len(rows)


class Design:
    """Conditioning vectors of the training paths, made once for each part.

    Parameters
    ----------
    paths : Paths
        Training paths.
    dt : ndarray of shape (n_transitions,)
        Length of each transition in time.
    n_fitted : int
        Rows that the shortest fold fits.
    """

    def __init__(self, paths, dt, n_fitted):
        self.paths, self.dt = paths, dt
        self.increments = paths.targets[paths.ends] - paths.values[paths.starts]
        self.positions = paths.positions[paths.starts]
        self.ahead = _ahead(paths, n_fitted)
        self.is_crossed = n_fitted >= ROWS_PER_SERIES * paths.n_features
        self._vectors = {}

    def columns(self, specification, is_crossed=True):
        """Columns of a history.

        Parameters
        ----------
        specification : Specification
            The history.
        is_crossed : bool, default=True
            Whether the rows of each series enter all equations, if there are enough rows.

        Returns
        -------
        Columns
            Its columns.
        """
        n, d = self.increments.shape
        common, own = [self.ahead], [np.empty((n, d, 0))]
        for name, strategy in specification.parts():
            if name == "independent":
                continue
            vectors = self._vector(strategy)
            per_series = vectors.shape[1] and name.startswith(("level", "increments"))
            alone = per_series and not (is_crossed and self.is_crossed)
            if name.startswith("level_by") or alone:
                own.append(vectors.reshape(n, -1, d).transpose(0, 2, 1))
            else:
                common.append(vectors)
        states = self.paths.values[self.paths.starts]
        return Columns(
            np.hstack(common),
            np.concatenate(own, axis=2),
            states if specification.spline else states[:, :0],
        )

    def prepare(self, specifications):
        """Make the vectors of some histories, so that threads only read them.

        Parameters
        ----------
        specifications : sequence of Specification
            Histories.
        """
        for specification in specifications:
            for _, strategy in specification.parts():
                self._vector(strategy)

    def drift(self, specification, fitted):
        """Fit the drift to some transitions and give it for all.

        Rows are weighted as a multivariate t distribution of the innovations has it: a
        few large ones, common in series with jumps, would else decide about the slopes.

        Parameters
        ----------
        specification : Specification
            The history.
        fitted : ndarray of bool of shape (n_transitions,)
            Transitions that are fitted.

        Returns
        -------
        ndarray of shape (n_transitions, n_features) or None
            Drift per unit time; None if the fitted rows are fewer than four times the
            columns. Where the history is too short it is the mean drift.
        """
        known = self.positions >= specification.n_history - 1
        rows = np.flatnonzero(known & fitted)
        rates = self.increments / self.dt[:, np.newaxis]
        given = np.zeros_like(rates)
        if specification.independent:
            given = -self.paths.values[self.paths.starts] / self.dt[:, np.newaxis]
        rates = rates - given
        drift = self._chosen_drift(specification, rates, rows)
        if drift is None:
            return None
        mean = np.average(rates[rows], axis=0, weights=self.dt[rows])
        return given + np.where(known[:, np.newaxis], drift, mean)

    def _chosen_drift(self, specification, rates, rows):
        """Drift of all transitions; None for too few rows.

        The rows of all series in all equations cost the square of the number of series,
        which the ridge of the final fit does not pay. Of many series each equation takes
        them only if the Bayesian information criterion is for it.
        """
        fit = self._weighted_fit(self.columns(specification), rates, rows)
        has_rows = specification.n_lags + specification.n_increments > 0
        is_open = self.is_crossed and has_rows and not specification.independent
        if fit is None or not is_open or rates.shape[1] <= FEW_SERIES:
            return None if fit is None else fit.drift
        own = self._weighted_fit(self.columns(specification, False), rates, rows)
        weights = own.weights * self.dt[rows]
        crossed, alone = (one.criterion(rates, rows, weights) for one in (fit, own))
        return np.where(crossed < alone, fit.drift, own.drift)

    def _weighted_fit(self, columns, rates, rows):
        """Least squares with renewed weights; None for too few rows."""
        own = columns.own
        if columns.curved.shape[1]:
            curves = own_curves(columns.curved, columns.curved[rows])
            own = np.concatenate([own, curves], axis=2)
        n_columns = 1 + columns.common.shape[1] + own.shape[2]
        if 4 * n_columns > len(rows):
            return None
        root = np.sqrt(self.dt)[:, np.newaxis]
        common, own = _standardized(columns.common, rows), _standardized(own, rows)
        drift = _fit(common, own, rates, root, rows)
        for _ in range(N_WEIGHTINGS):
            weights = robust_weights((root * (rates - drift))[rows])
            weighted = np.zeros_like(root)
            weighted[rows, 0] = root[rows, 0] * np.sqrt(weights)
            drift = _fit(common, own, rates, weighted, rows)
        return _WeightedFit(drift, weights, n_columns)

    def _vector(self, strategy):
        """Vector at the row before each transition; a slice of a longer one is enough."""
        key = repr(strategy)
        if key not in self._vectors:
            strategy = strategy.fit(self.paths, self.dt)
            trace = strategy.trace(self.paths, self.dt)
            vector = strategy.vector(trace, self.paths.values, self.paths.clock)
            self._vectors[key] = vector[self.paths.starts]
        return self._vectors[key]


def _ahead(paths, n_fitted):
    """Columns of the covariates of each transition, none where these are too many."""
    covariates = present_and_next(paths)
    if covariates is None or ROWS_PER_COVARIATE * covariates.shape[2] > n_fitted:
        return np.empty((len(paths.ends), 0))
    return known_ahead(covariates[paths.starts])


def own_curves(levels, training):
    """Natural cubic splines of the level of each series, without their lines.

    Parameters
    ----------
    levels : ndarray of shape (n_rows, n_features)
        Levels.
    training : ndarray of shape (n_training, n_features)
        Levels whose quantiles are the knots; beyond the outer ones curves are lines.

    Returns
    -------
    ndarray of shape (n_rows, n_features, 3)
        Columns of the splines.
    """
    knots = np.quantile(training, KNOTS, axis=0)
    width = np.maximum(knots[-1] - knots[0], np.finfo(float).tiny)
    x, knots = (levels - knots[0]) / width, (knots - knots[0]) / width
    cubes = np.maximum(x - knots[:, np.newaxis], 0.0) ** 3
    last = np.maximum(knots[-1] - knots, np.finfo(float).eps)
    slopes = (cubes - cubes[-1]) / last[:, np.newaxis]
    return np.moveaxis(slopes[:3] - slopes[3], 0, 2)


def robust_weights(innovations):
    """Weights of rows under a multivariate t distribution, with a mean of one.

    Parameters
    ----------
    innovations : ndarray of shape (n_rows, n_features)
        Innovations.

    Returns
    -------
    ndarray of shape (n_rows,)
        The farther a row, the smaller its weight.
    """
    deviation = innovations.std(axis=0)
    rows = innovations / np.where(deviation > 0.0, deviation, 1.0)
    n, d = rows.shape
    weights = np.ones(n)
    for _ in range(2):
        shape = (rows * weights[:, np.newaxis]).T @ rows / n + FLOOR * np.eye(d)
        distances = squared_distances(rows, np.zeros(d), shape)
        weights = student_weights(distances, d, DEGREES)
    return weights / weights.mean()


def _standardized(columns, rows):
    """Columns with mean zero and deviation one over the fitted rows."""
    mean, deviation = columns[rows].mean(axis=0), columns[rows].std(axis=0)
    return (columns - mean) / np.where(deviation > 0.0, deviation, 1.0)


def _fit(common, own, rates, root, rows):
    """Least squares of rates on columns; equation by equation where they have own ones."""
    n, d = rates.shape
    common = np.hstack([np.ones((n, 1)), common])
    k, m = common.shape[1], own.shape[2]
    every = np.hstack([common, own.reshape(n, d * m)])
    weighted = every[rows] * root[rows]
    gram = weighted.T @ weighted
    target = weighted.T @ (rates[rows] * root[rows])
    penalty = RIDGE * len(rows) * np.eye(k + m)
    penalty[0, 0] = 0.0
    if m == 0:
        return common @ np.linalg.solve(gram + penalty, target)
    drift = np.empty((n, d))
    for j in range(d):
        used = np.r_[np.arange(k), k + m * j : k + m * (j + 1)]
        slopes = np.linalg.solve(gram[np.ix_(used, used)] + penalty, target[used, j])
        drift[:, j] = every[:, used] @ slopes
    return drift
