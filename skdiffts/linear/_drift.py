r"""Linear drift of many series: own columns without a penalty, all others under a ridge.

.. math::
    dX_i = \bigl[a + B_i b + Z_i \beta\bigr] dt_i + r_i

Series j has its own columns :math:`B_{ij}`: its present value, its lags and, where the
Bayesian criterion says so, a spline of its present value. Everything else is chosen by
the likelihood of leave-one-out residuals, all of them from one decomposition.
"""

from dataclasses import dataclass

import numpy as np

from skdiffts.linear._covariance import quick_value
from skdiffts.linear._folds import fold_numbers
from skdiffts.linear._ridge import GEOMETRIES, PENALTIES, RidgePath
from skdiffts.linear._splines import OwnSplines

__all__ = ["LinearDrift"]

# Numbers of knots that are tried: a bend, and any shape.
N_KNOTS = (4, 7)
# Relative spread that rounding alone may leave.
ROUNDING = 1e-13
# Every so many penalties one is tried for each equation.
STRIDE = 2


@dataclass(frozen=True, eq=False)
class LinearDrift:
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
    curved : ndarray of bool of shape (d,)
        Which series have a spline.
    geometry : {"standardized", "halfway", "whitened"}
        Coordinates of the penalty.
    penalties : ndarray of shape (1,) or (d,)
        Penalty of all equations, or one for each.
    n_own : int
        Number of own columns in use.
    value : float
        Log-likelihood of leave-one-out residuals under a rough covariance, in nats.
    loo_residuals : ndarray of shape (n_rows, d)
        Leave-one-out residuals, per square root of time.
    """

    intercept: np.ndarray
    slopes: np.ndarray
    own_slopes: np.ndarray
    splines: tuple
    curved: np.ndarray
    geometry: str
    penalties: np.ndarray
    n_own: int
    value: float
    loo_residuals: np.ndarray

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
        geometries : sequence of str, default=("standardized", "halfway", "whitened")
            Candidates for the coordinates of the penalty.
        penalties : sequence of float, default=geomspace(1e-3, 1e3, 19)
            Candidates for the penalty.

        Returns
        -------
        LinearDrift
            The fitted drift.
        """
        rows = _Rows.read(columns, own, increments, dt, importance, groups)
        n_own = own.shape[2]
        sizes = sorted({min(1, n_own), n_own}) if own_sizes is None else own_sizes
        full = rows.decompose()
        tried = [
            _Choice.common(rows, full.with_own(full.own[:size]), geometry, penalties)
            for size in sizes
            for geometry in geometries
        ]
        choice = max(tried, key=lambda one: one.value)
        choice = max(choice, choice.for_each(rows, penalties), key=lambda one: one.value)
        straight = cls._finish(rows, choice, [], np.zeros(len(rows.mean), dtype=int))
        splines, counts = _choose_splines(rows, choice)
        if not counts.any():
            return straight
        # What pays in each series alone may cost more jointly: a curve of its own tears a
        # series from those that it moves with.
        bent = cls._finish(rows, choice, splines, counts)
        return max(straight, bent, key=lambda one: one.value)

    @classmethod
    def _finish(cls, rows, choice, splines, counts):
        """Coefficients in the units of the columns, and residuals of the final fit."""
        problem, size = choice.problem, len(choice.problem.own)
        parts = [
            rows.root_dt * one(rows.states) * (counts == len(one.knots))
            for one in splines
        ]
        if counts.any():
            problem = problem.with_own(np.concatenate([problem.own, *parts]))
        weights = problem.direction_weights(choice.geometry, choice.penalties)
        b, slopes = problem.coefficients(weights)
        residuals = problem.leave_one_out(weights)
        slopes = slopes / rows.scale[:, np.newaxis]
        own_slopes = np.zeros_like(rows.own_center)
        own_slopes[:size] = b[:, :size].T / rows.own_scale[:size]
        intercept = rows.mean - rows.center @ slopes
        intercept -= (rows.own_center * own_slopes).sum(axis=0)
        ends = np.cumsum([size, *(len(part) for part in parts)])
        coefficients = [b[:, i:j].T for i, j in zip(ends[:-1], ends[1:], strict=True)]
        used = [i for i, one in enumerate(splines) if (counts == len(one.knots)).any()]
        return cls(
            intercept=intercept,
            slopes=slopes,
            own_slopes=own_slopes,
            splines=tuple((splines[i], coefficients[i]) for i in used),
            curved=counts > 0,
            geometry=choice.geometry,
            penalties=choice.penalties,
            n_own=size,
            value=quick_value(residuals, rows.importance),
            loo_residuals=residuals,
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
        drift = self.intercept + columns @ self.slopes
        for k in range(self.n_own):
            drift += own[:, :, k] * self.own_slopes[k]
        for splines, coefficients in self.splines:
            drift += np.einsum("knd,kd->nd", splines(own[:, :, 0]), coefficients)
        return drift


@dataclass(frozen=True, eq=False)
class _Rows:
    """Transitions centred, scaled, and multiplied by the root of their time step."""

    states: np.ndarray
    columns: np.ndarray
    own: np.ndarray
    responses: np.ndarray
    importance: np.ndarray
    groups: np.ndarray | None
    root_dt: np.ndarray
    base_leverage: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    own_center: np.ndarray
    own_scale: np.ndarray
    mean: np.ndarray

    @classmethod
    def read(cls, columns, own, increments, dt, importance, groups):
        """Take out means and units of measurement."""
        n = len(increments)
        importance = np.ones(n) if importance is None else importance / importance.mean()
        dt = np.broadcast_to(np.asarray(dt, dtype=float), n)
        weights = importance * dt
        root_dt = np.sqrt(dt)[:, np.newaxis]
        mean = importance @ increments / weights.sum()
        center, scale = _center_scale(columns, weights)
        own_center, own_scale = _center_scale(own, weights)
        own = (own - own_center) / own_scale
        return cls(
            states=own[:, :, 0] * own_scale[:, 0] + own_center[:, 0],
            columns=root_dt * (columns - center) / scale,
            own=np.ascontiguousarray(root_dt * own.transpose(2, 0, 1)),
            responses=increments / root_dt - root_dt * mean,
            importance=importance,
            groups=groups,
            root_dt=root_dt,
            base_leverage=weights / weights.sum(),
            center=center,
            scale=scale,
            own_center=own_center.T,
            own_scale=own_scale.T,
            mean=mean,
        )

    def decompose(self):
        """Ridge path with all own columns."""
        return RidgePath.fit(
            self.columns, self.own, self.responses, self.importance, self.base_leverage
        )

    @property
    def n_effective(self):
        """Number of equally important rows that say as much."""
        return self.importance.sum() ** 2 / (self.importance**2).sum()


@dataclass(frozen=True, eq=False)
class _Choice:
    """Geometry, penalties and own columns, with the likelihood that they lead to."""

    problem: RidgePath
    geometry: str
    penalties: np.ndarray
    value: float

    @classmethod
    def common(cls, rows, problem, geometry, penalties):
        """One penalty for all equations, by generalised cross-validation."""
        weights = [problem.direction_weights(geometry, one) for one in penalties]
        errors = [np.log(problem.generalized_error(w)).mean() for w in weights]
        best = int(np.argmin(errors))
        residuals = problem.leave_one_out(weights[best])
        value = quick_value(residuals, rows.importance)
        return cls(problem, geometry, np.array([penalties[best]]), value)

    def for_each(self, rows, penalties):
        """A penalty for each equation, valued on rows that have not chosen it."""
        penalties = np.asarray(penalties)[::STRIDE]
        residuals = np.stack(
            [
                self.problem.leave_one_out(
                    self.problem.direction_weights(self.geometry, one)
                )
                for one in penalties
            ]
        )
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
        value = quick_value(judged, rows.importance)
        return _Choice(
            self.problem, self.geometry, penalties[total.argmin(axis=0)], value
        )


def _center_scale(columns, weights):
    """Weighted means and standard deviations; one where nothing varies."""
    weights = weights / weights.sum()
    center = np.tensordot(weights, columns, axes=1)
    scale = np.sqrt(np.tensordot(weights, (columns - center) ** 2, axes=1))
    varies = scale > ROUNDING * np.abs(columns).max(axis=0)
    return center, np.where(varies, scale, 1.0)


def _choose_splines(rows, choice):
    """Spline columns, and the number of knots of each series, zero for none.

    BIC decides whether a spline is used; AIC, which selects for prediction, decides which.
    """
    problem = choice.problem
    weights = problem.direction_weights(choice.geometry, choice.penalties)
    squares, _ = problem.fit_quality(weights)
    n = rows.n_effective
    splines = [
        OwnSplines.fit(rows.states, rows.importance * rows.root_dt[:, 0] ** 2, n_knots)
        for n_knots in N_KNOTS
        if n > 4 * n_knots
    ]
    gains, sizes = [np.zeros(len(squares))], [0]
    for one in splines:
        own = np.concatenate([problem.own, rows.root_dt * one(rows.states)])
        bent, _ = problem.with_own(own).fit_quality(weights)
        gains.append(n * np.log(squares / np.minimum(bent, squares)))
        sizes.append(len(one.knots) - 2)
    gains, sizes = np.array(gains), np.array(sizes)[:, np.newaxis]
    curved = (gains - np.log(n) * sizes).argmax(axis=0) > 0
    which = (gains - 2.0 * sizes).argmax(axis=0)
    counts = np.array([0, *(len(one.knots) for one in splines)])[which]
    return splines, np.where(curved, counts, 0)
