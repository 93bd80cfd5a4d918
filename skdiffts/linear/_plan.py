"""Plan of a linear drift: own columns, geometry, kind of penalty, splines."""

from dataclasses import dataclass

import numpy as np

from skdiffts.linear._folds import fold_numbers
from skdiffts.linear._splines import OwnSplines

__all__ = ["Plan"]

# Numbers of knots that are tried: a bend, and any shape.
N_KNOTS = (4, 7)


@dataclass(frozen=True)
class Plan:
    """Decisions about a drift before penalties and coefficients are fitted.

    Parameters
    ----------
    n_own : int
        Number of own columns in use.
    geometry : {"standardized", "halfway", "whitened"}
        Coordinates of the penalty.
    penalties : tuple of float
        Candidates for the penalty.
    for_each : bool, default=False
        Whether each equation has a penalty of its own.
    curved : bool, default=False
        Whether series may have a spline of their present value.
    """

    n_own: int
    geometry: str
    penalties: tuple
    for_each: bool = False
    curved: bool = False

    def choose_penalties(self, rows, problem):
        """Penalty, and residuals of rows that have not chosen it.

        One penalty for all is the least mean log-error of generalised cross-validation.
        One for each equation is the least leave-one-out error; the residuals of a fold
        then come from the penalties that are best in the other folds.

        Parameters
        ----------
        rows : RegressionRows
            Training rows.
        problem : RidgePath
            Regression with the own columns of the plan.

        Returns
        -------
        penalties : ndarray of shape (1,) or (d,)
            Penalties.
        residuals : ndarray of shape (n_rows, d)
            Leave-one-out residuals.
        """
        weights = [
            problem.direction_weights(self.geometry, one) for one in self.penalties
        ]
        if self.for_each:
            return self._for_each(rows, problem, weights)
        errors = [np.log(problem.generalized_error(w)).mean() for w in weights]
        best = int(np.argmin(errors))
        return np.array([self.penalties[best]]), problem.leave_one_out(weights[best])

    def _for_each(self, rows, problem, weights):
        """Penalties of each equation, judged by folds that did not choose them."""
        residuals = np.stack([problem.leave_one_out(one) for one in weights])
        folds = fold_numbers(len(rows.importance), rows.groups)
        squares = [
            np.einsum("n,pnd->pd", rows.importance * (folds == fold), residuals**2)
            for fold in range(folds.max() + 1)
        ]
        total = np.sum(squares, axis=0)
        judged = np.empty_like(residuals[0])
        series = np.arange(judged.shape[1])
        for fold, part in enumerate(squares):
            held = np.flatnonzero(folds == fold)[:, np.newaxis]
            others = total - part if len(squares) > 1 else total
            judged[held, series] = residuals[others.argmin(axis=0), held, series]
        return np.asarray(self.penalties)[total.argmin(axis=0)], judged

    def choose_splines(self, rows, problem, weights):
        """Spline columns, and the number of knots of each series, zero for none.

        BIC decides whether a spline is used; AIC, which selects for prediction, which.

        Parameters
        ----------
        rows : RegressionRows
            Training rows.
        problem : RidgePath
            Regression without splines.
        weights : ndarray of shape (n_directions, 1) or (n_directions, d)
            Shares of the directions.

        Returns
        -------
        splines : list of OwnSplines
            Columns for each number of knots.
        n_knots : ndarray of int of shape (d,)
            Number of knots of each series.
        """
        squares, _ = problem.fit_quality(weights)
        if not self.curved:
            return [], np.zeros(len(squares), dtype=int)
        n, steps = rows.n_effective, rows.importance * rows.root_dt[:, 0] ** 2
        splines = [OwnSplines.fit(rows.states, steps, k) for k in N_KNOTS if n > 4 * k]
        gains, sizes = [np.zeros(len(squares))], [0]
        for one in splines:
            more = problem.extended(rows.root_dt * one(rows.states))
            bent, _ = more.fit_quality(weights)
            gains.append(n * np.log(squares / np.minimum(bent, squares)))
            sizes.append(len(one.knots) - 2)
        table, cost = np.array(gains), np.array(sizes)[:, np.newaxis]
        bends = (table - np.log(n) * cost).argmax(axis=0) > 0
        which = (table - 2.0 * cost).argmax(axis=0)
        counts = np.array([0, *(len(one.knots) for one in splines)])[which]
        return splines, np.where(bends, counts, 0)
