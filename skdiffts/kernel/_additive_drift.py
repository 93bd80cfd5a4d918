r"""What of the drift of each series is a function of its own present value.

In many columns no state has near neighbours, so that a local fit sees little but a line.
What a series does by itself is then the most that can be learnt beyond a line, at a cost
that does not grow with the other columns. It is taken off before the regression:

.. math:: f_i(x_i) = b_i (x_i - \bar x_i) + D_i(x_i)

with a natural cubic spline D that is kept where the Bayesian criterion says so. Beyond
the training range D is constant, so that far out the drift is a line.
"""

import numpy as np

from skdiffts.kernel._left_out import evenly_drawn
from skdiffts.kernel._scaling import spread

__all__ = ["AdditiveDrift", "NoAdditiveDrift", "takes_additive_drift"]

# Numbers of knots that are tried: a bend, and any shape.
N_KNOTS = (4, 7)
# Rows that splines are fitted to; more would cost time and change little.
MAX_ROWS = 20_000
# Cells of the table that a spline is read from.
N_CELLS = 1024


def takes_additive_drift(choice, by_default, past_only):
    """Whether own drifts are taken off, as far as it depends on parameters.

    Parameters
    ----------
    choice : bool or "auto"
        What was asked for.
    by_default : bool
        What "auto" is but for ``past_only``.
    past_only : bool
        Whether residuals must not know their future.

    Returns
    -------
    bool
        Whether they are.

    Raises
    ------
    ValueError
        If both are asked for: an own drift is fitted to all rows.
    """
    if choice == "auto":
        return by_default and not past_only
    if choice and past_only:
        raise ValueError(
            "additive_drift=True is fitted to all rows, which past_only=True rules out; pass "
            "additive_drift=False."
        )
    return choice


class NoAdditiveDrift:
    """Nothing is taken off."""

    curved = np.zeros(0, dtype=bool)

    def __call__(self, states, bounded=False):
        """No drift."""
        return 0.0

    def line(self, states):
        """No drift."""
        return 0.0


class AdditiveDrift:
    """Line and bounded rest of the drift of each series, given its own value.

    Parameters
    ----------
    states : ndarray of shape (n_transitions, n_features)
        Rows that transitions begin with.
    rates : ndarray of shape (n_transitions, n_features)
        Increments per unit time.
    weights : ndarray of shape (n_transitions, n_features)
        Weights of their squared errors.
    importance : ndarray of shape (n_transitions,)
        How much each transition counts as evidence of a curve.

    Attributes
    ----------
    slope : ndarray of shape (n_features,)
        Coefficient b of the line.
    curved : ndarray of bool of shape (n_features,)
        Which series have a spline.
    """

    def __init__(self, states, rates, weights, importance):
        self.low, self.high = states.min(axis=0), states.max(axis=0)
        # Where a moving scale divides the rest, no intercept would make up for an offset.
        self.center, (scale, varies) = states.mean(axis=0), spread(states)
        center = self.center
        self.slope = np.zeros(len(center))
        self.table = np.zeros((len(center), N_CELLS + 1))
        rows = evenly_drawn(importance, MAX_ROWS)
        evidence = importance[rows].sum() ** 2 / (importance[rows] ** 2).sum()
        for i in np.flatnonzero(varies):
            u = (states[rows, i] - center[i]) / scale[i]
            # The table covers the range of all rows.
            low, high = (self.low[i] - center[i]), (self.high[i] - center[i])
            nodes = np.linspace(low, high, N_CELLS + 1) / scale[i]
            samples = u, rates[rows, i], weights[rows, i]
            slope, self.table[i] = _fit(*samples, nodes, evidence)
            self.slope[i] = slope / scale[i]
        self.curved = self.table.any(axis=1)
        width = self.high - self.low
        self.cells_per_unit = np.where(
            varies, N_CELLS / np.where(varies, width, 1.0), 0
        )

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
        series = np.flatnonzero(self.curved)
        if len(series) == 0 and not bounded:
            return self.line(states)
        inside = np.clip(states, self.low, self.high)
        drift = self.line(inside if bounded else states)
        position = ((inside - self.low) * self.cells_per_unit)[:, series]
        cell = np.minimum(position.astype(np.intp), N_CELLS - 1)
        left, right = self.table[series, cell], self.table[series, cell + 1]
        drift[:, series] += left + (position - cell) * (right - left)
        return drift

    def line(self, states):
        """Evaluate what is left of the drift far out, up to a constant.

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
        # The line is that of the straight fit, since it is what is followed far out.
        difference = fitted[:2] - straight
        at_nodes.append(curve + difference[0] + difference[1] * nodes)
        tiny = np.finfo(float).tiny
        gains.append(n * np.log(max(misfit, tiny) / max(left, tiny)))
        sizes.append(full.shape[1] - 2)
    # Schwarz says whether there is a curve, Akaike, who predicts better, which one.
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
