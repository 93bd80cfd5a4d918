"""Transitions as rows of a regression: centred, scaled, and in units of the noise."""

from dataclasses import dataclass

import numpy as np

from skdiffts.linear._ridge_path import RidgePath

__all__ = ["RegressionRows"]

# Relative spread that rounding alone may leave.
ROUNDING = 1e-13


@dataclass(frozen=True, eq=False)
class RegressionRows:
    r"""Rows multiplied by the root of their time step.

    Increments over :math:`\sqrt{dt}` have noise of one variance; regressors, intercept
    included, are multiplied by :math:`\sqrt{dt}`. All means are weighted by importance
    times step, so that the centred columns are orthogonal to the intercept.

    Parameters
    ----------
    states : ndarray of shape (n_rows, d)
        Present value of each series.
    importance : ndarray of shape (n_rows,)
        Importance of the rows, with mean one.
    groups : ndarray of shape (n_rows,) or None
        Path of each row.
    root_dt : ndarray of shape (n_rows, 1)
        Root of the time steps.
    center, scale : ndarray of shape (n_columns,)
        Means and standard deviations of the common columns.
    own_center, own_scale : ndarray of shape (n_own, d)
        The same of the own columns.
    mean : ndarray of shape (d,)
        Mean increment per unit time.
    problem : RidgePath
        Decomposed regression with all own columns.
    """

    states: np.ndarray
    importance: np.ndarray
    groups: np.ndarray | None
    root_dt: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    own_center: np.ndarray
    own_scale: np.ndarray
    mean: np.ndarray
    problem: RidgePath

    @classmethod
    def read(cls, columns, own, increments, dt, importance, groups):
        """Take out means and units of measurement, and decompose.

        Parameters
        ----------
        columns : ndarray of shape (n_rows, n_columns)
            Common columns.
        own : ndarray of shape (n_rows, d, n_own)
            Own columns, the present value first.
        increments : ndarray of shape (n_rows, d)
            Change over each transition.
        dt : ndarray of shape (n_rows,)
            Time steps.
        importance : ndarray of shape (n_rows,)
            Importance of the rows.
        groups : ndarray of shape (n_rows,) or None
            Path of each row.

        Returns
        -------
        RegressionRows
            The rows.
        """
        importance = importance / importance.mean()
        weights = importance * dt
        root_dt = np.sqrt(dt)[:, np.newaxis]
        mean = importance @ increments / weights.sum()
        center, scale = _center_scale(columns, weights)
        own_center, own_scale = _center_scale(own, weights)
        scaled = ((own - own_center) / own_scale).transpose(2, 0, 1)
        problem = RidgePath.fit(
            root_dt * (columns - center) / scale,
            np.ascontiguousarray(root_dt * scaled),
            increments / root_dt - root_dt * mean,
            importance,
            weights / weights.sum(),
        )
        return cls(
            states=own[:, :, 0],
            importance=importance,
            groups=groups,
            root_dt=root_dt,
            center=center,
            scale=scale,
            own_center=own_center.T,
            own_scale=own_scale.T,
            mean=mean,
            problem=problem,
        )

    @property
    def n_effective(self):
        """Number of equally important rows that say as much."""
        return self.importance.sum() ** 2 / (self.importance**2).sum()


def _center_scale(columns, weights):
    """Weighted means and standard deviations; one where nothing varies."""
    weights = weights / weights.sum()
    center = np.tensordot(weights, columns, axes=1)
    scale = np.sqrt(np.tensordot(weights, (columns - center) ** 2, axes=1))
    varies = scale > ROUNDING * np.abs(columns).max(axis=0)
    return center, np.where(varies, scale, 1.0)
