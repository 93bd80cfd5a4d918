"""Maximum likelihood over weights that are not negative and add up to one."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import softmax

__all__ = ["maximize_on_simplex"]

# Logits beyond this bound are weights of e^-12 to all practical purposes.
BOUND = 12.0
# Relative gain at which the search stops.
TOLERANCE = 1e-7


def maximize_on_simplex(
    objective, n_weights, floor, *, extra=(), bounds=(), max_iter=100
):
    r"""Maximise a function of weights, and of further numbers, by L-BFGS.

    The weights are :math:`w = c\, e_0 + (1 - c) \operatorname{softmax}(x)` with the floor
    c of the first one.

    Parameters
    ----------
    objective : callable
        Takes weights and further numbers, gives its value and its two gradients.
    n_weights : int
        Number of weights.
    floor : float
        Least value of the first weight.
    extra : sequence of float, default=()
        Further numbers where the search begins.
    bounds : sequence of (float, float), default=()
        Their bounds.
    max_iter : int, default=100
        Largest number of iterations.

    Returns
    -------
    weights : ndarray of shape (n_weights,)
        The best weights.
    extra : ndarray
        The best further numbers.
    """

    def weights_of(logits):
        shares = softmax(logits)
        weights = (1.0 - floor) * shares
        weights[0] += floor
        return weights, shares

    def negative(x):
        weights, shares = weights_of(x[:n_weights])
        value, slope, slope_extra = objective(weights, x[n_weights:])
        slope = (1.0 - floor) * shares * (slope - shares @ slope)
        return -value, -np.append(slope, slope_extra)

    best = minimize(
        negative,
        np.append(np.zeros(n_weights), extra),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-BOUND, BOUND)] * n_weights + list(bounds),
        options={"maxiter": max_iter, "ftol": TOLERANCE},
    ).x
    return weights_of(best[:n_weights])[0], best[n_weights:]
