r"""Additive drift: a function of each series' own present value.

In many columns no state has near neighbours, so that a local fit finds little but a line.
A drift that is additive over the series can still be learnt beyond a line, at a cost that
does not grow with the other columns. It is fitted and subtracted before the regression:

.. math:: f_i(x_i) = b_i (x_i - \bar x_i) + D_i(x_i)

with a natural cubic spline D where the Bayesian information criterion prefers one. Beyond
the training range D is constant, so that far out the drift is a line.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skdiffts.kernel._metric import spread

__all__ = ["LINEAR", "AdditiveDrift", "NoAdditiveDrift", "takes_additive_drift"]

# Value of the parameter for a linear drift of the whole conditioning vector.
LINEAR = "linear"
# Numbers of knots that are tried: a bend, and any shape.
N_KNOTS = (4, 7)
# Cells of the table that a spline is read from.
N_CELLS = 1024


def takes_additive_drift(choice, by_default, past_only):
    """Whether an additive drift is fitted, as far as it depends on parameters.

    Parameters
    ----------
    choice : bool or "auto"
        Value of the parameter.
    by_default : bool
        Meaning of "auto" without ``past_only``.
    past_only : bool
        Whether residuals must not know their future.

    Returns
    -------
    bool
        Whether it is fitted.

    Raises
    ------
    ValueError
        If both are asked for: an additive drift is fitted to all rows.
    """
    if choice == "auto":
        return by_default and not past_only
    if choice and past_only:
        raise ValueError(
            f"additive_drift={choice} is fitted to all rows, which past_only=True rules "
            "out; pass additive_drift=False."
        )
    return choice


class NoAdditiveDrift:
    """Additive drift of zero."""

    curved = np.zeros(0, dtype=bool)

    def __call__(self, states, bounded=False):
        """Drift of zero."""
        return 0.0

    def line(self, states):
        """Linear part of zero."""
        return 0.0


@dataclass(frozen=True, eq=False)
class AdditiveDrift:
    """Line and bounded spline of each series' drift, given its own value.

    Parameters
    ----------
    low, high, center : ndarray of shape (n_features,)
        Range and mean of the training states.
    slope : ndarray of shape (n_features,)
        Coefficient b of the line.
    curved : ndarray of bool of shape (n_features,)
        Which series have a spline.
    table : ndarray of shape (n_features, n_cells + 1)
        Values of the splines on a grid over the range.
    cells_per_unit : ndarray of shape (n_features,)
        Cells of the grid over one unit of each series.
    """

    low: np.ndarray
    high: np.ndarray
    center: np.ndarray
    slope: np.ndarray
    curved: np.ndarray
    table: np.ndarray
    cells_per_unit: np.ndarray

    @classmethod
    def fit(cls, states, rates, weights, importance, rows):
        """Fit lines and splines to rates.

        Parameters
        ----------
        states : ndarray of shape (n_transitions, n_features)
            Rows that transitions begin with.
        rates : ndarray of shape (n_transitions, n_features)
            Increments per unit time.
        weights : ndarray of shape (n_transitions, n_features)
            Weights of the squared errors.
        importance : ndarray of shape (n_transitions,)
            Weight of each transition as evidence of a curve.
        rows : ndarray of int of shape (n_rows,)
            Transitions to fit; the range is taken from all.

        Returns
        -------
        AdditiveDrift
            The fitted drift.
        """
        low, high = states.min(axis=0), states.max(axis=0)
        # Centred: a moving scale divides the rest, so that no intercept can absorb an
        # offset.
        center, (scale, varies) = states.mean(axis=0), spread(states)
        slope, table = np.zeros(len(center)), np.zeros((len(center), N_CELLS + 1))
        evidence = importance[rows].sum() ** 2 / (importance[rows] ** 2).sum()
        for i in np.flatnonzero(varies):
            u = (states[rows, i] - center[i]) / scale[i]
            ends = (low[i] - center[i]), (high[i] - center[i])
            nodes = np.linspace(*ends, N_CELLS + 1) / scale[i]
            samples = u, rates[rows, i], weights[rows, i]
            line, table[i] = _fit(*samples, nodes, evidence)
            slope[i] = line / scale[i]
        width = np.where(varies, high - low, 1.0)
        cells_per_unit = np.where(varies, N_CELLS / width, 0)
        curved = np.asarray(table.any(axis=1))
        return cls(low, high, center, slope, curved, table, cells_per_unit)

    def __call__(self, states, bounded=False):
        """Drift per unit time.

        Parameters
        ----------
        states : ndarray of shape (n_paths, n_features)
            Present rows.
        bounded : bool, default=False
            Whether the line ends at the training range, too.

        Returns
        -------
        ndarray of shape (n_paths, n_features)
            Sum of the line and the spline.
        """
        series = self._curved_series
        if len(series) == 0 and not bounded:
            return self.line(states)
        inside = np.clip(states, self.low, self.high)
        drift = self.line(inside if bounded else states)
        position = ((inside - self.low) * self.cells_per_unit)[:, series]
        cell = np.minimum(position.astype(np.intp), N_CELLS - 1)
        left, right = self.table[series, cell], self.table[series, cell + 1]
        drift[:, series] += left + (position - cell) * (right - left)
        return drift

    @cached_property
    def _curved_series(self):
        return np.flatnonzero(self.curved)

    def line(self, states):
        """Evaluate the linear part, which is the drift far out up to a constant.

        Parameters
        ----------
        states : ndarray of shape (n_paths, n_features)
            Present rows.

        Returns
        -------
        ndarray of shape (n_paths, n_features)
            Drift per unit time.
        """
        return (states - self.center) * self.slope


def _fit(u, rates, weights, nodes, n):
    """Slope of a line, and values of the spline at nodes, zeros for none, of n rows."""
    root = np.sqrt(weights)
    line = np.column_stack([np.ones_like(u), u])
    response = root * rates
    straight, misfit = _least_squares(root[:, np.newaxis] * line, response)
    at_nodes, gains, sizes = [np.zeros(len(nodes))], [0.0], [0]
    for n_knots in N_KNOTS:
        knots = np.unique(np.quantile(u, np.linspace(0.05, 0.95, n_knots)))
        if len(knots) < n_knots:
            continue
        full = np.hstack([line, _natural_spline(u, knots)])
        fitted, left = _least_squares(root[:, np.newaxis] * full, response)
        curve = _natural_spline(nodes, knots) @ fitted[2:]
        # The line is the straight fit's, since it is used alone far out.
        difference = fitted[:2] - straight
        at_nodes.append(curve + difference[0] + difference[1] * nodes)
        tiny = np.finfo(float).tiny
        gains.append(n * np.log(max(misfit, tiny) / max(left, tiny)))
        sizes.append(full.shape[1] - 2)
    # BIC decides whether a spline is used; AIC, which selects for prediction, which one.
    cost = np.array(sizes)
    is_curved = np.argmax(gains - np.log(n) * cost) > 0
    return straight[1], at_nodes[np.argmax(gains - 2.0 * cost) if is_curved else 0]


def _least_squares(regressors, response):
    """Coefficients and sum of squared errors."""
    coefficients = np.linalg.lstsq(regressors, response, rcond=None)[0]
    return coefficients, np.sum((response - regressors @ coefficients) ** 2)


def _natural_spline(u, knots):
    """Columns that span natural cubic splines together with the lines.

    T. Hastie, R. Tibshirani and J. Friedman, "The Elements of Statistical Learning",
    2nd edition, eq. (5.4) and (5.5).
    """
    last = knots[-1]
    cubes = np.maximum(u[:, np.newaxis] - knots[:-1], 0.0) ** 3
    cubes -= np.maximum(u - last, 0.0)[:, np.newaxis] ** 3
    cubes /= last - knots[:-1]
    return cubes[:, :-1] - cubes[:, -1:]
