r"""Linear drift of many series: own columns without a penalty, all others under a ridge.

.. math::
    dX_i = \bigl[a + B_i b + Z_i \beta\bigr] dt_i + r_i

Series j has its own columns :math:`B_{ij}`: its present value, its lags and, where it pays,
a spline of its present value. Everything else is chosen by likelihood: of leave-one-out
residuals, all of them from one decomposition, and of later rows predicted by earlier ones.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from skdiffts.linear._folds import early_rows
from skdiffts.linear._joint_range import JointRange
from skdiffts.linear._plan import Plan
from skdiffts.linear._ridge_path import GEOMETRIES, PENALTIES
from skdiffts.linear._rough_density import RoughDensity
from skdiffts.linear._transitions import RegressionRows

__all__ = ["RidgeDrift"]


@dataclass(frozen=True, eq=False)
class RidgeDrift:
    """Fitted linear drift.

    Parameters
    ----------
    intercept : ndarray of shape (d,)
        Drift at the origin of all columns, without splines.
    slopes : ndarray of shape (n_columns, d)
        Coefficients of the common columns.
    own_slopes : ndarray of shape (n_own, d)
        Coefficients of the own columns; zero for those that are not in use.
    splines : tuple of (OwnSplines, ndarray)
        Spline columns and their coefficients, of shape (n_knots - 2, d).
    plan : Plan
        Plan that was chosen.
    penalties : ndarray of shape (1,) or (d,)
        Penalty of all equations, or one for each.
    loo_residuals : ndarray of shape (n_rows, d)
        Leave-one-out residuals, per square root of time.
    rough : RoughDensity
        Density by which the drift is compared with others.
    values : dict of Plan to tuple of float
        Leave-one-out and forward log-likelihood of each plan, in nats a row.
    straight : RidgeDrift or None, default=None
        Drift without splines that comes next; None where there are no splines.
    joint_range : JointRange or None, default=None
        Joint range of the states, beyond which the drift without splines takes over;
        None is all of space.
    """

    intercept: np.ndarray
    slopes: np.ndarray
    own_slopes: np.ndarray
    splines: tuple
    plan: Plan
    penalties: np.ndarray
    loo_residuals: np.ndarray
    rough: RoughDensity
    values: dict
    straight: "RidgeDrift | None" = None
    joint_range: JointRange | None = None

    @classmethod
    def fit(
        cls,
        columns,
        own,
        increments,
        *,
        dt=1.0,
        importance=None,
        groups=None,
        own_sizes=None,
        may_curve=True,
        geometries=tuple(GEOMETRIES),
        penalties=PENALTIES,
    ):
        """Choose own columns, geometry and penalty, and fit the drift.

        Parameters
        ----------
        columns : ndarray of shape (n_rows, n_columns)
            Columns that every series may depend on, such as the present row.
        own : ndarray of shape (n_rows, d, n_own)
            Columns of each series itself, its present value first.
        increments : ndarray of shape (n_rows, d)
            Change over each transition.
        dt : float or ndarray of shape (n_rows,), default=1.0
            Length of each transition in time.
        importance : ndarray of shape (n_rows,), default=None
            Importance of the transitions; None is one for each.
        groups : ndarray of shape (n_rows,), default=None
            Path of each transition.
        own_sizes : sequence of int, default=None
            Candidates for the number of leading own columns; None is one or all.
        may_curve : bool, default=True
            Whether splines of the first own column are tried: the present value.
        geometries : sequence of str, default=("standardized", "halfway", "whitened")
            Candidates for the coordinates of the penalty.
        penalties : sequence of float, default=geomspace(1e-3, 1e3, 13)
            Candidates for the penalty.

        Returns
        -------
        RidgeDrift
            The fitted drift.
        """
        n, n_own = len(increments), own.shape[2]
        data = _Data(
            columns,
            own,
            increments,
            np.broadcast_to(np.asarray(dt, dtype=float), n),
            np.ones(n) if importance is None else importance,
            groups,
        )
        sizes = sorted({1, n_own}) if own_sizes is None else own_sizes
        comparison = _Comparison(data)
        for size in sizes:
            comparison.judge(Plan(size, geometries[0], tuple(penalties)))
        for geometry in geometries[1:]:
            comparison.judge(replace(comparison.best, geometry=geometry))
        comparison.judge(replace(comparison.best, for_each=True))
        if may_curve:
            # What pays in each series alone may cost more jointly: a curve of its own
            # tears a series from those that it moves with.
            comparison.judge(replace(comparison.best, curved=True))
        best, straight = comparison.drifts[comparison.best], None
        if best.splines:
            plan = replace(best.plan, curved=False)
            straight = replace(comparison.drifts[plan], values=comparison.values)
        return replace(best, values=comparison.values, straight=straight)

    @classmethod
    def fit_plan(cls, rows, plan):
        """Fit penalties and coefficients of a plan.

        Parameters
        ----------
        rows : RegressionRows
            Training rows.
        plan : Plan
            Plan of the drift.

        Returns
        -------
        RidgeDrift
            The fitted drift.
        """
        size = plan.n_own
        problem = rows.problem.leading(size)
        penalties, residuals = plan.choose_penalties(rows, problem)
        weights = problem.direction_weights(plan.geometry, penalties)
        splines, n_knots = plan.choose_splines(rows, problem, weights)
        parts = [
            rows.root_dt * one(rows.states) * (n_knots == len(one.knots))
            for one in splines
        ]
        if n_knots.any():
            problem = problem.extended(np.concatenate(parts))
            residuals = problem.leave_one_out(weights)
        b, slopes = problem.coefficients(weights)
        slopes = slopes / rows.scale[:, np.newaxis]
        own_slopes = np.zeros_like(rows.own_center)
        own_slopes[:size] = b[:, :size].T / rows.own_scale[:size]
        intercept = rows.mean - rows.center @ slopes
        intercept -= (rows.own_center * own_slopes).sum(axis=0)
        ends = np.cumsum([size, *(len(part) for part in parts)])
        bends = [b[:, i:j].T for i, j in pairwise(ends)]
        return cls(
            intercept=intercept,
            slopes=slopes,
            own_slopes=own_slopes,
            splines=tuple(zip(splines, bends, strict=True)) if n_knots.any() else (),
            plan=plan,
            penalties=penalties,
            loo_residuals=residuals,
            rough=RoughDensity.fit(residuals, rows.importance),
            values={},
        )

    def __call__(self, columns, own):
        """Drift per unit time.

        Parameters
        ----------
        columns : ndarray of shape (n_rows, n_columns)
            Common columns.
        own : ndarray of shape (n_rows, d, n_own)
            Own columns, the present value first.

        Returns
        -------
        ndarray of shape (n_rows, d)
            Conditional mean of the increment per unit time.
        """
        drift = self._line(columns, own)
        for splines, coefficients in self.splines:
            drift += np.einsum("knd,kd->nd", splines(own[:, :, 0]), coefficients)
        if self.joint_range is None or self.straight is None:
            return drift
        share = self.joint_range.share(own[:, :, 0])[:, np.newaxis]
        far = self.straight.line(columns, own)
        return np.where(share == 1.0, drift, share * drift + (1.0 - share) * far)

    def line(self, columns, own):
        """Affine part of the drift, which a path follows far out.

        Parameters
        ----------
        columns : ndarray of shape (n_rows, n_columns)
            Common columns.
        own : ndarray of shape (n_rows, d, n_own)
            Own columns.

        Returns
        -------
        ndarray of shape (n_rows, d)
            Drift per unit time without the splines.
        """
        if self.joint_range is None or self.straight is None:
            return self._line(columns, own)
        return self.straight.line(columns, own)

    def _line(self, columns, own):
        drift = self.intercept + columns @ self.slopes
        for k in range(self.plan.n_own):
            drift += own[:, :, k] * self.own_slopes[k]
        return drift


@dataclass(frozen=True, eq=False)
class _Data:
    """Transitions as they came."""

    columns: np.ndarray
    own: np.ndarray
    increments: np.ndarray
    dt: np.ndarray
    importance: np.ndarray
    groups: np.ndarray | None

    def take(self, rows):
        """Pick some of the transitions."""
        return _Data(
            self.columns[rows],
            self.own[rows],
            self.increments[rows],
            self.dt[rows],
            self.importance[rows],
            None if self.groups is None else self.groups[rows],
        )

    def read(self):
        """Rows of a regression."""
        return RegressionRows.read(
            self.columns,
            self.own,
            self.increments,
            self.dt,
            self.importance,
            self.groups,
        )


class _Comparison:
    """Plans judged by left-out rows, and by later rows given earlier ones."""

    def __init__(self, data):
        early = early_rows(len(data.dt), data.groups)
        early |= not (data.importance[early].any() and data.importance[~early].any())
        self.rows = data.read()
        self.early = None if early.all() else data.take(early).read()
        self.late = data.take(~early)
        self.drifts, self.values = {}, {}

    @property
    def best(self):
        """Plan with the highest sum of both likelihoods."""
        return max(self.values, key=lambda plan: sum(self.values[plan]))

    def judge(self, plan):
        """Fit a plan and its forward value."""
        self.drifts[plan] = RidgeDrift.fit_plan(self.rows, plan)
        self.values[plan] = self.drifts[plan].rough.value, self._forward(plan)

    def _forward(self, plan):
        """Log-likelihood of the later rows; nothing where there are none."""
        if self.early is None:
            return 0.0
        past, late = RidgeDrift.fit_plan(self.early, plan), self.late
        dt = late.dt[:, np.newaxis]
        rest = late.increments - past(late.columns, late.own) * dt
        values = past.rough.log_density(rest / np.sqrt(dt))
        return float(np.average(values, weights=late.importance))
